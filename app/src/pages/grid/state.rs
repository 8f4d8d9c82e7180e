//! What a dataset's page is doing, as signals that its parts share.

use std::collections::BTreeSet;
use std::sync::Arc;

use leptos::prelude::*;

use super::layout::{GAP, Layout, Room, ratio};
use crate::types::{CaptionPlace, Dataset, Facets, GridData, ListedImage, Listing, Problem, Role, SavedView};

/// What a caption below a picture takes, in pixels. The style sheet repeats it.
const CAPTION_HEIGHT: f64 = 68.0;

/// The page's signals. Cheap to copy, handed to each part.
#[derive(Clone, Copy)]
pub(crate) struct GridState {
    /// What is known of the dataset; uploads add to it.
    pub(crate) dataset: RwSignal<Dataset>,
    /// Views that were saved.
    pub(crate) views: RwSignal<Vec<SavedView>>,
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
    /// The loaded pictures in their places, from the upper edge of the first.
    pub(crate) layout: Memo<Layout>,
    /// What those take that are not loaded.
    pub(crate) spare: Memo<Spare>,
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
    /// The number of the first. Where places are counted, the list's first has 0; otherwise what the page began with, and
    /// what was loaded before it less.
    pub(crate) first: i64,
    /// Whether numbers are places in the whole list.
    pub(crate) is_counted: bool,
    /// What [`Spare::each`] was when the list was left; 0 for one that was not.
    pub(crate) each: f64,
    /// The number of the picture that rows break forwards and backwards from.
    pub(crate) anchor: i64,
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

/// The heights of pictures that are not loaded, as far as they can be told: so that the scroll bar spans the whole list.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Spare {
    /// Of those before the first that is loaded, in pixels.
    pub(crate) before: f64,
    /// Of those after the last.
    pub(crate) after: f64,
    /// Of one, as those had it that were loaded first.
    pub(crate) each: f64,
    /// What that was measured for.
    of: (u32, Option<Room>),
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
            is_counted: is_from_start(&listing),
            ..Loaded::default()
        });
        let facets = RwSignal::new(facets);
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
        let spare = Memo::new(move |known: Option<&Spare>| {
            let (total, height) = (total(images, facets), layout.with(|layout| layout.height));
            images.with(|images| Spare::around(images, total, (height, room.get()), known))
        });
        Self {
            dataset: RwSignal::new(dataset),
            views: RwSignal::new(views),
            is_signed_in,
            max_request_bytes,
            listing,
            images,
            facets,
            is_loading: RwSignal::new(false),
            problem: RwSignal::new(part.problem),
            wrong: RwSignal::new(part.wrong),
            width,
            is_narrow,
            window: RwSignal::new((0.0, 0.0)),
            layout,
            spare,
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
        self.images.with(|images| images.next.is_some() || images.has_before())
            || self.listing.with(|listing| listing.page_size > 0)
    }

    /// How many pictures match, where that is known.
    pub(crate) fn total(self) -> Option<u64> {
        total(self.images, self.facets)
    }

    /// Where a picture lies.
    pub(crate) fn place(self, number: i64) -> super::layout::Place {
        let first = self.images.with_untracked(|images| images.first);
        let index = usize::try_from(number - first).unwrap_or(usize::MAX);
        let place = self.layout.with(|layout| layout.place(index)).unwrap_or_default();
        super::layout::Place { top: place.top + self.spare.get().before, ..place }
    }

    /// How high the whole list is, in pixels.
    pub(crate) fn height(self) -> f64 {
        let Spare { before, after, .. } = self.spare.get();
        before + self.layout.with(|layout| layout.height) + after
    }

    /// The pictures that lie in what is seen, and a window's height around it.
    pub(crate) fn seen(self) -> Vec<(i64, u32, Arc<ListedImage>)> {
        let ((top, bottom), before) = (self.window.get(), self.spare.get().before);
        let margin = bottom - top;
        let range = self.layout.with(|layout| layout.within(top - before - margin, bottom - before + margin));
        self.images.with(|images| {
            let pictures = images.items.iter().enumerate().skip(range.start).take(range.len());
            pictures.map(|(index, image)| (images.first + index as i64, images.list, Arc::clone(image))).collect()
        })
    }
}

impl Loaded {
    /// The index of the picture that rows break from.
    fn anchor(&self) -> usize {
        usize::try_from(self.anchor - self.first).unwrap_or(0)
    }

    /// Whether there are pictures before the first.
    pub(crate) fn has_before(&self) -> bool {
        self.previous.is_some() || (self.is_counted && self.first > 0)
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

impl Spare {
    /// What is not loaded around these pictures, which are so high together in this room. What one takes is measured once for
    /// a list in a room: a measure that changed would move what is seen.
    fn around(images: &Loaded, total: Option<u64>, (height, room): (f64, Room), known: Option<&Self>) -> Self {
        let (number, of) = (images.items.len(), (images.list, Some(room)));
        if number == 0 || room.width <= 0.0 {
            return known.copied().unwrap_or_default();
        }
        let each = match known {
            Some(known) if known.of == of && known.each > 0.0 => known.each,
            _ if known.is_none_or(|known| known.of.0 != images.list) && images.each > 0.0 => images.each,
            _ => (height + GAP) / number as f64,
        };
        if !images.is_counted {
            return Self { each, of, ..Self::default() };
        }
        let to_come = images.next.as_ref().and(total).map_or(0, |total| total as i64 - images.end());
        Self { before: images.first as f64 * each, after: to_come.max(0) as f64 * each, each, of }
    }
}

/// Whether a listing begins with its first picture.
pub(crate) fn is_from_start(listing: &Listing) -> bool {
    listing.at.is_empty() && listing.page_size == 0
}

fn total(images: RwSignal<Loaded>, facets: RwSignal<Option<Facets>>) -> Option<u64> {
    let counted = || facets.with(|facets| facets.as_ref().map(|facets| facets.total));
    images.with(|images| images.total).or_else(counted)
}

/// Whether captions stand below the pictures.
pub(crate) fn shows_below(listing: &Listing) -> bool {
    listing.shows_captions() && listing.place == CaptionPlace::Under
}
