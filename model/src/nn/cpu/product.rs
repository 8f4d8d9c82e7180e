//! Matrix products over slices of f32: a tile of the result stays in registers while the depth passes by.
//!
//! The right side is packed into panels as wide as a tile, the left side is read where it lies: rows are short enough
//! that a block of them stays in the cache. After Goto and van de Geijn, "Anatomy of High-Performance Matrix
//! Multiplication" (2008). Nothing here spreads over cores; who calls it does.
#![expect(clippy::inline_always, reason = "what is not inlined is compiled for the baseline, and an order slower")]

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::{scratch::with_scratch, weight::Weight};

/// Rows of a tile. With four registers of columns it keeps 24 sums, as many as hide the latency of a multiply-add.
const TILE_ROWS: usize = 6;

/// Depth that passes before a tile's sums go back to memory. Half of the first cache then holds that much of a panel.
const DEPTH_BLOCK: usize = 128;

/// The widest panel: four registers of sixteen lanes.
const WIDEST: usize = 64;

/// How the right side is cut.
#[derive(Debug, Clone, Copy)]
struct Tiling {
    lanes: usize,
    /// Registers of a panel's width.
    registers: usize,
}

impl Tiling {
    /// The widest panels among those that waste the fewest columns.
    fn of(columns: usize) -> Self {
        struct Machine;
        impl WithSimd for Machine {
            type Output = (usize, usize);

            #[inline(always)]
            fn with_simd<S: Simd>(self, _simd: S) -> Self::Output {
                (S::F32_LANES, S::REGISTER_COUNT)
            }
        }
        let (lanes, available) = Arch::new().dispatch(Machine);
        let widths: &[usize] = if available >= 32 { &[4, 3, 2] } else { &[2] };
        let wasteful = |registers: &usize| columns.next_multiple_of(registers * lanes);
        let registers = widths.iter().copied().min_by_key(wasteful).unwrap_or(2);
        Self { lanes, registers }
    }

    fn width(self) -> usize {
        self.registers * self.lanes
    }
}

/// The right side of a product, `[depth, columns]`, in panels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Panels<'a> {
    /// `[panels, depth, width]`; beyond the last column it is zero.
    values: &'a [f32],
    depth: usize,
    columns: usize,
    tiling: Tiling,
}

/// How many values the panels of a `[depth, columns]` matrix have.
pub(super) fn packed_len(depth: usize, columns: usize) -> usize {
    columns.next_multiple_of(Tiling::of(columns).width()) * depth
}

impl<'a> Panels<'a> {
    /// Packs the transpose of `columns` rows of length `depth` that begin `stride` apart.
    pub(super) fn transposed(rows: &[f32], stride: usize, [depth, columns]: [usize; 2], room: &'a mut [f32]) -> Self {
        let tiling = Tiling::of(columns);
        let width = tiling.width();
        for (index, panel) in room.chunks_exact_mut(width * depth).enumerate() {
            pack_transposed(rows, stride, index * width..((index + 1) * width).min(columns), depth, panel);
        }
        Self { values: room, depth, columns, tiling }
    }

    /// Packs `depth` rows of length `columns` that begin `stride` apart.
    pub(super) fn of_rows(rows: &[f32], stride: usize, [depth, columns]: [usize; 2], room: &'a mut [f32]) -> Self {
        let tiling = Tiling::of(columns);
        let width = tiling.width();
        for (index, panel) in room.chunks_exact_mut(width * depth).enumerate() {
            let first = index * width;
            let used = width.min(columns - first);
            for (k, line) in panel.chunks_exact_mut(width).enumerate() {
                line[..used].copy_from_slice(&rows[k * stride + first..][..used]);
                line[used..].fill(0.0);
            }
        }
        Self { values: room, depth, columns, tiling }
    }
}

/// A linear layer ready for many rows: `x @ weight^T + bias`.
pub(super) struct PackedLinear {
    values: Vec<f32>,
    bias: Option<Vec<f32>>,
    depth: usize,
    columns: usize,
}

impl PackedLinear {
    /// Packs on all cores.
    ///
    /// # Shapes
    /// - weight: `[out, in]`, bias: `[out]`
    pub(super) fn new(weight: Weight<'_>, bias: Option<&[f32]>, depth: usize) -> Self {
        let columns = weight.len() / depth;
        let width = Tiling::of(columns).width();
        let mut values = vec![0.0; packed_len(depth, columns)];
        values.par_chunks_exact_mut(width * depth).enumerate().for_each(|(index, panel)| {
            let (first, end) = (index * width, ((index + 1) * width).min(columns));
            with_scratch([weight.room(width * depth)], |[room]| {
                let rows = weight.part(first * depth, end * depth).widened(room);
                pack_transposed(rows, depth, 0..end - first, depth, panel);
            });
        });
        Self { values, bias: bias.map(<[f32]>::to_vec), depth, columns }
    }

