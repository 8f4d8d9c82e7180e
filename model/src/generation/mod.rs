//! Generation: what may be said ([`options`]), which tokens to take (`search`), and who takes steps together (`batch`).
//!
//! A search belongs to one picture and lives on the host; it sees scores and answers with tokens. A batch asks the
//! network for the scores of all running searches at once; those that started together form a cohort, and a new cohort
//! can join between any two steps. Nothing that one search does depends on another, so a caption does not depend on
//! who shared its batch.

pub(crate) mod batch;
mod cohort;
pub mod features;
pub mod options;
pub(crate) mod search;
