//! Generation: what may be said ([`options`]), which tokens to take (`search`), and the loop over a batch (`driver`).
//!
//! A search belongs to one picture and lives on the host; it sees scores and answers with tokens. The loop asks the
//! network for the scores of all running searches at once. Nothing that one search does depends on another, so a
//! caption does not depend on who shared its batch.

pub(crate) mod driver;
pub mod options;
pub(crate) mod search;
