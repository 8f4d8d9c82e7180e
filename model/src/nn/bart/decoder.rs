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

    /// A cohort at its beginning: one row a picture, nothing decoded. The encoder outputs must be equally long.
    pub(crate) fn start(&self, encoder_outputs: Vec<EncoderOutput<B>>) -> DecoderState<B> {
        let pictures = encoder_outputs.len();
        let hidden = Tensor::stack::<3>(encoder_outputs, 0);
        DecoderState {
            own: self.layers.iter().map(|_| SelfCache { key_value: None }).collect(),
            cross: self.layers.iter().map(|layer| layer.cross_cache(hidden.clone())).collect(),
            rows_per_picture: 1,
            pictures,
            length: 0,
        }
    }

    /// Decodes the next ids of every row of every cohort (within a cohort as many for each), and returns the last
    /// ones' logits.
    ///
    /// Whatever works on one token at a time sees the tokens of all cohorts at once; attention goes cohort by cohort,
    /// because each has its own length (selective batching, Yu et al. 2022, "Orca"). So a cohort can start while
    /// others are under way, and none sees another's padding.
    ///
    /// # Shapes
    /// - ids: `rows * tokens` for each cohort, row by row
    /// - output: `[rows of all cohorts, vocab_size]`
    pub(crate) fn forward(
        &self,
        embeddings: &TokenEmbeddings<B>,
        cohorts: &mut [(&[u32], &mut DecoderState<B>)],
    ) -> Tensor<B, 2> {
        let mut parts = Vec::with_capacity(cohorts.len());
        let mut places = Vec::with_capacity(cohorts.len());
        let mut first = 0;
        for (ids, state) in cohorts.iter() {
            let part = self.positions.forward(embeddings.embed(ids, state.rows()), state.length);
            let [rows, tokens, width] = part.dims();
            let causal_mask = (tokens > 1).then(|| self.causal_mask(tokens, state.length));
            places.push(Place { first, rows, tokens, causal_mask });
            parts.push(part.reshape([rows * tokens, width]));
            first += rows * tokens;
        }
        let mut hidden = concatenate(parts);
        for (index, layer) in self.layers.iter().enumerate() {
            hidden = layer.forward(hidden, index, cohorts, &places);
        }
        let last = |place: &Place<B>| {
            let tokens = place.of(&hidden);
            let [rows, count, width] = tokens.dims();
            tokens.narrow(1, count - 1, 1).reshape([rows, width])
        };
        let last = concatenate(places.iter().map(last).collect());
        for ((_, state), place) in cohorts.iter_mut().zip(&places) {
            state.length += place.tokens;
        }
        embeddings.logits(last)
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
    /// - hidden, output: `[tokens of all cohorts, d_model]`
    fn forward(
        &self,
        hidden: Tensor<B, 2>,
        index: usize,
        cohorts: &mut [(&[u32], &mut DecoderState<B>)],
        places: &[Place<B>],
    ) -> Tensor<B, 2> {
        let qkv = self.qkv.forward(hidden.clone());
        let attend = |((_, state), place): (&mut (&[u32], &mut DecoderState<B>), &Place<B>)| {
            let length = state.length;
            place.flat(self.self_attention(place.of(&qkv), &mut state.own[index], length, place.causal_mask.as_ref()))
        };
        let attended = concatenate(cohorts.iter_mut().zip(places).map(attend).collect());
        let hidden = self.self_attn_layer_norm.forward(hidden + self.out_proj.forward(attended));

        let queries = self.cross_query.forward(hidden.clone());
        let attend = |((_, state), place): (&(&[u32], &mut DecoderState<B>), &Place<B>)| {
            place.flat(self.cross_attention(place.of(&queries), &state.cross[index]))
        };
        let attended = concatenate(cohorts.iter().zip(places).map(attend).collect());
        let hidden = self.encoder_attn_layer_norm.forward(hidden + self.cross_out_proj.forward(attended));

        let fed = self.mlp.forward(hidden.clone());
        self.final_layer_norm.forward(hidden + fed)
    }

    /// # Shapes
    /// - qkv: `[rows, tokens, 3 * d_model]`
    /// - output: `[rows, tokens, d_model]`
    fn self_attention(
        &self,
        qkv: Tensor<B, 3>,
        cache: &mut SelfCache<B>,
        length: usize,
        causal_mask: Option<&Tensor<B, 4>>,
    ) -> Tensor<B, 3> {
        let qkv = split_heads(qkv, 3 * self.heads);
        let [q, k, v] = [0, 1, 2].map(|part| qkv.clone().narrow(1, part * self.heads, self.heads));
        let (keys, values) = cache.append(k, v, length);
        merge_heads(attention(q, keys, values, causal_mask))
    }

    /// # Shapes
    /// - queries, output: `[rows, tokens, d_model]`
    fn cross_attention(&self, queries: Tensor<B, 3>, cache: &CrossCache<B>) -> Tensor<B, 3> {
        let [rows, tokens, width] = queries.dims();
        let [pictures, ..] = cache.key.dims();
        // All rows of a picture, and all their tokens, query the same keys.
        let queries = split_heads(queries.reshape([pictures, rows / pictures * tokens, width]), self.heads);
        let attended = merge_heads(attention(queries, cache.key.clone(), cache.value.clone(), None));
        attended.reshape([rows, tokens, width])
    }
}

/// Where a cohort's tokens stand among those of all cohorts.
struct Place<B: FlorenceBackend> {
    first: usize,
    rows: usize,
    tokens: usize,
    /// `[1, 1, tokens, before + tokens]`, where there is more than one token.
    causal_mask: Option<Tensor<B, 4>>,
}

impl<B: FlorenceBackend> Place<B> {
    /// `[tokens of all cohorts, width]` -> `[rows, tokens, width]`.
    fn of(&self, all: &Tensor<B, 2>) -> Tensor<B, 3> {
        let [_, width] = all.dims();
        all.clone().narrow(0, self.first, self.rows * self.tokens).reshape([self.rows, self.tokens, width])
    }

    /// `[rows, tokens, width]` -> `[rows * tokens, width]`.
    fn flat(&self, part: Tensor<B, 3>) -> Tensor<B, 2> {
        let [_, _, width] = part.dims();
        part.reshape([self.rows * self.tokens, width])
    }
}

/// One below the other. A single part is not copied.
fn concatenate<B: FlorenceBackend>(mut parts: Vec<Tensor<B, 2>>) -> Tensor<B, 2> {
    if parts.len() == 1 { parts.remove(0) } else { Tensor::cat(parts, 0) }
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
