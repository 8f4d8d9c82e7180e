//! How much memory is in use.

use std::time::Duration;

use tokio::process::Command;

/// Memory of the first GPU, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct GpuMemory {
    pub(crate) used: u64,
    pub(crate) total: u64,
}

/// Resident memory of this process in bytes, where the system tells.
pub(crate) fn process() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kilobytes * 1024)
}

/// Memory of the first GPU, as its driver's own tool tells; `None` without one.
pub(crate) async fn gpu() -> Option<GpuMemory> {
    let mut query = Command::new("nvidia-smi");
    query.args(["--query-gpu=memory.used,memory.total", "--format=csv,noheader,nounits"]).kill_on_drop(true);
    let output = tokio::time::timeout(Duration::from_secs(2), query.output()).await.ok()?.ok()?;
    parse_gpu(std::str::from_utf8(&output.stdout).ok()?)
}

/// The first line of `used, total` in mebibytes.
fn parse_gpu(text: &str) -> Option<GpuMemory> {
    let (used, total) = text.lines().next()?.split_once(',')?;
    let bytes = |text: &str| text.trim().parse::<u64>().ok().map(|mebibytes| mebibytes << 20);
    Some(GpuMemory { used: bytes(used)?, total: bytes(total)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gpu_memory_is_read_from_the_first_line() {
        assert_eq!(parse_gpu("2150, 24576\n10, 24576\n"), Some(GpuMemory { used: 2150 << 20, total: 24576 << 20 }));
        assert_eq!(parse_gpu("No devices were found"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn process_memory_is_known() {
        assert!(process().is_some_and(|bytes| bytes > 1 << 20));
    }
}
