//! ROUGE-L: how long the longest common subsequence of words is.
//!
//! C.-Y. Lin, "ROUGE: a package for automatic evaluation of summaries" (2004), with recall weighing as in the programs of
//! the COCO caption challenge.

use super::lexicon::Sentence;

/// How much more recall weighs than precision, as a factor.
const BETA: f64 = 1.2;

/// ROUGE-L of a caption against its reference, 0 to 1.
pub fn rouge_l(caption: &Sentence, reference: &Sentence) -> f64 {
    let (caption, reference) = (&caption.words, &reference.words);
    let common = longest_common(caption, reference) as f64;
    if common == 0.0 {
        return 0.0;
    }
    let (precision, recall) = (common / caption.len() as f64, common / reference.len() as f64);
    (1.0 + BETA * BETA) * precision * recall / (recall + BETA * BETA * precision)
}

/// The length of the longest common subsequence, in words.
fn longest_common(one: &[u32], other: &[u32]) -> usize {
    let mut row = vec![0; other.len() + 1];
    for word in one {
        let mut diagonal = 0;
        for (place, candidate) in other.iter().enumerate() {
            let above = row[place + 1];
            row[place + 1] = if word == candidate { diagonal + 1 } else { above.max(row[place]) };
            diagonal = above;
        }
    }
    row[other.len()]
}
