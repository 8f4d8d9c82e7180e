//! Perceptual hashes: 64 bits that are nearly the same where pictures look nearly the same.
//!
//! The algorithm is pHash (Zauner, 2010): the lowest frequencies of a small grey picture, each above or below their median.
//! It is written out here and not a crate's, because hashes are kept: those of pictures that come years apart must be alike,
//! whatever a crate changes meanwhile.

use image::{ImageFormat, RgbImage};

use crate::thumbnails::resized;

/// Pixels of a side of the picture that is looked at.
const SIDE: usize = 32;

/// Frequencies of a direction, without the first, which is the brightness.
const FREQUENCIES: usize = 8;

/// What is smaller than this came about by rounding and compression: a wave of a quarter of one step of grey.
const NOTHING: f64 = (SIDE * SIDE) as f64 / 16.0;

/// The hash of a picture's smallest thumbnail, as the file has it: so it is the same whether it is made with the thumbnail or
/// later. None where that is no WebP.
pub fn perceptual_hash(thumbnail: &[u8]) -> Option<u64> {
    let picture = image::load_from_memory_with_format(thumbnail, ImageFormat::WebP).ok()?;
    Some(hash_of(&picture.to_rgb8()))
}

/// In how many of their 64 bits two hashes differ.
pub fn hash_distance(one: u64, other: u64) -> u32 {
    (one ^ other).count_ones()
}

fn hash_of(picture: &RgbImage) -> u64 {
    let frequencies = frequencies(&grey(picture));
    let mut sorted = frequencies;
    sorted.sort_unstable_by(f64::total_cmp);
    let median = f64::midpoint(sorted[sorted.len() / 2 - 1], sorted[sorted.len() / 2]);
    frequencies.iter().fold(0, |hash, value| hash << 1 | u64::from(*value > median))
}

/// The picture's brightness in a square.
fn grey(picture: &RgbImage) -> [[f64; SIDE]; SIDE] {
    let small = resized(picture, SIDE as u32, SIDE as u32);
    let mut grey = [[0.0; SIDE]; SIDE];
    for (x, y, pixel) in small.enumerate_pixels() {
        // The weights of ITU-R BT.601, as pHash has them.
        let [red, green, blue] = pixel.0.map(f64::from);
        grey[y as usize][x as usize] = 0.299 * red + 0.587 * green + 0.114 * blue;
    }
    grey
}

/// The lowest coefficients of the discrete cosine transform (the second kind) in both directions. Their scale is left out:
/// it is the same for all.
fn frequencies(grey: &[[f64; SIDE]; SIDE]) -> [f64; FREQUENCIES * FREQUENCIES] {
    let wave = |frequency: usize, place: usize| {
        let angle = std::f64::consts::PI / SIDE as f64 * (place as f64 + 0.5) * (frequency + 1) as f64;
        angle.cos()
    };
    let mut rows = [[0.0; FREQUENCIES]; SIDE];
    for (row, pixels) in rows.iter_mut().zip(grey) {
        for (frequency, value) in row.iter_mut().enumerate() {
            *value = pixels.iter().enumerate().map(|(place, pixel)| pixel * wave(frequency, place)).sum();
        }
    }
    let mut found = [0.0; FREQUENCIES * FREQUENCIES];
    for (place, value) in found.iter_mut().enumerate() {
        let (vertical, horizontal) = (place / FREQUENCIES, place % FREQUENCIES);
        let sum: f64 = rows.iter().enumerate().map(|(y, row)| row[horizontal] * wave(vertical, y)).sum();
        *value = if sum.abs() < NOTHING { 0.0 } else { sum };
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::thumbnails::{ThumbnailSize, thumbnail};

    /// A picture of a few soft waves that the seed draws.
    fn picture(seed: u32, width: u32, height: u32) -> RgbImage {
        let mut state = seed;
        let mut drawn = |most: u32| {
            // A linear congruential generator with the constants of Numerical Recipes, of which the upper half is taken.
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(state >> 16) / 65536.0 * f64::from(most)
        };
        let waves: Vec<_> = (0..8).map(|_| (drawn(24) - 12.0, drawn(24) - 12.0, drawn(6))).collect();
        RgbImage::from_fn(width, height, |x, y| {
            let (x, y) = (f64::from(x) / f64::from(width), f64::from(y) / f64::from(height));
            let sum: f64 = waves.iter().map(|(across, down, phase)| (across * x + down * y + phase).sin()).sum();
            let value = 128.0 + 30.0 * sum;
            image::Rgb([value.clamp(0.0, 255.0) as u8, (value / 2.0 + 60.0).clamp(0.0, 255.0) as u8, 90])
        })
    }

    fn hash(picture: &RgbImage) -> u64 {
        perceptual_hash(&thumbnail(picture, ThumbnailSize::Small).unwrap()).unwrap()
    }

    #[test]
    fn same_picture_in_another_size_or_light_is_near() {
        for seed in 0..20 {
            let original = picture(seed, 640, 480);
            let smaller = picture(seed, 320, 240);
            let brighter = RgbImage::from_fn(640, 480, |x, y| {
                image::Rgb(original.get_pixel(x, y).0.map(|value| value.saturating_add(12)))
            });
            assert!(hash_distance(hash(&original), hash(&smaller)) <= 4, "{seed}");
            assert!(hash_distance(hash(&original), hash(&brighter)) <= 6, "{seed}");
        }
    }

    #[test]
    fn other_pictures_are_far() {
        let hashes: Vec<u64> = (0..20).map(|seed| hash(&picture(seed, 640, 480))).collect();
        for (place, one) in hashes.iter().enumerate() {
            for other in &hashes[place + 1..] {
                assert!(hash_distance(*one, *other) > 8, "{one:x} and {other:x}");
            }
        }
    }

    #[test]
    fn plain_pictures_are_alike_whatever_their_colour() {
        let plain = |colour| hash(&RgbImage::from_pixel(300, 200, image::Rgb(colour)));
        assert_eq!(plain([200, 40, 90]), plain([0, 0, 0]));
        assert_eq!(plain([255, 255, 255]), 0);
    }

    #[test]
    fn hash_stays_what_it_was() {
        // What is kept in databases was made so. Never change this number.
        assert_eq!(hash(&picture(3, 640, 480)), 0x8026_95c4_91d0_92d0);
        assert_eq!(perceptual_hash(b"no picture"), None);
    }
}
