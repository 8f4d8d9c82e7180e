//! Reads a checkpoint's tensors onto a device.

use burn::tensor::{Tensor, TensorData};

use super::{
    FlorenceBackend,
    layers::{LayerNorm, Linear},
};
use crate::checkpoint::{Checkpoint, CheckpointError};

/// A checkpoint and the device its tensors go to. Names are those of transformers' native layout.
pub(crate) struct Weights<'a, B: FlorenceBackend> {
    checkpoint: &'a Checkpoint,
    device: &'a B::Device,
}

impl<'a, B: FlorenceBackend> Weights<'a, B> {
    pub(crate) fn new(checkpoint: &'a Checkpoint, device: &'a B::Device) -> Self {
        Self { checkpoint, device }
    }

    /// The tensor `name`, which must have this shape.
    pub(crate) fn tensor<const D: usize>(
        &self,
        name: &str,
        shape: [usize; D],
    ) -> Result<Tensor<B, D>, CheckpointError> {
        Ok(self.upload(self.checkpoint.tensor(name, &shape)?, shape))
    }

    /// The tensor `name`, or `None` where the checkpoint has no such tensor.
    pub(crate) fn optional_tensor<const D: usize>(
        &self,
        name: &str,
        shape: [usize; D],
    ) -> Result<Option<Tensor<B, D>>, CheckpointError> {
        Ok(self.checkpoint.optional_tensor(name, &shape)?.map(|values| self.upload(values, shape)))
    }

    /// `{prefix}.weight` `[out, in]` and, with `bias`, `{prefix}.bias` `[out]`.
    pub(crate) fn linear(
        &self,
        prefix: &str,
        in_features: usize,
        out_features: usize,
        bias: bool,
    ) -> Result<Linear<B>, CheckpointError> {
        let Linear { weight, bias } = self.plain_linear(prefix, in_features, out_features, bias)?;
        Ok(Linear { weight: B::kept(weight), bias })
    }

    /// The same, as it was read.
    fn plain_linear(
        &self,
        prefix: &str,
        in_features: usize,
        out_features: usize,
        bias: bool,
    ) -> Result<Linear<B>, CheckpointError> {
        let weight = self.tensor(&format!("{prefix}.weight"), [out_features, in_features])?;
        let bias = bias.then(|| self.tensor(&format!("{prefix}.bias"), [out_features])).transpose()?;
        Ok(Linear { weight, bias })
    }

    /// Several square linear layers over the same input as one, their outputs side by side: one product for three.
    pub(crate) fn fused_linear(&self, prefixes: &[String], width: usize) -> Result<Linear<B>, CheckpointError> {
        let layers = prefixes
            .iter()
            .map(|prefix| self.plain_linear(prefix, width, width, true))
            .collect::<Result<Vec<_>, _>>()?;
        let (weights, biases): (Vec<_>, Vec<_>) = layers
            .into_iter()
            .map(|layer| (layer.weight, layer.bias.expect("loaded with a bias. This is a bug.")))
            .unzip();
        Ok(Linear { weight: B::kept(Tensor::cat(weights, 0)), bias: Some(Tensor::cat(biases, 0)) })
    }

    /// `{prefix}.weight` and `{prefix}.bias`, both `[width]`.
    pub(crate) fn layer_norm(&self, prefix: &str, width: usize) -> Result<LayerNorm<B>, CheckpointError> {
        Ok(LayerNorm {
            gamma: self.tensor(&format!("{prefix}.weight"), [width])?,
            beta: self.tensor(&format!("{prefix}.bias"), [width])?,
        })
    }

    fn upload<const D: usize>(&self, values: Vec<f32>, shape: [usize; D]) -> Tensor<B, D> {
        Tensor::from_data(TensorData::new(values, shape), self.device)
    }
}
