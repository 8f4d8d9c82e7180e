//! Storage as its callers see it, on a real Postgres.

#![expect(clippy::unwrap_used, reason = "what helps a test fails as a test does")]

mod database;
mod datasets;
mod formats;
mod people;
mod plans;
