//! How much the sources of one picture differ: in their words, and in where they see things.

mod boxes;
mod words;

pub use boxes::{Rect, of_boxes};
pub use words::of_texts;
