//! Why a picture can't be read.

use super::{Format, Limits};

/// Why a picture can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
    /// There are no bytes at all.
    #[error("the picture is empty: 0 bytes came where a JPEG, PNG, GIF or WebP file should be")]
    Empty,
    /// The bytes are no picture, or one of a format that is not read.
    #[error("this looks like {found}; pictures can be JPEG, PNG, GIF or WebP")]
    Unsupported {
        /// What the bytes look like, with its article: "an SVG drawing".
        found: &'static str,
    },
    /// The picture's header announces more pixels than are allowed.
    #[error(
        "the picture has {width}×{height} pixels; at most {} pixels a side and {} in all are allowed",
        limits.max_side, limits.max_pixels
    )]
    TooLarge {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// What is allowed.
        limits: Limits,
    },
    /// The picture is of a known format, but cut off or corrupt.
    #[error("the {format} picture is damaged: {reason}")]
    Damaged {
        /// The format its first bytes announce.
        format: Format,
        /// What is wrong with it.
        reason: String,
    },
}
