//! What is there nearly twice: perceptual hashes that differ in few bits, texts that differ in few words.
//!
//! Groups are found without comparing everything with everything. Equal things are put together first. Then groups are
//! joined in rounds of growing distance, so that the closest find each other first: each group looks its nearest up in an
//! index of the groups before it, which holds one member of each. That one is enough, because two groups are joined only
//! where all their members are near each other (complete linkage). So nothing is chained: a hundred pictures of a sunrise, each a little
//! like the one before, are not one group.

mod hashes;
mod texts;

pub use hashes::of_hashes;
pub use texts::{of_texts, text_distance};

/// Things that are alike: at least two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Which ones, by their places in what was given, in order.
    pub members: Vec<usize>,
    /// How far the two are apart that differ most.
    pub spread: u32,
}

/// Tells which groups may be near.
trait Index {
    /// Puts the numbers of groups that may be near this thing into `found`, some perhaps twice; none that is near is missing.
    fn near(&self, thing: usize, found: &mut Vec<u32>);

    /// Takes the group of this number in, whose first member is this thing.
    fn add(&mut self, thing: usize, group: u32);
}

/// Numbered entries by a value that each has: for each value the last entry, and for each entry the one before. One more than
/// their numbers, 0 for none.
struct Chains {
    last: Vec<u32>,
    before: Vec<u32>,
}

impl Chains {
    /// For values of so many bits.
    fn new(width: u32) -> Self {
        Self { last: vec![0; 1 << width], before: Vec::new() }
    }

    /// Adds the next entry.
    fn add(&mut self, value: usize) {
        self.before.push(self.last[value]);
        self.last[value] = self.before.len() as u32;
    }

    /// The entries that have this value.
    fn of(&self, value: usize) -> impl Iterator<Item = usize> {
        let entry = |number: u32| number.checked_sub(1).map(|entry| entry as usize);
        std::iter::successors(entry(self.last[value]), move |previous| entry(self.before[*previous]))
    }
}

/// What different things there are, and which places each has.
struct Distinct {
    places: Vec<Vec<usize>>,
}

/// A group on its way: different things, and how many places they have in all.
#[derive(Clone)]
struct Cluster {
    things: Vec<usize>,
    size: usize,
    spread: u32,
}

impl Distinct {
    /// Joins things in rounds, each of a distance and an index for it, to groups of at most `most` places. What is there more
    /// often than that comes in several groups.
    fn groups<I: Index>(
        &self,
        rounds: impl IntoIterator<Item = (u32, I)>,
        most: usize,
        distance: impl Fn(usize, usize) -> u32,
    ) -> Vec<Group> {
        let single = |thing: usize| Cluster { things: vec![thing], size: self.places[thing].len(), spread: 0 };
        let mut clusters: Vec<Cluster> = (0..self.places.len()).map(single).collect();
        for (farthest, index) in rounds {
            clusters = joined(clusters, (farthest, index), most, &distance);
        }
        clusters.into_iter().flat_map(|cluster| self.parts(&cluster, most)).collect()
    }

    /// A cluster as groups of at most `most` places.
    fn parts(&self, cluster: &Cluster, most: usize) -> Vec<Group> {
        let mut members: Vec<usize> = cluster.things.iter().flat_map(|thing| &self.places[*thing]).copied().collect();
        members.sort_unstable();
        let parts = members.chunks(most.max(2)).filter(|part| part.len() > 1);
        parts.map(|part| Group { members: part.to_vec(), spread: cluster.spread }).collect()
    }
}

/// One round: each cluster joins the one before it whose members are all within `farthest`, the nearest of several.
fn joined<I: Index>(
    clusters: Vec<Cluster>,
    (farthest, mut index): (u32, I),
    most: usize,
    distance: impl Fn(usize, usize) -> u32,
) -> Vec<Cluster> {
    let mut kept: Vec<Cluster> = Vec::with_capacity(clusters.len());
    let mut found = Vec::new();
    for cluster in clusters {
        found.clear();
        if cluster.size < most {
            index.near(cluster.things[0], &mut found);
        }
        found.sort_unstable();
        found.dedup();
        let fits = found.iter().filter_map(|group| {
            let other = &kept[*group as usize];
            let has_room = other.size + cluster.size <= most;
            has_room.then(|| spread(&cluster, other, farthest, &distance)).flatten().map(|spread| (spread, *group))
        });
        if let Some((spread, group)) = fits.min() {
            let other = &mut kept[group as usize];
            other.things.extend(cluster.things);
            other.size += cluster.size;
            other.spread = other.spread.max(cluster.spread).max(spread);
        } else {
            index.add(cluster.things[0], kept.len() as u32);
            kept.push(cluster);
        }
    }
    kept
}

/// How far apart the members of two clusters are at most; none where that is more than `farthest`.
fn spread(one: &Cluster, other: &Cluster, farthest: u32, distance: impl Fn(usize, usize) -> u32) -> Option<u32> {
    let mut widest = 0;
    for left in &one.things {
        for right in &other.things {
            widest = widest.max(distance(*left, *right));
            if widest > farthest {
                return None;
            }
        }
    }
    Some(widest)
}

/// The distances of the rounds up to the largest.
fn rounds(farthest: u32, count: u32) -> impl Iterator<Item = u32> {
    let mut last = 0;
    (1..=count).map(move |round| farthest * round / count).filter(move |distance| {
        let is_new = *distance > last;
        last = *distance;
        is_new
    })
}
