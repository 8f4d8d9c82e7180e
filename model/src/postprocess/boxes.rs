//! Boxes: four location tokens each, `<loc_x0><loc_y0><loc_x1><loc_y1>`.

use super::{
    Instances, corners,
    scan::{Location, Source, label, locations_at, next_phrase},
};

/// Fewer locations than this make no box.
const CORNERS: usize = 4;

/// Phrases that point at no object; a grounded caption leaves them out.
const POINTLESS_PHRASES: [&str; 72] = [
    "it",
    "I",
    "me",
    "mine",
    "you",
    "your",
    "yours",
    "he",
    "him",
    "his",
    "she",
    "her",
    "hers",
    "they",
    "them",
    "their",
    "theirs",
    "one",
    "oneself",
    "we",
    "us",
    "our",
    "ours",
    "its",
    "myself",
    "yourself",
    "himself",
    "herself",
    "itself",
    "ourselves",
    "yourselves",
    "themselves",
    "this",
    "that",
    "these",
    "those",
    "who",
    "whom",
    "whose",
    "which",
    "what",
    "all",
    "another",
    "any",
    "anybody",
    "anyone",
    "anything",
    "each",
    "everybody",
    "everyone",
    "everything",
    "few",
    "many",
    "nobody",
    "none",
    "several",
    "some",
    "somebody",
    "someone",
    "something",
    "each other",
    "one another",
    "the image",
    "image",
    "images",
    "the",
    "a",
    "an",
    "a group",
    "other objects",
    "lots",
    "a set",
];

/// `car<loc_…>×4 wheel<loc_…>×8`: a phrase, then its boxes. One instance a box.
pub(super) fn described(source: &Source, size: (u32, u32)) -> Instances<[f32; 4]> {
    phrases(source, size, |_| true)
}

/// Like [`described`], without the phrases that point at no object.
pub(super) fn grounded(source: &Source, size: (u32, u32)) -> Instances<[f32; 4]> {
    phrases(source, size, |phrase| !POINTLESS_PHRASES.contains(&phrase))
}

/// Boxes without phrases; text between them is passed over.
pub(super) fn bare(source: &Source, size: (u32, u32)) -> Instances<[f32; 4]> {
    let mut instances = Instances::default();
    let mut at = 0;
    while let Some(found) = source.text[at..].find('<') {
        at += found;
        let locations = locations_at(&source.text, at, usize::MAX);
        at = locations.last().map_or(at + 1, |last| last.bytes.end);
        push_boxes(&mut instances, &locations, "", source, size);
    }
    instances
}

fn phrases(source: &Source, size: (u32, u32), is_wanted: impl Fn(&str) -> bool) -> Instances<[f32; 4]> {
    let mut instances = Instances::default();
    let mut at = 0;
    while let Some(phrase) = next_phrase(&source.text, at) {
        at = phrase.end;
        let locations = locations_at(&source.text, at, usize::MAX);
        if locations.len() < CORNERS {
            // Not skipped: what is left of a broken box begins the next phrase, as in the reference.
            continue;
        }
        at = locations.last().map_or(at, |last| last.bytes.end);
        if let Some(label) = label(&source.text[phrase]).filter(|label| is_wanted(label)) {
            let ascii: String = label.chars().filter(char::is_ascii).collect();
            push_boxes(&mut instances, &locations, &ascii, source, size);
        }
    }
    instances
}

/// One instance for every four locations; fewer left over are dropped.
fn push_boxes(
    instances: &mut Instances<[f32; 4]>,
    locations: &[Location],
    label: &str,
    source: &Source,
    size: (u32, u32),
) {
    for locations in locations.chunks_exact(CORNERS) {
        instances.push(corners(locations, size), label.to_owned(), locations, source);
    }
}
