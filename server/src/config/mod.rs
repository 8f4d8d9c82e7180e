//! What can be set, one section a file. A flag wins over its environment variable, and that over the default.
//!
//! No other room reads the environment.

mod byte_size;
mod data;
mod generation;
mod log;
mod model;
mod server;

pub(crate) use byte_size::ByteSize;
pub(crate) use data::DataConfig;
pub(crate) use generation::GenerationConfig;
pub(crate) use log::{LogConfig, LogFormat};
pub(crate) use model::ModelConfig;
pub(crate) use server::ServerConfig;
