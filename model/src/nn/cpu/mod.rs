//! Florence-2's operations on burn-flex: each one pass over memory, SIMD by run-time detection, rows spread over cores.
//!
//! The blocks of the vision tower are one operation each. A task takes as many rows, or the one window, as fit into a
//! core's cache with everything that is computed of them, so that of a block's intermediate values only few are ever
//! written to memory.

mod channel_attention;
mod convolution;
mod feed_forward;
mod few_rows;
mod kernels;
mod product;
mod scratch;
mod select;
mod self_attention;
#[cfg(test)]
mod tests;
mod weight;
mod window_attention;

use burn::tensor::{DType, Element, Shape, Tensor, TensorPrimitive};
use burn_flex::{Flex, FlexTensor, Layout};
use rayon::prelude::*;

use self::{
    channel_attention::Channels, convolution::Convolution, product::PackedLinear, weight::Weight,
    window_attention::Windows,
};
use super::{
    backend::{Activation, FlorenceBackend, TokenScores, USUAL_PIXELS, to_f32},
    layers::{EPSILON, LayerNorm, Linear, Mlp},
    vision::{ChannelAttention, FeatureMap, WindowAttention},
};
pub(crate) use select::select_candidates;

/// Up to this many rows a linear layer reads its weights where they lie; beyond it packing them pays.
const FEW_ROWS: usize = 64;

/// Elements per task: small enough to balance cores, large enough to hide rayon's overhead.
const CHUNK: usize = 16 * 1024;

impl FlorenceBackend for Flex {
    /// One picture of the usual size keeps every core busy, and alone its activations stay in cache. Of the demo's 192 ×
    /// 192, four together take 0.6 of the time a picture, and sixteen 0.7.
    const ENCODER_PIXELS: usize = USUAL_PIXELS / 4;

    fn linear_activated<const D: usize>(
        x: Tensor<Self, D>,
        weight: &Tensor<Self, 2>,
        bias: Option<&Tensor<Self, 1>>,
        activation: Activation,
    ) -> Tensor<Self, D> {
        let mut dims = x.dims();
        let [out_features, in_features] = weight.dims();
        let rows = dims.iter().product::<usize>() / in_features;
        dims[D - 1] = out_features;
        let bias = bias.map(|bias| primitive(bias.clone()));
        let bias = bias.as_ref().map(values);
        let (x, weight) = (primitive(x), primitive(weight.clone()));
        let mut output = vec![0.0; rows * out_features];
        if rows <= FEW_ROWS {
            few_rows::few_rows_linear(values(&x), Weight::of(&weight), bias, rows, &mut output);
            if activation == Activation::Gelu {
                kernels::gelu(&mut output);
            }
            return tensor(output, dims);
        }
        let linear = PackedLinear::new(Weight::of(&weight), bias, in_features);
        let task = rows_per_task(rows);
        let inputs = values(&x).par_chunks(task * in_features);
        output.par_chunks_mut(task * out_features).zip(inputs).for_each(|(output, x)| {
            linear.forward(x, output);
            if activation == Activation::Gelu {
                kernels::gelu(output);
            }
        });
        tensor(output, dims)
    }

    fn kept(weight: Tensor<Self, 2>) -> Tensor<Self, 2> {
        weight::narrowed(weight)
    }

    fn taken<const D: usize>(rows: Tensor<Self, D>) -> Tensor<Self, D> {
        to_f32(rows)
    }

    fn layer_norm_affine<const D: usize>(
        x: Tensor<Self, D>,
        gamma: &Tensor<Self, 1>,
        beta: &Tensor<Self, 1>,
        epsilon: f32,
    ) -> Tensor<Self, D> {
        let dims = x.dims();
        let width = dims[D - 1];
        let (x, gamma, beta) = (primitive(x), primitive(gamma.clone()), primitive(beta.clone()));
        let input = values(&x);
        let mut output = vec![0.0; input.len()];
        let chunk = (CHUNK / width).max(1) * width;
        output.par_chunks_mut(chunk).zip(input.par_chunks(chunk)).for_each(|(output, input)| {
            kernels::layer_norm(input, values(&gamma), values(&beta), epsilon, output);
        });
        tensor(output, dims)
    }

    fn scaled_softmax<const D: usize>(scores: Tensor<Self, D>, scale: f32) -> Tensor<Self, D> {
        let width = scores.dims()[D - 1];
        let mut scores = primitive(scores);
        let chunk = (CHUNK / width).max(1) * width;
        scores.storage_mut::<f32>().par_chunks_mut(chunk).for_each(|rows| kernels::softmax(rows, width, scale));
        from_primitive(scores)
    }

    fn depthwise_residual(x: Tensor<Self, 4>, weight: &Tensor<Self, 4>, bias: &Tensor<Self, 1>) -> Tensor<Self, 4> {
        let [batch, height, width, channels] = x.dims();
        let x = primitive(x);
        // [C, 1, 3, 3] -> [3, 3, C]: neighbours in memory are then channels, which is what a SIMD lane wants.
        let weight = primitive(weight.clone().reshape([channels, 9]).transpose());
        let bias = primitive(bias.clone());
        let mut output = vec![0.0; batch * height * width * channels];
        let (image, row) = (height * width * channels, width * channels);
        output.par_chunks_mut(row).enumerate().for_each(|(index, output)| {
            let (b, y) = (index / height, index % height);
            let input = &values(&x)[b * image..(b + 1) * image];
            let (weight, bias, dims) = (values(&weight), values(&bias), [height, width, channels]);
            kernels::DepthwiseRow { input, weight, bias, dims, y, output }.run();
        });
        tensor(output, [batch, height, width, channels])
    }

