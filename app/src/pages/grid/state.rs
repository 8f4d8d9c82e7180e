//! What a dataset's page is doing, as signals that its parts share.

use std::collections::BTreeSet;
use std::sync::Arc;

use leptos::prelude::*;

use super::layout::{Layout, Room, ratio};
use crate::types::{CaptionPlace, Dataset, Facets, GridData, ListedImage, Listing, Problem, Role, SavedView};

/// What a caption below a picture takes, in pixels. The style sheet repeats it.
const CAPTION_HEIGHT: f64 = 68.0;

/// The page's signals. Cheap to copy, handed to each part.
#[derive(Clone, Copy)]
pub(crate) struct GridState {
    /// What is known of the dataset; uploads add to it.
    pub(crate) dataset: RwSignal<Dataset>,
    /// Views that were saved.
    pub(crate) views: StoredValue<Vec<SavedView>>,
    /// Whether whoever looks is signed in, and so may save views and have work done.
    pub(crate) is_signed_in: bool,
    /// The largest request that the server reads, in bytes.
    pub(crate) max_request_bytes: u64,
    /// Which pictures, and how they are shown.
    pub(crate) listing: RwSignal<Listing>,
    /// Those that are loaded.
    pub(crate) images: RwSignal<Loaded>,
    /// How the listing's pictures divide, where that is known.
    pub(crate) facets: RwSignal<Option<Facets>>,
    /// Whether more are being loaded.
    pub(crate) is_loading: RwSignal<bool>,
    /// Why they could not be.
    pub(crate) problem: RwSignal<Option<Problem>>,
    /// Where in the query the problem is: the first character, and how many.
    pub(crate) wrong: RwSignal<Option<(u32, u32)>>,
    /// The grid's width in pixels; 0 until scripts have measured it.
    pub(crate) width: RwSignal<f64>,
    /// Whether the window is narrow.
    pub(crate) is_narrow: RwSignal<bool>,
    /// What is seen of the grid, from its upper edge, in pixels: from where to where.
    pub(crate) window: RwSignal<(f64, f64)>,
    /// The pictures in their places.
    pub(crate) layout: Memo<Layout>,
    /// Ids of the chosen pictures.
    pub(crate) chosen: RwSignal<BTreeSet<String>>,
    /// Whether all pictures that match are chosen, loaded or not.
    pub(crate) is_all_chosen: RwSignal<bool>,
    /// The number of the picture that the keys are at.
    pub(crate) current: RwSignal<i64>,
    /// The files on their way in.
    pub(crate) uploads: RwSignal<Vec<Upload>>,
    /// True while files are held over the page.
    pub(crate) is_dragging: RwSignal<bool>,
}

/// Pictures of a list that follow one another.
#[derive(Debug, Clone, Default)]
pub(crate) struct Loaded {
    /// The number of the first; what the page began with has 0, what was loaded before it less.
    pub(crate) first: i64,
    pub(crate) items: Vec<Arc<ListedImage>>,
    /// Where more begin.
    pub(crate) next: Option<String>,
    /// Up to where there are more before.
    pub(crate) previous: Option<String>,
    /// How many the whole list has, where that is known.
    pub(crate) total: Option<u64>,
    /// Counts the lists that were loaded, so that a picture of the last isn't taken for one of this.
    pub(crate) list: u32,
}

/// A file on its way into the dataset.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Upload {
    pub(crate) number: u32,
    /// The file's name with the folders that it was dropped with.
    pub(crate) name: String,
    pub(crate) phase: UploadPhase,
}

/// How far a file is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum UploadPhase {
    Waiting,
    /// So much of it is sent, from 0 to 1.
    Sending(f64),
    Done,
    Failed(Box<Problem>),
}

