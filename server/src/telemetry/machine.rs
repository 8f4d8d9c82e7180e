//! The machine in words, without anything that would tell it from others of its kind.

use std::fs::read_to_string;

/// What a server runs on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Machine {
    /// The operating system's name and version.
    pub(crate) os: String,
    /// The processor's, where the system tells.
    pub(crate) cpu_model: Option<String>,
}

impl Machine {
    /// The machine that this process runs on.
    pub(crate) fn of_this_process() -> Self {
        let os = read_to_string("/etc/os-release").ok().and_then(|text| pretty_name(&text));
        let cpu_model = read_to_string("/proc/cpuinfo").ok().and_then(|text| processor_name(&text));
        Self { os: os.unwrap_or_else(|| std::env::consts::OS.to_owned()), cpu_model }
    }
}

fn pretty_name(os_release: &str) -> Option<String> {
    let value = os_release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
    Some(value.trim_matches(['"', '\'']).to_owned())
}

/// The first processor's name; the others are the same.
fn processor_name(cpuinfo: &str) -> Option<String> {
    let line = cpuinfo.lines().find_map(|line| line.strip_prefix("model name"))?;
    Some(line.trim_start_matches([' ', '\t', ':']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_from_what_linux_tells() {
        assert_eq!(pretty_name("ID=debian\nPRETTY_NAME=\"Debian 13\"\n"), Some("Debian 13".into()));
        assert_eq!(pretty_name("ID=debian\n"), None);
        let cpuinfo = "processor\t: 0\nmodel name\t: Some CPU @ 2.00GHz\nprocessor\t: 1\nmodel name\t: Other\n";
        assert_eq!(processor_name(cpuinfo), Some("Some CPU @ 2.00GHz".into()));
    }
}