    /// Output features.
    pub(super) fn columns(&self) -> usize {
        self.columns
    }

    /// `output = x @ weight^T + bias` for rows that lie one after the other.
    pub(super) fn forward(&self, x: &[f32], output: &mut [f32]) {
        match &self.bias {
            Some(bias) => output.chunks_exact_mut(self.columns).for_each(|row| row.copy_from_slice(bias)),
            None => output.fill(0.0),
        }
        self.add_product(x, output);
    }

    /// `output += x @ weight^T + bias`.
    pub(super) fn add_to(&self, x: &[f32], output: &mut [f32]) {
        if let Some(bias) = &self.bias {
            super::kernels::add_bias(output, bias);
        }
        self.add_product(x, output);
    }

    fn add_product(&self, x: &[f32], output: &mut [f32]) {
        let Self { values, depth, columns, .. } = self;
        let panels = Panels { values, depth: *depth, columns: *columns, tiling: Tiling::of(*columns) };
        add_product(x, *depth, panels, output, *columns);
    }
}

/// `[depth, width]` of a panel from the rows that are its columns; the rest of its width becomes zero.
fn pack_transposed(rows: &[f32], stride: usize, columns: std::ops::Range<usize>, depth: usize, panel: &mut [f32]) {
    /// A square of the matrix that stays in the first cache, read along rows and written along columns.
    const SIDE: usize = 16;
    let width = panel.len() / depth;
    for from in (0..depth).step_by(SIDE) {
        let part = SIDE.min(depth - from);
        let block = &mut panel[from * width..(from + part) * width];
        for (place, column) in columns.clone().enumerate() {
            let row = &rows[column * stride + from..][..part];
            for (line, value) in block.chunks_exact_mut(width).zip(row) {
                line[place] = *value;
            }
        }
        for line in block.chunks_exact_mut(width) {
            line[columns.len()..].fill(0.0);
        }
    }
}

/// `out += a · b`. Rows of `a` begin `stride` apart, those of `out` `out_stride`; there are as many as begin in `out`.
pub(super) fn add_product(a: &[f32], stride: usize, b: Panels<'_>, out: &mut [f32], out_stride: usize) {
    Arch::new().dispatch(AddProduct { a, stride, b, out, out_stride });
}

struct AddProduct<'a> {
    a: &'a [f32],
    stride: usize,
    b: Panels<'a>,
    out: &'a mut [f32],
    out_stride: usize,
}

impl WithSimd for AddProduct<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match self.b.tiling.registers {
            4 => self.run::<S, 4>(simd),
            3 => self.run::<S, 3>(simd),
            _ => self.run::<S, 2>(simd),
        }
    }
}

impl AddProduct<'_> {
    #[inline(always)]
    fn run<S: Simd, const N: usize>(self, simd: S) {
        let Self { a, stride, b: Panels { values, depth, columns, .. }, out, out_stride } = self;
        let width = N * S::F32_LANES;
        let rows = out.len().div_ceil(out_stride);
        for from in (0..depth).step_by(DEPTH_BLOCK) {
            let block = DEPTH_BLOCK.min(depth - from);
            for (index, panel) in values.chunks_exact(width * depth).enumerate() {
                let panel = S::as_simd_f32s(&panel[from * width..(from + block) * width]).0.as_chunks::<N>().0;
                let first = index * width;
                let used = width.min(columns - first);
                let mut row = 0;
                while row < rows {
                    let (a, out) =
                        ((&a[row * stride + from..], stride), (&mut out[row * out_stride + first..], out_stride));
                    match rows - row {
                        1 => tile::<S, 1, N>(simd, a, panel, out, used),
                        2 => tile::<S, 2, N>(simd, a, panel, out, used),
                        3 => tile::<S, 3, N>(simd, a, panel, out, used),
                        4 => tile::<S, 4, N>(simd, a, panel, out, used),
                        5 => tile::<S, 5, N>(simd, a, panel, out, used),
                        _ => tile::<S, TILE_ROWS, N>(simd, a, panel, out, used),
                    }
                    row += TILE_ROWS;
                }
            }
        }
    }
}

