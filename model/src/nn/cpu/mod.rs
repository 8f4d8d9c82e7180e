//! Florence-2's operations on burn-flex: each one pass over memory, SIMD by run-time detection, rows spread over cores.

mod kernels;
mod select;

use burn::tensor::{DType, Shape, Tensor, TensorPrimitive};
use burn_flex::{Flex, FlexTensor, Layout};
use rayon::prelude::*;

use super::backend::{Activation, FlorenceBackend, TokenScores, USUAL_PIXELS};
pub(crate) use select::select_candidates;

/// Up to this many rows a linear layer is bound by reading its weights once, which the row kernel does at memory
/// speed; beyond it a blocked matrix product wins.
const FEW_ROWS: usize = 8;

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
        if rows <= FEW_ROWS {
            let (x, weight) = (primitive(x), primitive(weight.clone()));
            let mut output = vec![0.0; rows * out_features];
            kernels::few_rows_linear(values(&x), values(&weight), bias, rows, &mut output);
            if activation == Activation::Gelu {
                kernels::gelu(&mut output);
            }
            return tensor(output, dims);
        }
        let mut product = primitive(x.reshape([rows, in_features]).matmul(weight.clone().transpose()));
        if bias.is_some() || activation != Activation::Identity {
            let chunk = (CHUNK / out_features).max(1) * out_features;
            product.storage_mut::<f32>().par_chunks_mut(chunk).for_each(|part| {
                if let Some(bias) = bias {
                    kernels::add_bias(part, bias);
                }
                if activation == Activation::Gelu {
                    kernels::gelu(part);
                }
            });
        }
        from_primitive::<2>(product).reshape(dims)
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

    fn contiguous<const D: usize>(x: Tensor<Self, D>) -> Tensor<Self, D> {
        from_primitive(primitive(x))
    }

    fn top_candidates(logits: Tensor<Self, 2>, usable: usize, count: usize) -> Vec<TokenScores> {
        let [_, vocabulary] = logits.dims();
        let logits = primitive(logits);
        values(&logits).par_chunks(vocabulary).map(|row| select_candidates(&row[..usable], count)).collect()
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
    let layout = Layout::contiguous(Shape::from(dims));
    from_primitive(FlexTensor::new(burn::tensor::Bytes::from_elems(values), layout, DType::F32))
}
