//! The four stages in a row.

use burn::tensor::Tensor;

use super::{FeatureMap, block::Block, conv_embed::ConvEmbed};
use crate::{
    checkpoint::CheckpointError,
    config::VisionConfig,
    nn::{FlorenceBackend, weights::Weights},
};

/// The vision tower.
#[derive(Debug)]
pub(crate) struct VisionBackbone<B: FlorenceBackend> {
    stages: Vec<Stage<B>>,
}

#[derive(Debug)]
struct Stage<B: FlorenceBackend> {
    conv: ConvEmbed<B>,
    /// Spatial and channel blocks, taking turns.
    blocks: Vec<Block<B>>,
}

impl<B: FlorenceBackend> VisionBackbone<B> {
    pub(crate) fn load(weights: &Weights<'_, B>, prefix: &str, config: &VisionConfig) -> Result<Self, CheckpointError> {
        let stages = (0..config.embed_dim.len())
            .map(|stage| {
                let conv = ConvEmbed::load(weights, &format!("{prefix}.convs.{stage}"), config, stage)?;
                let mut blocks = Vec::with_capacity(2 * config.depths[stage]);
                for depth in 0..config.depths[stage] {
                    let prefix = format!("{prefix}.blocks.{stage}.{depth}");
                    blocks.push(Block::load_spatial(weights, &format!("{prefix}.spatial_block"), config, stage)?);
                    blocks.push(Block::load_channel(weights, &format!("{prefix}.channel_block"), config, stage)?);
                }
                Ok(Stage { conv, blocks })
            })
            .collect::<Result<Vec<_>, CheckpointError>>()?;
        Ok(Self { stages })
    }

    /// # Shapes
    /// - `pixel_values`: `[batch, 3, height, width]`
    /// - output: `[batch, cells, channels]` of the last stage; 24 × 24 cells for a 768 × 768 picture
    pub(crate) fn forward(&self, pixel_values: Tensor<B, 4>) -> FeatureMap<B> {
        self.forward_with(pixel_values, |_| ())
    }

    /// The same; `after_stage` sees what each stage puts out.
    pub(crate) fn forward_with(
        &self,
        pixel_values: Tensor<B, 4>,
        mut after_stage: impl FnMut(&FeatureMap<B>),
    ) -> FeatureMap<B> {
        let [batch, channels, height, width] = pixel_values.dims();
        let tokens = pixel_values.permute([0, 2, 3, 1]).reshape([batch, height * width, channels]);
        let mut map = FeatureMap { tokens, height, width };
        for stage in &self.stages {
            map = stage.conv.forward(map);
            for block in &stage.blocks {
                map = block.forward(&map);
            }
            after_stage(&map);
        }
        map
    }
}
