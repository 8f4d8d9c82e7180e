//! One half of a DaViT block: position by convolution, attention, position again, feed-forward, each added to what
//! came in.

use burn::tensor::Tensor;

use super::{FeatureMap, channel_attention::ChannelAttention, window_attention::WindowAttention};
use crate::{
    checkpoint::CheckpointError,
    config::VisionConfig,
    nn::{
        FlorenceBackend,
        layers::{LayerNorm, Mlp},
        weights::Weights,
    },
};

/// What tells a spatial block from a channel block.
#[derive(Debug)]
enum Attention<B: FlorenceBackend> {
    Window(WindowAttention<B>),
    Channel(ChannelAttention<B>),
}

/// A spatial or a channel block.
#[derive(Debug)]
pub(super) struct Block<B: FlorenceBackend> {
    conv1: DepthwiseConv<B>,
    norm1: LayerNorm<B>,
    attention: Attention<B>,
    conv2: DepthwiseConv<B>,
    norm2: LayerNorm<B>,
    ffn: Mlp<B>,
}

impl<B: FlorenceBackend> Block<B> {
    /// Attention among the cells of a window.
    pub(super) fn load_spatial(
        weights: &Weights<'_, B>,
        prefix: &str,
        config: &VisionConfig,
        stage: usize,
    ) -> Result<Self, CheckpointError> {
        let attention = WindowAttention::load(weights, &format!("{prefix}.window_attn"), config, stage)?;
        Self::load(weights, prefix, config, stage, Attention::Window(attention))
    }

    /// Attention among the channels of a group.
    pub(super) fn load_channel(
        weights: &Weights<'_, B>,
        prefix: &str,
        config: &VisionConfig,
        stage: usize,
    ) -> Result<Self, CheckpointError> {
        let attention = ChannelAttention::load(weights, &format!("{prefix}.channel_attn"), config, stage)?;
        Self::load(weights, prefix, config, stage, Attention::Channel(attention))
    }

    fn load(
        weights: &Weights<'_, B>,
        prefix: &str,
        config: &VisionConfig,
        stage: usize,
        attention: Attention<B>,
    ) -> Result<Self, CheckpointError> {
        let channels = config.embed_dim[stage];
        let hidden = (channels as f64 * config.mlp_ratio) as usize;
        Ok(Self {
            conv1: DepthwiseConv::load(weights, &format!("{prefix}.conv1"), channels)?,
            norm1: weights.layer_norm(&format!("{prefix}.norm1"), channels)?,
            attention,
            conv2: DepthwiseConv::load(weights, &format!("{prefix}.conv2"), channels)?,
            norm2: weights.layer_norm(&format!("{prefix}.norm2"), channels)?,
            ffn: Mlp::load(weights, &format!("{prefix}.ffn"), channels, hidden)?,
        })
    }

    /// # Shapes
    /// - map, output: `[batch, height * width, channels]`
    pub(super) fn forward(&self, map: &FeatureMap<B>) -> FeatureMap<B> {
        let map = self.conv1.forward(map);
        let map = match &self.attention {
            Attention::Window(attention) => B::window_attention(map, &self.norm1, attention),
            Attention::Channel(attention) => map.update(|tokens| B::channel_attention(tokens, &self.norm1, attention)),
        };
        self.conv2.forward(&map).update(|tokens| B::feed_forward(tokens, &self.norm2, &self.ffn))
    }
}

/// A 3 × 3 convolution of each channel by itself, added to its input.
#[derive(Debug)]
struct DepthwiseConv<B: FlorenceBackend> {
    weight: Tensor<B, 4>,
    bias: Tensor<B, 1>,
}

impl<B: FlorenceBackend> DepthwiseConv<B> {
    fn load(weights: &Weights<'_, B>, prefix: &str, channels: usize) -> Result<Self, CheckpointError> {
        Ok(Self {
            weight: weights.tensor(&format!("{prefix}.weight"), [channels, 1, 3, 3])?,
            bias: weights.tensor(&format!("{prefix}.bias"), [channels])?,
        })
    }

    fn forward(&self, map: &FeatureMap<B>) -> FeatureMap<B> {
        let dims = map.tokens.dims();
        let cells = B::depthwise_residual(map.cells(), &self.weight, &self.bias);
        map.with(cells.reshape(dims))
    }
}
