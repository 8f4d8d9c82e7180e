//! Samples of what the threads are doing, drawn as a flame graph.

use std::io::Write;

use anyhow::Context;
use pprof::{ProfilerGuard, ProfilerGuardBuilder, flamegraph::Options};

/// Samples a second of processor time: not a round number, so as to stay out of step with what recurs.
const FREQUENCY: i32 = 99;

/// Looks at what the threads are doing until it is dropped. There is one in a process at most.
pub(super) struct Sampler(ProfilerGuard<'static>);

impl Sampler {
    /// Takes samples from now on.
    pub(super) fn start() -> anyhow::Result<Self> {
        // Unwinding takes locks of these libraries, which whoever is interrupted within them may hold.
        let excluded = ["libc", "libgcc", "pthread", "vdso"];
        let guard = ProfilerGuardBuilder::default().frequency(FREQUENCY).blocklist(&excluded).build();
        Ok(Self(guard.context("samples can't be taken")?))
    }

    /// Draws what was seen. Takes no more samples.
    pub(super) fn write(self, output: impl Write) -> anyhow::Result<()> {
        let report = self.0.report().build().context("the samples can't be read")?;
        let mut options = Options::default();
        options.title = "Vasari: where processor time goes".into();
        options.count_name = "samples".into();
        if report.data.is_empty() {
            // A graph of nothing is an error to the library.
            return write_empty(output);
        }
        report.flamegraph_with_options(output, &mut options).context("the flame graph can't be drawn")
    }
}

fn write_empty(mut output: impl Write) -> anyhow::Result<()> {
    let text = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"400\" height=\"40\">\
                <text x=\"10\" y=\"25\">No processor time was used.</text></svg>\n";
    Ok(output.write_all(text.as_bytes())?)
}
