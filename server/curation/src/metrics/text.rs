//! What can be measured about a caption by itself.

use std::collections::HashSet;

use super::words;

/// Runs of so many words count as repeated.
const RUN: usize = 3;

/// Phrases with which a writer says that they are not sure. Models trained on the web are fond of them, and they tell a
/// reader nothing about the picture.
pub const HEDGES: [&str; 28] = [
    "appear to be",
    "appears to be",
    "appears as if",
    "can be assumed",
    "could be",
    "giving the impression",
    "it is possible that",
    "it is unclear",
    "it looks like",
    "it seems",
    "likely",
    "looks like",
    "may be",
    "maybe",
    "might be",
    "most likely",
    "perhaps",
    "possibly",
    "potentially",
    "presumably",
    "probably",
    "seem to be",
    "seemingly",
    "seems to be",
    "some kind of",
    "some sort of",
    "suggesting",
    "suggests",
];

/// What can be measured about a caption by itself.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct TextMeasures {
    /// How many words it has.
    pub words: usize,
    /// How many characters.
    pub characters: usize,
    /// How many of its words are different.
    pub distinct_words: usize,
    /// Of its runs of three words, how many stood in it before, 0 to 1.
    pub repetition: f64,
    /// How often it hedges: see [`HEDGES`].
    pub hedges: usize,
}

/// Measures a caption.
pub fn measure(text: &str) -> TextMeasures {
    let words = words(text);
    let runs = words.len().saturating_sub(RUN - 1);
    let distinct_runs = words.windows(RUN).collect::<HashSet<_>>().len();
    TextMeasures {
        words: words.len(),
        characters: text.chars().count(),
        distinct_words: words.iter().collect::<HashSet<_>>().len(),
        repetition: if runs == 0 { 0.0 } else { (runs - distinct_runs) as f64 / runs as f64 },
        hedges: hedges(&words),
    }
}

/// How often a text hedges; of phrases that begin at the same word the longest counts.
fn hedges(words: &[String]) -> usize {
    let phrases: Vec<Vec<&str>> = HEDGES.iter().map(|phrase| phrase.split(' ').collect()).collect();
    let (mut place, mut count) = (0, 0);
    while place < words.len() {
        let begins = |phrase: &&Vec<&str>| {
            words[place..].len() >= phrase.len() && phrase.iter().zip(&words[place..]).all(|(one, other)| one == other)
        };
        let longest = phrases.iter().filter(begins).map(Vec::len).max();
        count += usize::from(longest.is_some());
        place += longest.unwrap_or(1);
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_of_a_text() {
        let found = measure("A dog, a dog and a dog; it appears to be a dog.");
        assert_eq!((found.words, found.distinct_words, found.hedges), (13, 7, 1));
        let repeating = measure("a red dog a red dog a red dog");
        // Seven runs, three of them different.
        assert!((repeating.repetition - 4.0 / 7.0).abs() < 1e-12);
        assert_eq!(measure(""), TextMeasures::default());
        assert_eq!(measure("maybe").hedges, 1);
        assert_eq!(measure("most likely it looks like rain").hedges, 2);
    }
}
