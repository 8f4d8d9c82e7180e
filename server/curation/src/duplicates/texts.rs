//! Texts that differ in few words.
//!
//! Candidates come from locality-sensitive hashing of `MinHash` signatures (Broder, 1997; Indyk and Motwani, 1998): of two
//! texts, the smallest hash of their words is the same as often as they share words, so texts are looked at that agree in
//! two bands of a few such hashes. They are then compared word by word, so that what is found is near; that something near
//! is missed happens in less than one of 200 cases at the very edge, and more rarely the nearer it is.

use std::collections::HashMap;

use super::{Chains, Distinct, Group, Index, rounds};
use crate::metrics::words;

/// Hashes of a signature. More make bands longer, and fewer texts are compared in vain: captions of one dataset have many
/// words in common.
const SIGNATURE: usize = 256;

/// How many hashes a band has at most.
const MOST_ROWS: usize = 16;

/// How surely two texts are compared that are just near enough.
const RECALL: f64 = 0.995;

/// Rounds in which groups are joined.
const ROUNDS: u32 = 2;

/// Groups of texts of which no two differ by more than `farthest` per cent (see [`text_distance`]), each with at most `most`
/// members. Texts without a word are in none.
pub fn of_texts<'a>(texts: impl IntoIterator<Item = &'a str>, farthest: u32, most: usize) -> Vec<Group> {
    let mut known = Words::default();
    let mut thing_of: HashMap<Vec<u32>, usize> = HashMap::new();
    let mut places = Vec::<Vec<usize>>::new();
    for (place, text) in texts.into_iter().enumerate() {
        let bag = known.bag(text);
        if bag.is_empty() {
            continue;
        }
        let thing = *thing_of.entry(bag).or_insert_with(|| {
            places.push(Vec::new());
            places.len() - 1
        });
        places[thing].push(place);
    }
    let mut bags = vec![Vec::new(); places.len()];
    for (bag, thing) in thing_of {
        bags[thing] = bag;
    }
    let rounds = rounds(farthest, ROUNDS).map(|distance| (distance, BagIndex::new(&bags, distance)));
    Distinct { places }.groups(rounds, most, |one, other| distance(&bags[one], &bags[other]))
}

/// How much two texts differ, in per cent, rounded up: the words that they don't share, as a share of all words of both. 0
/// for the same words, whatever their order and punctuation. It is what [`crate::disagreement::of_texts`] says of the two.
pub fn text_distance(one: &str, other: &str) -> u32 {
    let mut known = Words::default();
    let (one, other) = (known.bag(one), known.bag(other));
    distance(&one, &other)
}

/// Numbers for words: the first time that a word stands in a text it has another than the second time.
#[derive(Default)]
struct Words {
    numbers: HashMap<(String, u32), u32>,
}

impl Words {
    /// The words of a text, as numbers in order.
    fn bag(&mut self, text: &str) -> Vec<u32> {
        let mut times: HashMap<String, u32> = HashMap::new();
        let mut bag = Vec::new();
        for word in words(text) {
            let time = times.entry(word.clone()).or_default();
            let next = self.numbers.len() as u32;
            bag.push(*self.numbers.entry((word, *time)).or_insert(next));
            *time += 1;
        }
        bag.sort_unstable();
        bag
    }
}

fn distance(one: &[u32], other: &[u32]) -> u32 {
    let all = one.len() + other.len();
    if all == 0 {
        return 0;
    }
    let (mut shared, mut rest) = (0, other);
    for word in one {
        let skipped = rest.partition_point(|candidate| candidate < word);
        rest = &rest[skipped..];
        if rest.first() == Some(word) {
            shared += 1;
            rest = &rest[1..];
        }
    }
    (100 * (all - 2 * shared)).div_ceil(all) as u32
}

/// Finds bags of words that differ by at most some per cent.
struct BagIndex {
    /// A few bits of each band of each bag's signature. Bands that share them may differ in the rest, which costs little.
    values: Vec<u32>,
    /// The entries of each band.
    bands: Vec<Chains>,
    /// The group of each entry.
    groups: Vec<u32>,
}

impl BagIndex {
    fn new(bags: &[Vec<u32>], farthest: u32) -> Self {
        // Of Dice's coefficient, which people are told, to Jaccard's, which signatures agree by.
        let dice = 1.0 - f64::from(farthest) / 100.0;
        let rows = rows(dice / (2.0 - dice));
        let width = bags.len().max(1).ilog2() + 1;
        // What makes each hash of a word another one: it is multiplied, and something is added.
        let hashes: Vec<_> = (1..=SIGNATURE as u64).map(|number| (mixed(number) | 1, mixed(!number))).collect();
        let mut values = Vec::with_capacity(bags.len() * (SIGNATURE / rows));
        for bag in bags {
            let words: Vec<u64> = bag.iter().map(|word| mixed(u64::from(*word))).collect();
            let smallest = |(factor, more): &(u64, u64)| {
                words.iter().map(|word| word.wrapping_mul(*factor).wrapping_add(*more)).min().unwrap_or_default()
            };
            for band in hashes.chunks_exact(rows) {
                let band = band.iter().fold(0, |key, hash| mixed(key ^ smallest(hash)));
                values.push((band >> (u64::BITS - width)) as u32);
            }
        }
        let bands = (0..SIGNATURE / rows).map(|_| Chains::new(width)).collect();
        Self { values, bands, groups: Vec::new() }
    }

