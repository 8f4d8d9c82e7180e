//! From the vision tower's last feature map to the language model's first tokens.

use burn::tensor::{Tensor, TensorData};

use super::{
    FlorenceBackend,
    backend::{from_f32, to_f32},
    layers::{LayerNorm, Linear},
    vision::FeatureMap,
    weights::Weights,
};
use crate::{checkpoint::CheckpointError, config::VisionConfig};

/// Adds positions, puts the mean of all cells in front, projects to the language model's width.
#[derive(Debug)]
pub(crate) struct MultiModalProjector<B: FlorenceBackend> {
    row_embeddings: Tensor<B, 2>,
    column_embeddings: Tensor<B, 2>,
    /// Row 0 of the cosine temporal embedding, `[channels]`: what every single picture gets.
    temporal_embedding: Tensor<B, 1>,
    projection: Linear<B>,
    norm: LayerNorm<B>,
}

impl<B: FlorenceBackend> MultiModalProjector<B> {
    pub(crate) fn load(
        weights: &Weights<'_, B>,
        prefix: &str,
        config: &VisionConfig,
        device: &B::Device,
    ) -> Result<Self, CheckpointError> {
        let channels = config.embed_dim.last().copied().unwrap_or_default();
        let positions = config.max_position_embeddings;
        let table = |name: &str, width| {
            weights.tensor(&format!("{prefix}.image_position_embed.{name}_embeddings.weight"), [positions, width])
        };
        // sin(0), cos(0) for every frequency: the checkpoint's buffer holds nothing that is not known.
        let temporal: Vec<f32> = (0..channels).map(|channel| (channel % 2) as f32).collect();
        Ok(Self {
            row_embeddings: table("row", channels / 2)?,
            column_embeddings: table("column", channels - channels / 2)?,
            temporal_embedding: Tensor::from_data(TensorData::new(temporal, [channels]), device),
            projection: weights.linear(
                &format!("{prefix}.image_projection"),
                channels,
                config.projection_dim,
                false,
            )?,
            norm: weights.layer_norm(&format!("{prefix}.image_proj_norm"), config.projection_dim)?,
        })
    }

    /// # Shapes
    /// - map: `[batch, cells, channels]`
    /// - output: `[batch, 1 + cells, projection_dim]`, the mean first
    pub(crate) fn forward(&self, map: FeatureMap<B>) -> Tensor<B, 3> {
        let [_, _, channels] = map.tokens.dims();
        let (height, width) = (map.height, map.width);
        let columns = self.column_embeddings.clone().narrow(0, 0, width).unsqueeze_dim::<3>(0).repeat_dim(0, height);
        let rows = self.row_embeddings.clone().narrow(0, 0, height).unsqueeze_dim::<3>(1).repeat_dim(1, width);
        let positions = Tensor::cat(vec![columns, rows], 2).reshape([1, height * width, channels]);
        let tokens = map.tokens + positions + self.temporal_embedding.clone().unsqueeze();
        let dtype = tokens.dtype();
        let mean = from_f32(to_f32(tokens.clone()).mean_dim(1), dtype);
        self.norm.forward(self.projection.forward(Tensor::cat(vec![mean, tokens], 1)))
    }
}
