//! From bytes to the numbers the vision tower reads.

use ::image::RgbImage;

use super::resize_bicubic;
use crate::config::PreprocessorConfig;

/// Resizes the picture and turns it into pixel values: three planes of `height * width`, red first.
pub fn preprocess(image: &RgbImage, config: &PreprocessorConfig) -> Vec<f32> {
    pixel_values(&resize_bicubic(image, config.width, config.height), config)
}

/// `(byte * rescale_factor - mean) / std` for every sample, as planes: `[3, height, width]`, red first.
///
/// Equal to the reference in every bit: its bytes are scaled in f64 and rounded to f32, and normalised in f32.
pub fn pixel_values(image: &RgbImage, config: &PreprocessorConfig) -> Vec<f32> {
    let mut values = Vec::with_capacity(image.as_raw().len());
    for channel in 0..3 {
        // There are only 256 different values a channel.
        let table: [f32; 256] = std::array::from_fn(|byte| {
            let scaled = (byte as f64 * config.rescale_factor) as f32;
            (scaled - config.image_mean[channel]) / config.image_std[channel]
        });
        values.extend(image.pixels().map(|pixel| table[usize::from(pixel[channel])]));
    }
    values
}
