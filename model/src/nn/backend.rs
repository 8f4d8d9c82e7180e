//! What Florence-2 asks of a burn backend beyond burn's own operations.

use burn::tensor::{DType, FloatDType, Tensor, activation, backend::Backend, module::conv2d, ops::ConvOptions};

use super::{
    bart::{merge_heads, split_heads},
    layers::{LayerNorm, Mlp},
    vision::{ChannelAttention, FeatureMap, WindowAttention},
};

/// What follows a linear layer's product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Activation {
    /// Nothing.
    Identity,
    /// The exact, erf-based GELU.
    Gelu,
}

/// The likeliest tokens of one decoder row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TokenScores {
    /// ln Σ exp(logit) over the usable vocabulary: `logit - log_normalizer` is a token's log-probability.
    pub(crate) log_normalizer: f32,
    /// (token id, logit), highest first, lower id first among equals.
    pub(crate) candidates: Vec<(u32, f32)>,
}

/// A burn backend that runs Florence-2.
///
/// The default bodies are burn's own operations, with statistics in f32 whatever the backend computes in (spec
/// section 10). A backend overrides what it can do better in one pass over memory.
pub(crate) trait FlorenceBackend: Backend {
    /// How many pixels pass through the vision tower and the encoder together. More only pays where fewer leave the
    /// device idle.
    const ENCODER_PIXELS: usize;

    /// How many pictures of this size, in pixels, are encoded together.
    fn encoder_batch(height: usize, width: usize) -> usize {
        (Self::ENCODER_PIXELS / (height * width).max(1)).clamp(1, MAX_ENCODER_BATCH)
    }

    /// `x @ weight^T + bias`, then `activation`.
    ///
    /// # Shapes
    /// - x: `[..., in]`
    /// - weight: `[out, in]`
    /// - bias: `[out]`
    /// - output: `[..., out]`
    fn linear_activated<const D: usize>(
        x: Tensor<Self, D>,
        weight: &Tensor<Self, 2>,
        bias: Option<&Tensor<Self, 1>>,
        activation: Activation,
    ) -> Tensor<Self, D> {
        let mut dims = x.dims();
        let [out_features, in_features] = weight.dims();
        let rows = dims.iter().product::<usize>() / in_features;
        let mut product = x.reshape([rows, in_features]).matmul(weight.clone().transpose());
        if let Some(bias) = bias {
            product = product + bias.clone().unsqueeze();
        }
        if activation == Activation::Gelu {
            product = activation::gelu(product);
        }
        dims[D - 1] = out_features;
        product.reshape(dims)
    }

    /// A weight as [`linear_activated`](Self::linear_activated) reads it fastest, with the same numbers.
    fn kept(weight: Tensor<Self, 2>) -> Tensor<Self, 2> {
        weight
    }

    /// Rows that were taken from what [`kept`](Self::kept) returned, to compute with.
    fn taken<const D: usize>(rows: Tensor<Self, D>) -> Tensor<Self, D> {
        rows
    }

    /// Layer normalisation over the last dimension.
    fn layer_norm_affine<const D: usize>(
        x: Tensor<Self, D>,
        gamma: &Tensor<Self, 1>,
        beta: &Tensor<Self, 1>,
        epsilon: f32,
    ) -> Tensor<Self, D> {
        let dtype = x.dtype();
        let x = to_f32(x);
        let mean = x.clone().mean_dim(D - 1);
        let centred = x - mean;
        let variance = centred.clone().powi_scalar(2).mean_dim(D - 1);
        let normed = centred / (variance + epsilon).sqrt();
        let gamma = to_f32(gamma.clone()).unsqueeze();
        let beta = to_f32(beta.clone()).unsqueeze();
        from_f32(normed * gamma + beta, dtype)
    }

    /// `softmax(scores * scale)` over the last dimension.
    fn scaled_softmax<const D: usize>(scores: Tensor<Self, D>, scale: f32) -> Tensor<Self, D> {
        let dtype = scores.dtype();
        from_f32(activation::softmax(to_f32(scores).mul_scalar(scale), D - 1), dtype)
    }

    /// `x + depthwise_conv3x3(x)`, stride 1, padding 1: the convolutional position encoding of DaViT's blocks.
    ///
    /// # Shapes
    /// - x, output: `[batch, height, width, channels]`
    /// - weight: `[channels, 1, 3, 3]`
    /// - bias: `[channels]`
    fn depthwise_residual(x: Tensor<Self, 4>, weight: &Tensor<Self, 4>, bias: &Tensor<Self, 1>) -> Tensor<Self, 4> {
        let [_, _, _, channels] = x.dims();
        let convolved = conv2d(
            x.clone().permute([0, 3, 1, 2]),
            weight.clone(),
            Some(bias.clone()),
            ConvOptions::new([1, 1], [1, 1], [1, 1], channels),
        );
        x + convolved.permute([0, 2, 3, 1])
    }

