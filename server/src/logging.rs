//! Starts the log.

mod flat_json;

use std::{
    fs::File,
    io::{self, Write},
    path::Path,
};

use anyhow::Context;
use tracing::level_filters::LevelFilter;
use tracing_appender::{
    non_blocking::{NonBlockingBuilder, WorkerGuard},
    rolling::{RollingFileAppender, Rotation},
};
use tracing_subscriber::{Layer, Registry, fmt::format::JsonFields, layer::SubscriberExt, util::SubscriberInitExt};

use self::flat_json::FlatJson;
use crate::config::{LogConfig, LogFormat, LogRotation};

/// Something that listens to spans and events beside the log.
pub(crate) type BoxedLayer = Box<dyn Layer<Registry> + Send + Sync>;

/// Writes what is left of the log when it is dropped.
#[must_use = "the end of the log is lost otherwise"]
pub(crate) struct LogGuard {
    _worker: WorkerGuard,
}

/// Starts the log of a server for the whole process: on standard output, or in a file. `layers` hear what the log hears,
/// unfiltered.
///
/// # Errors
///
/// A sentence about a level that is none, or a file that can't be written.
pub(crate) fn start(config: &LogConfig, mut layers: Vec<BoxedLayer>) -> anyhow::Result<LogGuard> {
    let filter = config.filter()?;
    let target: Box<dyn Write + Send> = match &config.file {
        None => Box::new(io::stdout()),
        Some(path) => {
            let opened = open(path, config.rotation, config.log_keep as usize);
            opened.with_context(|| format!("--log-file {} can't be written", path.display()))?
        }
    };
    // A slow disk or terminal holds up no request.
    let (writer, worker) = NonBlockingBuilder::default().thread_name("log").finish(target);
    let layer = tracing_subscriber::fmt::layer().with_writer(writer);
    layers.push(match config.format {
        LogFormat::Text => layer.with_ansi(false).with_target(false).with_filter(filter).boxed(),
        LogFormat::Json => layer.fmt_fields(JsonFields::new()).event_format(FlatJson).with_filter(filter).boxed(),
    });
    tracing_subscriber::registry().with(layers).init();
    Ok(LogGuard { _worker: worker })
}

/// Starts the log of a command that prints its results: warnings, on standard error.
pub(crate) fn start_on_standard_error() {
    let log = tracing_subscriber::fmt().with_max_level(LevelFilter::WARN).with_writer(io::stderr);
    log.with_ansi(false).with_target(false).without_time().init();
}

fn open(path: &Path, rotation: LogRotation, keep: usize) -> anyhow::Result<Box<dyn Write + Send>> {
    let rotation = match rotation {
        LogRotation::Never => return Ok(Box::new(File::options().create(true).append(true).open(path)?)),
        LogRotation::Daily => Rotation::DAILY,
        LogRotation::Hourly => Rotation::HOURLY,
    };
    let name = path.file_name().and_then(|name| name.to_str()).context("its name must be that of a file")?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Deletes files that begin with this name: the whole of it, so that it hits as few others as can be.
    let appender = RollingFileAppender::builder().rotation(rotation).filename_prefix(name).max_log_files(keep);
    Ok(Box::new(appender.build(folder)?))
}
