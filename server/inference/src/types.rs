//! What is asked of a backend and what it answers, in plain types of this crate.

use std::{sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};

/// What tells one picture from another: the SHA-256 of its file.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ImageKey(pub [u8; 32]);

impl std::fmt::Debug for ImageKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ImageKey(")?;
        self.0[..4].iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str("…)")
    }
}

/// A picture as the network takes it: what [`crate::Preparer::prepare`] makes of a file.
#[derive(Clone, PartialEq)]
pub struct PreparedImage {
    /// Which picture it is.
    pub key: ImageKey,
    /// The original's pixels from left to right, upright.
    pub width: u32,
    /// The original's pixels from top to bottom, upright.
    pub height: u32,
    /// What the network sees, in the order and of the size that the backend wants.
    pub values: Arc<[f32]>,
}

/// Without the values, which nobody wants in a log.
impl std::fmt::Debug for PreparedImage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PreparedImage({}×{}, {:?})", self.width, self.height, self.key)
    }
}

/// One thing asked of a backend.
#[derive(Debug, Clone, PartialEq)]
pub struct CaptionRequest {
    /// The picture.
    pub image: PreparedImage,
    /// The marker of one of the backend's tasks, such as `<OD>` ([`crate::TaskDescription::marker`]).
    pub task: String,
    /// The task's input, for tasks that take one.
    pub text: Option<String>,
    /// How the answer is searched for.
    pub parameters: Parameters,
}

/// How an answer is searched for; what is `None` is left to the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Parameters {
    /// Most tokens to generate.
    pub max_length: Option<u32>,
    /// Beams of the beam search; 1 is greedy search.
    pub num_beams: Option<u32>,
    /// Draw tokens at random instead of taking the likeliest.
    pub do_sample: Option<bool>,
    /// Divides the logits before sampling.
    pub temperature: Option<f32>,
    /// Samples from the smallest set of tokens whose probabilities add up to this.
    pub top_p: Option<f32>,
    /// Seed of the sampling.
    pub seed: Option<u64>,
}

/// What a backend answers.
#[derive(Debug, Clone, PartialEq)]
pub struct CaptionResult {
    /// The answer as a person reads it: plain text, or the labels joined by ", ".
    pub caption: String,
    /// What was found and where; empty for tasks that answer with text alone.
    pub regions: Vec<Region>,
    /// The answer in the shape that the model's own post-processing gives it.
    pub answer: serde_json::Value,
    /// exp(mean log-probability of the generated text tokens), 0 to 1.
    pub confidence: f32,
    /// Where the time went.
    pub timing: Timing,
}

/// Something found in a picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Region {
    /// What it is; empty where the task only proposes regions.
    pub label: String,
    /// Where it is.
    #[serde(flatten)]
    pub shape: Shape,
    /// exp(mean log-probability of the region's own tokens), 0 to 1, where the model tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f32>,
}

/// An outline, in pixels from the picture's upper left corner.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// Left, top, right, bottom.
    Box([f32; 4]),
    /// Four corners as x, y pairs.
    Quad([f32; 8]),
    /// Outlines, each a list of x, y pairs.
    Polygons(Vec<Vec<f32>>),
}

/// Where the time of one request went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timing {
    /// From [`crate::Permit::submit`] until a worker took the request.
    pub queued: Duration,
    /// The vision tower, images that passed it together included. Zero when the picture's features were cached.
    pub vision: Duration,
    /// The encoder, likewise.
    pub encoder: Duration,
    /// From the encoder's end to the last token, whoever shared the steps included.
    pub decode: Duration,
    /// Decoding steps.
    pub steps: u32,
    /// Tokens of the answer, without the forced ones.
    pub tokens: u32,
    /// Most requests that shared a step, this one included.
    pub batch_size: u32,
    /// Whether the picture's features came from the cache.
    pub cached: bool,
}

/// Why a submitted request has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CaptionError {
    /// The backend refused this request; the sentence says what would be right.
    #[error("{0}")]
    Refused(String),
    /// Its time was up before the answer was ready.
    #[error("the caption wasn't ready in time")]
    TooLate,
    /// The backend failed; the sentence is for the log, not for the client.
    #[error("the model failed: {0}")]
    Failed(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_logged_without_their_pixels() {
        let image = PreparedImage { key: ImageKey([7; 32]), width: 3, height: 2, values: Arc::new([0.0; 18]) };
        assert_eq!(format!("{image:?}"), "PreparedImage(3×2, ImageKey(07070707…))");
    }
}
