//! The real program with the demo model: over HTTP, as its clients write it, and on the command line.

mod api;
mod auth;
mod bad_input;
mod command_line;
mod configuration;
mod form;
mod front_door;
mod logging;
mod pages;
mod program;
mod reload;
mod telemetry;
mod tls;
