//! A convolution as a matrix product: the cells that an output cell sees become a row.

use rayon::prelude::*;

use super::{product::PackedLinear, rows_per_task, scratch::with_scratch};

/// A convolution over a map whose channels come last.
pub(super) struct Convolution {
    /// Height, width and channels of what comes in.
    pub(super) input: [usize; 3],
    /// Height and width of what goes out.
    pub(super) output: [usize; 2],
    pub(super) kernel: usize,
    pub(super) stride: usize,
    /// Zeros around the input.
    pub(super) padding: usize,
    /// Its weight is `[out, kernel, kernel, in]`.
    pub(super) linear: PackedLinear,
}

impl Convolution {
    /// # Shapes
    /// - x: `[batch, height, width, in]`
    /// - output: `[batch, height, width, out]`
    pub(super) fn forward(&self, x: &[f32], output: &mut [f32]) {
        let columns = self.linear.columns();
        let rows = rows_per_task(output.len() / columns);
        let depth = self.kernel * self.kernel * self.input[2];
        output.par_chunks_mut(rows * columns).enumerate().for_each(|(task, output)| {
            with_scratch([output.len() / columns * depth], |[seen]| {
                for (row, seen) in seen.chunks_exact_mut(depth).enumerate() {
                    self.gather(x, task * rows + row, seen);
                }
                self.linear.forward(seen, output);
            });
        });
    }

    /// What the output cell of this number sees, `[kernel, kernel, in]`.
    fn gather(&self, x: &[f32], cell: usize, seen: &mut [f32]) {
        let ([height, width, channels], [rows, columns]) = (self.input, self.output);
        let image = &x[cell / (rows * columns) * height * width * channels..][..height * width * channels];
        let top = cell / columns % rows * self.stride;
        let left = cell % columns * self.stride;
        for (ky, line) in seen.chunks_exact_mut(self.kernel * channels).enumerate() {
            let Some(y) = (top + ky).checked_sub(self.padding).filter(|y| *y < height) else {
                line.fill(0.0);
                continue;
            };
            // Columns of the kernel before the map, and behind the last one within it.
            let before = self.padding.saturating_sub(left).min(self.kernel);
            let end = (width + self.padding).saturating_sub(left).clamp(before, self.kernel);
            line[..before * channels].fill(0.0);
            line[end * channels..].fill(0.0);
            if before < end {
                let from = (y * width + left + before - self.padding) * channels;
                line[before * channels..end * channels].copy_from_slice(&image[from..][..(end - before) * channels]);
            }
        }
    }
}
