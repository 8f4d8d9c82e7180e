//! Inner loops over slices of f32. [`pulp`] compiles each for AVX-512, AVX2 and the baseline, and picks at run time.
//!
//! Most loops are plain Rust in a shape that the compiler turns into SIMD: sums run in independent lanes, nothing
//! branches, and `exp` and `erf` are polynomials. Each is a struct because pulp compiles for a CPU only what is inlined
//! into [`WithSimd::with_simd`], and a closure handed to it is not always.
#![expect(clippy::inline_always, reason = "what is not inlined is compiled for the baseline, and an order slower")]

use half::f16;
use pulp::{Arch, Simd, WithSimd};

/// Independent partial sums: as many as an AVX-512 register holds.
const LANES: usize = 16;

/// f16 to the same values in f32. The numbers must be finite.
pub(super) fn widen(narrow: &[f16], wide: &mut [f32]) {
    Arch::new().dispatch(Widen { narrow, wide });
}

struct Widen<'a> {
    narrow: &'a [f16],
    wide: &'a mut [f32],
}

impl WithSimd for Widen<'_> {
    type Output = ();

    /// By whole numbers and one subtraction: half the exponents' distance is added, and below the smallest normal number
    /// the first bit that is not there is taken away again.
    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        const DISTANCE: u32 = (127 - 15) << 23;
        const ONE: u32 = 1 << 23;
        for (wide, narrow) in self.wide.iter_mut().zip(self.narrow) {
            let bits = u32::from(narrow.to_bits());
            let magnitude = (bits & 0x7fff) << 13;
            let normal = magnitude + DISTANCE;
            let subnormal = (f32::from_bits(magnitude + DISTANCE + ONE) - f32::from_bits(DISTANCE + ONE)).to_bits();
            let value = if magnitude < ONE { subnormal } else { normal };
            *wide = f32::from_bits(value | (bits & 0x8000) << 16);
        }
    }
}

/// Exact GELU in place: `x / 2 * (1 + erf(x / sqrt 2))`.
pub(super) fn gelu(x: &mut [f32]) {
    Arch::new().dispatch(Gelu(x));
}

struct Gelu<'a>(&'a mut [f32]);

impl WithSimd for Gelu<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        for value in self.0 {
            *value = 0.5 * *value * (1.0 + erf(*value * std::f32::consts::FRAC_1_SQRT_2));
        }
    }
}

/// Adds `bias` to each of `x`'s rows.
pub(super) fn add_bias(x: &mut [f32], bias: &[f32]) {
    Arch::new().dispatch(AddBias { x, bias });
}

struct AddBias<'a> {
    x: &'a mut [f32],
    bias: &'a [f32],
}

impl WithSimd for AddBias<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        for row in self.x.chunks_exact_mut(self.bias.len()) {
            for (value, bias) in row.iter_mut().zip(self.bias) {
                *value += bias;
            }
        }
    }
}

/// Layer normalisation of each of `input`'s rows: mean first, then the variance around it, as the reference does.
pub(super) fn layer_norm(input: &[f32], gamma: &[f32], beta: &[f32], epsilon: f32, output: &mut [f32]) {
    Arch::new().dispatch(LayerNorm { input, gamma, beta, epsilon, output });
}

struct LayerNorm<'a> {
    input: &'a [f32],
    gamma: &'a [f32],
    beta: &'a [f32],
    epsilon: f32,
    output: &'a mut [f32],
}

impl WithSimd for LayerNorm<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let width = self.gamma.len();
        for (output, input) in self.output.chunks_exact_mut(width).zip(self.input.chunks_exact(width)) {
            let mean = lanes_sum(input, |x| x) / width as f32;
            let variance = lanes_sum(input, |x| (x - mean) * (x - mean)) / width as f32;
            let inverse = 1.0 / (variance + self.epsilon).sqrt();
            for (((output, x), gamma), beta) in output.iter_mut().zip(input).zip(self.gamma).zip(self.beta) {
                *output = (x - mean) * inverse * gamma + beta;
            }
        }
    }
}