/// Adds `R` rows times a panel, of which `used` columns count.
///
/// Sums are named by number alone: where one is borrowed, or an iterator stands between, the compiler keeps all of them
/// in memory, which is five times slower.
#[inline(always)]
#[expect(clippy::manual_memcpy, reason = "see above")]
fn tile<S: Simd, const R: usize, const N: usize>(
    simd: S,
    (a, stride): (&[f32], usize),
    panel: &[[S::f32s; N]],
    (out, out_stride): (&mut [f32], usize),
    used: usize,
) {
    let depth = panel.len();
    let a: [&[f32]; R] = std::array::from_fn(|r| &a[r * stride..][..depth]);
    let mut sums = [[simd.splat_f32s(0.0); N]; R];
    for k in 0..depth {
        let b = &panel[k];
        for r in 0..R {
            let value = simd.splat_f32s(a[r][k]);
            for n in 0..N {
                sums[r][n] = simd.mul_add_f32s(value, b[n], sums[r][n]);
            }
        }
    }
    if used == N * S::F32_LANES {
        for r in 0..R {
            let (out, _) = S::as_mut_simd_f32s(&mut out[r * out_stride..][..N * S::F32_LANES]);
            for n in 0..N {
                out[n] = simd.add_f32s(out[n], sums[r][n]);
            }
        }
    } else {
        for r in 0..R {
            let mut whole = [0.0; WIDEST];
            let (lanes, _) = S::as_mut_simd_f32s(&mut whole[..N * S::F32_LANES]);
            for n in 0..N {
                lanes[n] = sums[r][n];
            }
            for (out, sum) in out[r * out_stride..][..used].iter_mut().zip(&whole) {
                *out += sum;
            }
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
        for (rows, depth, columns) in [(1, 1, 1), (5, 3, 2), (7, 130, 65), (13, 300, 48), (12, 32, 144), (24, 147, 128)]
        {
            let (a, b) = (numbers(rows * depth, 7), numbers(columns * depth, 5));
            let mut expected = vec![1.0; rows * columns];
            for (row, expected) in expected.chunks_exact_mut(columns).enumerate() {
                for (column, expected) in expected.iter_mut().enumerate() {
                    *expected += (0..depth).map(|k| a[row * depth + k] * b[column * depth + k]).sum::<f32>();
                }
            }
            let mut out = vec![1.0; rows * columns];
            let mut room = vec![f32::NAN; packed_len(depth, columns)];
            add_product(&a, depth, Panels::transposed(&b, depth, [depth, columns], &mut room), &mut out, columns);
            assert_eq!(out, expected, "{rows} × {depth} × {columns}");

            let by_rows: Vec<f32> = (0..depth * columns).map(|i| b[(i % columns) * depth + i / columns]).collect();
            out.fill(1.0);
            room.fill(f32::NAN);
            add_product(&a, depth, Panels::of_rows(&by_rows, columns, [depth, columns], &mut room), &mut out, columns);
            assert_eq!(out, expected, "{rows} × {depth} × {columns}, by rows");

            let ones = vec![1.0; columns];
            out.fill(f32::NAN);
            PackedLinear::new(Weight::F32(&b), Some(&ones), depth).forward(&a, &mut out);
            assert_eq!(out, expected, "{rows} × {depth} × {columns}, a linear layer");

            let short: Vec<_> = b.iter().map(|value| half::f16::from_f32(*value)).collect();
            PackedLinear::new(Weight::F16(&short), Some(&ones), depth).forward(&a, &mut out);
            assert_eq!(out, expected, "{rows} × {depth} × {columns}, a linear layer of 16 bits");
        }
    }

    #[test]
    fn rows_may_stand_apart_on_both_sides() {
        let (a, b) = (numbers(4 * 10, 3), numbers(8 * 2, 9));
        let mut room = vec![0.0; packed_len(2, 8)];
        let panels = Panels::transposed(&b, 2, [2, 8], &mut room);
        let mut out = vec![0.0; 4 * 20 - 6];
        add_product(&a[3..], 10, panels, &mut out[..3 * 20 + 8], 20);
        for row in 0..4 {
            for column in 0..20 {
                let Some(value) = out.get(row * 20 + column) else { continue };
                let expected = (0..2).map(|k| a[3 + row * 10 + k] * b.get(column * 2 + k).copied().unwrap_or(0.0));
                assert_eq!(*value as i32, expected.sum::<f32>() as i32, "{row}, {column}");
            }
        }
    }

    #[test]
    fn a_row_does_not_depend_on_how_many_there_are() {
        let a: Vec<f32> = (0..9 * 200).map(|i| ((i * 29) % 17) as f32 / 7.0).collect();
        let weight: Vec<f32> = (0..70 * 200).map(|i| ((i * 31) % 23) as f32 / 11.0 - 1.0).collect();
        let linear = PackedLinear::new(Weight::F32(&weight), None, 200);
        let mut together = vec![0.0; 9 * 70];
        linear.forward(&a, &mut together);
        for row in 0..9 {
            let mut alone = vec![0.0; 70];
            linear.forward(&a[row * 200..(row + 1) * 200], &mut alone);
            assert_eq!(alone, together[row * 70..(row + 1) * 70]);
        }
    }
}
