//! The benchmark's table.

use std::fmt::Write as _;

use crate::figures::processor;

/// One step's times in milliseconds, turn by turn.
#[derive(Debug)]
pub(crate) struct Measurement {
    label: &'static str,
    vasari: Vec<f64>,
    pytorch: Vec<f64>,
}

impl Measurement {
    pub(crate) fn new(label: &'static str) -> Self {
        Self { label, vasari: Vec::new(), pytorch: Vec::new() }
    }

    pub(crate) fn add(&mut self, vasari: f64, pytorch: f64) {
        self.vasari.push(vasari);
        self.pytorch.push(pytorch);
    }
}

/// Everything one run measured.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) size: &'static str,
    pub(crate) repeats: u32,
    pub(crate) measurements: Vec<Measurement>,
    /// Peak memory in MiB: Vasari's, PyTorch's.
    pub(crate) memory: (f64, f64),
}

impl Report {
    pub(crate) fn to_markdown(&self) -> String {
        let mut text = format!(
            "Florence-2 {}, random weights, f32, one 768 × 768 picture, {}, median of {}:\n\n",
            self.size,
            processor(),
            self.repeats
        );
        text.push_str("| | Vasari | PyTorch | ratio |\n|---|---:|---:|---:|\n");
        for Measurement { label, vasari, pytorch } in &self.measurements {
            row(&mut text, label, "ms", median(vasari), median(pytorch));
        }
        row(&mut text, "peak memory of the process", "MiB", self.memory.0, self.memory.1);
        text.push_str("\nA ratio below 1 means that Vasari is faster, or smaller.\n");
        text
    }
}

fn row(text: &mut String, label: &str, unit: &str, vasari: f64, pytorch: f64) {
    let ratio = vasari / pytorch;
    writeln!(text, "| {label} | {vasari:.0} {unit} | {pytorch:.0} {unit} | {ratio:.2} |")
        .expect("writing into a String does not fail. This is a bug.");
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len().is_multiple_of(2) { f64::midpoint(sorted[middle - 1], sorted[middle]) } else { sorted[middle] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_of_odd_and_even_counts() {
        assert!((median(&[3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!((median(&[4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < f64::EPSILON);
    }

    #[test]
    fn the_table_shows_the_ratio() {
        let mut measurement = Measurement::new("vision tower");
        measurement.add(300.0, 200.0);
        let report = Report { size: "base", repeats: 1, measurements: vec![measurement], memory: (1000.0, 2000.0) };
        let table = report.to_markdown();
        assert!(table.contains("| vision tower | 300 ms | 200 ms | 1.50 |"), "{table}");
        assert!(table.contains("| peak memory of the process | 1000 MiB | 2000 MiB | 0.50 |"), "{table}");
    }
}
