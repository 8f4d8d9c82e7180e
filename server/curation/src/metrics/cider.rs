//! `CIDEr`-D: how alike the rare runs of words are.
//!
//! R. Vedantam, C. L. Zitnick and D. Parikh, "`CIDEr`: consensus-based image description evaluation" (CVPR 2015), section 5
//! and the variant D of its supplement, as the programs of the COCO caption challenge compute it: a run of words weighs the
//! more the fewer references have it.

use std::collections::HashMap;

use super::ngrams;

/// The longest runs that count.
const LONGEST: usize = 4;

/// The width of the penalty for another length than the reference's, in words.
const SIGMA: f64 = 6.0;

/// How often runs of words occur in the references of many pictures.
#[derive(Debug, Clone, Default)]
pub struct DocumentFrequencies {
    references: usize,
    frequencies: HashMap<Vec<String>, usize>,
}

impl DocumentFrequencies {
    /// Of these references, one a picture.
    pub fn of<'a>(references: impl IntoIterator<Item = &'a [String]>) -> Self {
        let mut found = Self::default();
        for reference in references {
            found.references += 1;
            for length in 1..=LONGEST {
                for run in ngrams::count(reference, length).into_keys() {
                    *found.frequencies.entry(run.to_vec()).or_default() += 1;
                }
            }
        }
        found
    }

    /// `CIDEr`-D of a caption against its reference, which is one of these: 0 to 10.
    pub fn cider(&self, caption: &[String], reference: &[String]) -> f64 {
        let delta = caption.len().saturating_sub(1) as f64 - reference.len().saturating_sub(1) as f64;
        let penalty = (-delta * delta / (2.0 * SIGMA * SIGMA)).exp();
        let of_length = |length| {
            let (caption, reference) = (self.vector(caption, length), self.vector(reference, length));
            let norm =
                |vector: &HashMap<&[String], f64>| vector.values().map(|value| value * value).sum::<f64>().sqrt();
            let norms = norm(&caption) * norm(&reference);
            let shared = caption.iter().filter_map(|(run, value)| {
                let wanted = reference.get(run)?;
                Some(value.min(*wanted) * wanted)
            });
            let shared: f64 = shared.sum();
            if norms == 0.0 { shared } else { shared / norms }
        };
        10.0 * penalty * (1..=LONGEST).map(of_length).sum::<f64>() / LONGEST as f64
    }

    /// How often each run stands in a text, times how rare it is.
    fn vector<'a>(&self, words: &'a [String], length: usize) -> HashMap<&'a [String], f64> {
        let all = (self.references.max(1) as f64).ln();
        let weigh = |(run, times): (&'a [String], usize)| {
            let frequency = self.frequencies.get(run).copied().unwrap_or(0).max(1) as f64;
            (run, times as f64 * (all - frequency.ln()))
        };
        ngrams::count(words, length).into_iter().map(weigh).collect()
    }
}
