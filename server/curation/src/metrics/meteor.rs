//! A measure in the manner of METEOR: words found again, also in another form, and how little their order is torn apart.
//!
//! S. Banerjee and A. Lavie, "METEOR: an automatic metric for MT evaluation with improved correlation with human judgments"
//! (ACL workshop 2005), with its first two stages: the same word, then the same stem. The third stage asks `WordNet` for
//! synonyms, and later versions of METEOR look for paraphrases and weigh words by languages: both are left out, as they need
//! data larger than this program, so that scores are a little lower than those of the published program. NLTK's, without
//! its synonyms, says the same.

use super::lexicon::Sentence;

/// METEOR of a caption against its reference, 0 to 1.
pub fn meteor(caption: &Sentence, reference: &Sentence) -> f64 {
    let places = align(caption, reference);
    let found: Vec<(usize, usize)> =
        places.iter().enumerate().filter_map(|(place, other)| Some((place, (*other)?))).collect();
    if found.is_empty() {
        return 0.0;
    }
    let matches = found.len() as f64;
    let (precision, recall) = (matches / caption.words.len() as f64, matches / reference.words.len() as f64);
    let mean = 10.0 * precision * recall / (recall + 9.0 * precision);
    let breaks = found.windows(2).filter(|pair| pair[1].0 != pair[0].0 + 1 || pair[1].1 != pair[0].1 + 1).count();
    let chunks = (breaks + 1) as f64;
    mean * (1.0 - 0.5 * (chunks / matches).powi(3))
}

/// For each word of the caption, where in the reference it is found. Each stage goes from the end to the beginning and takes
/// the last place that is free, as NLTK's program does.
fn align(caption: &Sentence, reference: &Sentence) -> Vec<Option<usize>> {
    let mut places = vec![None; caption.words.len()];
    let mut is_taken = vec![false; reference.words.len()];
    for (caption, reference) in [(&caption.words, &reference.words), (&caption.stems, &reference.stems)] {
        for (place, word) in caption.iter().enumerate().rev() {
            if places[place].is_some() {
                continue;
            }
            if let Some(other) =
                (0..reference.len()).rev().find(|other| !is_taken[*other] && reference[*other] == *word)
            {
                places[place] = Some(other);
                is_taken[other] = true;
            }
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::super::lexicon::Lexicon;
    use super::*;

    fn of(caption: &str, reference: &str) -> f64 {
        let mut lexicon = Lexicon::new();
        meteor(&lexicon.read(caption), &lexicon.read(reference))
    }

    #[test]
    fn score_falls_with_what_is_missing_and_torn_apart() {
        // Six words in one chunk: 1 - 0.5 / 216.
        assert!((of("the cat sat on the mat", "the cat sat on the mat") - (1.0 - 0.5 / 216.0)).abs() < 1e-12);
        assert!(
            (of("dogs running", "a dog runs") - {
                let (precision, recall) = (1.0, 2.0 / 3.0);
                10.0 * precision * recall / (recall + 9.0 * precision) * (1.0 - 0.5 / 8.0)
            })
            .abs()
                < 1e-12
        );
        let (whole, torn) =
            (of("a red dog on a lawn", "a red dog on a lawn"), of("on a lawn a red dog", "a red dog on a lawn"));
        assert!(torn < whole && torn > 0.5, "{torn} {whole}");
        assert!(of("a", "b").abs() < f64::EPSILON && of("", "b").abs() < f64::EPSILON);
    }
}
