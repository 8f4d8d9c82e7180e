//! The real program with the demo model: over HTTP, as its clients write it, and on the command line.

mod api;
mod auth;
mod bad_input;
mod batch;
mod command_line;
mod configuration;
mod convert;
mod database;
mod datasets;
mod form;
mod front_door;
mod json;
mod logging;
mod openai;
mod openapi;
mod pages;
mod people;
mod program;
mod reload;
mod stream;
mod telemetry;
mod tls;
