//! From generated tokens to text, labels, boxes, quads and polygons.
//!
//! The reference reads the model's answer with regular expressions that look ahead; the scanner here walks the decoded
//! text once and remembers which token each byte came from, so that every region knows the tokens it was made of.

mod answer;
mod coordinates;

pub use answer::{Answer, Region, Shape};
pub use coordinates::{Coordinates, dequantize, quantize};
