//! What can be measured about a caption: by itself, and against one that is taken for right.
//!
//! Words are what Unicode has for words (UAX 29), in small letters. The measures against a reference are those of the
//! captioning literature, checked against the programs that published them. A [`corpus::Scan`] takes them all of many
//! captions; how many tokens a caption is, who knows the model tells it.

pub mod bleu;
pub mod cider;
pub mod corpus;
pub mod lexicon;
pub mod meteor;
mod metric;
mod ngrams;
pub mod rouge;
mod summary;
pub mod text;

pub use metric::Metric;
pub use summary::{Bins, Summary};

/// The words of a text, in small letters, without punctuation.
pub fn words(text: &str) -> Vec<String> {
    use unicode_segmentation::UnicodeSegmentation;
    text.unicode_words().map(str::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::{
        bleu::BleuCounts,
        cider::DocumentFrequencies,
        lexicon::{Lexicon, Sentence},
        meteor::meteor,
        rouge::rouge_l,
        text::{repetition, variety},
    };

    /// What `reference/metrics.py` writes.
    #[derive(Deserialize)]
    struct Golden {
        corpus: Scores,
        pairs: Vec<Pair>,
    }

    #[derive(Deserialize)]
    struct Pair {
        caption: String,
        reference: String,
        #[serde(flatten)]
        scores: Scores,
    }

    #[derive(Deserialize)]
    struct Scores {
        bleu: f64,
        rouge_l: f64,
        cider: f64,
        meteor: f64,
    }

    /// Sums of a few dozen products in another order.
    const PRECISION: f64 = 1e-9;

    fn frequencies_of<'a>(references: impl IntoIterator<Item = &'a Sentence>) -> DocumentFrequencies {
        let mut frequencies = DocumentFrequencies::default();
        for reference in references {
            frequencies.add(reference);
        }
        frequencies.settle();
        frequencies
    }

    #[test]
    fn measures_are_those_of_the_published_programs() {
        let golden: Golden = serde_json::from_str(include_str!("../../reference/metrics_golden.json")).unwrap();
        let mut lexicon = Lexicon::new();
        let pairs: Vec<_> =
            golden.pairs.iter().map(|pair| (lexicon.read(&pair.caption), lexicon.read(&pair.reference))).collect();
        let frequencies = frequencies_of(pairs.iter().map(|(_, reference)| reference));
        let (mut all, mut sums) = (BleuCounts::default(), [0.0; 3]);
        for ((caption, reference), Pair { scores, caption: text, .. }) in pairs.iter().zip(&golden.pairs) {
            let counts = BleuCounts::of(caption, reference);
            let found =
                [rouge_l(caption, reference), frequencies.cider(caption, reference), meteor(caption, reference)];
            let right = [scores.rouge_l, scores.cider, scores.meteor];
            for (found, right) in found.into_iter().zip(right).chain([(counts.sentence(), scores.bleu)]) {
                assert!((found - right).abs() < PRECISION, "{text}: {found} {right}");
            }
            all.add(&counts);
            for (sum, found) in sums.iter_mut().zip(found) {
                *sum += found;
            }
        }
        let means = sums.map(|sum| sum / pairs.len() as f64);
        let right = [golden.corpus.rouge_l, golden.corpus.cider, golden.corpus.meteor];
        for (found, right) in means.into_iter().zip(right).chain([(all.corpus(), golden.corpus.bleu)]) {
            assert!((found - right).abs() < PRECISION, "{found} {right}");
        }
    }

    fn sentence() -> impl Strategy<Value = Vec<String>> {
        prop::collection::vec("(a|the|red|dog|dogs|cat|runs|running)", 0..12)
    }

    proptest! {
        #[test]
        fn scores_stay_in_their_ranges_and_are_the_highest_for_the_same_text(
            caption in sentence(),
            reference in sentence(),
        ) {
            let mut lexicon = Lexicon::new();
            let (caption, reference) = (lexicon.read(&caption.join(" ")), lexicon.read(&reference.join(" ")));
            let counts = BleuCounts::of(&caption, &reference);
            let frequencies = frequencies_of([&reference, &caption]);
            let scores = [counts.sentence(), counts.corpus(), rouge_l(&caption, &reference), meteor(&caption, &reference)];
            for score in scores.into_iter().chain([repetition(&caption), variety(&caption)]) {
                prop_assert!((0.0..=1.0 + 1e-9).contains(&score), "{score}");
            }
            let cider = frequencies.cider(&caption, &reference);
            prop_assert!((0.0..=10.0 + 1e-9).contains(&cider));
            if !caption.words.is_empty() {
                prop_assert!((rouge_l(&caption, &caption) - 1.0).abs() < 1e-9);
                prop_assert!((BleuCounts::of(&caption, &caption).sentence() - 1.0).abs() < 1e-9);
                // One chunk of all words.
                let whole = 1.0 - 0.5 / (caption.words.len() as f64).powi(3);
                prop_assert!((meteor(&caption, &caption) - whole).abs() < 1e-9);
                prop_assert!(meteor(&caption, &reference) <= 1.0 - 0.5 / (caption.words.len() as f64).powi(3) + 1e-9);
            }
        }

        #[test]
        fn a_text_of_rare_words_is_most_like_itself(words in prop::collection::hash_set("[a-z]{3,8}", 4..12)) {
            let mut lexicon = Lexicon::new();
            let text = lexicon.read(&words.into_iter().collect::<Vec<_>>().join(" "));
            let frequencies = frequencies_of([&text, &lexicon.read("1 2 3 4")]);
            prop_assert!((frequencies.cider(&text, &text) - 10.0).abs() < 1e-9);
        }

        #[test]
        fn order_of_pictures_and_of_words_matters_only_where_it_should(
            mut pairs in prop::collection::vec((sentence(), sentence()), 1..6),
        ) {
            let corpus = |pairs: &[(Vec<String>, Vec<String>)]| {
                let mut lexicon = Lexicon::new();
                let mut all = BleuCounts::default();
                for (caption, reference) in pairs {
                    all.add(&BleuCounts::of(&lexicon.read(&caption.join(" ")), &lexicon.read(&reference.join(" "))));
                }
                all
            };
            let before = corpus(&pairs);
            pairs.reverse();
            prop_assert_eq!(before, corpus(&pairs));
            let mut lexicon = Lexicon::new();
            let (text, mut turned) = (pairs[0].0.clone(), pairs[0].0.clone());
            turned.reverse();
            let (text, turned) = (lexicon.read(&text.join(" ")), lexicon.read(&turned.join(" ")));
            prop_assert!((variety(&text) - variety(&turned)).abs() < 1e-12);
            prop_assert_eq!(BleuCounts::of(&text, &turned).matches[0], text.words.len());
        }
    }
}
