//! Starts the log.

use std::{fs::File, sync::Mutex};

use anyhow::Context;
use tracing_subscriber::{EnvFilter, fmt::writer::BoxMakeWriter};

use crate::config::{LogConfig, LogFormat};

/// Starts the log for the whole process.
pub(crate) fn start(config: &LogConfig) -> anyhow::Result<()> {
    let filter = EnvFilter::builder().parse(&config.level).with_context(|| {
        format!("--log-level {:?} is neither a level (error, warn, info, debug, trace) nor a filter", config.level)
    })?;
    let writer = match &config.file {
        None => BoxMakeWriter::new(std::io::stderr),
        Some(path) => {
            let file = File::options().create(true).append(true).open(path);
            BoxMakeWriter::new(Mutex::new(
                file.with_context(|| format!("--log-file {} can't be written", path.display()))?,
            ))
        }
    };
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer).with_target(false);
    match config.format {
        LogFormat::Text => builder.with_ansi(false).init(),
        LogFormat::Json => builder.json().flatten_event(true).init(),
    }
    Ok(())
}
