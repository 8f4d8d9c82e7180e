//! How much memory is in use.

use std::time::{Duration, Instant};

use tokio::{process::Command, sync::Mutex};

/// The first GPU, as its driver describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Gpu {
    /// Such as `NVIDIA H100 80GB HBM3`.
    pub(crate) name: String,
    /// Bytes in use, by whoever uses it.
    pub(crate) used: u64,
    /// Bytes it has.
    pub(crate) total: u64,
}

/// Memory of this machine, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SystemMemory {
    pub(crate) total: u64,
    /// What programs can still take.
    pub(crate) available: u64,
}

/// Resident memory of this process in bytes, where the system tells.
pub(crate) fn process() -> Option<u64> {
    field(&std::fs::read_to_string("/proc/self/status").ok()?, "VmRSS:")
}

/// The machine's memory, where the system tells.
pub(crate) fn system() -> Option<SystemMemory> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    Some(SystemMemory { total: field(&text, "MemTotal:")?, available: field(&text, "MemAvailable:")? })
}

/// The first GPU, as its driver's own tool tells; `None` without one. What was learnt is good for five seconds: asking
/// takes the driver some time.
pub(crate) async fn gpu() -> Option<Gpu> {
    const GOOD_FOR: Duration = Duration::from_secs(5);
    static KNOWN: Mutex<Option<(Instant, Option<Gpu>)>> = Mutex::const_new(None);
    let mut known = KNOWN.lock().await;
    if let Some((asked, gpu)) = &*known
        && asked.elapsed() < GOOD_FOR
    {
        return gpu.clone();
    }
    let gpu = ask_gpu().await;
    *known = Some((Instant::now(), gpu.clone()));
    gpu
}

async fn ask_gpu() -> Option<Gpu> {
    let mut query = Command::new("nvidia-smi");
    query.args(["--query-gpu=memory.used,memory.total,name", "--format=csv,noheader,nounits"]).kill_on_drop(true);
    let output = tokio::time::timeout(Duration::from_secs(2), query.output()).await.ok()?.ok()?;
    parse_gpu(std::str::from_utf8(&output.stdout).ok()?)
}

/// The first line of `used, total, name`, in mebibytes.
fn parse_gpu(text: &str) -> Option<Gpu> {
    let mut fields = text.lines().next()?.splitn(3, ',').map(str::trim);
    let mut bytes = || fields.next()?.parse::<u64>().ok().map(|mebibytes| mebibytes << 20);
    let (used, total) = (bytes()?, bytes()?);
    Some(Gpu { name: fields.next()?.into(), used, total })
}

/// The bytes of the line that starts with `name` and counts in kibibytes.
fn field(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gpu_is_read_from_the_first_line() {
        let expected = Gpu { name: "NVIDIA A, B".into(), used: 2150 << 20, total: 24576 << 20 };
        assert_eq!(parse_gpu("2150, 24576, NVIDIA A, B\n10, 24576, other\n"), Some(expected));
        assert_eq!(parse_gpu("No devices were found"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn memory_of_process_and_machine_is_known() {
        let process = process().unwrap();
        let system = system().unwrap();
        assert!(process > 1 << 20 && process < system.total, "{process} {system:?}");
        assert!(system.available <= system.total, "{system:?}");
    }
}