    fn feed_forward(x: Tensor<Self, 3>, norm: &LayerNorm<Self>, mlp: &Mlp<Self>) -> Tensor<Self, 3> {
        let mut x = primitive(x);
        feed_forward::feed_forward(x.storage_mut(), &Norm::of(norm), &packed(&mlp.fc1), &packed(&mlp.fc2));
        from_primitive(x)
    }

    fn window_attention(
        map: FeatureMap<Self>,
        norm: &LayerNorm<Self>,
        attention: &WindowAttention<Self>,
    ) -> FeatureMap<Self> {
        let FeatureMap { tokens, height, width } = map;
        let [_, _, channels] = tokens.dims();
        let mut x = primitive(tokens);
        let (qkv, proj) = (packed(&attention.qkv), packed(&attention.proj));
        let (heads, side, map) = (attention.heads, attention.window, [height, width, channels]);
        let windows = Windows { norm: Norm::of(norm), qkv, proj, heads, side, map };
        windows.add_to(x.storage_mut());
        FeatureMap { tokens: from_primitive(x), height, width }
    }

    fn channel_attention(
        tokens: Tensor<Self, 3>,
        norm: &LayerNorm<Self>,
        attention: &ChannelAttention<Self>,
    ) -> Tensor<Self, 3> {
        let [_, cells, channels] = tokens.dims();
        let mut x = primitive(tokens);
        let (qkv, proj) = (packed(&attention.qkv), packed(&attention.proj));
        let channel = Channels { norm: Norm::of(norm), qkv, proj, groups: attention.groups };
        x.storage_mut().chunks_exact_mut(cells * channels).for_each(|picture| channel.add_to(picture));
        from_primitive(x)
    }

    fn self_attention(qkv: Tensor<Self, 3>, heads: usize) -> Tensor<Self, 3> {
        let [batch, tokens, width] = qkv.dims();
        let width = width / 3;
        let qkv = primitive(qkv);
        let mut output = vec![0.0; batch * tokens * width];
        self_attention::self_attention(values(&qkv), [tokens, width, heads], &mut output);
        tensor(output, [batch, tokens, width])
    }

    fn convolution(
        x: Tensor<Self, 4>,
        weight: &Tensor<Self, 4>,
        bias: &Tensor<Self, 1>,
        [stride, padding]: [usize; 2],
    ) -> Tensor<Self, 4> {
        let [batch, height, width, channels] = x.dims();
        let [out_channels, kernel, _, _] = weight.dims();
        let output = [height, width].map(|side| (side + 2 * padding - kernel) / stride + 1);
        let (x, weight, bias) = (primitive(x), primitive(weight.clone()), primitive(bias.clone()));
        let linear = PackedLinear::new(Weight::F32(values(&weight)), Some(values(&bias)), kernel * kernel * channels);
        let mut cells = vec![0.0; batch * output[0] * output[1] * out_channels];
        let convolution = Convolution { input: [height, width, channels], output, kernel, stride, padding, linear };
        convolution.forward(values(&x), &mut cells);
        tensor(cells, [batch, output[0], output[1], out_channels])
    }

    fn contiguous<const D: usize>(x: Tensor<Self, D>) -> Tensor<Self, D> {
        from_primitive(primitive(x))
    }

    fn top_candidates(logits: Tensor<Self, 2>, usable: usize, count: usize) -> Vec<TokenScores> {
        let [_, vocabulary] = logits.dims();
        let logits = primitive(logits);
        values(&logits).par_chunks(vocabulary).map(|row| select_candidates(&row[..usable], count)).collect()
    }
}

/// Rows of a task: enough to be worth reading the weights for, few enough for the cache and for every core to get some.
fn rows_per_task(rows: usize) -> usize {
    const MOST: usize = 96;
    const LEAST: usize = 24;
    (rows.div_ceil(4 * rayon::current_num_threads())).clamp(LEAST, MOST).next_multiple_of(LEAST)
}

/// A linear layer, packed for many rows.
fn packed(linear: &Linear<Flex>) -> PackedLinear {
    let [_, in_features] = linear.weight.dims();
    let bias = linear.bias.clone().map(primitive);
    PackedLinear::new(Weight::of(&primitive(linear.weight.clone())), bias.as_ref().map(values), in_features)
}

/// A layer norm over rows.
struct Norm {
    gamma: FlexTensor,
    beta: FlexTensor,
}

impl Norm {
    fn of(norm: &LayerNorm<Flex>) -> Self {
        Self { gamma: primitive(norm.gamma.clone()), beta: primitive(norm.beta.clone()) }
    }

    fn apply(&self, x: &[f32], output: &mut [f32]) {
        kernels::layer_norm(x, values(&self.gamma), values(&self.beta), EPSILON, output);
    }
}

/// The backend's own tensor, contiguous.
fn primitive<const D: usize>(x: Tensor<Flex, D>) -> FlexTensor {
    x.into_primitive().tensor().to_contiguous()
}

fn from_primitive<const D: usize>(x: FlexTensor) -> Tensor<Flex, D> {
    Tensor::from_primitive(TensorPrimitive::Float(x))
}

fn values(x: &FlexTensor) -> &[f32] {
    x.as_slice::<f32>().expect("the CPU runs in f32, and `primitive` made it contiguous. This is a bug.")
}

fn tensor<const D: usize>(values: Vec<f32>, dims: [usize; D]) -> Tensor<Flex, D> {
    typed_tensor(values, dims, DType::F32)
}

fn typed_tensor<E: Element, const D: usize>(values: Vec<E>, dims: [usize; D], dtype: DType) -> Tensor<Flex, D> {
    let layout = Layout::contiguous(Shape::from(dims));
    from_primitive(FlexTensor::new(burn::tensor::Bytes::from_elems(values), layout, dtype))
}
