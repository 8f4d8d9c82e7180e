//! A backend without a model, for tests of what stands in front of one.

use std::{
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::Duration,
};

use crate::{
    Backend, BackendError, BatchWatch, CaptionRequest, CaptionResult, ModelDescription, Region, Shape, TaskDescription,
    TaskInput, Timing,
};

/// Answers at once with a sentence about the picture's size. A request's `text` can ask for trouble: `panic`, `refuse`,
/// `fail`, or `wait` until the client has gone.
#[derive(Clone, Default)]
pub struct FakeBackend {
    gate: Option<Gate>,
    batches: Arc<Mutex<Vec<usize>>>,
}

/// Holds a [`FakeBackend`] until it is opened.
#[derive(Clone, Default)]
pub struct Gate {
    open: Arc<(Mutex<bool>, Condvar)>,
}

impl Gate {
    /// Lets everything through from now on.
    pub fn open(&self) {
        *self.open.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.open.1.notify_all();
    }

    fn pass(&self) {
        let mut open = self.open.0.lock().unwrap_or_else(PoisonError::into_inner);
        while !*open {
            open = self.open.1.wait(open).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl FakeBackend {
    /// A backend that computes nothing before `gate` is open.
    pub fn behind(gate: Gate) -> Self {
        Self { gate: Some(gate), ..Self::default() }
    }

    /// The sizes of the batches so far.
    pub fn batches(&self) -> Vec<usize> {
        self.batches.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Backend for FakeBackend {
    fn describe(&self) -> ModelDescription {
        let task = |marker: &str, summary: &str, input| TaskDescription {
            marker: marker.into(),
            summary: summary.into(),
            input,
        };
        ModelDescription {
            name: "fake".into(),
            revision: "0".into(),
            device: "CPU".into(),
            on_gpu: false,
            precision: "fp32".into(),
            tasks: vec![
                task("<CAPTION>", "one sentence", TaskInput::None),
                task("<DETAILED_CAPTION>", "a few sentences", TaskInput::None),
                task("<OD>", "boxes with labels", TaskInput::None),
                task("<CAPTION_TO_PHRASE_GROUNDING>", "a box for each phrase", TaskInput::Words),
            ],
        }
    }

    fn caption(
        &mut self,
        requests: &[CaptionRequest],
        watch: &BatchWatch<'_>,
    ) -> Vec<Result<CaptionResult, BackendError>> {
        if let Some(gate) = &self.gate {
            gate.pass();
        }
        self.batches.lock().unwrap_or_else(PoisonError::into_inner).push(requests.len());
        requests.iter().enumerate().map(|(index, request)| answer(request, || watch.is_cancelled(index))).collect()
    }
}

fn answer(request: &CaptionRequest, is_cancelled: impl Fn() -> bool) -> Result<CaptionResult, BackendError> {
    match request.text.as_deref() {
        Some("panic") => panic!("the fake backend was asked to"),
        Some("refuse") => return Err(BackendError::Refused("the fake backend was asked to refuse".into())),
        Some("fail") => return Err(BackendError::Failed("the fake backend was asked to fail".into())),
        Some("wait") => {
            while !is_cancelled() {
                std::thread::sleep(Duration::from_millis(1));
            }
            return Err(BackendError::Cancelled);
        }
        _ => {}
    }
    let (width, height) = (request.image.width(), request.image.height());
    let whole = [0.0, 0.0, width as f32, height as f32];
    let regions = if request.task == "<OD>" {
        vec![Region { label: "picture".into(), shape: Shape::Box(whole), confidence: Some(0.5) }]
    } else {
        vec![]
    };
    let caption = format!("a picture of {width} by {height} pixels");
    let answer = serde_json::Value::String(caption.clone());
    Ok(CaptionResult { caption, regions, answer, confidence: 0.5, timing: Timing::default() })
}
