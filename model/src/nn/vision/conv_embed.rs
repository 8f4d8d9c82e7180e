//! The convolution in front of each stage: fewer cells, more channels.

use burn::tensor::Tensor;

use super::FeatureMap;
use crate::{
    checkpoint::CheckpointError,
    config::VisionConfig,
    nn::{FlorenceBackend, layers::LayerNorm, weights::Weights},
};

/// A strided convolution with a layer norm before or behind it.
#[derive(Debug)]
pub(super) struct ConvEmbed<B: FlorenceBackend> {
    /// `[out, kernel, kernel, in]`
    weight: Tensor<B, 4>,
    bias: Tensor<B, 1>,
    norm: LayerNorm<B>,
    prenorm: bool,
    stride: usize,
    padding: usize,
}

impl<B: FlorenceBackend> ConvEmbed<B> {
    pub(super) fn load(
        weights: &Weights<'_, B>,
        prefix: &str,
        config: &VisionConfig,
        stage: usize,
    ) -> Result<Self, CheckpointError> {
        let in_channels = if stage == 0 { config.in_channels } else { config.embed_dim[stage - 1] };
        let (out_channels, kernel) = (config.embed_dim[stage], config.patch_size[stage]);
        let prenorm = config.patch_prenorm[stage];
        let weight = weights.tensor(&format!("{prefix}.conv.weight"), [out_channels, in_channels, kernel, kernel])?;
        Ok(Self {
            weight: B::contiguous(weight.permute([0, 2, 3, 1])),
            bias: weights.tensor(&format!("{prefix}.conv.bias"), [out_channels])?,
            norm: weights.layer_norm(&format!("{prefix}.norm"), if prenorm { in_channels } else { out_channels })?,
            prenorm,
            stride: config.patch_stride[stage],
            padding: config.patch_padding[stage],
        })
    }

    /// # Shapes
    /// - map: `[batch, height * width, in_channels]`
    /// - output: `[batch, (height / stride) * (width / stride), out_channels]`
    pub(super) fn forward(&self, map: FeatureMap<B>) -> FeatureMap<B> {
        let map = if self.prenorm { map.with(self.norm.forward(map.tokens.clone())) } else { map };
        let convolved = B::convolution(map.cells(), &self.weight, &self.bias, [self.stride, self.padding]);
        let [batch, height, width, channels] = convolved.dims();
        let tokens = convolved.reshape([batch, height * width, channels]);
        let tokens = if self.prenorm { tokens } else { self.norm.forward(tokens) };
        FeatureMap { tokens, height, width }
    }
}
