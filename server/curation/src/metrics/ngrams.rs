//! Words that follow one another.

use std::collections::HashMap;

/// How often each run of `length` words stands in a text.
pub fn count<'a>(words: &'a [String], length: usize) -> HashMap<&'a [String], usize> {
    let mut counts: HashMap<&'a [String], usize> = HashMap::new();
    if length > 0 {
        for run in words.windows(length) {
            *counts.entry(run).or_default() += 1;
        }
    }
    counts
}
