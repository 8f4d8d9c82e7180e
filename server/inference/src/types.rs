//! What is asked of a backend and what it answers, in plain types of this crate.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A decoded picture: 8 bits each of red, green and blue per pixel, row by row from the upper left.
#[derive(Clone, PartialEq, Eq)]
pub struct RgbPixels {
    width: u32,
    height: u32,
    bytes: Vec<u8>,
}

impl RgbPixels {
    /// A picture from its bytes, or `None` if their number isn't `width × height × 3` or a side is 0.
    pub fn new(width: u32, height: u32, bytes: Vec<u8>) -> Option<Self> {
        let expected = (u64::from(width) * u64::from(height)).checked_mul(3)?;
        (expected > 0 && bytes.len() as u64 == expected).then_some(Self { width, height, bytes })
    }

    /// Pixels from left to right.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Pixels from top to bottom.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// The samples, `[height, width, 3]`.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Without the samples, which nobody wants in a log.
impl std::fmt::Debug for RgbPixels {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RgbPixels({}×{})", self.width, self.height)
    }
}

/// One thing asked of a backend.
#[derive(Debug, Clone, PartialEq)]
pub struct CaptionRequest {
    /// The picture.
    pub image: RgbPixels,
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
    /// From [`crate::Permit::submit`] until a batch took the request.
    pub queued: Duration,
    /// Inside the backend, batch mates included.
    pub computed: Duration,
    /// How many requests shared the batch, this one included.
    pub batch_size: usize,
}

/// Why a submitted request has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CaptionError {
    /// The backend refused this request; the sentence says what would be right.
    #[error("{0}")]
    Refused(String),
    /// The ticket was dropped before the answer was ready.
    #[error("the request was cancelled before its caption was ready")]
    Cancelled,
    /// The backend failed; the sentence is for the log, not for the client.
    #[error("the model failed: {0}")]
    Failed(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_must_fit_their_size() {
        assert!(RgbPixels::new(2, 1, vec![0; 6]).is_some());
        assert!(RgbPixels::new(2, 1, vec![0; 5]).is_none());
        assert!(RgbPixels::new(0, 1, vec![]).is_none());
        assert!(RgbPixels::new(u32::MAX, u32::MAX, vec![0; 3]).is_none());
    }
}
