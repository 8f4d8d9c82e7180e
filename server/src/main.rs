//! The `vasari` program.

mod api;
mod assets;
mod auth;
mod bundled;
mod caption_metrics;
mod captioning;
mod cli;
mod config;
mod duplicates;
mod engine;
mod florence2_backend;
mod folder_datasets;
mod idempotency;
mod image_url;
mod jobs;
mod listener;
mod logging;
mod memory;
mod middleware;
mod model_source;
mod pages;
mod parameters;
mod people;
mod picture_hashes;
mod rate_limit;
mod router;
mod search;
mod shutdown;
mod spool;
mod startup;
mod state;
mod storage;
mod sweeper;
mod telemetry;
mod version;
mod welcome;

use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("vasari: {error:#}");
            ExitCode::FAILURE
        }
    }
}
