//! The captioning queue: admission, batching and cancellation in front of any [`Backend`].
//!
//! A request takes this way:
//!
//! 1. [`Queue::try_enter`] hands out a [`Permit`], or refuses at once: nothing is decoded for a request that could not
//!    be answered.
//! 2. [`Permit::submit`] puts the request in line and returns a [`Ticket`], a future of the answer. Dropping the ticket
//!    cancels the request.
//! 3. One thread, started by [`start`], takes what waits, at most a batch at a time and without waiting for more, and
//!    hands it to the [`Backend`]. Requests whose ticket is gone are skipped.
//!
//! The crate knows no model and no protocol. [`fake`] has a backend for tests.

pub mod backend;
pub mod fake;
pub mod queue;
pub mod types;
mod worker;

pub use backend::{Backend, BackendError, BatchWatch, ModelDescription, TaskDescription, TaskInput};
pub use queue::{Permit, Queue, QueueConfig, Refusal, Ticket};
pub use types::{CaptionError, CaptionRequest, CaptionResult, Parameters, Region, RgbPixels, Shape, Timing};
pub use worker::{Worker, start};
