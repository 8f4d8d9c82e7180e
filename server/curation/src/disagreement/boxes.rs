//! How much the boxes of one picture's sources differ.

/// A box along the picture's sides, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Rect {
    /// Where it begins from the left.
    pub left: f64,
    /// Where it begins from the top.
    pub top: f64,
    /// Where it ends from the left.
    pub right: f64,
    /// Where it ends from the top.
    pub bottom: f64,
}

impl Rect {
    /// The smallest box around points, given as x and y by turns. None around nothing.
    pub fn around(numbers: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut rect = Self { left: f64::MAX, top: f64::MAX, right: f64::MIN, bottom: f64::MIN };
        for (place, number) in numbers.into_iter().enumerate() {
            let (low, high) = match place % 2 {
                0 => (&mut rect.left, &mut rect.right),
                _ => (&mut rect.top, &mut rect.bottom),
            };
            (*low, *high) = (low.min(number), high.max(number));
        }
        (rect.left <= rect.right && rect.top <= rect.bottom).then_some(rect)
    }

    /// What two boxes cover both, as a share of what they cover together (intersection over union): 1 for the same box, 0
    /// where they don't meet.
    pub fn overlap(&self, other: &Self) -> f64 {
        let width = self.right.min(other.right) - self.left.max(other.left);
        let height = self.bottom.min(other.bottom) - self.top.max(other.top);
        let shared = width.max(0.0) * height.max(0.0);
        let all = self.area() + other.area() - shared;
        // A line or a point covers nothing, and is like itself all the same.
        if all > 0.0 { shared / all } else { f64::from(u8::from(self == other)) }
    }

    fn area(&self) -> f64 {
        (self.right - self.left) * (self.bottom - self.top)
    }
}

/// How much several sources differ in where they see things, 0 to 1: 0 where all have the same boxes, 1 where no two meet.
/// What the boxes are called makes no difference. Of each two sources it is one less the mean overlap (see
/// [`Rect::overlap`]) of every box of both with the other's that is matched with it, 0 for one without a match; of several
/// the mean over all pairs. None where fewer than two have boxes.
pub fn of_boxes(sources: &[Vec<Rect>]) -> Option<f64> {
    let seen: Vec<_> = sources.iter().filter(|boxes| !boxes.is_empty()).collect();
    let (mut sum, mut pairs) = (0.0, 0);
    for (place, one) in seen.iter().enumerate() {
        for other in &seen[place + 1..] {
            sum += 1.0 - 2.0 * matched_overlap(one, other) / (one.len() + other.len()) as f64;
            pairs += 1;
        }
    }
    // Sums of many shares may be a hair above what they are.
    (pairs > 0).then(|| (sum / f64::from(pairs)).clamp(0.0, 1.0))
}

