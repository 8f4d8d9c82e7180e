//! One picture's search for its token sequence, step by step, without a network.
//!
//! The rules are those of transformers' `generate` (`generation/utils.py`, `generation/logits_process.py`), written for
//! one picture: spec section 7 shows that pictures of a batch never influence each other.

mod beam;
mod constraints;
mod single;

use super::options::SearchParameters;
use crate::nn::TokenScores;

use beam::BeamSearch;
use single::SingleSearch;

/// A token sequence with its log-probabilities.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Hypothesis {
    /// From the decoder's start token on.
    pub(crate) ids: Vec<u32>,
    /// ln p of each id, 0 for the start token and whatever was forced. Taken before bans, so they are the model's own.
    pub(crate) log_probs: Vec<f32>,
    /// What beams are ranked by: the sum of log-probabilities over length^`length_penalty`. 0 without beams.
    pub(crate) score: f32,
}

impl Hypothesis {
    fn extended(&self, id: u32, log_prob: f32) -> Self {
        let mut next = self.clone();
        next.ids.push(id);
        next.log_probs.push(log_prob);
        next
    }
}

/// What the network must decode next.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Step {
    /// Row `i` goes on from the search's earlier row `parents[i]` with `tokens[i]`.
    Continue {
        /// Earlier rows, counted from the search's first.
        parents: Vec<usize>,
        /// One token a row.
        tokens: Vec<u32>,
    },
    /// The search is over.
    Done,
}

/// A running search.
#[derive(Debug)]
pub(crate) enum Search {
    /// Greedy or sampling: one row. Boxed, because a random generator is large.
    Single(Box<SingleSearch>),
    /// Beam search: one row a beam.
    Beam(BeamSearch),
}

impl Search {
    pub(crate) fn new(parameters: SearchParameters) -> Self {
        if parameters.num_beams > 1 {
            Self::Beam(BeamSearch::new(parameters))
        } else {
            Self::Single(Box::new(SingleSearch::new(parameters)))
        }
    }

    /// What is decoded before the first choice: the start token and, where one is forced, the first token. Spec section
    /// 7, shortcut (a). `None` when the length leaves nothing to choose.
    pub(crate) fn prefill(&self) -> Option<&[u32]> {
        match self {
            Self::Single(search) => search.prefill(),
            Self::Beam(search) => search.prefill(),
        }
    }

    /// How many candidates [`advance`](Self::advance) needs in each row.
    pub(crate) fn candidates_needed(&self) -> usize {
        match self {
            Self::Single(search) => search.candidates_needed(),
            Self::Beam(search) => search.candidates_needed(),
        }
    }

    /// Takes the scores of the search's rows (one row after the prefill) and chooses.
    pub(crate) fn advance(&mut self, rows: &[TokenScores]) -> Step {
        match self {
            Self::Single(search) => search.advance(rows),
            Self::Beam(search) => search.advance(rows),
        }
    }

    /// The ids that no later step can change.
    pub(crate) fn certain_ids(&self) -> &[u32] {
        match self {
            Self::Single(search) => search.ids(),
            Self::Beam(search) => search.certain_ids(),
        }
    }

    /// The best sequence found.
    pub(crate) fn finish(self) -> Hypothesis {
        match self {
            Self::Single(search) => search.finish(),
            Self::Beam(search) => search.finish(),
        }
    }
}
