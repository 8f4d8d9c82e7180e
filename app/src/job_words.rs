//! How far a job is, as a person reads it. The server writes it, and scripts keep it up to date.

use crate::types::{JobProgress, JobState};
use crate::words;

/// The job's bar, which scripts move.
pub(crate) const BAR_ID: &str = "job-bar";
/// The numbers below it.
pub(crate) const NUMBERS_ID: &str = "job-numbers";
/// What of a page is exchanged when it has changed, by name.
#[cfg(feature = "hydrate")]
pub(crate) const LIVE: &str = "data-live";
/// The link to the jobs in the bar on top.
pub(crate) const RING_LINK_ID: &str = "jobs-link";
/// Its words.
pub(crate) const RING_WORDS_ID: &str = "jobs-words";
/// Its ring.
pub(crate) const RING_ID: &str = "jobs-ring";
/// How many jobs run, in an attribute of the link.
#[cfg(feature = "hydrate")]
pub(crate) const RUNNING: &str = "data-running";

/// "37 of 80 images · 4.2 a second · about 10 s left · 2 failed".
pub(crate) fn numbers(progress: &JobProgress) -> String {
    let JobProgress { kind, state, total, done, failed, pace, seconds_left } = *progress;
    let of_all = |number: u64| match total {
        Some(total) => t!("{done} of {all}", done = words::grouped(number), all = kind.count(total)),
        None => kind.count(number),
    };
    let is_running = state == JobState::Running;
    let mut parts = vec![match state {
        JobState::Waiting => t!("Waits for its turn").to_owned(),
        JobState::Running if total.is_none() && done == 0 => t!("Finds out how much there is to do").to_owned(),
        JobState::Running | JobState::Failed => of_all(done + failed),
        JobState::Succeeded => kind.count(done),
        JobState::Cancelled => t!("Stopped after {done}", done = of_all(done + failed)),
    }];
    parts.extend(pace.filter(|_| is_running).map(a_second));
    parts.extend(seconds_left.filter(|_| is_running).map(words::about_left));
    if failed > 0 {
        parts.push(t!("{number} failed", number = words::grouped(failed)));
    }
    parts.join(" · ")
}

/// "By anna".
#[cfg(feature = "ssr")]
pub(crate) fn creator(name: Option<String>) -> String {
    name.map_or_else(|| t!("By whoever runs the server").to_owned(), |name| t!("By {name}", name = name))
}

/// How much of it is done, 0 to 1; nothing while that can't be told.
pub(crate) fn share(progress: &JobProgress) -> Option<f64> {
    match (progress.state, progress.total) {
        (JobState::Succeeded, _) => Some(1.0),
        (_, Some(total)) if total > 0 => Some((progress.done + progress.failed) as f64 / total as f64),
        _ => None,
    }
}

/// "2 jobs" while some run, else "Jobs".
pub(crate) fn ring_words(running: u32) -> String {
    if running == 0 { t!("Jobs").to_owned() } else { plural!(running, "{n} job", "{n} jobs") }
}

/// What is read aloud for the ring.
pub(crate) fn ring_label(running: u32, share: f32) -> String {
    match running {
        0 => t!("Jobs").to_owned(),
        running => {
            plural!(running, "{n} job running, {share}", "{n} jobs running, {share}", share = words::percent(share))
        }
    }
}

/// The dashes of a ring whose length is 100.
pub(crate) fn ring_dashes(share: f32) -> String {
    format!("{:.0} 100", (share.clamp(0.0, 1.0) * 100.0).max(4.0))
}

fn a_second(pace: f64) -> String {
    if pace >= 10.0 {
        t!("{pace} a second", pace = format!("{pace:.0}"))
    } else if pace >= 1.0 {
        t!("{pace} a second", pace = format!("{pace:.1}"))
    } else {
        t!("{pace} a minute", pace = format!("{:.1}", pace * 60.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::JobKind;

    const PROGRESS: JobProgress = JobProgress {
        kind: JobKind::Caption,
        state: JobState::Running,
        total: Some(1200),
        done: 37,
        failed: 2,
        pace: Some(4.23),
        seconds_left: Some(274.0),
    };

    #[test]
    fn numbers_tell_how_far_it_is() {
        assert_eq!(numbers(&PROGRESS), "39 of 1,200 images · 4.2 a second · about 5 min left · 2 failed");
        let slow = JobProgress { pace: Some(0.25), seconds_left: None, failed: 0, ..PROGRESS };
        assert_eq!(numbers(&slow), "37 of 1,200 images · 15.0 a minute");
        let done = JobProgress { state: JobState::Succeeded, done: 1, failed: 0, ..PROGRESS };
        assert_eq!(numbers(&done), "1 image", "what it took is no news any more");
        let stopped = JobProgress { state: JobState::Cancelled, failed: 0, ..PROGRESS };
        assert_eq!(numbers(&stopped), "Stopped after 37 of 1,200 images");
        let new = JobProgress { total: None, done: 0, failed: 0, pace: None, seconds_left: None, ..PROGRESS };
        assert_eq!(numbers(&new), "Finds out how much there is to do");
        assert_eq!(numbers(&JobProgress { state: JobState::Waiting, ..new }), "Waits for its turn");
    }

    #[test]
    fn share_is_known_once_it_is_planned() {
        assert_eq!(share(&JobProgress { total: Some(78), ..PROGRESS }), Some(0.5));
        assert_eq!(share(&JobProgress { total: None, ..PROGRESS }), None);
        assert_eq!(share(&JobProgress { total: Some(0), state: JobState::Succeeded, ..PROGRESS }), Some(1.0));
    }

    #[test]
    fn ring_tells_how_many_and_how_far() {
        assert_eq!([ring_words(0), ring_words(1), ring_words(2)], ["Jobs", "1 job", "2 jobs"]);
        assert_eq!(ring_label(2, 0.371), "2 jobs running, 37 %");
        assert_eq!([0.0, 0.37, 2.0].map(ring_dashes), ["4 100", "37 100", "100 100"]);
    }
}
