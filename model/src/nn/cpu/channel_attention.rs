//! Attention among channels: one pass over the cells for the scores, one for the values.

use rayon::prelude::*;

use super::{
    Norm, kernels,
    product::{PackedLinear, Panels, add_product, packed_len},
    rows_per_task,
    scratch::with_scratch,
};

/// The layers of a channel attention.
pub(super) struct Channels {
    pub(super) norm: Norm,
    pub(super) qkv: PackedLinear,
    pub(super) proj: PackedLinear,
    pub(super) groups: usize,
}

impl Channels {
    /// `x += proj(attention(qkv(norm(x))))` for one picture.
    ///
    /// # Shapes
    /// - x: `[cells, channels]`
    pub(super) fn add_to(&self, x: &mut [f32]) {
        let channels = self.proj.columns();
        let cells = x.len() / channels;
        let part = rows_per_task(cells) * channels;
        let mut values = vec![0.0; x.len()];
        let scores: Vec<_> =
            x.par_chunks(part).zip(values.par_chunks_mut(part)).map(|(x, values)| self.scores(x, values)).collect();
        let weights = self.weights(&scores, cells);
        let group = channels / self.groups;
        // Packed once for all cells.
        let length = packed_len(group, group);
        let mut room = vec![0.0; self.groups * length];
        let packed: Vec<_> = weights
            .chunks_exact(group * group)
            .zip(room.chunks_exact_mut(length))
            .map(|(weights, room)| Panels::transposed(weights, group, [group, group], room))
            .collect();
        x.par_chunks_mut(part).zip(values.par_chunks(part)).for_each(|(x, values)| {
            with_scratch([x.len()], |[mixed]| {
                mixed.fill(0.0);
                for (index, weights) in packed.iter().enumerate() {
                    let from = index * group;
                    add_product(&values[from..], channels, *weights, &mut mixed[from..], channels);
                }
                self.proj.add_to(mixed, x);
            });
        });
    }

    /// What some cells add to the scores, `[groups, group, group]`, queries in rows; and their values.
    fn scores(&self, x: &[f32], values: &mut [f32]) -> Vec<f32> {
        let channels = self.proj.columns();
        let (cells, group) = (x.len() / channels, channels / self.groups);
        let mut scores = vec![0.0; channels * group];
        let lengths = [x.len(), 3 * x.len(), channels * cells, packed_len(cells, group)];
        with_scratch(lengths, |[normed, qkv, queries, keys]| {
            self.norm.apply(x, normed);
            self.qkv.forward(normed, qkv);
            for (cell, qkv) in qkv.chunks_exact(3 * channels).enumerate() {
                for (channel, query) in qkv[..channels].iter().enumerate() {
                    queries[channel * cells + cell] = *query;
                }
            }
            for (cell, values) in values.chunks_exact_mut(channels).enumerate() {
                values.copy_from_slice(&qkv[(3 * cell + 2) * channels..][..channels]);
            }
            for (index, scores) in scores.chunks_exact_mut(group * group).enumerate() {
                let from = index * group;
                let keys = Panels::of_rows(&qkv[channels + from..], 3 * channels, [cells, group], keys);
                add_product(&queries[from * cells..][..group * cells], cells, keys, scores, group);
            }
        });
        scores
    }

    /// The softmax of all cells' scores, added in the order of the cells.
    fn weights(&self, scores: &[Vec<f32>], cells: usize) -> Vec<f32> {
        let mut sum = vec![0.0; scores[0].len()];
        for scores in scores {
            kernels::add_bias(&mut sum, scores);
        }
        let channels = self.proj.columns();
        kernels::softmax(&mut sum, channels / self.groups, (cells as f32).powf(-0.5));
        sum
    }
}