    /// `x + mlp(norm(x))`: the second half of a vision block.
    ///
    /// # Shapes
    /// - x, output: `[batch, cells, channels]`
    fn feed_forward(x: Tensor<Self, 3>, norm: &LayerNorm<Self>, mlp: &Mlp<Self>) -> Tensor<Self, 3> {
        mlp.forward(norm.forward(x.clone())) + x
    }

    /// `map + attention(norm(map))` among the cells of each window.
    fn window_attention(
        map: FeatureMap<Self>,
        norm: &LayerNorm<Self>,
        attention: &WindowAttention<Self>,
    ) -> FeatureMap<Self> {
        let attended = attention.forward(&map.with(norm.forward(map.tokens.clone())));
        map.with(attended + map.tokens.clone())
    }

    /// `tokens + attention(norm(tokens))` among the channels of each group.
    ///
    /// # Shapes
    /// - tokens, output: `[batch, cells, channels]`
    fn channel_attention(
        tokens: Tensor<Self, 3>,
        norm: &LayerNorm<Self>,
        attention: &ChannelAttention<Self>,
    ) -> Tensor<Self, 3> {
        attention.forward(norm.forward(tokens.clone())) + tokens
    }

    /// Attention among the tokens of each sequence, each head by itself, without a mask.
    ///
    /// # Shapes
    /// - qkv: `[batch, tokens, 3 * width]`: queries, keys and values
    /// - output: `[batch, tokens, width]`
    fn self_attention(qkv: Tensor<Self, 3>, heads: usize) -> Tensor<Self, 3> {
        let head_dim = qkv.dims()[2] / (3 * heads);
        let qkv = split_heads(qkv, 3 * heads);
        let [q, k, v] = [0, 1, 2].map(|part| qkv.clone().narrow(1, part * heads, heads));
        let weights = Self::scaled_softmax(q.matmul(k.swap_dims(2, 3)), (head_dim as f32).powf(-0.5));
        merge_heads(weights.matmul(v))
    }

    /// A convolution of all channels with a stride and zeros around the map.
    ///
    /// # Shapes
    /// - x: `[batch, height, width, in]`
    /// - weight: `[out, kernel, kernel, in]`, as the map's values lie
    /// - bias: `[out]`
    /// - output: `[batch, (height + 2 * padding - kernel) / stride + 1, …, out]`
    fn convolution(
        x: Tensor<Self, 4>,
        weight: &Tensor<Self, 4>,
        bias: &Tensor<Self, 1>,
        [stride, padding]: [usize; 2],
    ) -> Tensor<Self, 4> {
        let options = ConvOptions::new([stride; 2], [padding; 2], [1, 1], 1);
        let weight = weight.clone().permute([0, 3, 1, 2]);
        conv2d(x.permute([0, 3, 1, 2]), weight, Some(bias.clone()), options).permute([0, 2, 3, 1])
    }

    /// The same values in row-major order, for a tensor that is read again and again.
    fn contiguous<const D: usize>(x: Tensor<Self, D>) -> Tensor<Self, D> {
        x
    }

    /// The `count` likeliest of the first `usable` tokens of each row.
    ///
    /// # Shapes
    /// - logits: `[rows, vocabulary]`
    fn top_candidates(logits: Tensor<Self, 2>, usable: usize, count: usize) -> Vec<TokenScores> {
        let [_, vocabulary] = logits.dims();
        let data = to_f32(logits).into_data();
        let values = data.as_slice::<f32>().expect("the logits were cast to f32 one line above. This is a bug.");
        values.chunks_exact(vocabulary).map(|row| super::cpu::select_candidates(&row[..usable], count)).collect()
    }
}

// CUDA runs burn's own kernels. One `impl` a precision, because the bounds that a common one needs are not exported.
#[cfg(feature = "cuda")]
impl FlorenceBackend for burn_cuda::Cuda<f32, i32> {
    const ENCODER_PIXELS: usize = 32 * USUAL_PIXELS;
}

#[cfg(feature = "cuda")]
impl FlorenceBackend for burn_cuda::Cuda<half::f16, i32> {
    const ENCODER_PIXELS: usize = 32 * USUAL_PIXELS;
}

#[cfg(feature = "cuda")]
impl FlorenceBackend for burn_cuda::Cuda<half::bf16, i32> {
    const ENCODER_PIXELS: usize = 32 * USUAL_PIXELS;
}

/// Pixels of a picture as the released checkpoints see it.
pub(super) const USUAL_PIXELS: usize = 768 * 768;

/// More pictures at once only make the first of them wait.
const MAX_ENCODER_BATCH: usize = 32;

/// Statistics are taken in f32 whatever the backend's float type.
pub(crate) fn to_f32<B: Backend, const D: usize>(x: Tensor<B, D>) -> Tensor<B, D> {
    if x.dtype() == DType::F32 { x } else { x.cast(FloatDType::F32) }
}

/// The way back from [`to_f32`].
pub(crate) fn from_f32<B: Backend, const D: usize>(x: Tensor<B, D>, dtype: DType) -> Tensor<B, D> {
    if dtype == DType::F32 { x } else { x.cast(FloatDType::from(dtype)) }
}
