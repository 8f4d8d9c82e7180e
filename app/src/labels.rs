//! Where the labels of regions stand on the picture, so that no two cover each other.

use crate::geometry::Frame;
use crate::types::ImageSize;

/// Letters of a label that are drawn; the list beside the picture has it whole.
const MOST_LETTERS: usize = 32;

/// A label in its place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Label {
    /// The words, shortened where they are long.
    pub(crate) text: String,
    /// Left end of the words, in pixels of the picture.
    pub(crate) x: f32,
    /// What the words stand on, in pixels of the picture.
    pub(crate) baseline: f32,
    /// False where there is no room: it shows only while its region is lit.
    pub(crate) has_room: bool,
}

/// Places the labels of regions, in order, in letters of a height in pixels of the picture. Each stands above its box,
/// in it, or below it; one that finds no place stays where it would stand alone.
pub(crate) fn place(regions: &[(&str, Frame)], size: ImageSize, letters: f32) -> Vec<Label> {
    let mut taken: Vec<Frame> = Vec::new();
    regions
        .iter()
        .map(|(text, frame)| {
            let text = shortened(text);
            let candidates = candidates(*frame, width_of(&text, letters), size, letters);
            let free = candidates.iter().find(|place| !taken.iter().any(|other| cover(**place, *other)));
            let place = *free.unwrap_or(&candidates[0]);
            if free.is_some() && !text.is_empty() {
                taken.push(place);
            }
            Label { has_room: free.is_some(), x: place.left, baseline: place.top + letters * 1.05, text }
        })
        .collect()
}

/// Where a label of this width may stand, the best place first; all lie on the picture.
fn candidates(region: Frame, width: f32, size: ImageSize, letters: f32) -> [Frame; 6] {
    let height = letters * 1.4;
    let (left, right) = (region.left, region.left + region.width - width);
    let (above, below) = (region.top - height, region.top + region.height);
    let (inside, inside_low) = (region.top + letters * 0.15, below - height);
    // Above where there is room, else inside.
    let first = if above >= 0.0 { above } else { inside };
    [(left, first), (right, first), (left, inside), (left, below), (left, inside_low), (right, inside_low)].map(
        |(x, y)| Frame {
            left: x.min(size.width as f32 - width).max(0.0),
            top: y.min(size.height as f32 - height).max(0.0),
            width,
            height,
        },
    )
}

fn cover(a: Frame, b: Frame) -> bool {
    a.left < b.left + b.width && b.left < a.left + a.width && a.top < b.top + b.height && b.top < a.top + a.height
}

/// About as wide as the words come out; a little more, for the outline of the letters.
fn width_of(text: &str, letters: f32) -> f32 {
    (text.chars().count() as f32 * 0.48 + 0.6) * letters
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= MOST_LETTERS {
        return text.into();
    }
    let kept: String = text.chars().take(MOST_LETTERS - 1).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: ImageSize = ImageSize { width: 400, height: 300 };

    fn frame(left: f32, top: f32, width: f32, height: f32) -> Frame {
        Frame { left, top, width, height }
    }

    #[test]
    fn labels_of_the_same_place_do_not_cover_each_other() {
        let region = ("dog", frame(100.0, 100.0, 80.0, 80.0));
        let labels = place(&[region; 4], SIZE, 10.0);
        assert!(labels.iter().all(|label| label.has_room));
        for (index, label) in labels.iter().enumerate() {
            for other in &labels[index + 1..] {
                assert_ne!((label.x, label.baseline), (other.x, other.baseline));
            }
        }
        let many = place(&[region; 20], SIZE, 10.0);
        assert!(many.iter().any(|label| !label.has_room));
    }

    #[test]
    fn labels_stay_on_the_picture() {
        let corner = frame(380.0, 0.0, 20.0, 300.0);
        let labels = place(&[("a long description of it", corner)], SIZE, 10.0);
        assert!(labels[0].x + width_of("a long description of it", 10.0) <= 400.1);
        assert!(labels[0].baseline >= 10.0);
    }

    #[test]
    fn long_labels_are_shortened() {
        let text = shortened("a very long description of what is seen in this region");
        assert_eq!(text.chars().count(), MOST_LETTERS);
        assert!(text.ends_with('…'));
    }
}
