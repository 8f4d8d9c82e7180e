//! Decoded samples to RGB, as Pillow's `convert("RGB")` does it.

use ::image::{ColorType, RgbImage};

/// Turns a decoder's samples into RGB: grey is replicated, alpha is dropped without compositing, and of 16 bits the high
/// eight stay.
///
/// 16-bit grey is the one case that differs from Pillow on purpose. It opens such a file as `I;16` and then clips every
/// value above 255 to white, which loses the picture; 16-bit RGB it cuts to the high byte, and so do we for both.
///
/// `samples` are `width * height` pixels of `color` in the machine's byte order, as the `image` crate reads them.
pub(super) fn to_rgb(width: u32, height: u32, color: ColorType, samples: Vec<u8>) -> RgbImage {
    let rgb = if color == ColorType::Rgb8 {
        samples
    } else {
        let channels = usize::from(color.channel_count());
        let sample_size = usize::from(color.bytes_per_pixel()) / channels;
        let high_byte = if cfg!(target_endian = "little") { sample_size - 1 } else { 0 };
        let channel_offsets = if color.has_color() { [0, 1, 2] } else { [0; 3] };
        let offsets = channel_offsets.map(|channel| channel * sample_size + high_byte);
        samples.chunks_exact(channels * sample_size).flat_map(|pixel| offsets.map(|offset| pixel[offset])).collect()
    };
    RgbImage::from_raw(width, height, rgb).expect("a decoder fills the whole picture. This is a bug.")
}
