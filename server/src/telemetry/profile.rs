//! Where the time goes: a flame graph of the functions, and a trace of the stages on each thread.

use std::{
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use anyhow::Context;
use tracing::Metadata;
use tracing_chrome::{ChromeLayerBuilder, FlushGuard};
use tracing_subscriber::{
    Layer,
    filter::dynamic_filter_fn,
    fmt::{
        format::Writer,
        time::{FormatTime, SystemTime},
    },
};

use super::flame_graph::Sampler;
use crate::logging::BoxedLayer;

/// A trace grows with every request. When it has this many bytes, about a million stages, no more is written to it: a
/// browser couldn't open it, and the disk is for other things.
const LARGEST_TRACE: u64 = 256 << 20;

/// Records until it is stopped.
pub(super) struct Profile {
    folder: PathBuf,
    current: Mutex<Option<Recording>>,
    budget: Arc<Budget>,
}

/// What is being recorded.
struct Recording {
    /// What its files are called.
    began: String,
    sampler: Sampler,
    trace: FlushGuard,
}

/// What may still be written to a trace.
#[derive(Default)]
struct Budget {
    written: AtomicU64,
    is_over: AtomicBool,
}

impl Profile {
    /// Records from now on into files in `folder`. The layer records the stages that the log's subscriber
    /// hears of.
    ///
    /// # Errors
    ///
    /// When the folder can't be written, or when something else in the process takes samples.
    pub(super) fn start(folder: &Path) -> anyhow::Result<(Self, BoxedLayer)> {
        let about = || format!("--profile-output {} can't be written", folder.display());
        std::fs::create_dir_all(folder).with_context(about)?;
        // Whoever reads the log later may stand in another folder.
        let folder = std::path::absolute(folder).with_context(about)?;
        let budget = Arc::new(Budget::default());
        let began = now();
        let writer = TraceFile::create(&trace_path(&folder, &began), &budget).with_context(about)?;
        let (layer, trace) =
            ChromeLayerBuilder::new().writer(writer).include_args(true).include_locations(false).build();
        let open = Arc::clone(&budget);
        let is_stage = |metadata: &Metadata<'_>| metadata.is_span() && metadata.target().starts_with("vasari");
        let filter = move |metadata: &Metadata<'_>| is_stage(metadata) && !open.is_over.load(Ordering::Relaxed);
        let layer = layer.with_filter(dynamic_filter_fn(move |metadata, _| filter(metadata))).boxed();
        let recording = Recording { began, sampler: Sampler::start()?, trace };
        Ok((Self { folder, current: Mutex::new(Some(recording)), budget }, layer))
    }

    /// Writes what was recorded so far and starts anew.
    pub(super) fn write(&self) {
        let Ok(mut current) = self.current.lock() else { return };
        let Some(recording) = current.take() else { return };
        let began = now();
        let writer = match TraceFile::create(&trace_path(&self.folder, &began), &self.budget) {
            Ok(writer) => writer,
            Err(error) => {
                tracing::warn!(%error, "a new profile can't be started; the one that is recorded goes on");
                *current = Some(recording);
                return;
            }
        };
        recording.trace.start_new(Some(Box::new(writer)));
        self.write_flame_graph(&recording.began, recording.sampler);
        self.tell_of_trace(&recording.began);
        match Sampler::start() {
            Ok(sampler) => *current = Some(Recording { began, sampler, trace: recording.trace }),
            Err(error) => tracing::warn!(%error, "no more samples are taken"),
        }
    }

    /// Writes what was recorded and records no more.
    pub(super) fn stop(&self) {
        let Some(Recording { began, sampler, trace }) = self.current.lock().ok().and_then(|mut current| current.take())
        else {
            return;
        };
        self.write_flame_graph(&began, sampler);
        // Waits until all of it is in the file.
        drop(trace);
        self.tell_of_trace(&began);
    }

    fn write_flame_graph(&self, began: &str, sampler: Sampler) {
        let path = self.folder.join(format!("flamegraph-{began}.svg"));
        match File::create(&path).map_err(anyhow::Error::from).and_then(|file| sampler.write(file)) {
            Ok(()) => tracing::info!(path = %path.display(), "a flame graph was written; open it in a browser"),
            Err(error) => tracing::warn!(%error, "the flame graph can't be written"),
        }
    }

    fn tell_of_trace(&self, began: &str) {
        let path = trace_path(&self.folder, began);
        tracing::info!(path = %path.display(), "a trace was written; open it in https://ui.perfetto.dev");
    }
}

fn trace_path(folder: &Path, began: &str) -> PathBuf {
    folder.join(format!("trace-{began}.json"))
}

/// The time as the name of a file has it, in UTC: `2026-03-01T12-30-05.123456Z`.
fn now() -> String {
    let mut text = String::new();
    SystemTime.format_time(&mut Writer::new(&mut text)).expect("a String takes everything. This is a bug.");
    text.replace(':', "-")
}

/// A trace's file, which never fails: the thread that writes to it wouldn't outlive that.
struct TraceFile {
    file: File,
    budget: Arc<Budget>,
}

impl TraceFile {
    fn create(path: &Path, budget: &Arc<Budget>) -> io::Result<Self> {
        let file = File::create(path)?;
        budget.written.store(0, Ordering::Relaxed);
        budget.is_over.store(false, Ordering::Relaxed);
        Ok(Self { file, budget: Arc::clone(budget) })
    }

    /// Lets no more be recorded. What is under way is still written, so that the file is complete.
    fn close(&self, reason: &dyn std::fmt::Display) {
        if !self.budget.is_over.swap(true, Ordering::Relaxed) {
            tracing::warn!(%reason, "the trace of --enable-profiling ends here");
        }
    }
}

impl Write for TraceFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.budget.written.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        if written > LARGEST_TRACE {
            self.close(&"it is as large as a browser can open");
        }
        if let Err(error) = self.file.write_all(bytes) {
            self.close(&error);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if let Err(error) = self.file.flush() {
            self.close(&error);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_after_the_time_without_colons() {
        let name = now();
        assert!(name.starts_with("20") && name.ends_with('Z') && !name.contains(':'), "{name}");
    }

    #[test]
    fn trace_that_is_large_enough_ends() {
        let folder = tempfile::tempdir().unwrap();
        let budget = Arc::new(Budget::default());
        let mut file = TraceFile::create(&folder.path().join("trace.json"), &budget).unwrap();
        file.write_all(b"[").unwrap();
        assert!(!budget.is_over.load(Ordering::Relaxed));
        budget.written.store(LARGEST_TRACE + 1, Ordering::Relaxed);
        file.write_all(b"]").unwrap();
        assert!(budget.is_over.load(Ordering::Relaxed));
        assert_eq!(std::fs::read(folder.path().join("trace.json")).unwrap(), b"[]");
    }
}
