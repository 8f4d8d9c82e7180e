//! The whole network, in two halves.

use burn::tensor::{Tensor, TensorData};

use super::{
    FlorenceBackend,
    bart::{BartDecoder, BartEncoder, DecoderState, EncoderOutput, TokenEmbeddings},
    half::{Half, Residence},
    projector::MultiModalProjector,
    vision::VisionBackbone,
    weights::Weights,
};
use crate::checkpoint::{Checkpoint, CheckpointError};

/// Florence-2 on one device.
#[derive(Debug)]
pub(crate) struct Florence2<B: FlorenceBackend> {
    pub(crate) vision: Half<VisionHalf<B>>,
    pub(crate) language: Half<LanguageHalf<B>>,
    pub(crate) device: B::Device,
}

/// From pixels to what the language model sees of them.
#[derive(Debug)]
pub(crate) struct VisionHalf<B: FlorenceBackend> {
    tower: VisionBackbone<B>,
    projector: MultiModalProjector<B>,
    device: B::Device,
}

/// From a picture's features and a prompt to an answer.
#[derive(Debug)]
pub(crate) struct LanguageHalf<B: FlorenceBackend> {
    embeddings: TokenEmbeddings<B>,
    encoder: BartEncoder<B>,
    decoder: BartDecoder<B>,
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

impl<B: FlorenceBackend> Florence2<B>
where
    VisionHalf<B>: Send + Sync,
    LanguageHalf<B>: Send + Sync,
{
    /// Reads every tensor of `checkpoint` onto `device`.
    pub(crate) fn load(
        checkpoint: &Checkpoint,
        device: &B::Device,
        residence: Residence,
    ) -> Result<Self, CheckpointError> {
        let (folder, on_device) = (checkpoint.folder(), device.clone());
        let vision = move || VisionHalf::load(&folder.open()?, &on_device);
        let (folder, on_device) = (checkpoint.folder(), device.clone());
        let language = move || LanguageHalf::load(&folder.open()?, &on_device);
        Ok(Self {
            vision: Half::new(residence, vision)?,
            language: Half::new(residence, language)?,
            device: device.clone(),
        })
    }
}

impl<B: FlorenceBackend> VisionHalf<B> {
    fn load(checkpoint: &Checkpoint, device: &B::Device) -> Result<Self, CheckpointError> {
        let weights = Weights::new(checkpoint, device);
        let config = &checkpoint.config.vision;
        Ok(Self {
            tower: VisionBackbone::load(&weights, "model.vision_tower", config)?,
            projector: MultiModalProjector::load(&weights, "model.multi_modal_projector", config, device)?,
            device: device.clone(),
        })
    }

    /// What the language model sees of each picture.
    ///
    /// # Shapes
    /// - output: `[batch, 1 + cells, d_model]`; 577 tokens for a 768 × 768 picture
    pub(crate) fn image_features(&self, pixels: PixelValues<'_>) -> Tensor<B, 3> {
        self.projector.forward(self.tower.forward(self.upload(pixels)))
    }

    /// The vision tower alone; each stage's `[batch, cells, channels]`.
    pub(crate) fn stages(&self, pixels: PixelValues<'_>) -> Vec<Tensor<B, 3>> {
        let mut stages = Vec::new();
        self.tower.forward_with(self.upload(pixels), |map| stages.push(map.tokens.clone()));
        stages
    }

    fn upload(&self, pixels: PixelValues<'_>) -> Tensor<B, 4> {
        let shape = [pixels.batch, 3, pixels.height, pixels.width];
        Tensor::from_data(TensorData::new(pixels.values.to_vec(), shape), &self.device)
    }
}

impl<B: FlorenceBackend> LanguageHalf<B> {
    fn load(checkpoint: &Checkpoint, device: &B::Device) -> Result<Self, CheckpointError> {
        let weights = Weights::new(checkpoint, device);
        let config = &checkpoint.config.text;
        Ok(Self {
            embeddings: TokenEmbeddings::load(&weights, config, device)?,
            encoder: BartEncoder::load(&weights, "model.language_model.encoder", config)?,
            decoder: BartDecoder::load(&weights, "model.language_model.decoder", config, device)?,
        })
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

    /// Starts answers to pictures whose encoder outputs are equally long.
    pub(crate) fn start(&self, encoder_outputs: Vec<EncoderOutput<B>>) -> DecoderState<B> {
        self.decoder.start(encoder_outputs)
    }

    /// Decodes the next token or tokens of every row of every cohort; the last one's logits, `[rows, vocab_size]`, one
    /// cohort after the other.
    pub(crate) fn decode(&self, cohorts: &mut [(&[u32], &mut DecoderState<B>)]) -> Tensor<B, 2> {
        self.decoder.forward(&self.embeddings, cohorts)
    }
}
