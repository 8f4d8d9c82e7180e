//! What the queue asks of whatever computes captions.

use crate::{CaptionRequest, CaptionResult};

/// Computes captions. One thread owns it and calls it.
pub trait Backend: Send + 'static {
    /// What is loaded, and what it can do.
    fn describe(&self) -> ModelDescription;

    /// Captions a batch, and answers in the order of `requests`, one answer each. A request that fails fails alone, and
    /// no answer depends on what else is in the batch.
    ///
    /// Asks `watch` before the first step and between steps, and answers [`BackendError::Cancelled`] for a request that
    /// nobody waits for any more. A panic is caught by the caller and fails the batch.
    fn caption(
        &mut self,
        requests: &[CaptionRequest],
        watch: &BatchWatch<'_>,
    ) -> Vec<Result<CaptionResult, BackendError>>;
}

/// Tells a backend who still waits.
pub struct BatchWatch<'a> {
    is_cancelled: &'a dyn Fn(usize) -> bool,
}

impl<'a> BatchWatch<'a> {
    /// A watch that asks `is_cancelled` about the request at an index of the batch.
    pub fn new(is_cancelled: &'a dyn Fn(usize) -> bool) -> Self {
        Self { is_cancelled }
    }

    /// Whether nobody waits for the request at `index` any more.
    pub fn is_cancelled(&self, index: usize) -> bool {
        (self.is_cancelled)(index)
    }
}

/// A watch under which everything is waited for.
impl Default for BatchWatch<'static> {
    fn default() -> Self {
        Self::new(&|_| false)
    }
}

/// Why a backend has no caption for a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BackendError {
    /// The request asks for something that this model can't do. A sentence for the client, without paths.
    #[error("{0}")]
    Refused(String),
    /// [`BatchWatch::is_cancelled`] said that nobody waits.
    #[error("the request was cancelled")]
    Cancelled,
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
    use super::*;
    use crate::fake::FakeBackend;

    #[test]
    fn task_is_found_by_marker_and_bare_name() {
        let model = FakeBackend::default().describe();
        assert_eq!(model.find_task("<OD>").map(|task| task.marker.as_str()), Some("<OD>"));
        assert_eq!(model.find_task("od"), model.find_task("<OD>"));
        assert_eq!(model.find_task("detailed-caption"), model.find_task("<DETAILED_CAPTION>"));
        assert_eq!(model.find_task("<VQA>"), None);
    }
}
