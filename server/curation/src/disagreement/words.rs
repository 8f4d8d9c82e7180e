//! How much the words of one picture's captions differ.

use std::collections::HashMap;

use crate::metrics::words;

/// How much texts about the same picture differ, 0 to 1: 0 where all say the same words, whatever their order and
/// punctuation, 1 where no two share a word. Of each two it is one less the share of words that they have in common (the
/// coefficient of Dice and Sørensen over words as often as they stand), of several the mean over all pairs. None where fewer
/// than two say anything.
pub fn of_texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Option<f64> {
    let counted: Vec<_> = texts.into_iter().map(count).filter(|(_, all)| *all > 0).collect();
    let (mut sum, mut pairs) = (0.0, 0);
    for (place, (one, size)) in counted.iter().enumerate() {
        for (other, other_size) in &counted[place + 1..] {
            let shared: usize =
                one.iter().map(|(word, times)| other.get(word).map_or(0, |other| *times.min(other))).sum();
            sum += 1.0 - 2.0 * shared as f64 / (size + other_size) as f64;
            pairs += 1;
        }
    }
    (pairs > 0).then(|| sum / f64::from(pairs))
}

/// How often which word stands in a text, and how many words it has.
fn count(text: &str) -> (HashMap<String, usize>, usize) {
    let (mut counts, mut all) = (HashMap::new(), 0);
    for word in words(text) {
        *counts.entry(word).or_default() += 1;
        all += 1;
    }
    (counts, all)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_in_common_are_what_counts() {
        let of = |texts: &[&str]| of_texts(texts.iter().copied());
        assert_eq!(of(&["A dog, asleep.", "asleep a dog"]), Some(0.0));
        assert_eq!(of(&["a dog", "two cats"]), Some(1.0));
        assert_eq!(of(&["a red dog", "a blue dog"]), Some(1.0 - 4.0 / 6.0));
        assert_eq!(of(&["dog", "dog", "cat"]), Some(2.0 / 3.0), "one of three pairs agrees");
        assert_eq!(of(&["a dog", "", "!"]), None, "one alone says anything");
        assert_eq!(of(&["dog dog", "dog"]), Some(1.0 - 2.0 / 3.0), "as often as it stands");
    }

    proptest! {
        #[test]
        fn score_is_a_share_and_knows_no_order(mut texts in prop::collection::vec("(a|dog|cat| |,){0,8}", 0..5)) {
            let score = of_texts(texts.iter().map(String::as_str));
            prop_assert!(score.is_none_or(|score| (0.0..=1.0).contains(&score)));
            texts.reverse();
            let turned = of_texts(texts.iter().map(String::as_str));
            prop_assert!((score.unwrap_or(2.0) - turned.unwrap_or(2.0)).abs() < 1e-9);
        }
    }
}
