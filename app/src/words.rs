//! Numbers and counts as a person reads them.

/// A share from 0 to 1 as "89 %".
pub(crate) fn percent(share: f32) -> String {
    format!("{:.0} %", share.clamp(0.0, 1.0) * 100.0)
}

/// Seconds as "0.45 s", or "12 s" where hundredths no longer matter.
pub(crate) fn seconds(seconds: f64) -> String {
    if seconds < 10.0 { format!("{seconds:.2} s") } else { format!("{seconds:.0} s") }
}

/// Bytes as "240 kB" or "1.3 MB".
pub(crate) fn bytes(bytes: f64) -> String {
    if bytes < 1_000_000.0 { format!("{:.0} kB", (bytes / 1000.0).max(1.0)) } else { format!("{:.1} MB", bytes / 1e6) }
}

/// "1 region", "3 regions".
pub(crate) fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_a_person_would_say_them() {
        assert_eq!(percent(0.894), "89 %");
        assert_eq!(percent(1.2), "100 %");
        assert_eq!(seconds(0.451), "0.45 s");
        assert_eq!(seconds(12.4), "12 s");
        assert_eq!(bytes(12.0), "1 kB");
        assert_eq!(bytes(10_000_000.0), "10.0 MB");
        assert_eq!(count(1, "region"), "1 region");
        assert_eq!(count(0, "region"), "0 regions");
    }
}
