//! This process in numbers, under the names that every Prometheus client library gives them.

use std::{
    fmt::{self, Display, Write},
    sync::LazyLock,
    time::SystemTime,
};

use crate::memory;

/// When the process was first asked about, close enough to its start.
static STARTED: LazyLock<SystemTime> = LazyLock::new(SystemTime::now);

/// Remembers that the process starts now.
pub(super) fn start_clock() {
    LazyLock::force(&STARTED);
}

/// A text in Prometheus' exposition format, version 0.0.4.
#[derive(Default)]
pub(crate) struct Exposition(String);

impl Exposition {
    /// The metrics of this process, as far as the system tells.
    pub(super) fn of_process() -> Self {
        let mut text = Self::default();
        let started = STARTED.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        text.gauge("process_start_time_seconds", "When the process started, in seconds since 1970.", &[], started);
        if let Some(bytes) = memory::process() {
            text.gauge("process_resident_memory_bytes", "Memory of the process that is in RAM.", &[], bytes);
        }
        if let Some(seconds) = cpu_seconds() {
            text.counter("process_cpu_seconds_total", "Processor time of all threads.", seconds);
        }
        if let Some(files) = open_files() {
            text.gauge("process_open_fds", "Open files and connections.", &[], files);
        }
        text
    }

    /// Adds a gauge. Every name only once.
    pub(crate) fn gauge(&mut self, name: &str, help: &str, labels: &[(&str, &str)], value: impl Display) {
        self.add("gauge", name, help, labels, value);
    }

    fn counter(&mut self, name: &str, help: &str, value: impl Display) {
        self.add("counter", name, help, &[], value);
    }

    fn add(&mut self, kind: &str, name: &str, help: &str, labels: &[(&str, &str)], value: impl Display) {
        let labels: Vec<_> = labels.iter().map(|(label, value)| format!("{label}=\"{}\"", Escaped(value))).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        let lines = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name}{labels} {value}\n");
        lines.expect("a String takes everything. This is a bug.");
    }

    /// The text after `others`, which are in the same format.
    pub(crate) fn after(self, mut others: String) -> String {
        others.push_str(&self.0);
        others
    }
}

/// A label's value as the format quotes it.
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|letter| match letter {
            '\\' => f.write_str("\\\\"),
            '"' => f.write_str("\\\""),
            '\n' => f.write_str("\\n"),
            letter => f.write_char(letter),
        })
    }
}

/// Processor time of all threads so far, where the system tells.
pub(crate) fn cpu_seconds() -> Option<f64> {
    parse_cpu_seconds(&std::fs::read_to_string("/proc/self/stat").ok()?)
}

/// User and system time from `/proc/self/stat`. The program's name stands in brackets and may hold anything.
fn parse_cpu_seconds(stat: &str) -> Option<f64> {
    /// Linux counts for programs in hundredths of a second, whatever it counts in itself.
    const TICKS_PER_SECOND: f64 = 100.0;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |index: usize| fields.get(index)?.parse::<u64>().ok();
    Some((ticks(11)? + ticks(12)?) as f64 / TICKS_PER_SECOND)
}

/// Open files and connections, where the system tells.
fn open_files() -> Option<usize> {
    // Less the one that lists the folder.
    Some(std::fs::read_dir("/proc/self/fd").ok()?.count().saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_read_whatever_the_program_is_called() {
        let stat = "7 (a) b c) S 1 7 7 0 -1 4194560 2262 0 4 0 250 50 0 0 20 0 6 0 1234 0 0";
        assert_eq!(parse_cpu_seconds(stat), Some(3.0));
        assert_eq!(parse_cpu_seconds("7 (a) S 1"), None);
    }

    #[test]
    fn labels_are_quoted() {
        let mut text = Exposition::default();
        text.gauge("a_b", "What it is.", &[("name", "x\"y\\z\n"), ("other", "")], 1.5);
        let expected =
            "others 1\n# HELP a_b What it is.\n# TYPE a_b gauge\na_b{name=\"x\\\"y\\\\z\\n\",other=\"\"} 1.5\n\n";
        assert_eq!(text.after("others 1\n".into()), expected);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn process_is_known() {
        let text = Exposition::of_process().after(String::new());
        for name in ["start_time_seconds", "resident_memory_bytes", "cpu_seconds_total", "open_fds"] {
            assert!(text.contains(&format!("\nprocess_{name} ")), "{text}");
        }
    }
}
