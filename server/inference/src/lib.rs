//! The captioning queue: admission, fairness, batching and cancellation in front of any [`Backend`].
//!
//! A request takes this way:
//!
//! 1. [`Queue::try_enter`] hands out a [`Permit`], or refuses at once: nothing is decoded for a request that could not
//!    be answered. [`Permit::check`] says whether it is likely to be answered in time.
//! 2. [`Permit::submit`] puts the request in line and returns a [`Ticket`], which brings the text as it grows and then
//!    the answer. Dropping the ticket cancels the request.
//! 3. Threads, started by [`start`], each own a [`Backend`]. Between its steps a worker admits what waits, fairest
//!    client first, drops requests whose ticket is gone or whose time is up, and sends away what is answered.
//!
//! The crate knows no model and no protocol. [`fake`] has a backend for tests.

pub mod backend;
mod client;
mod cost;
pub mod fake;
mod observe;
pub mod queue;
mod ticket;
pub mod types;
mod worker;

pub use backend::{
    Backend, BackendError, EntryId, LoadedBackend, ModelDescription, PrepareError, Preparer, StepSink, TaskDescription,
    TaskInput, TokenCounter, run_to_end,
};
pub use client::ClientId;
pub use queue::{Permit, Queue, QueueConfig, Refusal};
pub use ticket::{Ticket, Update};
pub use types::{
    CaptionError, CaptionRequest, CaptionResult, ImageKey, Parameters, PreparedImage, Region, Shape, Timing,
};
pub use worker::{Workers, start};
