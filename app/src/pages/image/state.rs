//! What a picture's page is doing, as signals that its parts share.

use leptos::prelude::*;

use crate::components::lit::Lit;
use crate::types::{
    Attempt, Caption, Dataset, DiffPiece, ImageData, ImageFile, ImageSize, Listing, Neighbours, Problem, Role,
    RunAttempt,
};

/// The page's signals. Cheap to copy, handed to each part.
#[derive(Clone, Copy)]
pub(crate) struct ImageState {
    /// What is known of the dataset.
    pub(crate) dataset: StoredValue<Dataset>,
    /// Which pictures this one stands among.
    pub(crate) listing: StoredValue<Listing>,
    /// The picture.
    pub(crate) image: RwSignal<ImageFile>,
    /// What every source says of it.
    pub(crate) captions: RwSignal<Vec<Caption>>,
    /// What stands beside it.
    pub(crate) neighbours: RwSignal<Neighbours>,
    /// The id of the caption that keys are about, and whose regions are drawn.
    pub(crate) active: RwSignal<String>,
    /// Indices of its regions that are lit.
    pub(crate) lit: Lit,
    /// How the active caption became each of the others, while that is shown: ids with pieces.
    pub(crate) diffs: RwSignal<Vec<(String, Vec<DiffPiece>)>>,
    /// Whether regions are drawn.
    pub(crate) boxes: RwSignal<bool>,
    /// How the picture lies in its frame.
    pub(crate) view: RwSignal<View>,
    /// Whether another picture is on its way.
    pub(crate) is_loading: RwSignal<bool>,
    /// Why it could not be had.
    pub(crate) problem: RwSignal<Option<Problem>>,
    /// What whoever looks is called as a source, once they have become one on this page.
    pub(crate) own_source: RwSignal<Option<String>>,
    /// A change that was not taken, of a page without scripts.
    pub(crate) attempt: StoredValue<Option<Attempt>>,
    /// The markers of the tasks that the model can be asked.
    pub(crate) tasks: StoredValue<Vec<String>>,
    /// A task that could not be run, of a page without scripts.
    pub(crate) run: StoredValue<Option<RunAttempt>>,
    /// What the model has said so far, while it is being asked.
    pub(crate) running: RwSignal<Option<String>>,
}

/// How a picture lies in its frame: so many times as large as the frame has it, and shifted by a share of the frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct View {
    pub(crate) scale: f64,
    pub(crate) x: f64,
    pub(crate) y: f64,
}

/// The largest scale.
const LARGEST: f64 = 16.0;

impl Default for View {
    fn default() -> Self {
        Self { scale: 1.0, x: 0.0, y: 0.0 }
    }
}

impl View {
    /// The view that is `times` as large, where the point at (`x`, `y`) of the frame, in shares from its middle, stays.
    pub(crate) fn zoomed(self, times: f64, (x, y): (f64, f64)) -> Self {
        let scale = (self.scale * times).clamp(1.0, LARGEST);
        let times = scale / self.scale;
        Self { scale, x: x - (x - self.x) * times, y: y - (y - self.y) * times }.kept_in()
    }

    /// The view shifted by shares of the frame.
    pub(crate) fn moved(self, (x, y): (f64, f64)) -> Self {
        Self { x: self.x + x, y: self.y + y, ..self }.kept_in()
    }

    /// No further than the picture's edge to the frame's.
    fn kept_in(self) -> Self {
        let most = (self.scale - 1.0) / 2.0;
        Self { x: self.x.clamp(-most, most), y: self.y.clamp(-most, most), ..self }
    }
}