    fn values_of(&self, thing: usize) -> &[u32] {
        let count = self.bands.len();
        &self.values[thing * count..(thing + 1) * count]
    }
}

impl Index for BagIndex {
    fn near(&self, thing: usize, found: &mut Vec<u32>) {
        for (band, value) in self.bands.iter().zip(self.values_of(thing)) {
            found.extend(band.of(*value as usize).map(|entry| self.groups[entry]));
        }
        // One band is soon shared by chance, two are seldom.
        found.sort_unstable();
        let mut before = None;
        found.retain(|group| before.replace(*group) == Some(*group));
    }

    fn add(&mut self, thing: usize, group: u32) {
        self.groups.push(group);
        let count = self.bands.len();
        for (band, value) in self.bands.iter_mut().zip(&self.values[thing * count..]) {
            band.add(*value as usize);
        }
    }
}

/// How many hashes a band has at most, so that two bags share at least two bands surely enough which share this much of
/// their words (Jaccard's coefficient).
fn rows(jaccard: f64) -> usize {
    let is_sure = |rows: &usize| {
        let (bands, share) = ((SIGNATURE / rows) as i32, jaccard.powi(*rows as i32));
        let (none, one) = ((1.0 - share).powi(bands), f64::from(bands) * share * (1.0 - share).powi(bands - 1));
        1.0 - none - one >= RECALL
    };
    (1..=MOST_ROWS).rev().find(is_sure).unwrap_or(1)
}

/// A number that looks like chance and is the same each time (`SplitMix64`; Steele, Lea and Flood, 2014).
fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ number >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ number >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ number >> 31
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::disagreement;

    fn members(texts: &[&str], farthest: u32) -> Vec<Vec<usize>> {
        of_texts(texts.iter().copied(), farthest, 100).into_iter().map(|group| group.members).collect()
    }

    #[test]
    fn texts_within_the_distance_are_together() {
        let texts =
            ["A dog on the grass.", "two cats", "on the grass, a dog", "", "a dog on the green grass", "!", "cats"];
        assert_eq!(members(&texts, 0), [[0, 2]]);
        assert_eq!(members(&texts, 10), [vec![0, 2, 4]]);
        assert_eq!(members(&texts, 40), [vec![0, 2, 4], vec![1, 6]]);
    }

    #[test]
    fn distance_is_the_share_of_words_that_differ() {
        assert_eq!(text_distance("a red dog", "a blue dog"), 34, "two of six, rounded up");
        assert_eq!(text_distance("dog dog", "dog"), 34, "as often as it stands");
        assert_eq!((text_distance("a", "b"), text_distance("a", "A!"), text_distance("", "")), (100, 0, 0));
    }

    #[test]
    fn nearly_all_that_is_near_is_found() {
        // 500 texts of twelve words each differ from one another in eleven, and each has a twin that differs in one.
        let text = |number: usize, last: &str| {
            let words: Vec<String> = (0..11).map(|word| format!("w{number}x{word}")).collect();
            words.join(" ") + " " + last
        };
        let texts: Vec<String> =
            (0..1000).map(|number| text(number / 2, if number % 2 == 0 { "a" } else { "b" })).collect();
        let groups = of_texts(texts.iter().map(String::as_str), 9, 100);
        assert!(groups.iter().all(|group| group.members.len() == 2 && group.spread == 9), "one of twelve words");
        assert!(groups.len() >= 495, "{} of 500", groups.len());
    }

    proptest! {
        #[test]
        fn groups_are_near_and_disjoint(texts in prop::collection::vec("(a |dog |red |on |in |two |cats |!){0,8}", 0..40),
            farthest in 0_u32..60)
        {
            let groups = of_texts(texts.iter().map(String::as_str), farthest, 1000);
            let mut seen = vec![false; texts.len()];
            for group in &groups {
                prop_assert!(group.members.len() > 1 && group.members.is_sorted());
                let pairs = group.members.iter().flat_map(|one| group.members.iter().map(move |other| (one, other)));
                let spread = pairs.map(|(one, other)| text_distance(&texts[*one], &texts[*other])).max();
                prop_assert_eq!(spread, Some(group.spread));
                prop_assert!(group.spread <= farthest);
                for member in &group.members {
                    prop_assert!(!std::mem::replace(&mut seen[*member], true), "{} is there twice", member);
                    prop_assert!(!words(&texts[*member]).is_empty());
                }
            }
        }

        #[test]
        fn distance_is_the_disagreement(one in "(a |dog |red |cats ){1,8}", other in "(a |dog |red |cats ){1,8}") {
            let wanted = disagreement::of_texts([one.as_str(), other.as_str()]).unwrap_or_default();
            let distance = f64::from(text_distance(&one, &other)) / 100.0;
            prop_assert!(distance >= wanted - 1e-9 && distance < wanted + 0.01, "{distance} and {wanted}");
        }
    }
}