impl GridState {
    /// The signals as the server's data sets them.
    pub(crate) fn new(data: GridData) -> Self {
        let GridData { dataset, listing, part, facets, views, is_signed_in, max_request_bytes } = data;
        let images = RwSignal::new(Loaded {
            items: part.images.into_iter().map(Arc::new).collect(),
            next: part.next_cursor,
            previous: part.previous_cursor,
            total: part.total,
            ..Loaded::default()
        });
        let (listing, width, is_narrow) = (RwSignal::new(listing), RwSignal::new(0.0), RwSignal::new(false));
        let ratios = Memo::new(move |_| {
            images.with(|images| {
                let ratios: Vec<f64> = images.items.iter().map(|image| ratio(image.width, image.height)).collect();
                (ratios, images.anchor())
            })
        });
        let room = Memo::new(move |_| {
            listing.with(|listing| Room {
                width: width.get(),
                row_height: listing.size.row_height(is_narrow.get()),
                below: if shows_below(listing) { CAPTION_HEIGHT } else { 0.0 },
            })
        });
        let layout = Memo::new(move |_| {
            let room = room.get();
            if room.width <= 0.0 {
                return Layout::default();
            }
            ratios.with(|(ratios, anchor)| Layout::new(ratios, *anchor, room))
        });
        Self {
            dataset: RwSignal::new(dataset),
            views: StoredValue::new(views),
            is_signed_in,
            max_request_bytes,
            listing,
            images,
            facets: RwSignal::new(facets),
            is_loading: RwSignal::new(false),
            problem: RwSignal::new(part.problem),
            wrong: RwSignal::new(part.wrong),
            width,
            is_narrow,
            window: RwSignal::new((0.0, 0.0)),
            layout,
            chosen: RwSignal::new(BTreeSet::new()),
            is_all_chosen: RwSignal::new(false),
            current: RwSignal::new(0),
            uploads: RwSignal::new(Vec::new()),
            is_dragging: RwSignal::new(false),
        }
    }

    /// The dataset's slug, which doesn't change.
    pub(crate) fn slug(self) -> String {
        self.dataset.with_untracked(|dataset| dataset.slug.clone())
    }

    /// Whether scripts lay the grid out.
    pub(crate) fn is_live(self) -> bool {
        self.width.get() > 0.0
    }

    /// Whether whoever looks has at least this role.
    pub(crate) fn may(self, role: Role) -> bool {
        self.dataset.with_untracked(|dataset| dataset.role >= role)
    }

    /// Whether some of the pictures that match are not loaded.
    pub(crate) fn has_more(self) -> bool {
        self.images.with(|images| images.next.is_some() || images.previous.is_some())
            || self.listing.with(|listing| listing.page_size > 0)
    }

    /// How many pictures match, where that is known.
    pub(crate) fn total(self) -> Option<u64> {
        let counted = || self.facets.with(|facets| facets.as_ref().map(|facets| facets.total));
        self.images.with(|images| images.total).or_else(counted)
    }

    /// Where a picture lies.
    pub(crate) fn place(self, number: i64) -> super::layout::Place {
        let first = self.images.with_untracked(|images| images.first);
        let index = usize::try_from(number - first).unwrap_or(usize::MAX);
        self.layout.with(|layout| layout.place(index)).unwrap_or_default()
    }

    /// The pictures that lie in what is seen, and a window's height around it.
    pub(crate) fn seen(self) -> Vec<(i64, u32, Arc<ListedImage>)> {
        let (top, bottom) = self.window.get();
        let margin = bottom - top;
        let range = self.layout.with(|layout| layout.within(top - margin, bottom + margin));
        self.images.with(|images| {
            let pictures = images.items.iter().enumerate().skip(range.start).take(range.len());
            pictures.map(|(index, image)| (images.first + index as i64, images.list, Arc::clone(image))).collect()
        })
    }
}

impl Loaded {
    /// The index of the picture that the page began with.
    fn anchor(&self) -> usize {
        usize::try_from(-self.first).unwrap_or(0)
    }

    /// The picture of this number.
    pub(crate) fn get(&self, number: i64) -> Option<&Arc<ListedImage>> {
        self.items.get(usize::try_from(number - self.first).ok()?)
    }

    /// The number after the last.
    pub(crate) fn end(&self) -> i64 {
        self.first + self.items.len() as i64
    }
}

/// Whether captions stand below the pictures.
pub(crate) fn shows_below(listing: &Listing) -> bool {
    listing.shows_captions() && listing.place == CaptionPlace::Under
}
