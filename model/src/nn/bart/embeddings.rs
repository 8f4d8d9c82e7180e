//! Tokens and positions as vectors.

use burn::tensor::{Int, Tensor, TensorData};

use crate::{
    checkpoint::CheckpointError,
    config::TextConfig,
    nn::{
        FlorenceBackend,
        layers::{LayerNorm, Linear},
        weights::Weights,
    },
};

/// BART's position tables begin with two rows that no position uses.
const POSITION_OFFSET: usize = 2;

/// The token table, shared by encoder, decoder and output layer.
#[derive(Debug)]
pub(crate) struct TokenEmbeddings<B: FlorenceBackend> {
    /// `[vocab_size, d_model]`
    table: Tensor<B, 2>,
    /// `sqrt(d_model)` where the checkpoint scales its embeddings, else nothing.
    scale: Option<f32>,
    lm_head: Linear<B>,
    device: B::Device,
}

impl<B: FlorenceBackend> TokenEmbeddings<B> {
    pub(crate) fn load(
        weights: &Weights<'_, B>,
        config: &TextConfig,
        device: &B::Device,
    ) -> Result<Self, CheckpointError> {
        let (vocabulary, width) = (config.vocab_size, config.d_model);
        let table = B::kept(weights.tensor("model.language_model.shared.weight", [vocabulary, width])?);
        // The original layout carries a bias for the logits, which is zero in every released checkpoint.
        let bias = weights.optional_tensor::<2>("final_logits_bias", [1, vocabulary])?;
        let bias = bias.map(|bias| bias.reshape([vocabulary]));
        let scale = config.scale_embedding.then(|| (width as f32).sqrt());
        Ok(Self { lm_head: Linear { weight: table.clone(), bias }, table, scale, device: device.clone() })
    }

    /// The vectors of `ids`, a run of `tokens` ids for each of `rows` rows.
    ///
    /// # Shapes
    /// - output: `[rows, tokens, d_model]`
    pub(crate) fn embed(&self, ids: &[u32], rows: usize) -> Tensor<B, 3> {
        let [_, width] = self.table.dims();
        let tokens = ids.len() / rows;
        let ids: Vec<i64> = ids.iter().map(|&id| i64::from(id)).collect();
        let ids = Tensor::<B, 1, Int>::from_data(TensorData::new(ids, [rows * tokens]), &self.device);
        let vectors = B::taken(self.table.clone().select(0, ids)).reshape([rows, tokens, width]);
        match self.scale {
            Some(scale) => vectors.mul_scalar(scale),
            None => vectors,
        }
    }

    /// # Shapes
    /// - hidden: `[rows, d_model]`
    /// - output: `[rows, vocab_size]`
    pub(crate) fn logits(&self, hidden: Tensor<B, 2>) -> Tensor<B, 2> {
        self.lm_head.forward(hidden)
    }
}

/// Learned positions and the layer norm behind them.
#[derive(Debug)]
pub(super) struct PositionEmbeddings<B: FlorenceBackend> {
    table: Tensor<B, 2>,
    norm: LayerNorm<B>,
}

impl<B: FlorenceBackend> PositionEmbeddings<B> {
    pub(super) fn load(weights: &Weights<'_, B>, prefix: &str, config: &TextConfig) -> Result<Self, CheckpointError> {
        let rows = config.max_position_embeddings + POSITION_OFFSET;
        Ok(Self {
            table: weights.tensor(&format!("{prefix}.embed_positions.weight"), [rows, config.d_model])?,
            norm: weights.layer_norm(&format!("{prefix}.layernorm_embedding"), config.d_model)?,
        })
    }

    /// Adds the positions from `start` on and normalises.
    ///
    /// # Shapes
    /// - x, output: `[batch, tokens, d_model]`
    pub(super) fn forward(&self, x: Tensor<B, 3>, start: usize) -> Tensor<B, 3> {
        let [_, tokens, _] = x.dims();
        let positions = self.table.clone().narrow(0, start + POSITION_OFFSET, tokens).unsqueeze::<3>();
        self.norm.forward(x + positions)
    }
}
