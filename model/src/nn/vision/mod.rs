//! DaViT: four stages of convolution, window attention and channel attention (spec section 5).

mod backbone;
mod block;
mod channel_attention;
mod conv_embed;
mod window_attention;

pub(crate) use backbone::VisionBackbone;
pub(crate) use channel_attention::ChannelAttention;
pub(crate) use window_attention::WindowAttention;

use burn::tensor::{Tensor, backend::Backend};

/// A feature map as the blocks see it: cells in row-major order, channels last.
#[derive(Debug, Clone)]
pub(crate) struct FeatureMap<B: Backend> {
    /// `[batch, height * width, channels]`
    pub(crate) tokens: Tensor<B, 3>,
    pub(crate) height: usize,
    pub(crate) width: usize,
}

impl<B: Backend> FeatureMap<B> {
    /// The same map with other values.
    pub(super) fn with(&self, tokens: Tensor<B, 3>) -> Self {
        Self { tokens, height: self.height, width: self.width }
    }

    /// The map with what becomes of its values, which a backend may then change in place.
    fn update(self, change: impl FnOnce(Tensor<B, 3>) -> Tensor<B, 3>) -> Self {
        Self { tokens: change(self.tokens), ..self }
    }

    /// `[batch, height, width, channels]`
    fn cells(&self) -> Tensor<B, 4> {
        let [batch, _, channels] = self.tokens.dims();
        self.tokens.clone().reshape([batch, self.height, self.width, channels])
    }
}
