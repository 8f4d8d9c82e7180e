//! Storage as its callers see it, on a real Postgres.

mod database;
mod datasets;
mod people;
