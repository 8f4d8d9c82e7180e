//! Words that follow one another.

/// The longest runs that measures count.
pub(super) const LONGEST: usize = 4;

/// A run of at most four words, as the number that theirs make one after the other.
pub(super) type Run = u128;

/// The runs of one length that stand in a text, in order, and how often each does.
pub(super) type Runs = Vec<(Run, u32)>;

/// The runs of `length` words that stand in a text, in order, and how often each does.
pub(super) fn runs(words: &[u32], length: usize) -> Runs {
    let fold = |run: &[u32]| run.iter().fold(0, |folded, word| folded << 32 | Run::from(*word));
    let mut all: Vec<Run> = words.windows(length).map(fold).collect();
    all.sort_unstable();
    all.chunk_by(|one, other| one == other).map(|same| (same[0], same.len() as u32)).collect()
}

/// The runs that stand in both texts, and how often in each.
pub(super) fn shared<'a>(one: &'a [(Run, u32)], other: &'a [(Run, u32)]) -> impl Iterator<Item = (Run, u32, u32)> + 'a {
    let mut others = other.iter().peekable();
    one.iter().filter_map(move |(run, times)| {
        while others.next_if(|(other, _)| other < run).is_some() {}
        let (_, other_times) = others.next_if(|(other, _)| other == run)?;
        Some((*run, *times, *other_times))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_counted_and_found_in_another_text() {
        let (one, other) = (runs(&[1, 2, 1, 2, 3], 2), runs(&[9, 1, 2, 3, 3], 2));
        assert_eq!(one.iter().map(|(_, times)| *times).collect::<Vec<_>>(), [2, 1, 1]);
        let both: Vec<_> = shared(&one, &other).map(|(run, one, other)| (run as u32, one, other)).collect();
        assert_eq!(both, [(2, 2, 1), (3, 1, 1)]);
        assert!(runs(&[1, 2], 3).is_empty());
        assert_ne!(runs(&[1], 1)[0].0, runs(&[1, 1], 2)[0].0);
    }
}