impl ImageState {
    /// The signals as the server's data sets them.
    pub(crate) fn new(data: ImageData) -> Self {
        let ImageData { dataset, listing, image, captions, neighbours, attempt, tasks, run } = data;
        let active = captions.iter().find(|caption| caption.source == listing.captions).or(captions.first());
        let active = active.map(|caption| caption.id.clone()).unwrap_or_default();
        Self {
            dataset: StoredValue::new(dataset),
            listing: StoredValue::new(listing),
            image: RwSignal::new(image),
            captions: RwSignal::new(captions),
            neighbours: RwSignal::new(neighbours),
            active: RwSignal::new(active),
            lit: RwSignal::new(Vec::new()),
            diffs: RwSignal::new(Vec::new()),
            boxes: RwSignal::new(true),
            view: RwSignal::new(View::default()),
            is_loading: RwSignal::new(false),
            problem: RwSignal::new(None),
            own_source: RwSignal::new(None),
            attempt: StoredValue::new(attempt),
            tasks: StoredValue::new(tasks),
            run: StoredValue::new(run),
            running: RwSignal::new(None),
        }
    }

    /// Whether whoever looks has at least this role.
    pub(crate) fn may(self, role: Role) -> bool {
        self.dataset.with_value(|dataset| dataset.role >= role)
    }

    /// The caption of this id.
    pub(crate) fn caption(self, id: &str) -> Option<Caption> {
        self.captions.with(|captions| captions.iter().find(|caption| caption.id == id).cloned())
    }

    /// The caption that keys are about.
    pub(crate) fn active_caption(self) -> Option<Caption> {
        self.active.with(|id| self.caption(id))
    }

    /// The same, for those who don't follow it.
    pub(crate) fn active_caption_untracked(self) -> Option<Caption> {
        untrack(|| self.active_caption())
    }

    /// Whether whoever looks may write a caption and has none of this picture yet.
    pub(crate) fn lacks_own(self) -> bool {
        let own = self.dataset.with_value(|dataset| {
            dataset.sources.iter().find(|source| source.is_own).map(|source| source.slug.clone())
        });
        let own = own.or_else(|| self.own_source.get());
        let has_one =
            self.captions.with(|captions| captions.iter().any(|caption| Some(&caption.source) == own.as_ref()));
        self.may(Role::Annotator) && !has_one
    }

    /// The picture's size.
    pub(crate) fn size(self) -> ImageSize {
        self.image.with(|file| ImageSize { width: file.image.width, height: file.image.height })
    }

    /// Where a picture of the list is shown.
    pub(crate) fn address(self, image: &str) -> String {
        let slug = self.dataset.with_value(|dataset| dataset.slug.clone());
        self.listing.with_value(|listing| listing.image_address(&slug, image))
    }

    /// Where the form goes that asks the model about the picture.
    pub(crate) fn run_address(self) -> String {
        let slug = self.dataset.with_value(|dataset| dataset.slug.clone());
        let id = self.image.with(|file| file.image.id.clone());
        let query = self.listing.with_value(|listing| listing.from_start().query_string());
        format!("/datasets/{slug}/images/{id}/run{query}")
    }

    /// Where the list is shown, at this picture.
    pub(crate) fn list_address(self) -> String {
        let slug = self.dataset.with_value(|dataset| dataset.slug.clone());
        let at = self.image.with(|file| file.image.id.clone());
        self.listing.with_value(|listing| {
            let at = if listing.page_size > 0 { String::new() } else { at };
            Listing { at, ..listing.clone() }.address(&slug)
        })
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "these numbers are exact")]
mod tests {
    use super::*;

    #[test]
    fn point_under_the_pointer_stays_where_it_is() {
        let view = View::default().zoomed(2.0, (0.25, -0.1));
        assert_eq!(view, View { scale: 2.0, x: -0.25, y: 0.1 });
        let point = |view: View| (0.25 - view.x) / view.scale;
        assert!((point(view) - point(view.zoomed(1.5, (0.25, -0.1)))).abs() < 1e-9);
    }

    #[test]
    fn picture_stays_in_its_frame() {
        let view = View::default().moved((0.5, 0.5));
        assert_eq!(view, View::default());
        let large = View::default().zoomed(3.0, (0.0, 0.0)).moved((9.0, -9.0));
        assert_eq!(large, View { scale: 3.0, x: 1.0, y: -1.0 });
        assert_eq!(large.zoomed(0.01, (0.2, 0.2)), View::default());
        assert_eq!(View::default().zoomed(99.0, (0.0, 0.0)).scale, LARGEST);
    }
}