/// `softmax(row * scale)` of each row of `width`, in place.
pub(super) fn softmax(rows: &mut [f32], width: usize, scale: f32) {
    Arch::new().dispatch(Softmax { rows, width, scale });
}

struct Softmax<'a> {
    rows: &'a mut [f32],
    width: usize,
    scale: f32,
}

impl WithSimd for Softmax<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        for row in self.rows.chunks_exact_mut(self.width) {
            let highest = lanes_max(row) * self.scale;
            for value in row.iter_mut() {
                *value = exp(*value * self.scale - highest);
            }
            let inverse = 1.0 / lanes_sum(row, |x| x);
            for value in row.iter_mut() {
                *value *= inverse;
            }
        }
    }
}

/// ln Σ exp(x), without overflow.
pub(super) fn log_sum_exp(x: &[f32]) -> f32 {
    Arch::new().dispatch(LogSumExp(x))
}

struct LogSumExp<'a>(&'a [f32]);

impl WithSimd for LogSumExp<'_> {
    type Output = f32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) -> f32 {
        let highest = lanes_max(self.0);
        highest + lanes_sum(self.0, |value| exp(value - highest)).ln()
    }
}

/// One row of `x + depthwise_conv3x3(x)`.
pub(super) struct DepthwiseRow<'a> {
    /// `[height, width, channels]`
    pub(super) input: &'a [f32],
    /// `[3, 3, channels]`
    pub(super) weight: &'a [f32],
    /// `[channels]`
    pub(super) bias: &'a [f32],
    /// Height, width and channels.
    pub(super) dims: [usize; 3],
    /// Which row.
    pub(super) y: usize,
    /// `[width, channels]`
    pub(super) output: &'a mut [f32],
}

impl DepthwiseRow<'_> {
    /// Computes it.
    pub(super) fn run(self) {
        Arch::new().dispatch(self);
    }
}

impl WithSimd for DepthwiseRow<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let [height, width, channels] = self.dims;
        for (x, output) in self.output.chunks_exact_mut(channels).enumerate() {
            let here = (self.y * width + x) * channels;
            let residual = &self.input[here..here + channels];
            for ((output, residual), bias) in output.iter_mut().zip(residual).zip(self.bias) {
                *output = residual + bias;
            }
            for ky in 0..3 {
                for kx in 0..3 {
                    // Outside the picture the padding is zero and adds nothing.
                    let Some(y) = (self.y + ky).checked_sub(1).filter(|y| *y < height) else { continue };
                    let Some(x) = (x + kx).checked_sub(1).filter(|x| *x < width) else { continue };
                    let source = (y * width + x) * channels;
                    let tap = (ky * 3 + kx) * channels;
                    let (source, tap) = (&self.input[source..source + channels], &self.weight[tap..tap + channels]);
                    for ((output, source), tap) in output.iter_mut().zip(source).zip(tap) {
                        *output += source * tap;
                    }
                }
            }
        }
    }
}

#[inline(always)]
fn lanes_sum(x: &[f32], map: impl Fn(f32) -> f32) -> f32 {
    let mut sums = [0.0f32; LANES];
    let (chunks, rest) = x.as_chunks::<LANES>();
    for chunk in chunks {
        for lane in 0..LANES {
            sums[lane] += map(chunk[lane]);
        }
    }
    sums.iter().sum::<f32>() + rest.iter().map(|&value| map(value)).sum::<f32>()
}

#[expect(clippy::inline_always, reason = "only what is inlined into the dispatch is compiled for its instructions")]
#[inline(always)]
fn lanes_max(x: &[f32]) -> f32 {
    let mut highest = [f32::NEG_INFINITY; LANES];
    let (chunks, rest) = x.as_chunks::<LANES>();
    for chunk in chunks {
        for lane in 0..LANES {
            highest[lane] = if chunk[lane] > highest[lane] { chunk[lane] } else { highest[lane] };
        }
    }
    rest.iter().chain(&highest).copied().fold(f32::NEG_INFINITY, f32::max)
}

