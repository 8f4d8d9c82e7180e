//! Between pixels and the thousandths that the location tokens count in.

/// Bins along each side of the picture: one per location token.
const BINS: f64 = 1000.0;

/// How coordinates are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Coordinates {
    /// The bin's middle in pixels, with its fraction.
    #[default]
    Float,
    /// Whole pixels, cut off towards zero as the reference library does.
    Int,
}

/// The bin of 0 to 999 that a coordinate of `pixels` falls into, along a side of `size` pixels.
///
/// What lies outside the picture falls into the first or the last bin. In f32, as the reference computes.
pub fn quantize(pixels: f32, size: u32) -> u16 {
    (pixels / pixels_per_bin(size)).floor().clamp(0.0, 999.0) as u16
}

/// The middle of a bin of 0 to 999, in pixels along a side of `size` pixels.
pub fn dequantize(bin: u16, size: u32) -> f32 {
    (f32::from(bin) + 0.5) * pixels_per_bin(size)
}

/// Divided in f64 and then rounded, because that is what multiplying an f32 tensor by a Python number does.
fn pixels_per_bin(size: u32) -> f32 {
    (f64::from(size) / BINS) as f32
}
