//! The layers that the vision tower and the language model share.

use burn::tensor::Tensor;

use super::{
    backend::{Activation, FlorenceBackend},
    weights::Weights,
};
use crate::checkpoint::CheckpointError;

/// Florence-2's layer norms all use this epsilon.
pub(super) const EPSILON: f32 = 1e-5;

/// A linear layer, its weight in PyTorch's `[out, in]` order.
#[derive(Debug, Clone)]
pub(crate) struct Linear<B: FlorenceBackend> {
    pub(crate) weight: Tensor<B, 2>,
    pub(crate) bias: Option<Tensor<B, 1>>,
}

impl<B: FlorenceBackend> Linear<B> {
    /// # Shapes
    /// - x: `[..., in]`
    /// - output: `[..., out]`
    pub(crate) fn forward<const D: usize>(&self, x: Tensor<B, D>) -> Tensor<B, D> {
        B::linear_activated(x, &self.weight, self.bias.as_ref(), Activation::Identity)
    }

    /// The same, followed by GELU in the same pass.
    pub(crate) fn forward_gelu<const D: usize>(&self, x: Tensor<B, D>) -> Tensor<B, D> {
        B::linear_activated(x, &self.weight, self.bias.as_ref(), Activation::Gelu)
    }
}

/// Layer normalisation over the last dimension.
#[derive(Debug, Clone)]
pub(crate) struct LayerNorm<B: FlorenceBackend> {
    pub(crate) gamma: Tensor<B, 1>,
    pub(crate) beta: Tensor<B, 1>,
}

impl<B: FlorenceBackend> LayerNorm<B> {
    /// # Shapes
    /// - x, output: `[..., width]`
    pub(crate) fn forward<const D: usize>(&self, x: Tensor<B, D>) -> Tensor<B, D> {
        B::layer_norm_affine(x, &self.gamma, &self.beta, EPSILON)
    }
}

/// Two linear layers with a GELU between them.
#[derive(Debug)]
pub(crate) struct Mlp<B: FlorenceBackend> {
    pub(super) fc1: Linear<B>,
    pub(super) fc2: Linear<B>,
}

impl<B: FlorenceBackend> Mlp<B> {
    /// `{prefix}.fc1` and `{prefix}.fc2`.
    pub(crate) fn load(
        weights: &Weights<'_, B>,
        prefix: &str,
        width: usize,
        hidden: usize,
    ) -> Result<Self, CheckpointError> {
        let fc1 = weights.linear(&format!("{prefix}.fc1"), width, hidden, true)?;
        let fc2 = weights.linear(&format!("{prefix}.fc2"), hidden, width, true)?;
        Ok(Self { fc1, fc2 })
    }

    /// # Shapes
    /// - x, output: `[..., width]`
    pub(crate) fn forward<const D: usize>(&self, x: Tensor<B, D>) -> Tensor<B, D> {
        self.fc2.forward(self.fc1.forward_gelu(x))
    }
}
