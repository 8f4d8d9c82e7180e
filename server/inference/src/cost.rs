//! How long a request will take, learned from those before it.

use std::{collections::HashMap, time::Duration};

use crate::Parameters;

/// What a new measurement counts against all earlier ones: the last dozen requests decide.
const WEIGHT: f64 = 0.15;

/// Beams of a request that leaves them to the checkpoint: Florence-2's own default.
const USUAL_BEAMS: u32 = 3;

/// Tokens of an answer to a task that hasn't been seen yet.
const USUAL_TOKENS: f64 = 24.0;

/// A running mean that forgets.
#[derive(Debug, Clone, Copy, Default)]
struct Mean(Option<f64>);

impl Mean {
    fn add(&mut self, value: f64) {
        self.0 = Some(self.0.map_or(value, |mean| mean + WEIGHT * (value - mean)));
    }
}

/// Learns what requests cost: seconds of one worker's time, those shared with batch mates counted in parts.
#[derive(Debug, Default)]
pub(crate) struct CostModel {
    encode: Mean,
    /// A step's seconds for each of its rows, a row being one beam of one request.
    row: Mean,
    tokens: HashMap<String, Mean>,
}

impl CostModel {
    /// What the request will cost; `None` while nothing has been measured.
    pub(crate) fn estimate(&self, task: &str, parameters: &Parameters) -> Option<Duration> {
        let (encode, row) = (self.encode.0?, self.row.0?);
        let tokens = self.tokens.get(task).and_then(|mean| mean.0).unwrap_or(USUAL_TOKENS);
        let most = f64::from(parameters.max_length.unwrap_or(u32::MAX));
        let seconds = encode + row * f64::from(beams(parameters)) * tokens.min(most);
        Some(Duration::from_secs_f64(seconds.clamp(0.0, 3600.0)))
    }

    /// `seconds` were spent on encoding `requests` pictures.
    pub(crate) fn record_encode(&mut self, seconds: Duration, requests: usize) {
        self.encode.add(seconds.as_secs_f64() / requests.max(1) as f64);
    }

    /// `seconds` were spent on one step of so many rows.
    pub(crate) fn record_step(&mut self, seconds: Duration, rows: u32) {
        self.row.add(seconds.as_secs_f64() / f64::from(rows.max(1)));
    }

    /// A task's answer had so many tokens.
    pub(crate) fn record_tokens(&mut self, task: &str, tokens: u32) {
        // Few names come here: the server checks a task before it submits a request.
        self.tokens.entry(task.to_owned()).or_default().add(f64::from(tokens));
    }
}

/// Rows that a request takes in a step.
pub(crate) fn beams(parameters: &Parameters) -> u32 {
    parameters.num_beams.unwrap_or(USUAL_BEAMS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(beams: u32, max_length: u32) -> Parameters {
        Parameters { num_beams: Some(beams), max_length: Some(max_length), ..Parameters::default() }
    }

    #[test]
    fn cost_grows_with_beams_and_with_what_the_task_usually_writes() {
        let mut costs = CostModel::default();
        assert_eq!(costs.estimate("<OD>", &parameters(1, 256)), None);
        costs.record_encode(Duration::from_secs(4), 2);
        costs.record_step(Duration::from_millis(300), 3);
        costs.record_tokens("<OD>", 50);
        assert_eq!(costs.estimate("<OD>", &parameters(1, 256)), Some(Duration::from_secs(7)));
        assert_eq!(costs.estimate("<OD>", &parameters(2, 256)), Some(Duration::from_secs(12)));
        assert_eq!(costs.estimate("<OD>", &parameters(1, 10)), Some(Duration::from_secs(3)));
        assert_eq!(costs.estimate("<CAPTION>", &parameters(1, 256)), Some(Duration::from_millis(4400)));
    }

    #[test]
    fn recent_requests_count_more() {
        let mut costs = CostModel::default();
        costs.record_step(Duration::ZERO, 1);
        costs.record_encode(Duration::from_secs(1), 1);
        (0..40).for_each(|_| costs.record_encode(Duration::from_secs(3), 1));
        let seconds = costs.estimate("<OD>", &parameters(1, 2)).unwrap().as_secs_f64();
        assert!((2.9..3.0).contains(&seconds), "{seconds}");
    }
}
