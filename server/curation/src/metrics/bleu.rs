//! BLEU-4: how many runs of one to four words of a caption stand in the reference.
//!
//! K. Papineni and others, "BLEU: a method for automatic evaluation of machine translation" (ACL 2002). Of single captions
//! with the smoothing that M. Post's sacrebleu calls `exp` and uses by default, of whole sources without need of it.

use super::{
    lexicon::Sentence,
    ngrams::{LONGEST, shared},
};

/// What BLEU is made of: of one caption, or added up over many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BleuCounts {
    /// Runs of one to four words that the reference has as well, no more often than it has them.
    pub matches: [usize; LONGEST],
    /// Runs of one to four words.
    pub totals: [usize; LONGEST],
    /// Words of captions.
    pub words: usize,
    /// Words of references.
    pub reference_words: usize,
}

impl BleuCounts {
    /// Of one caption against its reference.
    pub fn of(caption: &Sentence, reference: &Sentence) -> Self {
        let (words, reference_words) = (caption.words.len(), reference.words.len());
        let mut counts = Self { words, reference_words, ..Self::default() };
        for shorter in 0..LONGEST {
            let both = shared(&caption.runs[shorter], &reference.runs[shorter]);
            counts.matches[shorter] = both.map(|(_, times, wanted)| times.min(wanted) as usize).sum();
            counts.totals[shorter] = words.saturating_sub(shorter);
        }
        counts
    }

    /// Adds another caption's.
    pub fn add(&mut self, other: &Self) {
        for length in 0..LONGEST {
            self.matches[length] += other.matches[length];
            self.totals[length] += other.totals[length];
        }
        self.words += other.words;
        self.reference_words += other.reference_words;
    }

    /// BLEU of many captions together, 0 to 1: runs of all lengths count.
    pub fn corpus(&self) -> f64 {
        self.score(LONGEST)
    }

    /// BLEU of one caption, 0 to 1: only runs as long as it has any count, as one of three words has none of four.
    pub fn sentence(&self) -> f64 {
        self.score(self.totals.iter().filter(|total| **total > 0).count())
    }

    fn score(&self, longest: usize) -> f64 {
        if longest == 0 || self.matches[0] == 0 {
            return 0.0;
        }
        let (mut smoothing, mut logarithms) = (1.0, 0.0);
        for (matches, total) in self.matches.iter().zip(&self.totals).take(longest) {
            if *total == 0 {
                return 0.0;
            }
            let precision = if *matches > 0 {
                *matches as f64 / *total as f64
            } else {
                smoothing *= 2.0;
                1.0 / (smoothing * *total as f64)
            };
            logarithms += precision.ln();
        }
        let (words, reference) = (self.words as f64, self.reference_words as f64);
        let brevity = if words < reference { (1.0 - reference / words).exp() } else { 1.0 };
        brevity * (logarithms / longest as f64).exp()
    }
}
