//! Hashes of 64 bits that differ in few.
//!
//! The index is multi-index hashing (Norouzi, Punjani and Fleet, 2012): a hash is cut into bands, and of two hashes that
//! differ in at most r bits some band differs in at most r divided by their number. So only hashes are looked at that share
//! a band with the one in question, give or take those few bits.

use std::collections::HashMap;

use super::{Chains, Distinct, Group, Index, rounds};

/// How many bits a hash has.
const BITS: u32 = 64;

/// From how many bands the cheapest number is taken: the fewer, the longer, and a table has a row for each value of one.
const BANDS: std::ops::RangeInclusive<u32> = 4..=16;

/// Rounds in which groups are joined.
const ROUNDS: u32 = 4;

/// Groups of hashes of which no two differ in more than `farthest` bits, each with at most `most` members.
pub fn of_hashes(hashes: &[u64], farthest: u32, most: usize) -> Vec<Group> {
    let mut thing_of: HashMap<u64, usize> = HashMap::with_capacity(hashes.len());
    let (mut different, mut places) = (Vec::new(), Vec::<Vec<usize>>::new());
    for (place, hash) in hashes.iter().enumerate() {
        let thing = *thing_of.entry(*hash).or_insert_with(|| {
            different.push(*hash);
            places.push(Vec::new());
            different.len() - 1
        });
        places[thing].push(place);
    }
    let rounds = rounds(farthest, ROUNDS).map(|radius| (radius, HashIndex::new(&different, radius)));
    Distinct { places }.groups(rounds, most, |one, other| (different[one] ^ different[other]).count_ones())
}

/// Finds hashes that differ in at most some bits.
struct HashIndex<'a> {
    hashes: &'a [u64],
    radius: u32,
    bands: Vec<Band>,
    /// Each group with the hash that stands for it.
    entries: Vec<(u64, u32)>,
}

/// A part of all hashes' bits.
struct Band {
    shift: u32,
    width: u32,
    /// What to change about a value to get those that are looked up as well; the value itself is among them.
    changes: Vec<u16>,
    entries: Chains,
}

impl<'a> HashIndex<'a> {
    fn new(hashes: &'a [u64], radius: u32) -> Self {
        let count = BANDS.min_by_key(|count| cost(*count, radius, hashes.len() as u64)).unwrap_or(*BANDS.start());
        let mut shift = 0;
        let bands = plan(count, radius).filter_map(|(width, near)| {
            let band =
                near.map(|near| Band { shift, width, changes: changes(width, near), entries: Chains::new(width) });
            shift += width;
            band
        });
        Self { hashes, radius, bands: bands.collect(), entries: Vec::new() }
    }
}

impl Index for HashIndex<'_> {
    fn near(&self, thing: usize, found: &mut Vec<u32>) {
        let hash = self.hashes[thing];
        for band in &self.bands {
            let value = band.value(hash);
            for change in &band.changes {
                for entry in band.entries.of(usize::from(value ^ change)) {
                    let (other, group) = self.entries[entry];
                    if (hash ^ other).count_ones() <= self.radius {
                        found.push(group);
                    }
                }
            }
        }
    }

    fn add(&mut self, thing: usize, group: u32) {
        let hash = self.hashes[thing];
        self.entries.push((hash, group));
        for band in &mut self.bands {
            band.entries.add(usize::from(band.value(hash)));
        }
    }
}

impl Band {
    fn value(&self, hash: u64) -> u16 {
        let mask = (1_u64 << self.width) - 1;
        (hash >> self.shift & mask) as u16
    }
}

/// So many bands: how wide each is, and in how many bits a value that is looked up may differ. None where it needn't be
/// looked at: with r = count × n + rest, hashes within r are within n in one of the first rest + 1 bands, or within n - 1 in
/// one of the others.
fn plan(count: u32, radius: u32) -> impl Iterator<Item = (u32, Option<u32>)> {
    let (near, rest) = (radius / count, radius % count);
    (0..count).map(move |band| {
        let width = BITS / count + u32::from(band < BITS % count);
        (width, if band <= rest { Some(near) } else { near.checked_sub(1) })
    })
}

/// About how much is looked at for one hash among so many.
fn cost(count: u32, radius: u32, hashes: u64) -> u64 {
    let bands = plan(count, radius).filter_map(|(width, near)| Some((width, near?)));
    bands.map(|(width, near)| (0..=near).map(|bits| choose(width, bits)).sum::<u64>() * (1 + (hashes >> width))).sum()
}

/// In how many ways so many can be taken of `all`.
fn choose(all: u32, taken: u32) -> u64 {
    (0..u64::from(taken)).fold(1, |ways, place| ways * u64::from(all).saturating_sub(place) / (place + 1))
}

