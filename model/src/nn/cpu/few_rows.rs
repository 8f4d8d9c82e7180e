//! Linear layers for few rows, which are bound by how fast the weights come from memory: each is read once, where it lies.
#![expect(clippy::inline_always, reason = "what is not inlined is compiled for the baseline, and an order slower")]

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::{scratch::with_scratch, weight::Weight};

/// Output features of a task.
const FEATURES_PER_TASK: usize = 64;

/// Features and rows of a tile: sixteen sums in registers, and half as many loads as products.
const TILE: usize = 4;

/// `x @ weight^T + bias` for few rows.
///
/// Each output is one dot product in a fixed order, so that a row's result does not depend on how many rows there are.
///
/// # Shapes
/// - x: `[rows, in]`, weight: `[out, in]`, output: `[rows, out]`
pub(super) fn few_rows_linear(x: &[f32], weight: Weight<'_>, bias: Option<&[f32]>, rows: usize, output: &mut [f32]) {
    let in_features = x.len() / rows;
    let out_features = weight.len() / in_features;
    let arch = Arch::new();
    // [out, rows] first: a task then owns a run of the result.
    let mut by_feature = vec![0.0; output.len()];
    by_feature.par_chunks_mut(FEATURES_PER_TASK * rows).enumerate().for_each(|(task, sums)| {
        let features = task * FEATURES_PER_TASK..(task * FEATURES_PER_TASK + sums.len() / rows);
        with_scratch([weight.room(TILE * in_features)], |[room]| {
            for (place, sums) in sums.chunks_mut(TILE * rows).enumerate() {
                let first = features.start + place * TILE;
                let weight = weight.part(first * in_features, (first + sums.len() / rows) * in_features).widened(room);
                arch.dispatch(DotProducts { x, weight, in_features, rows, sums });
            }
        });
        if let Some(bias) = bias {
            for (sums, bias) in sums.chunks_exact_mut(rows).zip(&bias[features]) {
                for sum in sums {
                    *sum += bias;
                }
            }
        }
    });
    for (row, output) in output.chunks_exact_mut(out_features).enumerate() {
        for (output, sums) in output.iter_mut().zip(by_feature.chunks_exact(rows)) {
            *output = sums[row];
        }
    }
}

/// A few rows of `weight` times every row of `x`.
struct DotProducts<'a> {
    x: &'a [f32],
    /// At most a tile's features.
    weight: &'a [f32],
    in_features: usize,
    rows: usize,
    /// `[features, rows]`
    sums: &'a mut [f32],
}

impl WithSimd for DotProducts<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { x, weight, in_features, rows, sums } = self;
        for (first, x) in x.chunks(TILE * in_features).enumerate() {
            let sums = &mut sums[first * TILE..];
            let (features, count) = (weight.len() / in_features, x.len() / in_features);
            match (features, count) {
                (TILE, TILE) => tile::<S, TILE, TILE>(simd, weight, x, in_features, sums, rows),
                (TILE, 3) => tile::<S, TILE, 3>(simd, weight, x, in_features, sums, rows),
                (TILE, 2) => tile::<S, TILE, 2>(simd, weight, x, in_features, sums, rows),
                (TILE, _) => tile::<S, TILE, 1>(simd, weight, x, in_features, sums, rows),
                _ => {
                    for feature in 0..features {
                        for row in 0..count {
                            let weight = &weight[feature * in_features..];
                            let sums = &mut sums[feature * rows + row..];
                            tile::<S, 1, 1>(simd, weight, &x[row * in_features..], in_features, sums, rows);
                        }
                    }
                }
            }
        }
    }
}

/// `F` features times `R` rows, into sums whose features are `stride` apart.
///
/// A dot product is summed in as many lanes as a register has, in the order of its terms, whatever tile it is in. Sums
/// are named by number alone, as in `product::tile`.
#[inline(always)]
fn tile<S: Simd, const F: usize, const R: usize>(
    simd: S,
    weight: &[f32],
    x: &[f32],
    in_features: usize,
    out: &mut [f32],
    stride: usize,
) {
    let weight: [&[f32]; F] = std::array::from_fn(|f| &weight[f * in_features..][..in_features]);
    let x: [&[f32]; R] = std::array::from_fn(|r| &x[r * in_features..][..in_features]);
    let whole = in_features / S::F32_LANES;
    let weight_lanes: [&[S::f32s]; F] = std::array::from_fn(|f| &S::as_simd_f32s(weight[f]).0[..whole]);
    let x_lanes: [&[S::f32s]; R] = std::array::from_fn(|r| &S::as_simd_f32s(x[r]).0[..whole]);
    let mut sums = [[simd.splat_f32s(0.0); R]; F];
    for k in 0..whole {
        for f in 0..F {
            let weight = weight_lanes[f][k];
            for r in 0..R {
                sums[f][r] = simd.mul_add_f32s(weight, x_lanes[r][k], sums[f][r]);
            }
        }
    }
    for f in 0..F {
        for r in 0..R {
            let mut sum = simd.reduce_sum_f32s(sums[f][r]);
            for k in whole * S::F32_LANES..in_features {
                sum += weight[f][k] * x[r][k];
            }
            out[f * stride + r] = sum;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::cpu::tests::numbers;

    /// Whole numbers this small are exact in f32, in whatever order they are added.
    #[test]
    fn products_are_those_of_three_plain_loops() {
        for (rows, inside, outside) in [(1, 1, 1), (3, 17, 5), (5, 100, 130), (8, 64, 70), (23, 48, 65)] {
            let (x, weight, bias) = (numbers(rows * inside, 7), numbers(outside * inside, 5), numbers(outside, 3));
            let mut output = vec![f32::NAN; rows * outside];
            few_rows_linear(&x, Weight::F32(&weight), Some(&bias), rows, &mut output);
            let mut expected = vec![0.0; rows * outside];
            for (place, expected) in expected.iter_mut().enumerate() {
                let (row, feature) = (place / outside, place % outside);
                let terms = (0..inside).map(|k| x[row * inside + k] * weight[feature * inside + k]);
                *expected = bias[feature] + terms.sum::<f32>();
            }
            assert_eq!(output, expected, "{rows} × {inside} × {outside}");
            let short: Vec<_> = weight.iter().map(|value| half::f16::from_f32(*value)).collect();
            few_rows_linear(&x, Weight::F16(&short), Some(&bias), rows, &mut output);
            assert_eq!(output, expected, "{rows} × {inside} × {outside} of 16 bits");
        }
    }

    #[test]
    fn a_row_does_not_depend_on_how_many_there_are() {
        let x: Vec<f32> = (0..7 * 100).map(|i| ((i * 29) % 17) as f32 / 7.0).collect();
        let weight: Vec<f32> = (0..130 * 100).map(|i| ((i * 31) % 23) as f32 / 11.0 - 1.0).collect();
        let mut together = vec![0.0; 7 * 130];
        few_rows_linear(&x, Weight::F32(&weight), None, 7, &mut together);
        for row in 0..7 {
            let mut alone = vec![0.0; 130];
            few_rows_linear(&x[row * 100..(row + 1) * 100], Weight::F32(&weight), None, 1, &mut alone);
            assert_eq!(alone, together[row * 130..(row + 1) * 130]);
        }
    }
}
