//! `CIDEr`-D: how alike the rare runs of words are.
//!
//! R. Vedantam, C. L. Zitnick and D. Parikh, "`CIDEr`: consensus-based image description evaluation" (CVPR 2015), section 5
//! and the variant D of its supplement, as the programs of the COCO caption challenge compute it: a run of words weighs the
//! more the fewer references have it.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hasher},
};

use super::{
    lexicon::Sentence,
    ngrams::{LONGEST, Run, Runs, shared},
};

/// The width of the penalty for another length than the reference's, in words.
const SIGMA: f64 = 6.0;

/// How often runs of words occur in the references of many pictures.
#[derive(Debug, Clone, Default)]
pub struct DocumentFrequencies {
    references: usize,
    /// Those of all references so far, by sums of 64 bits, which take half the memory: of ten million runs two have the same
    /// with odds of 1 to 370,000. Empty once they have been counted.
    runs: Vec<u64>,
    /// How many references have a run, where several have it.
    frequencies: HashMap<u64, u32>,
}

impl DocumentFrequencies {
    /// Counts a reference more; each picture has one.
    pub fn add(&mut self, reference: &Sentence) {
        self.references += 1;
        self.runs.extend(reference.runs.iter().flatten().map(|(run, _)| sum_of(*run)));
    }

    /// How many runs of references there are, 8 bytes each, until they are counted.
    pub fn waiting(&self) -> usize {
        self.runs.len()
    }

    /// Counts the runs once all references have been added. Those that only one has, which are most, weigh as much as those
    /// that none has, and need not be kept.
    pub fn settle(&mut self) {
        let mut runs = std::mem::take(&mut self.runs);
        runs.sort_unstable();
        let several = runs.chunk_by(|one, other| one == other).filter(|same| same.len() > 1);
        self.frequencies = several.map(|same| (same[0], same.len() as u32)).collect();
    }

    /// `CIDEr`-D of a caption against its reference, which is one of these: 0 to 10.
    pub fn cider(&self, caption: &Sentence, reference: &Sentence) -> f64 {
        let delta = caption.words.len().saturating_sub(1) as f64 - reference.words.len().saturating_sub(1) as f64;
        let penalty = (-delta * delta / (2.0 * SIGMA * SIGMA)).exp();
        let of_length = |(caption, reference): (&Runs, &Runs)| {
            let norm = |runs: &Runs| {
                runs.iter().map(|(run, times)| (f64::from(*times) * self.weight(*run)).powi(2)).sum::<f64>().sqrt()
            };
            let norms = norm(caption) * norm(reference);
            let both = shared(caption, reference).map(|(run, times, wanted)| {
                let (weight, wanted) = (self.weight(run), f64::from(wanted));
                f64::from(times).min(wanted) * wanted * weight * weight
            });
            let both: f64 = both.sum();
            if norms == 0.0 { both } else { both / norms }
        };
        10.0 * penalty * caption.runs.iter().zip(&reference.runs).map(of_length).sum::<f64>() / LONGEST as f64
    }

    /// How rare a run is.
    fn weight(&self, run: Run) -> f64 {
        let frequency = self.frequencies.get(&sum_of(run)).copied().unwrap_or(0).max(1);
        (self.references.max(1) as f64).ln() - f64::from(frequency).ln()
    }
}

fn sum_of(run: Run) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write_u128(run);
    hasher.finish()
}
