//! How far people agree who were asked the same.
//!
//! Krippendorff's alpha for names without an order, where not everybody was asked everything: K. Krippendorff, "Computing
//! Krippendorff's Alpha-Reliability" (2011), section C.

use std::collections::HashMap;
use std::hash::Hash;

/// How far people agree.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Agreement {
    /// How many questions at least two people answered.
    pub questions: usize,
    /// Of two people who answered the same question, how often they said the same, 0 to 1.
    pub observed: f64,
    /// Krippendorff's alpha: 1 where all agree, 0 where they agree as often as chance would have it, less where less often.
    /// None where everybody always says the same one thing: chance would agree as well.
    pub alpha: Option<f64>,
}

/// How far the answers to each question agree. None where nobody answered what another did.
pub fn agreement<A: Eq + Hash>(questions: impl IntoIterator<Item = Vec<A>>) -> Option<Agreement> {
    let mut totals: HashMap<A, f64> = HashMap::new();
    let (mut asked, mut answers, mut disagreeing, mut same, mut pairs) = (0, 0.0, 0.0, 0.0, 0.0);
    for question in questions {
        let count = question.len() as f64;
        if count < 2.0 {
            continue;
        }
        asked += 1;
        answers += count;
        let mut counts: HashMap<A, f64> = HashMap::new();
        for answer in question {
            *counts.entry(answer).or_default() += 1.0;
        }
        let alike: f64 = counts.values().map(|count| count * (count - 1.0)).sum();
        same += alike;
        pairs += count * (count - 1.0);
        // Pairs of one question weigh as much as it has answers.
        disagreeing += (count * (count - 1.0) - alike) / (count - 1.0);
        for (answer, count) in counts {
            *totals.entry(answer).or_default() += count;
        }
    }
    if asked == 0 {
        return None;
    }
    let expected: f64 = totals.values().map(|count| count * (answers - count)).sum::<f64>() / (answers - 1.0);
    let alpha = (expected > 0.0).then(|| 1.0 - disagreeing / expected);
    Some(Agreement { questions: asked, observed: same / pairs, alpha })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alpha_is_that_of_the_paper() {
        // The paper's example: twelve units, what up to four observers said of each.
        let units = ["111", "2232", "3333", "3333", "2222", "1234", "4444", "1121", "2222", "555", "11", "3"];
        let units = units.map(|unit| unit.chars().collect());
        let found = agreement(units).unwrap();
        assert_eq!(found.questions, 11);
        assert!((found.alpha.unwrap() - 0.743).abs() < 0.0005, "{found:?}");
    }

    #[test]
    fn ends_of_the_scale() {
        assert_eq!(agreement::<u8>([]), None);
        assert_eq!(agreement([vec!['a']]), None, "one answer agrees with nobody");
        let all = agreement([vec!['a', 'a'], vec!['b', 'b', 'b']]).unwrap();
        assert_eq!((all.observed, all.alpha), (1.0, Some(1.0)));
        assert_eq!(agreement([vec!['a', 'a']]).unwrap().alpha, None);
        let never = agreement([vec!['a', 'b'], vec!['b', 'a']]).unwrap();
        assert!(never.observed.abs() < f64::EPSILON);
        assert!(never.alpha.unwrap() < 0.0);
    }
}