/// What matched boxes overlap in all. The two that overlap most are matched first. Which of several that overlap as much
/// are depends on the boxes alone, not on who has them nor on their order.
fn matched_overlap(one: &[Rect], other: &[Rect]) -> f64 {
    let mut pairs = Vec::new();
    for (place, left) in one.iter().enumerate() {
        for (other_place, right) in other.iter().enumerate() {
            let overlap = left.overlap(right);
            if overlap > 0.0 {
                let (smaller, larger) = if left <= right { (left, right) } else { (right, left) };
                pairs.push((overlap, (smaller, larger), place, other_place));
            }
        }
    }
    pairs.sort_by(|one, other| {
        let ties = || one.1.partial_cmp(&other.1).unwrap_or(std::cmp::Ordering::Equal);
        other.0.total_cmp(&one.0).then_with(ties)
    });
    let (mut is_taken, mut other_is_taken) = (vec![false; one.len()], vec![false; other.len()]);
    let mut sum = 0.0;
    for (overlap, _, place, other_place) in pairs {
        if !is_taken[place] && !other_is_taken[other_place] {
            (is_taken[place], other_is_taken[other_place]) = (true, true);
            sum += overlap;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rect(left: f64, top: f64, right: f64, bottom: f64) -> Rect {
        Rect { left, top, right, bottom }
    }

    #[test]
    fn overlap_is_a_share_of_what_both_cover() {
        let (square, line) = (rect(0.0, 0.0, 2.0, 2.0), rect(0.0, 0.0, 0.0, 2.0));
        for (one, other, wanted) in [
            (square, square, 1.0),
            (square, rect(1.0, 0.0, 3.0, 2.0), 2.0 / 6.0),
            // They touch.
            (square, rect(2.0, 0.0, 4.0, 2.0), 0.0),
            (line, line, 1.0),
            (line, square, 0.0),
        ] {
            let overlap = one.overlap(&other);
            assert!((overlap - wanted).abs() < 1e-12, "{one:?} and {other:?}: {overlap}");
        }
    }

    #[test]
    fn corners_of_any_shape_make_a_box() {
        assert_eq!(Rect::around([3.0, 1.0, 5.0, 4.0, 0.0, 2.0]), Some(rect(0.0, 1.0, 5.0, 4.0)));
        assert_eq!((Rect::around([]), Rect::around([1.0])), (None, None));
    }

    #[test]
    fn each_box_counts_with_its_match() {
        let (one, far) = (rect(0.0, 0.0, 2.0, 2.0), rect(10.0, 10.0, 12.0, 12.0));
        assert_eq!(of_boxes(&[vec![one, far], vec![far, one]]), Some(0.0), "in any order");
        assert_eq!(of_boxes(&[vec![one], vec![far]]), Some(1.0));
        assert_eq!(of_boxes(&[vec![one], vec![one, far]]), Some(1.0 - 2.0 / 3.0), "one has no match");
        assert_eq!(of_boxes(&[vec![one, one], vec![one]]), Some(1.0 - 2.0 / 3.0), "nothing is matched twice");
        let half = rect(0.0, 0.0, 1.0, 2.0);
        assert_eq!(of_boxes(&[vec![one], vec![half]]), Some(0.5));
        assert_eq!(of_boxes(&[vec![one], vec![one], vec![far]]), Some(2.0 / 3.0), "one of three pairs agrees");
        assert_eq!(of_boxes(&[vec![one], vec![]]), None);
    }

    fn boxes() -> impl Strategy<Value = Vec<Rect>> {
        let side = || (0_u8..6, 0_u8..4);
        let sides = (side(), side()).prop_map(|((left, width), (top, height))| {
            let [left, top, width, height] = [left, top, width, height].map(f64::from);
            rect(left, top, left + width, top + height)
        });
        prop::collection::vec(sides, 0..8)
    }

    proptest! {
        #[test]
        fn score_is_a_share_and_knows_no_order(one in boxes(), other in boxes()) {
            let score = of_boxes(&[one.clone(), other.clone()]);
            prop_assert_eq!(score.is_some(), !one.is_empty() && !other.is_empty());
            prop_assert!(score.is_none_or(|score| (0.0..=1.0).contains(&score)));
            let turned = of_boxes(&[other.iter().rev().copied().collect(), one.iter().rev().copied().collect()]);
            prop_assert!((score.unwrap_or(2.0) - turned.unwrap_or(2.0)).abs() < 1e-9, "{:?} and {:?}", score, turned);
        }

        #[test]
        fn same_boxes_agree_and_far_ones_do_not(one in boxes()) {
            prop_assume!(!one.is_empty());
            prop_assert_eq!(of_boxes(&[one.clone(), one.clone()]), Some(0.0));
            let moved = |rect: &Rect| Rect { left: rect.left + 100.0, right: rect.right + 100.0, ..*rect };
            let far: Vec<_> = one.iter().map(moved).collect();
            prop_assert_eq!(of_boxes(&[one, far]), Some(1.0));
        }
    }
}
