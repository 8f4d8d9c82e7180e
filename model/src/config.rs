//! The settings beside the weights.
/// When beam search stops looking for better hypotheses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EarlyStopping {
    /// As soon as there are as many finished hypotheses as beams.
    Always,
    /// When a better one has become unlikely.
    Heuristic,
    /// Only when no better one is possible.
    Never,
}
/// What a checkpoint says about generation, with Florence-2's effective defaults filled in.
#[derive(Debug, Clone, PartialEq)]
pub struct GenerationDefaults {
    /// Most tokens to generate.
    pub max_new_tokens: usize,
    /// Beams.
    pub num_beams: u32,
    /// Sample.
    pub do_sample: bool,
    /// Temperature.
    pub temperature: f32,
    /// Nucleus.
    pub top_p: f32,
    /// No-repeat n-gram size; 0 is off.
    pub no_repeat_ngram_size: u32,
    /// Length penalty.
    pub length_penalty: f32,
    /// Early stopping.
    pub early_stopping: EarlyStopping,
    /// The token decoding starts from.
    pub decoder_start_token_id: u32,
    /// `</s>`.
    pub eos_token_id: u32,
    /// The token forced as the first one generated.
    pub forced_bos_token_id: Option<u32>,
    /// The token forced as the last one when the length runs out.
    pub forced_eos_token_id: Option<u32>,
}
