//! What the page is doing, as signals that its parts share.

use leptos::prelude::*;

use crate::parameters::ParameterTexts;
use crate::question::Question;
use crate::tasks::{self, TaskChoice};
use crate::tray::{Entry, Phase, Tray};
use crate::types::{CaptionResponse, ImageSize, Outcome, PageState, Picture};
use crate::words;

/// The page's signals. Cheap to copy, handed to each part.
#[derive(Clone, Copy)]
pub(crate) struct Page {
    /// What the server decided; it doesn't change while the page stands.
    pub(crate) given: StoredValue<PageState>,
    /// The pictures and their captions.
    pub(crate) tray: RwSignal<Tray>,
    /// The tray as it was before pictures were removed from it last, for those who want them back.
    pub(crate) removed: RwSignal<Option<Tray>>,
    /// The entry that is shown large.
    pub(crate) shown: Memo<Option<Entry>>,
    /// The shown entry's picture.
    pub(crate) picture: Memo<Option<Picture>>,
    /// The shown entry's answer.
    pub(crate) answer: Memo<Option<CaptionResponse>>,
    /// The chosen task.
    pub(crate) task: RwSignal<&'static TaskChoice>,
    /// The chosen task's input.
    pub(crate) text: RwSignal<String>,
    /// The generation parameters.
    pub(crate) parameters: RwSignal<ParameterTexts>,
    /// Whether the server wants a key, as far as is known.
    pub(crate) wants_key: RwSignal<bool>,
    /// Indices of the regions that a pointer or the focus rests on.
    pub(crate) lit: RwSignal<Vec<usize>>,
    /// The page's clock in milliseconds; it moves while something runs.
    pub(crate) now: RwSignal<f64>,
    /// How the requests since the last pause have gone.
    pub(crate) round: RwSignal<Round>,
    /// True while pictures are held over the page.
    pub(crate) dragging: RwSignal<bool>,
}

/// How the requests since the last pause have gone.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Round {
    /// When it began, in milliseconds of the page's clock.
    pub(crate) since: f64,
    /// Answers and failures since then.
    pub(crate) finished: usize,
}

impl Page {
    /// The signals as the server's state sets them.
    pub(crate) fn new(given: PageState) -> Self {
        let tray = RwSignal::new(first_tray(given.outcome.clone()));
        let shown = Memo::new(move |_| tray.with(|tray| tray.shown().cloned()));
        Self {
            tray,
            removed: RwSignal::new(None),
            shown,
            picture: Memo::new(move |_| shown.with(|entry| entry.as_ref().map(|entry| entry.picture.clone()))),
            answer: Memo::new(move |_| shown.with(|entry| entry.as_ref().and_then(answer_of))),
            task: RwSignal::new(tasks::find_or_first(&given.task)),
            text: RwSignal::new(given.text.clone()),
            parameters: RwSignal::new(given.parameters.clone()),
            wants_key: RwSignal::new(given.needs_key),
            lit: RwSignal::new(Vec::new()),
            now: RwSignal::new(0.0),
            round: RwSignal::new(Round::default()),
            dragging: RwSignal::new(false),
            given: StoredValue::new(given),
        }
    }

    /// What the form asks now.
    pub(crate) fn question(self) -> Question {
        Question { task: self.task.get(), text: self.text.get(), parameters: self.parameters.get() }
    }

    /// The size that the shown picture's regions are measured in.
    pub(crate) fn size(self) -> Option<ImageSize> {
        self.shown.with(|entry| entry.as_ref().and_then(Entry::size))
    }

    /// Where a sample is found with the task and parameters of the form: the page's state as an address, beside the
    /// page's own.
    pub(crate) fn address(self, sample: Option<&str>) -> String {
        self.question().query(sample)
    }

    /// The sample that is shown, if it is one.
    pub(crate) fn shown_sample(self) -> Option<String> {
        self.picture.with(|picture| picture.as_ref().and_then(|picture| picture.sample.clone()))
    }

    /// How many pictures the primary button asks about: a place can be asked about in one picture only.
    pub(crate) fn asked_about(self) -> usize {
        let pictures = self.tray.with(|tray| tray.entries.len());
        if self.question().is_about_a_place() { pictures.min(1) } else { pictures }
    }

    /// How many answers are to come.
    pub(crate) fn busy(self) -> usize {
        self.tray.with(Tray::busy)
    }

    /// Whether answers are to come.
    pub(crate) fn is_busy(self) -> bool {
        self.busy() > 0
    }

    /// Whether the answer for the shown picture is to come.
    pub(crate) fn is_shown_busy(self) -> bool {
        self.shown.with(|entry| entry.as_ref().is_some_and(|entry| entry.phase.is_busy()))
    }

    /// What a screen reader says when something has come to pass.
    pub(crate) fn announcement(self) -> String {
        let (pictures, busy) = (self.tray.with(|tray| tray.entries.len()), self.busy());
        if pictures > 1 {
            let failed = self.tray.with(|tray| tray.count(|phase| matches!(phase, Phase::Failed(_))));
            let done = self.tray.with(|tray| tray.answers().count());
            return match (busy, failed) {
                (0, _) if done + failed == 0 => String::new(),
                (0, 0) => plural!(done, "{n} picture captioned.", "{n} pictures captioned."),
                (0, _) => plural!(
                    done,
                    "{n} picture captioned, {failed} failed.",
                    "{n} pictures captioned, {failed} failed.",
                    failed = failed
                ),
                _ => plural!(pictures, "Captioning {n} picture.", "Captioning {n} pictures."),
            };
        }
        self.shown.with(|entry| match entry.as_ref().map(|entry| &entry.phase) {
            None | Some(Phase::Idle) => String::new(),
            Some(Phase::Waiting(_) | Phase::Working { .. }) => t!("Looking at the picture.").into(),
            Some(Phase::Retrying { .. }) => t!("The server is busy. It will be asked again.").into(),
            Some(Phase::Done(response)) => {
                t!(
                    "{caption}. Confidence {share}.",
                    caption = response.caption,
                    share = words::percent(response.confidence)
                )
            }
            Some(Phase::Failed(problem)) => problem.title.clone(),
            Some(Phase::Cancelled) => t!("Cancelled.").into(),
        })
    }
}

fn first_tray(outcome: Option<Outcome>) -> Tray {
    let mut tray = Tray::default();
    match outcome {
        None => {}
        Some(Outcome::Captioned { picture, response }) => {
            tray.add(picture, Phase::Done(Box::new(response)));
        }
        // Even without a picture: the problem wants a place.
        Some(Outcome::Failed { picture, problem }) => {
            tray.add(picture.unwrap_or_default(), Phase::Failed(Box::new(problem)));
        }
    }
    tray
}

fn answer_of(entry: &Entry) -> Option<CaptionResponse> {
    match &entry.phase {
        Phase::Done(response) => Some((**response).clone()),
        _ => None,
    }
}
