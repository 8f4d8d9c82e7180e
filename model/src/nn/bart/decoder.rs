//! The decoder: one token further a step, for every row of a batch at once.

use burn::tensor::{Tensor, TensorData};

use super::{
    cache::{CrossCache, DecoderState, SelfCache},
    embeddings::{PositionEmbeddings, TokenEmbeddings},
    encoder::EncoderOutput,
    merge_heads, split_heads,
};
use crate::{
    checkpoint::CheckpointError,
    config::TextConfig,
    nn::{
        FlorenceBackend,
        layers::{LayerNorm, Linear, Mlp},
        weights::Weights,
    },
};

/// Added to a score, it leaves no weight after the softmax, and every float type can hold it.
const MASKED: f32 = -30000.0;

/// BART's decoder.
#[derive(Debug)]
pub(crate) struct BartDecoder<B: FlorenceBackend> {
    positions: PositionEmbeddings<B>,
    layers: Vec<DecoderLayer<B>>,
    device: B::Device,
}

#[derive(Debug)]
struct DecoderLayer<B: FlorenceBackend> {
    qkv: Linear<B>,
    out_proj: Linear<B>,
    self_attn_layer_norm: LayerNorm<B>,
    cross_query: Linear<B>,
    cross_key_value: Linear<B>,
    cross_out_proj: Linear<B>,
    encoder_attn_layer_norm: LayerNorm<B>,
    mlp: Mlp<B>,
    final_layer_norm: LayerNorm<B>,
    heads: usize,
}

impl<B: FlorenceBackend> BartDecoder<B> {
    pub(crate) fn load(
        weights: &Weights<'_, B>,
        prefix: &str,
        config: &TextConfig,
        device: &B::Device,
    ) -> Result<Self, CheckpointError> {
        let layers = (0..config.decoder_layers)
            .map(|layer| DecoderLayer::load(weights, &format!("{prefix}.layers.{layer}"), config))
            .collect::<Result<_, _>>()?;
        Ok(Self { positions: PositionEmbeddings::load(weights, prefix, config)?, layers, device: device.clone() })
    }

    /// A batch at its beginning: one row a picture, nothing decoded.
    pub(crate) fn start(&self, encoder_outputs: &[EncoderOutput<B>]) -> DecoderState<B> {
        let lengths: Vec<usize> = encoder_outputs.iter().map(|output| output.dims()[0]).collect();
        let longest = lengths.iter().copied().max().unwrap_or_default();
        let padded = encoder_outputs.iter().map(|output| {
            let [tokens, width] = output.dims();
            let output = if tokens < longest {
                let padding = Tensor::zeros([longest - tokens, width], &self.device);
                Tensor::cat(vec![output.clone(), padding], 0)
            } else {
                output.clone()
            };
            output.unsqueeze_dim::<3>(0)
        });
        let hidden = Tensor::cat(padded.collect(), 0);
        let cross = self.layers.iter().map(|layer| layer.cross_cache(hidden.clone())).collect();
        let cross_mask = lengths.iter().any(|&length| length < longest).then(|| {
            let mask = lengths
                .iter()
                .flat_map(|&length| (0..longest).map(move |token| if token < length { 0.0 } else { MASKED }));
            let data = TensorData::new(mask.collect::<Vec<f32>>(), [lengths.len(), 1, 1, longest]);
            Tensor::from_data(data, &self.device)
        });
        DecoderState {
            own: self.layers.iter().map(|_| SelfCache { key_value: None }).collect(),
            cross,
            cross_mask,
            rows_per_picture: 1,
            pictures: lengths.len(),
            length: 0,
        }
    }

    /// Decodes `ids`, the next tokens of every row (as many for each), and returns the last one's logits.
    ///
    /// # Shapes
    /// - ids: `rows * tokens`, row by row
    /// - output: `[rows, vocab_size]`
    pub(crate) fn forward(
        &self,
        embeddings: &TokenEmbeddings<B>,
        ids: &[u32],
        state: &mut DecoderState<B>,
    ) -> Tensor<B, 2> {
        let rows = state.rows_per_picture * state.pictures;
        let mut hidden = self.positions.forward(embeddings.embed(ids, rows), state.length);
        let [_, tokens, width] = hidden.dims();
        let causal_mask = (tokens > 1).then(|| self.causal_mask(tokens, state.length));
        for (index, layer) in self.layers.iter().enumerate() {
            hidden = layer.forward(hidden, index, state, causal_mask.as_ref());
        }
        state.length += tokens;
        embeddings.logits(hidden.narrow(1, tokens - 1, 1).reshape([rows, width]))
    }

    /// `[1, 1, tokens, before + tokens]`: a token sees what came before it and itself.
    fn causal_mask(&self, tokens: usize, before: usize) -> Tensor<B, 4> {
        let mask: Vec<f32> = (0..tokens)
            .flat_map(|query| (0..before + tokens).map(move |key| if key <= before + query { 0.0 } else { MASKED }))
            .collect();
        Tensor::from_data(TensorData::new(mask, [1, 1, tokens, before + tokens]), &self.device)
    }
}

