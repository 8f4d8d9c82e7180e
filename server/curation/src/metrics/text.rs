//! What can be measured about a caption by itself.

use super::lexicon::Sentence;

/// Phrases with which a writer says that they are not sure. Models trained on the web are fond of them, and they tell a
/// reader nothing about the picture. `docs/METRICS.md` has them for users.
pub const HEDGES: [&str; 46] = [
    "appear to",
    "appears as if",
    "appears to",
    "as if",
    "can be assumed",
    "can be inferred",
    "could be",
    "difficult to tell",
    "gives the impression",
    "giving the impression",
    "hard to tell",
    "indicating",
    "it appears",
    "it is likely that",
    "it is possible that",
    "it is unclear",
    "it looks like",
    "it seems",
    "likely",
    "looks as if",
    "looks like",
    "may be",
    "may have",
    "maybe",
    "might be",
    "might have",
    "most likely",
    "perhaps",
    "possibly",
    "potentially",
    "presumably",
    "probably",
    "seem to",
    "seemingly",
    "seems like",
    "seems to",
    "some kind of",
    "some sort of",
    "suggesting",
    "suggests",
    "unclear",
    "what appears to be",
    "what looks like",
    "what may be",
    "what might be",
    "what seems to be",
];

/// Of a text's runs of three words, how many stood in it before, 0 to 1.
pub fn repetition(text: &Sentence) -> f64 {
    let repeated: u32 = text.runs[2].iter().map(|(_, times)| times - 1).sum();
    share(f64::from(repeated), text.words.len().saturating_sub(2))
}

/// How many of a text's words are different, as a share of all: its type-token ratio, 0 to 1.
pub fn variety(text: &Sentence) -> f64 {
    share(text.runs[0].len() as f64, text.words.len())
}

/// A share of what there is; none of nothing.
fn share(part: f64, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::super::lexicon::Lexicon;
    use super::*;

    #[test]
    fn measures_of_a_text() {
        let mut lexicon = Lexicon::new();
        let repeating = lexicon.read("A red dog, a RED dog; a red dog");
        // Seven runs, three of them different; nine words, three of them different.
        assert!((repetition(&repeating) - 4.0 / 7.0).abs() < 1e-12);
        assert!((variety(&repeating) - 1.0 / 3.0).abs() < 1e-12);
        let nothing = lexicon.read("…");
        assert_eq!((repetition(&nothing), variety(&nothing)), (0.0, 0.0));
    }

    #[test]
    fn longest_hedge_counts_once() {
        let mut lexicon = Lexicon::new();
        let mut hedges = |text: &str| {
            let text = lexicon.read(text);
            lexicon.hedges(&text).map(|place| HEDGES[place]).collect::<Vec<_>>()
        };
        assert_eq!(hedges("Most likely it looks like rain, maybe."), ["most likely", "it looks like", "maybe"]);
        assert_eq!(hedges("what appears to be a dog that appears to sleep"), ["what appears to be", "appears to"]);
        assert!(hedges("a dog appears").is_empty() && hedges("").is_empty());
        assert!(HEDGES.is_sorted(), "so that a double is seen");
    }
}
