//! What the caption page is doing, as signals that its parts share.

use leptos::prelude::*;

use crate::tasks::{self, TaskChoice};
use crate::types::{CaptionResponse, ImageSize, Outcome, PageState, Picture, Problem};

/// The page's signals. Cheap to copy, handed to each part.
#[derive(Clone, Copy)]
pub(crate) struct Page {
    /// What the server decided; it doesn't change while the page stands.
    pub(crate) given: StoredValue<PageState>,
    /// The picture on display.
    pub(crate) picture: RwSignal<Option<Picture>>,
    /// The picture's size as the browser found it; zero until it has loaded.
    pub(crate) loaded_size: RwSignal<ImageSize>,
    /// How far the request is.
    pub(crate) phase: RwSignal<Phase>,
    /// The chosen task.
    pub(crate) task: RwSignal<&'static TaskChoice>,
    /// The chosen task's input.
    pub(crate) text: RwSignal<String>,
    /// Indices of the regions that a pointer or the focus rests on.
    pub(crate) lit: RwSignal<Vec<usize>>,
    /// Tenths of a second since the request was sent.
    pub(crate) waited: RwSignal<u32>,
    /// A short word on what was just done.
    pub(crate) toast: RwSignal<Option<String>>,
    /// True while a picture is held over the page.
    pub(crate) dragging: RwSignal<bool>,
}

/// How far the request is.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum Phase {
    /// Nothing has been asked.
    #[default]
    Idle,
    /// The model is looking.
    Working,
    /// The model answered.
    Done(CaptionResponse),
    /// It went wrong.
    Failed(Problem),
}

impl Page {
    /// The signals as the server's state sets them.
    pub(crate) fn new(given: PageState) -> Self {
        let (picture, phase) = match given.outcome.clone() {
            None => (None, Phase::Idle),
            Some(Outcome::Captioned { picture, response }) => (Some(picture), Phase::Done(response)),
            Some(Outcome::Failed { picture, problem }) => (picture, Phase::Failed(problem)),
        };
        Self {
            picture: RwSignal::new(picture),
            loaded_size: RwSignal::new(ImageSize::default()),
            phase: RwSignal::new(phase),
            task: RwSignal::new(tasks::find_or_first(&given.task)),
            text: RwSignal::new(given.text.clone()),
            lit: RwSignal::new(Vec::new()),
            waited: RwSignal::new(0),
            toast: RwSignal::new(None),
            dragging: RwSignal::new(false),
            given: StoredValue::new(given),
        }
    }

    /// The model's answer, if there is one.
    pub(crate) fn answer(self) -> Option<CaptionResponse> {
        self.phase.with(|phase| match phase {
            Phase::Done(response) => Some(response.clone()),
            _ => None,
        })
    }

    /// The size that regions are measured in: the answer's, else the picture's own; none while neither is known.
    pub(crate) fn size(self) -> Option<ImageSize> {
        let answered = self.answer().map(|answer| answer.image);
        let given = self.picture.with(|picture| picture.as_ref().map(|picture| picture.size));
        let loaded = self.picture.with(Option::is_some).then(|| self.loaded_size.get());
        [answered, given, loaded].into_iter().flatten().find(|size| size.width > 0 && size.height > 0)
    }

    /// Whether a region is lit.
    pub(crate) fn is_lit(self, index: usize) -> bool {
        self.lit.with(|lit| lit.contains(&index))
    }

    /// Where a sample, or the bare page, is found with the chosen task: the page's state as an address.
    pub(crate) fn address(self, sample: Option<&str>) -> String {
        let task = self.task.get();
        let task = (task.marker != tasks::TASKS[0].marker).then(|| format!("task={}", task.slug()));
        let sample = sample.map(|name| format!("sample={name}"));
        let query: Vec<_> = sample.into_iter().chain(task).collect();
        if query.is_empty() { "/".into() } else { format!("/?{}", query.join("&")) }
    }

    /// Whether the model is looking.
    pub(crate) fn is_working(self) -> bool {
        self.phase.with(|phase| *phase == Phase::Working)
    }

    /// What a screen reader says when the phase changes.
    pub(crate) fn announcement(self) -> String {
        self.phase.with(|phase| match phase {
            Phase::Idle => String::new(),
            Phase::Working => "Looking at the picture.".into(),
            Phase::Done(response) => {
                format!("{}. Confidence {}.", response.caption, crate::words::percent(response.confidence))
            }
            Phase::Failed(problem) => problem.title.clone(),
        })
    }
}