impl<B: FlorenceBackend> DecoderLayer<B> {
    fn load(weights: &Weights<'_, B>, prefix: &str, config: &TextConfig) -> Result<Self, CheckpointError> {
        let width = config.d_model;
        let own = ["q_proj", "k_proj", "v_proj"].map(|name| format!("{prefix}.self_attn.{name}"));
        let cross = ["k_proj", "v_proj"].map(|name| format!("{prefix}.encoder_attn.{name}"));
        let square = |name: &str| weights.linear(&format!("{prefix}.{name}"), width, width, true);
        let norm = |name: &str| weights.layer_norm(&format!("{prefix}.{name}"), width);
        Ok(Self {
            qkv: weights.fused_linear(&own, width)?,
            out_proj: square("self_attn.out_proj")?,
            self_attn_layer_norm: norm("self_attn_layer_norm")?,
            cross_query: square("encoder_attn.q_proj")?,
            cross_key_value: weights.fused_linear(&cross, width)?,
            cross_out_proj: square("encoder_attn.out_proj")?,
            encoder_attn_layer_norm: norm("encoder_attn_layer_norm")?,
            mlp: Mlp::load(weights, prefix, width, config.decoder_ffn_dim)?,
            final_layer_norm: norm("final_layer_norm")?,
            heads: config.decoder_attention_heads,
        })
    }

    fn cross_cache(&self, encoder_hidden_states: Tensor<B, 3>) -> CrossCache<B> {
        let key_value = split_heads(self.cross_key_value.forward(encoder_hidden_states), 2 * self.heads);
        let [key, value] = [0, 1].map(|part| B::contiguous(key_value.clone().narrow(1, part * self.heads, self.heads)));
        CrossCache { key, value }
    }

    /// # Shapes
    /// - hidden, output: `[rows, tokens, d_model]`
    fn forward(
        &self,
        hidden: Tensor<B, 3>,
        index: usize,
        state: &mut DecoderState<B>,
        causal_mask: Option<&Tensor<B, 4>>,
    ) -> Tensor<B, 3> {
        let attended = self.self_attention(hidden.clone(), &mut state.own[index], state.length, causal_mask);
        let hidden = self.self_attn_layer_norm.forward(hidden + attended);
        let attended = self.cross_attention(hidden.clone(), &state.cross[index], state.cross_mask.as_ref());
        let hidden = self.encoder_attn_layer_norm.forward(hidden + attended);
        let fed = self.mlp.forward(hidden.clone());
        self.final_layer_norm.forward(hidden + fed)
    }

    fn self_attention(
        &self,
        hidden: Tensor<B, 3>,
        cache: &mut SelfCache<B>,
        length: usize,
        causal_mask: Option<&Tensor<B, 4>>,
    ) -> Tensor<B, 3> {
        let qkv = split_heads(self.qkv.forward(hidden), 3 * self.heads);
        let [q, k, v] = [0, 1, 2].map(|part| qkv.clone().narrow(1, part * self.heads, self.heads));
        let (keys, values) = cache.append(k, v, length);
        self.out_proj.forward(merge_heads(attention(q, keys, values, causal_mask)))
    }

    fn cross_attention(
        &self,
        hidden: Tensor<B, 3>,
        cache: &CrossCache<B>,
        mask: Option<&Tensor<B, 4>>,
    ) -> Tensor<B, 3> {
        let [rows, tokens, width] = hidden.dims();
        let [pictures, ..] = cache.key.dims();
        // All rows of a picture, and all their tokens, query the same keys.
        let queries = self.cross_query.forward(hidden).reshape([pictures, rows / pictures * tokens, width]);
        let queries = split_heads(queries, self.heads);
        let attended = merge_heads(attention(queries, cache.key.clone(), cache.value.clone(), mask));
        self.cross_out_proj.forward(attended.reshape([rows, tokens, width]))
    }
}

/// Scaled dot-product attention; `mask` is added to the scaled scores.
///
/// # Shapes
/// - query: `[batch, heads, queries, head_dim]`, key and value: `[batch, heads, keys, head_dim]`
/// - output: `[batch, heads, queries, head_dim]`
fn attention<B: FlorenceBackend>(
    query: Tensor<B, 4>,
    key: Tensor<B, 4>,
    value: Tensor<B, 4>,
    mask: Option<&Tensor<B, 4>>,
) -> Tensor<B, 4> {
    let scale = (query.dims()[3] as f32).powf(-0.5);
    let scores = query.matmul(key.swap_dims(2, 3));
    let weights = match mask {
        Some(mask) => B::scaled_softmax(scores.mul_scalar(scale) + mask.clone(), 1.0),
        None => B::scaled_softmax(scores, scale),
    };
    weights.matmul(value)
}
