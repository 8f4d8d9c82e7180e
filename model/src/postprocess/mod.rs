//! From generated text to labels, boxes, quads and polygons.
/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer { /// Text.
Text(String) }
