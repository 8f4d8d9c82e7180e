//! Storage as its callers see it, on a real Postgres.

#![expect(clippy::unwrap_used, reason = "what helps a test fails as a test does")]

mod caption_texts;
mod captions;
mod comparisons;
mod database;
mod datasets;
mod duplicates;
mod exports;
mod formats;
mod guards;
mod idempotency_keys;
mod job_queue;
mod jobs;
mod people;
mod planning;
mod plans;
mod review;
mod review_assignments;
mod search;
mod sessions;
mod transfer;
