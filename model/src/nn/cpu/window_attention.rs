//! Attention within windows: a window is gathered, attended and projected while it is in the cache.

use rayon::prelude::*;

use super::{
    Norm, kernels,
    product::{PackedLinear, Panels, add_product, packed_len},
    scratch::with_scratch,
};

/// The map and the layers of a window attention.
pub(super) struct Windows {
    pub(super) norm: Norm,
    pub(super) qkv: PackedLinear,
    pub(super) proj: PackedLinear,
    pub(super) heads: usize,
    /// Cells of a window's side.
    pub(super) side: usize,
    /// Height, width and channels of the map.
    pub(super) map: [usize; 3],
}

impl Windows {
    /// `x += proj(attention(qkv(norm(x))))`, window by window.
    ///
    /// Where windows reach beyond the map, cells of zeros take part, as in the reference.
    ///
    /// # Shapes
    /// - x: `[batch, height, width, channels]`
    pub(super) fn add_to(&self, x: &mut [f32]) {
        let [height, width, channels] = self.map;
        let (down, across) = (height.div_ceil(self.side), width.div_ceil(self.side));
        let window = self.side * self.side * channels;
        let mut attended = vec![0.0; x.len() / (height * width * channels) * down * across * window];
        attended.par_chunks_exact_mut(window).enumerate().for_each(|(index, attended)| {
            let image = &x[index / (down * across) * height * width * channels..];
            let index = index % (down * across);
            self.attend(image, (index / across * self.side, index % across * self.side), attended);
        });
        x.par_chunks_exact_mut(width * channels).enumerate().for_each(|(row, x)| {
            let (image, y) = (row / height, row % height);
            let windows = &attended[(image * down + y / self.side) * across * window..][..across * window];
            let line = y % self.side * self.side * channels;
            for (x, window) in x.chunks_mut(self.side * channels).zip(windows.chunks_exact(window)) {
                kernels::add_bias(x, &window[line..][..x.len()]);
            }
        });
    }

    /// The window whose first cell is here.
    fn attend(&self, image: &[f32], (top, left): (usize, usize), attended: &mut [f32]) {
        let [height, width, channels] = self.map;
        let tokens = self.side * self.side;
        let head = channels / self.heads;
        let lengths = [
            tokens * channels,
            3 * tokens * channels,
            tokens * tokens,
            packed_len(head, tokens),
            packed_len(tokens, head),
            tokens * channels,
        ];
        with_scratch(lengths, |[normed, qkv, scores, keys, values, mixed]| {
            for (line, normed) in normed.chunks_exact_mut(self.side * channels).enumerate() {
                let inside = if top + line < height { self.side.min(width - left) } else { 0 };
                let (cells, beyond) = normed.split_at_mut(inside * channels);
                if inside > 0 {
                    let from = ((top + line) * width + left) * channels;
                    self.norm.apply(&image[from..][..inside * channels], cells);
                }
                beyond.fill(0.0);
            }
            self.qkv.forward(normed, qkv);
            mixed.fill(0.0);
            for index in 0..self.heads {
                let from = index * head;
                let keys = Panels::transposed(&qkv[channels + from..], 3 * channels, [head, tokens], keys);
                scores.fill(0.0);
                add_product(&qkv[from..], 3 * channels, keys, scores, tokens);
                kernels::softmax(scores, tokens, (head as f32).powf(-0.5));
                let values = Panels::of_rows(&qkv[2 * channels + from..], 3 * channels, [tokens, head], values);
                add_product(scores, tokens, values, &mut mixed[from..], channels);
            }
            self.proj.forward(mixed, attended);
        });
    }
}
