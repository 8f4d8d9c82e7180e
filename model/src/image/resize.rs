//! Bicubic resizing, equal to Pillow's in every bit.
//!
//! The checkpoints were trained and evaluated on pictures that Pillow had resized. `fast_image_resize` with the same
//! filter keeps its intermediate rows and its coefficients differently and is a few levels off on sharp edges, the
//! `image` crate likewise, so the two passes are written here: columns first, then rows, with sums in 22-bit fixed point
//! and a rounding to bytes after each pass.

use std::borrow::Cow;

use ::image::RgbImage;
use pulp::Arch;
use rayon::prelude::*;

/// Fractional bits of a coefficient: 32 less the sample's 8 and 2 for overshoot.
const PRECISION: u32 = 22;
/// Half a level, so that the shift rounds.
const HALF: i32 = 1 << (PRECISION - 1);
/// How far the cubic kernel reaches to either side, in input pixels when enlarging.
const SUPPORT: f64 = 2.0;
/// Bytes a pixel.
const CHANNELS: usize = 3;

/// Resizes to `width` × `height` with the bicubic filter and antialiasing, as Pillow's `resize((w, h), BICUBIC)`.
///
/// Proportions are not kept. Uses all threads of rayon's pool.
pub fn resize_bicubic(image: &RgbImage, width: u32, height: u32) -> RgbImage {
    let arch = Arch::new();
    let (from_width, from_height) = image.dimensions();
    let mut pixels: Cow<'_, [u8]> = Cow::Borrowed(image.as_raw());
    if from_width != width {
        pixels = resize_rows(arch, &pixels, from_width as usize, width as usize).into();
    }
    if from_height != height {
        pixels = resize_columns(arch, &pixels, width as usize, from_height as usize, height as usize).into();
    }
    RgbImage::from_raw(width, height, pixels.into_owned()).expect("both passes fill the picture. This is a bug.")
}

/// The input pixels that one output pixel is made of.
struct Taps {
    /// Index of the first.
    first: usize,
    /// Their weights, which add up to about `1 << PRECISION`.
    weights: Vec<i32>,
}

/// The weights for every output pixel along an axis of `from` pixels that becomes `to` long.
fn taps(from: usize, to: usize) -> Vec<Taps> {
    let scale = from as f64 / to as f64;
    // When shrinking the kernel widens with the scale; when enlarging it stays.
    let filter_scale = scale.max(1.0);
    let support = SUPPORT * filter_scale;
    let inverse = 1.0 / filter_scale;
    (0..to)
        .map(|output| {
            let center = (output as f64 + 0.5) * scale;
            let first = (center - support + 0.5).max(0.0) as usize;
            let end = ((center + support + 0.5) as usize).min(from);
            let kernel: Vec<f64> = (first..end).map(|input| bicubic((input as f64 - center + 0.5) * inverse)).collect();
            let sum: f64 = kernel.iter().sum();
            Taps { first, weights: kernel.iter().map(|weight| to_fixed(weight / sum)).collect() }
        })
        .collect()
}

/// The cubic convolution kernel with a = −0.5 (Catmull-Rom).
fn bicubic(x: f64) -> f64 {
    const A: f64 = -0.5;
    let x = x.abs();
    // The order of operations is Pillow's; a fused multiply-add would round differently.
    if x < 1.0 {
        ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0
    } else if x < 2.0 {
        (((x - 5.0) * x + 8.0) * x - 4.0) * A
    } else {
        0.0
    }
}

/// Rounds half away from zero.
fn to_fixed(weight: f64) -> i32 {
    (weight * f64::from(1 << PRECISION) + 0.5_f64.copysign(weight)) as i32
}

fn to_byte(sum: i32) -> u8 {
    (sum >> PRECISION).clamp(0, 255) as u8
}

/// Makes every row `to` pixels long.
fn resize_rows(arch: Arch, pixels: &[u8], from: usize, to: usize) -> Vec<u8> {
    let taps = taps(from, to);
    let rows = pixels.len() / (from * CHANNELS);
    let mut resized = vec![0; rows * to * CHANNELS];
    resized.par_chunks_exact_mut(to * CHANNELS).zip(pixels.par_chunks_exact(from * CHANNELS)).for_each_init(
        // A fourth byte makes a pixel one vector of four sums.
        || vec![[0_u8; 4]; from],
        |padded, (output, input)| {
            arch.dispatch(
                #[inline(always)]
                || resize_row(&taps, input, padded, output),
            );
        },
    );
    resized
}

#[expect(clippy::inline_always, reason = "only what is inlined into the dispatch is compiled for its instructions")]
#[inline(always)]
fn resize_row(taps: &[Taps], input: &[u8], padded: &mut [[u8; 4]], output: &mut [u8]) {
    for (padded, pixel) in padded.iter_mut().zip(input.as_chunks::<CHANNELS>().0) {
        *padded = [pixel[0], pixel[1], pixel[2], 0];
    }
    for (output, taps) in output.as_chunks_mut::<CHANNELS>().0.iter_mut().zip(taps) {
        let inputs = &padded[taps.first..taps.first + taps.weights.len()];
        let mut sums = [HALF; 4];
        for (pixel, weight) in inputs.iter().zip(&taps.weights) {
            for (sum, sample) in sums.iter_mut().zip(pixel) {
                *sum += i32::from(*sample) * weight;
            }
        }
        *output = [to_byte(sums[0]), to_byte(sums[1]), to_byte(sums[2])];
    }
}

/// Makes every column `to` pixels long. Rows are `width` pixels.
fn resize_columns(arch: Arch, pixels: &[u8], width: usize, from: usize, to: usize) -> Vec<u8> {
    let taps = taps(from, to);
    let row_length = width * CHANNELS;
    let mut resized = vec![0; to * row_length];
    resized.par_chunks_exact_mut(row_length).zip(&taps).for_each_init(
        || vec![0_i32; row_length],
        |sums, (output, taps)| {
            let inputs = &pixels[taps.first * row_length..];
            arch.dispatch(
                #[inline(always)]
                || sum_rows(&taps.weights, inputs, sums, output),
            );
        },
    );
    resized
}

#[expect(clippy::inline_always, reason = "only what is inlined into the dispatch is compiled for its instructions")]
#[inline(always)]
fn sum_rows(weights: &[i32], inputs: &[u8], sums: &mut [i32], output: &mut [u8]) {
    sums.fill(HALF);
    for (row, weight) in inputs.chunks_exact(output.len()).zip(weights) {
        for (sum, sample) in sums.iter_mut().zip(row) {
            *sum += i32::from(*sample) * weight;
        }
    }
    for (byte, sum) in output.iter_mut().zip(sums) {
        *byte = to_byte(*sum);
    }
}
