//! Numbers on disk to numbers in memory.

use half::{bf16, f16};

/// The floating-point types that weights are stored in, little-endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    F16,
    Bf16,
    F32,
    F64,
}

impl Element {
    /// Bytes of one number.
    pub(super) fn size(self) -> usize {
        match self {
            Self::F16 | Self::Bf16 => 2,
            Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    /// Widens, or for f64 rounds, to f32.
    ///
    /// Expects a whole number of elements in `bytes`; the readers check that.
    pub(super) fn to_f32(self, bytes: &[u8]) -> Vec<f32> {
        match self {
            Self::F16 => convert(bytes, |raw| f16::from_le_bytes(raw).to_f32()),
            Self::Bf16 => convert(bytes, |raw| bf16::from_le_bytes(raw).to_f32()),
            Self::F32 => convert(bytes, f32::from_le_bytes),
            Self::F64 => convert(bytes, |raw| f64::from_le_bytes(raw) as f32),
        }
    }
}

fn convert<const SIZE: usize>(bytes: &[u8], widen: impl Fn([u8; SIZE]) -> f32) -> Vec<f32> {
    let (elements, _) = bytes.as_chunks();
    elements.iter().map(|raw| widen(*raw)).collect()
}
