//! The encoder: reads picture and prompt as one sequence.

use burn::tensor::{DType, Tensor};

use super::embeddings::PositionEmbeddings;
use crate::{
    checkpoint::CheckpointError,
    config::TextConfig,
    nn::{
        FlorenceBackend,
        layers::{LayerNorm, Linear, Mlp},
        weights::Weights,
    },
};

/// What f16 can hold, less the margin that the reference leaves.
const F16_BOUND: f32 = 65504.0 - 1000.0;

/// What the encoder makes of one picture and its prompt: `[tokens, d_model]`, without padding.
pub(crate) type EncoderOutput<B> = Tensor<B, 2>;

/// BART's encoder.
#[derive(Debug)]
pub(crate) struct BartEncoder<B: FlorenceBackend> {
    positions: PositionEmbeddings<B>,
    layers: Vec<EncoderLayer<B>>,
}

#[derive(Debug)]
struct EncoderLayer<B: FlorenceBackend> {
    qkv: Linear<B>,
    out_proj: Linear<B>,
    self_attn_layer_norm: LayerNorm<B>,
    mlp: Mlp<B>,
    final_layer_norm: LayerNorm<B>,
    heads: usize,
}

impl<B: FlorenceBackend> BartEncoder<B> {
    pub(crate) fn load(weights: &Weights<'_, B>, prefix: &str, config: &TextConfig) -> Result<Self, CheckpointError> {
        let layers = (0..config.encoder_layers)
            .map(|layer| EncoderLayer::load(weights, &format!("{prefix}.layers.{layer}"), config))
            .collect::<Result<_, _>>()?;
        Ok(Self { positions: PositionEmbeddings::load(weights, prefix, config)?, layers })
    }

    /// Sequences of one length: nothing is padded, so nothing is masked.
    ///
    /// # Shapes
    /// - `inputs_embeds`, output: `[batch, tokens, d_model]`
    pub(crate) fn forward(&self, inputs_embeds: Tensor<B, 3>) -> Tensor<B, 3> {
        let mut hidden = self.positions.forward(inputs_embeds, 0);
        for layer in &self.layers {
            hidden = layer.forward(hidden);
        }
        hidden
    }
}

impl<B: FlorenceBackend> EncoderLayer<B> {
    fn load(weights: &Weights<'_, B>, prefix: &str, config: &TextConfig) -> Result<Self, CheckpointError> {
        let width = config.d_model;
        let qkv = ["q_proj", "k_proj", "v_proj"].map(|name| format!("{prefix}.self_attn.{name}"));
        Ok(Self {
            qkv: weights.fused_linear(&qkv, width)?,
            out_proj: weights.linear(&format!("{prefix}.self_attn.out_proj"), width, width, true)?,
            self_attn_layer_norm: weights.layer_norm(&format!("{prefix}.self_attn_layer_norm"), width)?,
            mlp: Mlp::load(weights, prefix, width, config.encoder_ffn_dim)?,
            final_layer_norm: weights.layer_norm(&format!("{prefix}.final_layer_norm"), width)?,
            heads: config.encoder_attention_heads,
        })
    }

    fn forward(&self, hidden: Tensor<B, 3>) -> Tensor<B, 3> {
        let attended = self.out_proj.forward(B::self_attention(self.qkv.forward(hidden.clone()), self.heads));
        let hidden = self.self_attn_layer_norm.forward(hidden + attended);
        let fed = self.mlp.forward(hidden.clone());
        let hidden = self.final_layer_norm.forward(hidden + fed);
        if hidden.dtype() == DType::F16 { hidden.clamp(-F16_BOUND, F16_BOUND) } else { hidden }
    }
}
