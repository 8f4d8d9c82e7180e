//! Storage as its callers see it, on a real Postgres.

#![expect(clippy::unwrap_used, reason = "what helps a test fails as a test does")]

mod captions;
mod comparisons;
mod database;
mod datasets;
mod formats;
mod idempotency_keys;
mod jobs;
mod people;
mod plans;
mod search;
mod transfer;
