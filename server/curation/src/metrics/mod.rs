//! What can be measured about a caption: by itself, and against one that is taken for right.
//!
//! Words are what Unicode has for words (UAX 29), in small letters. The measures against a reference are those of the
//! captioning literature, checked against the programs that published them.

pub mod bleu;
pub mod cider;
pub mod meteor;
pub mod ngrams;
pub mod rouge;
pub mod text;

/// The words of a text, in small letters, without punctuation.
pub fn words(text: &str) -> Vec<String> {
    use unicode_segmentation::UnicodeSegmentation;
    text.unicode_words().map(str::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::{bleu::BleuCounts, cider::DocumentFrequencies, meteor::meteor, rouge::rouge_l, *};

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
    }

    /// Sums of a few dozen products in another order.
    const PRECISION: f64 = 1e-9;

    #[test]
    fn measures_are_those_of_the_published_programs() {
        let golden: Golden = serde_json::from_str(include_str!("../../reference/metrics_golden.json")).unwrap();
        let pairs: Vec<_> = golden.pairs.iter().map(|pair| (words(&pair.caption), words(&pair.reference))).collect();
        let frequencies = DocumentFrequencies::of(pairs.iter().map(|(_, reference)| &reference[..]));
        let (mut all, mut rouges, mut ciders) = (BleuCounts::default(), 0.0, 0.0);
        for ((caption, reference), Pair { scores, caption: text, .. }) in pairs.iter().zip(&golden.pairs) {
            let counts = BleuCounts::of(caption, reference);
            let (rouge, cider) = (rouge_l(caption, reference), frequencies.cider(caption, reference));
            assert!(
                (counts.sentence() - scores.bleu).abs() < PRECISION,
                "{text}: {} {}",
                counts.sentence(),
                scores.bleu
            );
            assert!((rouge - scores.rouge_l).abs() < PRECISION, "{text}: {rouge} {}", scores.rouge_l);
            assert!((cider - scores.cider).abs() < PRECISION, "{text}: {cider} {}", scores.cider);
            all.add(&counts);
            rouges += rouge;
            ciders += cider;
        }
        let number = pairs.len() as f64;
        assert!((all.corpus() - golden.corpus.bleu).abs() < PRECISION, "{} {}", all.corpus(), golden.corpus.bleu);
        assert!((rouges / number - golden.corpus.rouge_l).abs() < PRECISION);
        assert!((ciders / number - golden.corpus.cider).abs() < PRECISION);
    }

    fn sentence() -> impl Strategy<Value = Vec<String>> {
        prop::collection::vec("(a|the|red|dog|dogs|cat|runs|running)", 0..12)
    }

    proptest! {
        #[test]
        fn scores_stay_in_their_ranges(caption in sentence(), reference in sentence()) {
            let counts = BleuCounts::of(&caption, &reference);
            let frequencies = DocumentFrequencies::of([&reference[..], &caption[..]]);
            for score in [counts.sentence(), counts.corpus(), rouge_l(&caption, &reference), meteor(&caption, &reference)] {
                prop_assert!((0.0..=1.0 + 1e-9).contains(&score), "{score}");
            }
            prop_assert!((0.0..=10.0 + 1e-9).contains(&frequencies.cider(&caption, &reference)));
            if !caption.is_empty() {
                prop_assert!((rouge_l(&caption, &caption) - 1.0).abs() < 1e-9);
                prop_assert!((BleuCounts::of(&caption, &caption).sentence() - 1.0).abs() < 1e-9);
            }
        }
    }
}