/// e^x within 2 ulp for x ≤ 88; below -87 it is 0. Range reduction and polynomial of Cephes' `expf`.
#[inline(always)]
fn exp(x: f32) -> f32 {
    /// Adding it leaves the nearest integer in the low bits.
    const ROUND: f32 = 12_582_912.0;
    let clamped = if x < -87.0 { -87.0 } else { x };
    let shifted = clamped * std::f32::consts::LOG2_E + ROUND;
    let whole = shifted - ROUND;
    // ln 2 in two parts, so that the product with `whole` is exact in the first.
    let r = clamped - whole * 0.693_359_4 + whole * 2.121_944_4e-4;
    let mut poly = 1.987_569_1e-4;
    poly = poly * r + 1.398_199_9e-3;
    poly = poly * r + 8.333_452e-3;
    poly = poly * r + 4.166_579_6e-2;
    poly = poly * r + 1.666_666_5e-1;
    poly = poly * r + 5e-1;
    let mantissa = poly * r * r + r + 1.0;
    let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(127 << 23));
    if x < -87.0 { 0.0 } else { mantissa * power }
}

/// erf(x) within 4e-7: the rational approximation of Eigen's `generic_fast_erf_float` on the clamped argument.
#[inline(always)]
fn erf(x: f32) -> f32 {
    /// Beyond it erf is ±1 in f32.
    const BOUND: f32 = 3.832_507;
    let x = if x > BOUND { BOUND } else { x };
    let x = if x < -BOUND { -BOUND } else { x };
    let square = x * x;
    let mut numerator = -2.726_142_3e-10;
    numerator = numerator * square + 2.770_681_4e-8;
    numerator = numerator * square - 2.101_024e-6;
    numerator = numerator * square - 5.692_506_4e-5;
    numerator = numerator * square - 7.349_906_3e-4;
    numerator = numerator * square - 2.954_6e-3;
    numerator = numerator * square - 1.609_603_3e-2;
    let mut denominator = -1.456_607_2e-5;
    denominator = denominator * square - 2.133_740_6e-4;
    denominator = denominator * square - 1.682_827e-3;
    denominator = denominator * square - 7.373_329e-3;
    denominator = denominator * square - 1.426_473_9e-2;
    x * numerator / denominator
}

#[cfg(test)]
mod tests {
    use super::*;

    /// erf by its Maclaurin series in f64: slow and plain.
    fn erf_reference(x: f64) -> f64 {
        let (mut term, mut sum) = (x, x);
        for n in 1..200 {
            term *= -x * x / f64::from(n);
            sum += term / f64::from(2 * n + 1);
        }
        sum * 2.0 / std::f64::consts::PI.sqrt()
    }

    #[test]
    fn erf_agrees_with_its_series() {
        for i in -400..=400 {
            let x = i as f32 / 100.0;
            let difference = (f64::from(erf(x)) - erf_reference(f64::from(x))).abs();
            assert!(difference < 4e-7, "erf({x}) is off by {difference}");
        }
    }

    #[test]
    fn exp_agrees_with_the_standard_library() {
        for i in -8600..=8800 {
            let x = i as f32 / 100.0;
            let relative = (f64::from(exp(x)) / f64::from(x).exp() - 1.0).abs();
            assert!(relative < 3e-7, "exp({x}) is off by {relative}");
        }
        assert_eq!(exp(f32::NEG_INFINITY).to_bits(), 0);
        assert_eq!(exp(-1e9).to_bits(), 0);
    }

    #[test]
    fn softmax_of_masked_entries_is_zero() {
        let mut row = [1.0, f32::NEG_INFINITY, 1.0, f32::NEG_INFINITY];
        softmax(&mut row, 4, 0.5);
        assert_eq!(row.map(f32::to_bits), [0.5, 0.0, 0.5, 0.0].map(f32::to_bits));
    }
}
