//! Review: who looks at which pictures, what they decide, and how far it all is.
//!
//! A picture waits for review while one of its captions is submitted. The queue gives it to one reviewer at a time: a
//! [`Lease`] says that somebody is looking at it, and runs out by itself. An [`Assignment`] says who is to look at a picture,
//! and keeps others from being given it. What was decided is the caption's status, and stands in its history; a
//! [`Decision`] is read from there.

mod assignments;
mod decisions;
mod progress;
mod queue;

pub use assignments::{Assigned, AssignedImage, Assignment, AssignmentFilter, NewAssignments};
pub use decisions::{Decision, DecisionId, Verdict};
pub use progress::{ReviewProgress, ReviewerProgress};
pub use queue::{LEASE, Lease, NextReview, ReviewScope};
