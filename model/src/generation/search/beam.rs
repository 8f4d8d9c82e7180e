//! Beam search exactly as transformers (4.50 and later) does it: the pseudo-code of spec section 7, one picture.

use super::{
    Hypothesis, Step,
    constraints::{allowed, candidates_with_bans, forced_end, forced_start},
};
use crate::{config::EarlyStopping, generation::options::SearchParameters, nn::TokenScores};

/// What transformers subtracts from a score that must not win. Added in f32, as there, because what is left of the
/// score below it decides ties.
const OUT: f32 = -1e9;

/// Tokens before the first that counts for the length penalty: the decoder's start token.
const PROMPT_LENGTH: usize = 1;

/// A beam search in progress.
#[derive(Debug)]
pub(crate) struct BeamSearch {
    parameters: SearchParameters,
    /// Best first. All of one length.
    running: Vec<Beam>,
    /// Best first; as many as beams.
    finished: Vec<Finished>,
    /// Whether a running beam may still beat the finished ones, by the early-stopping rule.
    improvable: bool,
}

#[derive(Debug, Clone)]
struct Beam {
    hypothesis: Hypothesis,
    score: f32,
    /// The row it came from.
    parent: usize,
}

#[derive(Debug, Clone)]
struct Finished {
    hypothesis: Hypothesis,
    score: f32,
    is_done: bool,
}

impl BeamSearch {
    pub(super) fn new(parameters: SearchParameters) -> Self {
        let ids = forced_start(&parameters);
        let hypothesis = Hypothesis { log_probs: vec![0.0; ids.len()], ids, score: 0.0 };
        let beams = parameters.num_beams;
        // All beams are equal at first: only one may win.
        let running = (0..beams)
            .map(|beam| Beam { hypothesis: hypothesis.clone(), score: if beam == 0 { 0.0 } else { OUT }, parent: 0 })
            .collect();
        let finished = vec![Finished { hypothesis, score: OUT, is_done: false }; beams];
        Self { parameters, running, finished, improvable: true }
    }

    pub(super) fn prefill(&self) -> Option<&[u32]> {
        let ids = &self.running[0].hypothesis.ids;
        (ids.len() < self.parameters.max_length).then_some(ids)
    }

    pub(super) fn candidates_needed(&self) -> usize {
        let wanted = 2 * self.parameters.num_beams;
        let needed =
            |beam: &Beam| candidates_with_bans(&beam.hypothesis.ids, self.parameters.no_repeat_ngram_size, wanted);
        self.running.iter().map(needed).max().unwrap_or(wanted)
    }

    pub(super) fn advance(&mut self, rows: &[TokenScores]) -> Step {
        let beams = self.parameters.num_beams;
        let length = self.running[0].hypothesis.ids.len() + 1;
        let candidates = self.candidates(rows);
        let ends = |beam: &Beam| {
            beam.hypothesis.ids.last() == Some(&self.parameters.eos_token_id) || length >= self.parameters.max_length
        };
        let hits: Vec<bool> = candidates.iter().map(ends).collect();

        let mut running: Vec<Beam> = candidates.clone();
        for (beam, &hit) in running.iter_mut().zip(&hits) {
            beam.score += if hit { OUT } else { 0.0 };
        }
        sort_by_score(&mut running, |beam| beam.score);
        running.truncate(beams);

        self.finish_candidates(&candidates, &hits, length);
        self.running = running;

        if self.is_over(length) || hits.iter().all(|&hit| hit) {
            return Step::Done;
        }
        Step::Continue {
            parents: self.running.iter().map(|beam| beam.parent).collect(),
            tokens: self.running.iter().map(|beam| beam.hypothesis.ids[length - 1]).collect(),
        }
    }

    /// What all running and finished hypotheses begin with.
    pub(super) fn certain_ids(&self) -> &[u32] {
        let first = &self.running[0].hypothesis.ids;
        let running = self.running.iter().filter(|beam| beam.score > OUT / 2.0).map(|beam| &beam.hypothesis.ids);
        let finished =
            self.finished.iter().filter(|finished| finished.is_done).map(|finished| &finished.hypothesis.ids);
        let common = running
            .chain(finished)
            .map(|ids| ids.iter().zip(first).take_while(|(a, b)| a == b).count())
            .min()
            .unwrap_or_default();
        &first[..common]
    }

    pub(super) fn finish(self) -> Hypothesis {
        let best = self.finished.into_iter().next().expect("there are as many as beams. This is a bug.");
        Hypothesis { score: best.score, ..best.hypothesis }
    }

    /// The `2 * beams` best continuations of all beams, best first; among equals the lower beam, then the lower id.
    fn candidates(&self, rows: &[TokenScores]) -> Vec<Beam> {
        let wanted = 2 * self.parameters.num_beams;
        let mut candidates = Vec::with_capacity(wanted * self.running.len());
        for (index, beam) in self.running.iter().enumerate() {
            // After the prefill there is one row for all beams.
            let parent = index.min(rows.len() - 1);
            let row = &rows[parent];
            let ids = &beam.hypothesis.ids;
            let mut push = |id, log_prob: f32, score| {
                candidates.push(Beam { hypothesis: beam.hypothesis.extended(id, log_prob), score, parent });
            };
            if let Some(end) = forced_end(&self.parameters, ids.len()) {
                push(end, 0.0, beam.score);
                continue;
            }
            for (id, logit) in allowed(row, ids, self.parameters.no_repeat_ngram_size).take(wanted) {
                let log_prob = logit - row.log_normalizer;
                push(id, log_prob, log_prob + beam.score);
            }
        }
        sort_by_score(&mut candidates, |beam| beam.score);
        candidates.truncate(wanted);
        candidates
    }

