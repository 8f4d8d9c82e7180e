//! The whole network.

use burn::tensor::{Tensor, TensorData};

use super::{
    FlorenceBackend,
    bart::{BartDecoder, BartEncoder, DecoderState, EncoderOutput, TokenEmbeddings},
    projector::MultiModalProjector,
    vision::VisionBackbone,
    weights::Weights,
};
use crate::checkpoint::{Checkpoint, CheckpointError};

/// Florence-2 on one device.
#[derive(Debug)]
pub(crate) struct Florence2<B: FlorenceBackend> {
    vision_tower: VisionBackbone<B>,
    projector: MultiModalProjector<B>,
    embeddings: TokenEmbeddings<B>,
    encoder: BartEncoder<B>,
    decoder: BartDecoder<B>,
    device: B::Device,
}

/// Pictures ready for the network.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PixelValues<'a> {
    /// Normalised values, `[batch, 3, height, width]` in row-major order.
    pub(crate) values: &'a [f32],
    pub(crate) batch: usize,
    pub(crate) height: usize,
    pub(crate) width: usize,
}

impl<B: FlorenceBackend> Florence2<B> {
    /// Reads every tensor of `checkpoint` onto `device`.
    pub(crate) fn load(checkpoint: &Checkpoint, device: &B::Device) -> Result<Self, CheckpointError> {
        let weights = Weights::new(checkpoint, device);
        let (text, vision) = (&checkpoint.config.text, &checkpoint.config.vision);
        Ok(Self {
            vision_tower: VisionBackbone::load(&weights, "model.vision_tower", vision)?,
            projector: MultiModalProjector::load(&weights, "model.multi_modal_projector", vision, device)?,
            embeddings: TokenEmbeddings::load(&weights, text, device)?,
            encoder: BartEncoder::load(&weights, "model.language_model.encoder", text)?,
            decoder: BartDecoder::load(&weights, "model.language_model.decoder", text, device)?,
            device: device.clone(),
        })
    }

    pub(crate) fn device(&self) -> &B::Device {
        &self.device
    }

    /// What the language model sees of each picture.
    ///
    /// # Shapes
    /// - output: `[batch, 1 + cells, d_model]`; 577 tokens for a 768 × 768 picture
    pub(crate) fn image_features(&self, pixels: PixelValues<'_>) -> Tensor<B, 3> {
        self.projector.forward(self.vision_tower.forward(self.upload(pixels)))
    }

    /// The vision tower alone; each stage's `[batch, cells, channels]`.
    pub(crate) fn vision_stages(&self, pixels: PixelValues<'_>) -> Vec<Tensor<B, 3>> {
        let mut stages = Vec::new();
        self.vision_tower.forward_with(self.upload(pixels), |map| stages.push(map.tokens.clone()));
        stages
    }

    /// Reads one prompt's ids behind each picture's features; the prompts must be of one length.
    ///
    /// # Shapes
    /// - `image_features`: `[batch, 1 + cells, d_model]`
    /// - output: a `[1 + cells + prompt, d_model]` for each picture
    pub(crate) fn encode(&self, image_features: Tensor<B, 3>, prompts: &[&[u32]]) -> Vec<EncoderOutput<B>> {
        let [batch, ..] = image_features.dims();
        let prompts = self.embeddings.embed(&prompts.concat(), batch);
        let hidden = self.encoder.forward(Tensor::cat(vec![image_features, prompts], 1));
        let [_, tokens, width] = hidden.dims();
        (0..batch).map(|index| hidden.clone().narrow(0, index, 1).reshape([tokens, width])).collect()
    }

    /// Starts a batch of answers.
    pub(crate) fn start(&self, encoder_outputs: &[EncoderOutput<B>]) -> DecoderState<B> {
        self.decoder.start(encoder_outputs)
    }

    /// Decodes the next token or tokens of every row; the last one's logits, `[rows, vocab_size]`.
    pub(crate) fn decode(&self, ids: &[u32], state: &mut DecoderState<B>) -> Tensor<B, 2> {
        self.decoder.forward(&self.embeddings, ids, state)
    }

    fn upload(&self, pixels: PixelValues<'_>) -> Tensor<B, 4> {
        let shape = [pixels.batch, 3, pixels.height, pixels.width];
        Tensor::from_data(TensorData::new(pixels.values.to_vec(), shape), &self.device)
    }
}
