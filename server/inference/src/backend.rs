//! What the queue asks of whatever computes captions.

use std::sync::Arc;

use crate::{CaptionRequest, CaptionResult, PreparedImage};

/// A request's number while a backend works on it. Never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntryId(pub u64);

/// Computes captions, a step at a time, for several requests at once. One thread owns it and calls it.
///
/// No answer depends on what else is being computed. A panic in any method is caught by the caller, who then calls
/// [`Backend::clear`].
pub trait Backend: Send + 'static {
    /// Starts on these requests: encodes their pictures. Answers with those that can't be started; the others are
    /// running from now on.
    fn admit(&mut self, requests: &[(EntryId, CaptionRequest)]) -> Vec<(EntryId, BackendError)>;

    /// Takes every running request one step further. An error concerns all of them; the caller then calls
    /// [`Backend::clear`].
    fn step(&mut self, sink: &mut dyn StepSink) -> Result<(), BackendError>;

    /// Drops a running request; one that isn't running is no error.
    fn cancel(&mut self, id: EntryId);

    /// Drops all running requests, whatever state they are in.
    fn clear(&mut self);

    /// How many pictures are worth encoding together.
    fn encoder_batch(&self) -> usize {
        1
    }
}

/// Answers these requests here and now, without a queue, in their order.
pub fn run_to_end(backend: &mut dyn Backend, requests: &[CaptionRequest]) -> Vec<Result<CaptionResult, BackendError>> {
    let numbered: Vec<_> = (0..).map(EntryId).zip(requests.iter().cloned()).collect();
    let mut answers = Answers(requests.iter().map(|_| None).collect());
    for (id, error) in backend.admit(&numbered) {
        answers.on_done(id, Err(error));
    }
    while answers.0.iter().any(Option::is_none) {
        if let Err(error) = backend.step(&mut answers) {
            for answer in &mut answers.0 {
                answer.get_or_insert_with(|| Err(error.clone()));
            }
            backend.clear();
        }
    }
    answers.0.into_iter().flatten().collect()
}

/// The answers by their requests' places.
struct Answers(Vec<Option<Result<CaptionResult, BackendError>>>);

impl StepSink for Answers {
    fn on_text(&mut self, _id: EntryId, _text: &str) {}

    fn on_done(&mut self, id: EntryId, answer: Result<CaptionResult, BackendError>) {
        if let Some(place) = self.0.get_mut(id.0 as usize) {
            *place = Some(answer);
        }
    }
}

/// Hears what a step brought.
pub trait StepSink {
    /// The answer has grown by `text`, which no later step takes back.
    fn on_text(&mut self, id: EntryId, text: &str);
    /// The request is answered, and running no more.
    fn on_done(&mut self, id: EntryId, answer: Result<CaptionResult, BackendError>);
}

/// Makes of a file what the network takes. Called from many threads.
pub trait Preparer: Send + Sync {
    /// Decodes, turns upright, resizes and normalises.
    fn prepare(&self, file: &[u8]) -> Result<PreparedImage, PrepareError>;
}

/// Tells how long a text is for the model. Called from many threads.
pub trait TokenCounter: Send + Sync {
    /// How many tokens the text is made of, without those that begin and end what the model says.
    fn count_tokens(&self, text: &str) -> usize;
}

/// Why a file can't be captioned, in a sentence for who sent it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrepareError {
    /// It is no picture, or one of a format that isn't read.
    #[error("{0}")]
    Unsupported(String),
    /// It is cut off or corrupt.
    #[error("{0}")]
    Damaged(String),
    /// It has more pixels than are decoded.
    #[error("{0}")]
    TooLarge(String),
}

/// A model that is loaded and can be set to work.
pub struct LoadedBackend {
    /// What was loaded.
    pub description: ModelDescription,
    /// Reads pictures for it.
    pub preparer: Arc<dyn Preparer>,
    /// Counts its tokens.
    pub tokens: Arc<dyn TokenCounter>,
    /// One for each thread that is to run it. They share the weights.
    pub runners: Vec<Box<dyn Backend>>,
}

/// Why a backend has no caption for a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BackendError {
    /// The request asks for something that this model can't do. A sentence for the client, without paths.
    #[error("{0}")]
    Refused(String),
    /// The computation failed. A sentence for the log.
    #[error("{0}")]
    Failed(String),
}

/// What is loaded, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelDescription {
    /// The checkpoint's name as its operator knows it, such as `microsoft/Florence-2-base`; never a path.
    pub name: String,
    /// Which version of the checkpoint: a commit of the hub, or a fingerprint of the folder.
    pub revision: String,
    /// Where it runs, such as `CPU` or `CUDA 0`.
    pub device: String,
    /// Whether that is a GPU.
    pub on_gpu: bool,
    /// The precision it computes in, such as `fp32`.
    pub precision: String,
    /// What can be asked of it.
    pub tasks: Vec<TaskDescription>,
}

/// A task, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskDescription {
    /// What requests carry, such as `<OD>`.
    pub marker: String,
    /// What it does, in a few words.
    pub summary: String,
    /// What it takes besides the picture.
    pub input: TaskInput,
}

/// What a task takes besides the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskInput {
    /// Nothing.
    None,
    /// Words.
    Words,
    /// A box as `<loc_x1><loc_y1><loc_x2><loc_y2>`.
    Region,
}

impl ModelDescription {
    /// The task of this name: its marker, or the marker without brackets, in any case (`<OD>`, `od`).
    pub fn find_task(&self, name: &str) -> Option<&TaskDescription> {
        let bare = |marker: &str| marker.trim().trim_start_matches('<').trim_end_matches('>').replace('-', "_");
        let name = bare(name);
        self.tasks.iter().find(|task| bare(&task.marker).eq_ignore_ascii_case(&name))
    }
}

#[cfg(test)]
mod tests {
    use crate::fake;

    #[test]
    fn task_is_found_by_marker_and_bare_name() {
        let model = fake::describe();
        assert_eq!(model.find_task("<OD>").map(|task| task.marker.as_str()), Some("<OD>"));
        assert_eq!(model.find_task("od"), model.find_task("<OD>"));
        assert_eq!(model.find_task("detailed-caption"), model.find_task("<DETAILED_CAPTION>"));
        assert_eq!(model.find_task("<VQA>"), None);
    }
}
