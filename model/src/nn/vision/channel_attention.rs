//! Attention among the channels of each group, over all cells at once.

use burn::tensor::Tensor;

use crate::{
    checkpoint::CheckpointError,
    config::VisionConfig,
    nn::{FlorenceBackend, layers::Linear, weights::Weights},
};

/// Self-attention whose tokens are channels: its score matrix is as small as a group, however many cells there are.
#[derive(Debug)]
pub(crate) struct ChannelAttention<B: FlorenceBackend> {
    pub(in crate::nn) qkv: Linear<B>,
    pub(in crate::nn) proj: Linear<B>,
    pub(in crate::nn) groups: usize,
}

impl<B: FlorenceBackend> ChannelAttention<B> {
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
            groups: config.num_groups[stage],
        })
    }

    /// # Shapes
    /// - tokens, output: `[batch, cells, channels]`
    pub(in crate::nn) fn forward(&self, tokens: Tensor<B, 3>) -> Tensor<B, 3> {
        let [batch, cells, channels] = tokens.dims();
        let width = channels / self.groups;
        let qkv = self.qkv.forward(tokens).reshape([batch, cells, 3 * self.groups, width]).permute([0, 2, 1, 3]);
        let [q, k, v] = [0, 1, 2].map(|part| qkv.clone().narrow(1, part * self.groups, self.groups));
        // Scaled before the product: a sum over 36,864 cells would overflow f16 (spec section 10).
        let q = q.mul_scalar((cells as f32).powf(-0.5));
        let weights = B::scaled_softmax(q.swap_dims(2, 3).matmul(k), 1.0);
        // (A v^T)^T = v A^T keeps the cells in front.
        let attended = v.matmul(weights.swap_dims(2, 3));
        self.proj.forward(attended.permute([0, 2, 1, 3]).reshape([batch, cells, channels]))
    }
}