    /// Merges the candidates that end among the first `beams` into the finished hypotheses.
    fn finish_candidates(&mut self, candidates: &[Beam], hits: &[bool], length: usize) {
        let beams = self.parameters.num_beams;
        let is_full = self.parameters.early_stopping == EarlyStopping::Always && self.all_done();
        for (rank, (beam, &hit)) in candidates.iter().zip(hits).enumerate() {
            let is_done = hit && rank < beams;
            let mut score = beam.score / self.penalty(length - PROMPT_LENGTH);
            for out in [is_full, !self.improvable, !is_done] {
                score += if out { OUT } else { 0.0 };
            }
            self.finished.push(Finished { hypothesis: beam.hypothesis.clone(), score, is_done });
        }
        sort_by_score(&mut self.finished, |finished| finished.score);
        self.finished.truncate(beams);
    }

    /// Whether no later step can change the result.
    fn is_over(&mut self, length: usize) -> bool {
        let never = self.parameters.early_stopping == EarlyStopping::Never && self.parameters.length_penalty > 0.0;
        let best_length = if never { self.parameters.max_length } else { length } - PROMPT_LENGTH;
        let best_running = self.running[0].score / self.penalty(best_length);
        let worst = self.finished.iter().map(|finished| finished.score).fold(f32::INFINITY, f32::min);
        let beats = |finished: &Finished| best_running > if finished.is_done { worst } else { OUT };
        self.improvable = self.improvable && self.finished.iter().any(beats);
        !self.improvable || (self.parameters.early_stopping == EarlyStopping::Always && self.all_done())
    }

    fn all_done(&self) -> bool {
        self.finished.iter().all(|finished| finished.is_done)
    }

    fn penalty(&self, length: usize) -> f32 {
        (length as f64).powf(f64::from(self.parameters.length_penalty)) as f32
    }
}

/// Highest first; equals keep their order.
fn sort_by_score<T>(items: &mut [T], score: impl Fn(&T) -> f32) {
    items.sort_by(|a, b| score(b).total_cmp(&score(a)));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(num_beams: usize, early_stopping: EarlyStopping) -> BeamSearch {
        BeamSearch::new(SearchParameters {
            max_length: 6,
            num_beams,
            sampling: None,
            no_repeat_ngram_size: 3,
            length_penalty: 1.0,
            early_stopping,
            decoder_start_token_id: 2,
            eos_token_id: 2,
            forced_bos_token_id: Some(0),
            forced_eos_token_id: Some(2),
        })
    }

    fn scores(probabilities: &[f32]) -> TokenScores {
        let logits: Vec<f32> = probabilities.iter().map(|p| p.ln()).collect();
        crate::nn::select_candidates(&logits, logits.len())
    }

    #[test]
    fn the_first_step_spreads_over_the_best_tokens_of_the_one_row() {
        let mut search = search(2, EarlyStopping::Always);
        let step = search.advance(&[scores(&[0.05, 0.05, 0.05, 0.15, 0.3, 0.4])]);
        assert_eq!(step, Step::Continue { parents: vec![0, 0], tokens: vec![5, 4] });
        assert_eq!(search.certain_ids(), [2, 0]);
    }

    #[test]
    fn a_later_better_path_overtakes() {
        let mut search = search(2, EarlyStopping::Always);
        search.advance(&[scores(&[0.02, 0.02, 0.02, 0.04, 0.4, 0.5])]);
        // Beam 0 (token 5) spreads thin; beam 1 (token 4) is sure of 3.
        let step =
            search.advance(&[scores(&[0.1, 0.1, 0.1, 0.3, 0.2, 0.2]), scores(&[0.01, 0.01, 0.01, 0.95, 0.01, 0.01])]);
        assert_eq!(step, Step::Continue { parents: vec![1, 0], tokens: vec![3, 3] });
    }

    #[test]
    fn what_all_beams_agree_on_is_certain() {
        let mut search = search(2, EarlyStopping::Always);
        search.advance(&[scores(&[0.001, 0.001, 0.001, 0.001, 0.001, 0.995])]);
        assert_eq!(search.certain_ids(), [2, 0], "a beam with another first token is still running");
        let undecided = scores(&[0.01, 0.01, 0.01, 0.45, 0.51, 0.01]);
        let step = search.advance(&[undecided.clone(), undecided]);
        assert_eq!(step, Step::Continue { parents: vec![0, 0], tokens: vec![4, 3] });
        assert_eq!(search.certain_ids(), [2, 0, 5]);
    }

    #[test]
    fn it_ends_when_as_many_are_finished_as_beams() {
        let mut search = search(2, EarlyStopping::Always);
        search.advance(&[scores(&[0.02, 0.02, 0.02, 0.04, 0.4, 0.5])]);
        let ending = scores(&[0.01, 0.01, 0.9, 0.03, 0.03, 0.02]);
        assert_eq!(search.advance(&[ending.clone(), ending]), Step::Done);
        let best = search.finish();
        assert_eq!(best.ids, [2, 0, 5, 2]);
        let sum = 0.5f32.ln() + 0.9f32.ln();
        assert!((best.score - sum / 3.0).abs() < 1e-6, "{} is not {}", best.score, sum / 3.0);
    }
}
