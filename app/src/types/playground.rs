//! What the playground shows.

use serde::{Deserialize, Serialize};

use super::{CaptionResponse, ImageSize, Problem};
use crate::parameters::ParameterTexts;

/// All that the playground shows, decided on the server.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct PageState {
    /// Who answers here.
    pub model: ModelNotice,
    /// Pictures to try, each already captioned.
    pub samples: Vec<SampleImage>,
    /// The largest request accepted, in bytes; 0 when there is no limit.
    pub max_request_bytes: u64,
    /// The chosen task's marker; empty: the first of [`crate::tasks::TASKS`].
    pub task: String,
    /// The chosen task's input.
    pub text: String,
    /// The generation parameters, as the address or the form has them.
    pub parameters: ParameterTexts,
    /// What the server takes for parameters that are left open.
    pub defaults: ParameterTexts,
    /// Whether the captioning paths want an API key.
    pub needs_key: bool,
    /// What came of the request, if one was made.
    pub outcome: Option<Outcome>,
}

/// Who answers, and what must be said about it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ModelNotice {
    /// The checkpoint's name as its operator knows it, such as `microsoft/Florence-2-base`; never a path.
    pub name: String,
    /// True for the demo checkpoint, which knows drawn scenes only; the page then says so.
    pub is_demo: bool,
    /// Markers of the tasks that the checkpoint was trained for. Empty: all of them.
    pub tasks: Vec<String>,
}

/// A picture that ships with Vasari.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampleImage {
    /// Its file name, and its name in `?sample=`.
    pub name: String,
    /// Where the browser finds it.
    pub src: String,
    /// What it shows, for those who can't see it.
    pub caption: String,
    /// Its size.
    pub size: ImageSize,
}

/// A picture as the page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Picture {
    /// Its file name, as the person knows it.
    pub name: String,
    /// An address of this server or a `data:` URL.
    pub src: String,
    /// The size of the original, which the regions are measured in.
    pub size: ImageSize,
    /// The sample it is, if it is one.
    pub sample: Option<String>,
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The model answered.
    Captioned {
        /// What it looked at.
        picture: Picture,
        /// What it said.
        response: CaptionResponse,
    },
    /// The request was refused, or went wrong.
    Failed {
        /// What it was about, if it could be shown.
        picture: Option<Picture>,
        /// What went wrong.
        problem: Problem,
    },
}
