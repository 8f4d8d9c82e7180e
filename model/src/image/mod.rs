//! Pictures: decoding and preprocessing.
/// Why a picture can't be read.
#[derive(Debug, thiserror::Error)]
#[error("image")]
pub struct ImageError;
