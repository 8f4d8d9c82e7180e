//! BART, the language model: an encoder over picture and prompt, a decoder that writes the answer (spec section 6).
//! Layer norms come after each residual sum; there is none at the end of a stack.

mod cache;
mod decoder;
mod embeddings;
mod encoder;

pub(crate) use cache::DecoderState;
pub(crate) use decoder::BartDecoder;
pub(crate) use embeddings::TokenEmbeddings;
pub(crate) use encoder::{BartEncoder, EncoderOutput};

use burn::tensor::{Tensor, backend::Backend};

/// `[batch, tokens, heads * head_dim]` -> `[batch, heads, tokens, head_dim]`.
pub(super) fn split_heads<B: Backend>(x: Tensor<B, 3>, heads: usize) -> Tensor<B, 4> {
    let [batch, tokens, width] = x.dims();
    x.reshape([batch, tokens, heads, width / heads]).permute([0, 2, 1, 3])
}

/// `[batch, heads, tokens, head_dim]` -> `[batch, tokens, heads * head_dim]`.
pub(super) fn merge_heads<B: Backend>(x: Tensor<B, 4>) -> Tensor<B, 3> {
    let [batch, heads, tokens, head_dim] = x.dims();
    x.permute([0, 2, 1, 3]).reshape([batch, tokens, heads * head_dim])
}
