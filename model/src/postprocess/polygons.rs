//! Outlines: polygons between `<poly>` and `</poly>`, or bare, with `<sep>` between those of one object.

use super::{
    Instances, coordinate,
    scan::{Location, Mark, Source, label, location_at, marks_at, next_phrase},
};

/// Fewer marks in a row than this make no outline.
const FEWEST_MARKS: usize = 4;

/// Polygons of one object, each a flat `[x, y, x, y, …]`.
type Outline = Vec<Vec<f32>>;

/// `wheel<poly><loc_…>…</poly>`: a phrase, then the outlines of one object or more.
pub(super) fn described(source: &Source, size: (u32, u32)) -> Instances<Outline> {
    let mut instances = Instances::default();
    let mut at = 0;
    while let Some(phrase) = next_phrase(&source.text, at) {
        at = phrase.end;
        let (marks, end) = marks_at(&source.text, at);
        if marks.len() >= FEWEST_MARKS {
            at = end;
            push_outlines(&mut instances, &source.text[phrase.start..end], &marks, source, size);
        }
    }
    instances
}

/// Outlines without phrases; text between them is passed over.
pub(super) fn bare(source: &Source, size: (u32, u32)) -> Instances<Outline> {
    let mut instances = Instances::default();
    let mut at = 0;
    while let Some(found) = source.text[at..].find('<') {
        at += found;
        let (marks, end) = marks_at(&source.text, at);
        if marks.len() >= FEWEST_MARKS {
            let unlabelled = location_at(&source.text, at).map_or(at, |first| first.bytes.end);
            push_outlines(&mut instances, &source.text[unlabelled..end], &marks, source, size);
        }
        at = end.max(at + 1);
    }
    instances
}

/// One instance for each `<poly>…</poly>` among `marks`, or a single one when they are not so enclosed.
///
/// What stands in `text` before the first `<loc_` or `<poly>` is the label, be it markup: the reference reads it so.
fn push_outlines(instances: &mut Instances<Outline>, text: &str, marks: &[Mark], source: &Source, size: (u32, u32)) {
    let label_end = [text.find("<loc_"), text.find("<poly>")].into_iter().flatten().min();
    let Some(label) = label_end.and_then(|end| label(&text[..end])) else { return };
    for marks in enclosed(marks) {
        let mut polygons = Vec::new();
        let mut locations = Vec::new();
        for mut polygon in closed_runs(marks) {
            // A last x without its y is no point.
            polygon.truncate(polygon.len() / 2 * 2);
            polygons.push(polygon.iter().enumerate().map(|(index, at)| coordinate(index, at, size)).collect());
            locations.extend(polygon);
        }
        if !polygons.is_empty() {
            instances.push(polygons, label.to_owned(), locations, source);
        }
    }
}

/// The marks of each object: what stands between `<poly>` and `</poly>`, or everything when either is missing.
fn enclosed(marks: &[Mark]) -> Vec<&[Mark]> {
    if !marks.contains(&Mark::PolygonStart) || !marks.contains(&Mark::PolygonEnd) {
        return vec![marks];
    }
    let mut objects = Vec::new();
    let mut rest = marks;
    while let Some(start) = rest.iter().position(|mark| *mark == Mark::PolygonStart) {
        rest = &rest[start + 1..];
        let Some(end) = rest.iter().position(|mark| *mark == Mark::PolygonEnd) else { break };
        objects.push(&rest[..end]);
        rest = &rest[end + 1..];
    }
    objects
}

/// The runs of locations that a `<sep>` or the end of `marks` closes; other runs are broken off and don't count.
fn closed_runs(marks: &[Mark]) -> Vec<Vec<&Location>> {
    let mut closed = Vec::new();
    let mut run = Vec::new();
    for mark in marks {
        match mark {
            Mark::Location(location) => run.push(location),
            Mark::Separator => closed.push(std::mem::take(&mut run)),
            Mark::PolygonStart | Mark::PolygonEnd => run.clear(),
        }
    }
    closed.push(run);
    closed.retain(|run| !run.is_empty());
    closed
}
