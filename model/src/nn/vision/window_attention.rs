//! Attention among the cells of each square window.

use burn::tensor::Tensor;

use super::FeatureMap;
use crate::{
    checkpoint::CheckpointError,
    config::VisionConfig,
    nn::{FlorenceBackend, layers::Linear, weights::Weights},
};

/// Multi-head self-attention inside windows, neither shifted nor biased by position.
#[derive(Debug)]
pub(crate) struct WindowAttention<B: FlorenceBackend> {
    pub(in crate::nn) qkv: Linear<B>,
    pub(in crate::nn) proj: Linear<B>,
    pub(in crate::nn) heads: usize,
    /// Cells of a window's side.
    pub(in crate::nn) window: usize,
}

impl<B: FlorenceBackend> WindowAttention<B> {
    pub(super) fn load(
        weights: &Weights<'_, B>,
        prefix: &str,
        config: &VisionConfig,
        stage: usize,
    ) -> Result<Self, CheckpointError> {
        let channels = config.embed_dim[stage];
        Ok(Self {
            qkv: weights.linear(&format!("{prefix}.qkv"), channels, 3 * channels, config.qkv_bias)?,
            proj: weights.linear(&format!("{prefix}.proj"), channels, channels, true)?,
            heads: config.num_heads[stage],
            window: config.window_size,
        })
    }

    /// # Shapes
    /// - map: `[batch, height * width, channels]`
    /// - output: the same
    pub(in crate::nn) fn forward(&self, map: &FeatureMap<B>) -> Tensor<B, 3> {
        let [batch, cells, channels] = map.tokens.dims();
        let side = self.window;
        let (rows, columns) = (map.height.div_ceil(side), map.width.div_ceil(side));
        let windows = self.partition(map, rows, columns);
        let [count, tokens, _] = windows.dims();
        let head_dim = channels / self.heads;

        let qkv = self.qkv.forward(windows).reshape([count, tokens, 3 * self.heads, head_dim]).permute([0, 2, 1, 3]);
        let [q, k, v] = [0, 1, 2].map(|part| qkv.clone().narrow(1, part * self.heads, self.heads));
        let scores = q.matmul(k.swap_dims(2, 3));
        let weights = B::scaled_softmax(scores, (head_dim as f32).powf(-0.5));
        let attended = weights.matmul(v).permute([0, 2, 1, 3]).reshape([count, tokens, channels]);
        let projected = self.proj.forward(attended);

        let padded = projected
            .reshape([batch * rows, columns, side, side, channels])
            .permute([0, 2, 1, 3, 4])
            .reshape([batch, rows * side, columns * side, channels]);
        let cropped = padded.slice([0..batch, 0..map.height, 0..map.width, 0..channels]);
        cropped.reshape([batch, cells, channels])
    }

    /// `[batch * rows * columns, side * side, channels]`. Where the map does not divide into windows it is padded with
    /// zeros on the right and below; the padding takes part in the attention, as in the reference.
    fn partition(&self, map: &FeatureMap<B>, rows: usize, columns: usize) -> Tensor<B, 3> {
        let side = self.window;
        let mut cells = map.cells();
        let [batch, height, width, channels] = cells.dims();
        let device = cells.device();
        if rows * side > height {
            let below = Tensor::zeros([batch, rows * side - height, width, channels], &device);
            cells = Tensor::cat(vec![cells, below], 1);
        }
        if columns * side > width {
            let right = Tensor::zeros([batch, rows * side, columns * side - width, channels], &device);
            cells = Tensor::cat(vec![cells, right], 2);
        }
        cells.reshape([batch * rows, side, columns, side, channels]).permute([0, 2, 1, 3, 4]).reshape([
            batch * rows * columns,
            side * side,
            channels,
        ])
    }
}