/// All values of a width with at most so many bits.
fn changes(width: u32, most: u32) -> Vec<u16> {
    let values = (1_u32 << width) - 1;
    (0..=values).filter(|value| value.count_ones() <= most).map(|value| value as u16).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn members(hashes: &[u64], farthest: u32) -> Vec<Vec<usize>> {
        of_hashes(hashes, farthest, 100).into_iter().map(|group| group.members).collect()
    }

    #[test]
    fn hashes_within_the_distance_are_together() {
        let hashes = [0b0, 0b111, u64::MAX, 0b1, u64::MAX ^ 0b11, 1 << 40 | 1 << 50 | 1 << 60 | 0b1111];
        assert_eq!(members(&hashes, 0), Vec::<Vec<usize>>::new());
        assert_eq!(members(&hashes, 2), [vec![0, 3], vec![2, 4]]);
        assert_eq!(members(&hashes, 3), [vec![0, 1, 3], vec![2, 4]]);
        assert_eq!(members(&[7, 8, 7, 9, 7], 0), [vec![0, 2, 4]]);
    }

    #[test]
    fn nothing_is_chained() {
        // Each differs from the one before in three bits, and from the first in ever more.
        let hashes: Vec<u64> = (0..20).map(|step| (1_u64 << (3 * step)) - 1).collect();
        let groups = of_hashes(&hashes, 3, 100);
        assert!(groups.iter().all(|group| group.members.len() == 2 && group.spread == 3), "{groups:?}");
        assert_eq!(groups.len(), 10);
    }

    #[test]
    fn the_closest_are_joined_first() {
        // 0 and 7 are within eight bits of one another; 7 bits and 9 bits are closer.
        let hashes = [0, (1 << 7) - 1, (1 << 9) - 1];
        assert_eq!(members(&hashes, 8), [vec![1, 2]]);
    }

    #[test]
    fn large_groups_come_in_parts() {
        let groups = of_hashes(&[5; 7], 4, 3);
        assert_eq!(groups.iter().map(|group| group.members.len()).collect::<Vec<_>>(), [3, 3]);
        let near: Vec<u64> = (0..6).map(|bit| 1 << bit).collect();
        assert!(of_hashes(&near, 4, 4).iter().all(|group| group.members.len() <= 4));
    }

    #[test]
    fn number_of_bands_changes_nothing() {
        let hashes = [0, 0x1111_1111_1111_1111, 0xff];
        for count in BANDS {
            for radius in 0..=20 {
                let widths: u32 = plan(count, radius).map(|(width, _)| width).sum();
                assert_eq!(widths, BITS);
                // Somebody looks wherever the bits that differ may be.
                let most: u32 = plan(count, radius).map(|(_, near)| near.map_or(0, |near| near + 1)).sum();
                assert!(most > radius, "{count} bands, {radius} bits");
            }
        }
        assert_eq!(members(&hashes, 16), [[0, 2]]);
    }

    /// Hashes near a few centres.
    fn hashes() -> impl Strategy<Value = Vec<u64>> {
        let near = (0_u64..4, prop::collection::vec(0_u32..64, 0..6));
        let hash = near.prop_map(|(centre, bits)| {
            let start = centre.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            bits.into_iter().fold(start, |hash, bit| hash ^ 1 << bit)
        });
        prop::collection::vec(hash, 0..40)
    }

    proptest! {
        #[test]
        fn groups_are_near_and_disjoint(hashes in hashes(), farthest in 0_u32..17) {
            let groups = of_hashes(&hashes, farthest, 1000);
            let mut seen = vec![false; hashes.len()];
            for group in &groups {
                prop_assert!(group.members.len() > 1 && group.members.is_sorted());
                let pairs = group.members.iter().flat_map(|one| group.members.iter().map(move |other| (one, other)));
                let spread = pairs.map(|(one, other)| (hashes[*one] ^ hashes[*other]).count_ones()).max();
                prop_assert_eq!(spread, Some(group.spread));
                prop_assert!(group.spread <= farthest);
                for member in &group.members {
                    prop_assert!(!std::mem::replace(&mut seen[*member], true), "{} is there twice", member);
                }
            }
            // Equal ones are together, and who is alone has nobody alone beside them.
            let alone: Vec<usize> = (0..hashes.len()).filter(|place| !seen[*place]).collect();
            for (at, one) in alone.iter().enumerate() {
                for other in &alone[at + 1..] {
                    prop_assert!((hashes[*one] ^ hashes[*other]).count_ones() > farthest);
                }
            }
        }
    }
}
