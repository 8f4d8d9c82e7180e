//! Which words of a caption speak of which regions.

use crate::types::Region;

/// A piece of a caption.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Phrase {
    /// Its words.
    pub(crate) text: String,
    /// Indices of the regions it speaks of; empty for the words between.
    pub(crate) regions: Vec<usize>,
}

/// Cuts a caption where the labels of its regions stand in it, whole words only, in any case, longer labels first.
///
/// A label that stands there as often as it has regions is matched one to one, in order; otherwise each of its places
/// speaks of all its regions. The pieces joined give the caption back.
pub(crate) fn phrases(caption: &str, regions: &[Region]) -> Vec<Phrase> {
    let lower = caption.to_ascii_lowercase();
    let mut found: Vec<(usize, usize, Vec<usize>)> = Vec::new();
    for (label, indices) in by_label(regions) {
        let places: Vec<usize> = whole_words(&lower, &label)
            .filter(|&start| found.iter().all(|(s, e, _)| start + label.len() <= *s || *e <= start))
            .collect();
        let one_to_one = places.len() == indices.len();
        for (nth, start) in places.into_iter().enumerate() {
            let speaks_of = if one_to_one { vec![indices[nth]] } else { indices.clone() };
            // In its place, which is less code for the browser than sorting.
            let place = found.partition_point(|(other, ..)| *other < start);
            found.insert(place, (start, start + label.len(), speaks_of));
        }
    }

    let mut pieces = Vec::new();
    let mut done = 0;
    for (start, end, regions) in found {
        if start > done {
            pieces.push(Phrase { text: caption[done..start].into(), regions: Vec::new() });
        }
        pieces.push(Phrase { text: caption[start..end].into(), regions });
        done = end;
    }
    if done < caption.len() {
        pieces.push(Phrase { text: caption[done..].into(), regions: Vec::new() });
    }
    pieces
}

/// Labels in small letters with the regions that carry them, the longest label first.
fn by_label(regions: &[Region]) -> Vec<(String, Vec<usize>)> {
    let mut labels: Vec<(String, Vec<usize>)> = Vec::new();
    for (index, region) in regions.iter().enumerate() {
        let label = region.label.trim().to_ascii_lowercase();
        match labels.iter_mut().find(|(known, _)| *known == label) {
            _ if label.is_empty() => {}
            Some((_, indices)) => indices.push(index),
            None => labels.push((label, vec![index])),
        }
    }
    let mut longest_first: Vec<(String, Vec<usize>)> = Vec::with_capacity(labels.len());
    for label in labels {
        let place = longest_first.partition_point(|(other, _)| other.len() >= label.0.len());
        longest_first.insert(place, label);
    }
    longest_first
}

/// Where `word` stands in `text` with no letter or digit touching it, in bytes.
fn whole_words<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    text.match_indices(word).map(|(start, _)| start).filter(move |&start| {
        let before = text[..start].chars().next_back();
        let after = text[start + word.len()..].chars().next();
        ![before, after].into_iter().flatten().any(char::is_alphanumeric)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Shape;

    fn regions(labels: &[&str]) -> Vec<Region> {
        let region = |label: &&str| Region { label: (*label).into(), shape: Shape::Box([0.0; 4]), confidence: None };
        labels.iter().map(region).collect()
    }

    fn cut(caption: &str, labels: &[&str]) -> Vec<(String, Vec<usize>)> {
        phrases(caption, &regions(labels)).into_iter().map(|p| (p.text, p.regions)).collect()
    }

    #[test]
    fn longer_labels_win_and_words_stay_whole() {
        let pieces = cut("A red car, a car and a carrot", &["car", "red car"]);
        let marked: Vec<_> = pieces.iter().filter(|(_, r)| !r.is_empty()).cloned().collect();
        assert_eq!(marked, [("red car".into(), vec![1]), ("car".into(), vec![0])]);
        assert_eq!(pieces.iter().map(|(t, _)| t.as_str()).collect::<String>(), "A red car, a car and a carrot");
    }

    #[test]
    fn repeated_labels_are_matched_in_order() {
        assert_eq!(
            cut("wheel, wheel", &["wheel", "wheel"]),
            [("wheel".into(), vec![0]), (", ".into(), vec![]), ("wheel".into(), vec![1])]
        );
    }

    #[test]
    fn one_phrase_may_speak_of_several_regions() {
        assert_eq!(cut("Two dogs", &["dogs", "dogs"]), [("Two ".into(), vec![]), ("dogs".into(), vec![0, 1])]);
    }

    #[test]
    fn text_without_regions_stays_in_one_piece() {
        assert_eq!(cut("Größe", &[""]), [("Größe".into(), vec![])]);
        assert_eq!(cut("", &["dog"]), []);
    }
}
