//! Pictures: from the bytes somebody sent to the numbers the vision tower reads, and answers drawn back onto them.
//!
//! Everything here follows the reference, which is Pillow: its colour conversion ([`decode()`]), its bicubic filter bit by
//! bit ([`resize_bicubic`]) and the image processor's arithmetic ([`pixel_values`]).

mod color;
mod decode;
mod draw;
mod error;
mod format;
mod gif;
mod integrity;
mod pixels;
mod resize;

pub use self::{
    decode::{DecodeOptions, Limits, decode, decode_with},
    draw::draw_answer,
    error::ImageError,
    format::Format,
    pixels::{pixel_values, preprocess},
    resize::resize_bicubic,
};

#[cfg(test)]
mod tests;
