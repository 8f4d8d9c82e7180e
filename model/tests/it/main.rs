//! The model against its reference: fixtures that `model/reference/write_fixtures.py` writes with transformers, and the
//! demo checkpoint's held-out scenes.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

mod batches;
mod captioner;
mod demo;
mod fixtures;
mod generation;
mod hidden_states;
mod session;
