//! Finds pictures that are there nearly twice, by how they look or by what a source says of them.

use std::{
    cmp::Reverse,
    collections::{HashMap, HashSet},
    fmt,
    str::FromStr,
};

use tokio::sync::Semaphore;
use uuid::Uuid;
use vasari_curation::duplicates::{Group, of_hashes, of_texts};
use vasari_storage::{
    Database, Reader, StorageError,
    duplicates::{ComparedImage, DuplicateKind},
    images::ImageFilter,
};

/// How many pictures a group has at most. What is there more often comes in several groups: so a group fits on a page, and
/// into a request.
pub(crate) const MOST_IN_GROUP: usize = 100;

/// In how many of 64 bits pictures differ at most where nobody says.
const USUAL_BITS: u32 = 8;

/// How many per cent of their words captions differ in at most where nobody says.
const USUAL_PERCENT: u32 = 10;

/// How many pictures are compared at most: a hash is short, a caption is not.
const MOST_PICTURES: i64 = 1_000_000;
const MOST_CAPTIONS: i64 = 100_000;

/// How many dismissals of a dataset count.
const MOST_DISMISSALS: i64 = 100_000;

/// Room for those who look for groups: each takes a processor for a while.
static ROOM: Semaphore = Semaphore::const_new(2);

/// What is looked for.
#[derive(Debug, Clone)]
pub(crate) struct DuplicateSearch {
    pub(crate) kind: DuplicateKind,
    /// How far two of a group may be apart: bits of the hash, or per cent of the words.
    pub(crate) distance: u32,
    /// Whose captions are compared (a source's slug); by how pictures look, nobody's.
    pub(crate) source: Option<String>,
    pub(crate) filter: ImageFilter,
    /// Only these pictures, where a search says which.
    pub(crate) among: Option<Vec<Uuid>>,
    pub(crate) order: GroupOrder,
}

/// Which groups come first. Of equal ones, those of pictures that were added earlier.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum GroupOrder {
    /// The largest; of those the closest.
    #[default]
    Largest,
    /// Those whose members are closest; of those the largest.
    Closest,
}

/// Groups of a dataset.
#[derive(Debug, Clone, Default)]
pub(crate) struct Duplicates {
    /// In order.
    pub(crate) groups: Vec<DuplicateGroup>,
    /// How many pictures were compared.
    pub(crate) compared: usize,
    /// How many could not be yet: their hashes are still to be made.
    pub(crate) unhashed: usize,
    /// Whether these are all pictures, and not the first of too many.
    pub(crate) is_complete: bool,
    /// How many groups somebody has found to be no duplicates.
    pub(crate) dismissed: usize,
}

/// Pictures that are alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DuplicateGroup {
    /// At least two, in the order of adding.
    pub(crate) images: Vec<Uuid>,
    /// How far the two are apart that differ most.
    pub(crate) spread: u32,
}

/// Where a group stands in an order: what a page's next one begins after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct GroupPlace {
    size: usize,
    spread: u32,
    first: Uuid,
}

/// The largest distance of a kind that can be asked for.
pub(crate) const fn farthest(kind: DuplicateKind) -> u32 {
    match kind {
        DuplicateKind::Image => 16,
        DuplicateKind::Caption => 30,
    }
}

/// The distance of a kind where nobody says another.
pub(crate) const fn usual_distance(kind: DuplicateKind) -> u32 {
    match kind {
        DuplicateKind::Image => USUAL_BITS,
        DuplicateKind::Caption => USUAL_PERCENT,
    }
}

/// Finds the groups of a dataset; none where the reader may not see it.
pub(crate) async fn find(
    database: &Database,
    reader: &Reader,
    dataset: &str,
    search: DuplicateSearch,
) -> Result<Option<Duplicates>, StorageError> {
    let DuplicateSearch { kind, distance, source, filter, among, order } = search;
    let (most, source) = match kind {
        DuplicateKind::Image => (MOST_PICTURES, None),
        DuplicateKind::Caption => (MOST_CAPTIONS, Some(source.unwrap_or_default())),
    };
    let selected = (&filter, among.as_deref());
    let images = database.compared_images(reader, dataset, selected, source.as_deref(), most + 1).await?;
    let Some(mut images) = images else { return Ok(None) };
    let dismissals = database.list_dismissals(reader, dataset, kind, None, MOST_DISMISSALS).await?.unwrap_or_default();
    let is_complete = images.len() as i64 <= most;
    images.truncate(most as usize);
    let room = ROOM.acquire().await.expect("the room is never closed. This is a bug.");
    let found = tokio::task::spawn_blocking(move || {
        let sets: Vec<HashSet<Uuid>> =
            dismissals.into_iter().map(|dismissal| dismissal.images.into_iter().collect()).collect();
        let mut found = groups(&images, kind, distance);
        let all = found.len();
        let dismissed = Dismissed::new(&sets);
        found.retain(|group| !dismissed.has(&group.images));
        found.sort_unstable_by(|one, other| order.compare(one.place(), other.place()));
        Duplicates {
            dismissed: all - found.len(),
            groups: found,
            unhashed: match kind {
                DuplicateKind::Image => images.iter().filter(|image| image.hash.is_none()).count(),
                DuplicateKind::Caption => 0,
            },
            compared: images.len(),
            is_complete,
        }
    });
    let found = found.await.expect("grouping doesn't fail. This is a bug.");
    drop(room);
    Ok(Some(found))
}

/// What is alike of these.
fn groups(images: &[ComparedImage], kind: DuplicateKind, distance: u32) -> Vec<DuplicateGroup> {
    let named = |ids: &[Uuid], group: Group| DuplicateGroup {
        images: group.members.iter().map(|member| ids[*member]).collect(),
        spread: group.spread,
    };
    match kind {
        DuplicateKind::Image => {
            let (ids, hashes): (Vec<Uuid>, Vec<u64>) =
                images.iter().filter_map(|image| Some((image.id, image.hash?))).unzip();
            of_hashes(&hashes, distance, MOST_IN_GROUP).into_iter().map(|group| named(&ids, group)).collect()
        }
        DuplicateKind::Caption => {
            let ids: Vec<Uuid> = images.iter().map(|image| image.id).collect();
            let found = of_texts(images.iter().map(|image| image.text.as_str()), distance, MOST_IN_GROUP);
            // The same caption of the same picture twice is no wonder.
            let differ = |group: &Group| {
                let hashes: Vec<_> = group.members.iter().map(|member| images[*member].hash).collect();
                hashes.iter().any(|hash| match (hash, hashes[0]) {
                    (Some(hash), Some(first)) => (hash ^ first).count_ones() > USUAL_BITS,
                    _ => true,
                })
            };
            found.into_iter().filter(differ).map(|group| named(&ids, group)).collect()
        }
    }
}

/// Finds out whether all pictures of a group are in one of many sets.
struct Dismissed<'a> {
    sets: &'a [HashSet<Uuid>],
    of_image: HashMap<Uuid, Vec<usize>>,
}

impl<'a> Dismissed<'a> {
    fn new(sets: &'a [HashSet<Uuid>]) -> Self {
        let mut of_image: HashMap<Uuid, Vec<usize>> = HashMap::new();
        for (place, set) in sets.iter().enumerate() {
            for image in set {
                of_image.entry(*image).or_default().push(place);
            }
        }
        Self { sets, of_image }
    }

    fn has(&self, images: &[Uuid]) -> bool {
        let of_first = images.first().and_then(|first| self.of_image.get(first));
        of_first.into_iter().flatten().any(|set| images.iter().all(|image| self.sets[*set].contains(image)))
    }
}

impl Duplicates {
    /// At most `limit` groups after a place, and the place that the next page begins after.
    pub(crate) fn page(
        &self,
        order: GroupOrder,
        after: Option<GroupPlace>,
        limit: usize,
    ) -> (&[DuplicateGroup], Option<GroupPlace>) {
        let begin =
            after.map_or(0, |after| self.groups.partition_point(|group| order.compare(group.place(), after).is_le()));
        let end = self.groups.len().min(begin + limit);
        let page = &self.groups[begin..end];
        (page, page.last().filter(|_| end < self.groups.len()).map(DuplicateGroup::place))
    }

    /// How many pictures the groups have in all.
    pub(crate) fn images(&self) -> usize {
        self.groups.iter().map(|group| group.images.len()).sum()
    }
}

impl DuplicateGroup {
    fn place(&self) -> GroupPlace {
        GroupPlace { size: self.images.len(), spread: self.spread, first: self.images[0] }
    }
}

impl GroupOrder {
    fn compare(self, one: GroupPlace, other: GroupPlace) -> std::cmp::Ordering {
        let by_size = Reverse(one.size).cmp(&Reverse(other.size));
        let by_spread = one.spread.cmp(&other.spread);
        let first = match self {
            Self::Largest => by_size.then(by_spread),
            Self::Closest => by_spread.then(by_size),
        };
        first.then(one.first.cmp(&other.first))
    }
}

impl FromStr for GroupOrder {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "largest" => Ok(Self::Largest),
            "closest" => Ok(Self::Closest),
            _ => Err(()),
        }
    }
}

impl FromStr for GroupPlace {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.splitn(3, '.');
        let mut part = || parts.next().ok_or(());
        Ok(Self {
            size: part()?.parse().map_err(|_| ())?,
            spread: part()?.parse().map_err(|_| ())?,
            first: part()?.parse().map_err(|_| ())?,
        })
    }
}

impl fmt::Display for GroupPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.size, self.spread, self.first.simple())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(id: u128, hash: Option<u64>, text: &str) -> ComparedImage {
        ComparedImage { id: Uuid::from_u128(id), hash, text: text.into() }
    }

    fn ids(group: &DuplicateGroup) -> Vec<u128> {
        group.images.iter().map(Uuid::as_u128).collect()
    }

    #[test]
    fn pictures_without_a_hash_are_passed_over() {
        let images = [image(1, Some(0), ""), image(2, None, ""), image(3, Some(1), ""), image(4, None, "")];
        let found = groups(&images, DuplicateKind::Image, 4);
        assert_eq!((found.len(), ids(&found[0]), found[0].spread), (1, vec![1, 3], 1));
    }

    #[test]
    fn same_caption_of_the_same_picture_is_no_finding() {
        let same = [image(1, Some(0), "a dog"), image(2, Some(1), "a dog")];
        assert_eq!(groups(&same, DuplicateKind::Caption, 0), []);
        let other = [image(1, Some(0), "a dog"), image(2, Some(u64::MAX), "A dog."), image(3, None, "a cat")];
        assert_eq!(ids(&groups(&other, DuplicateKind::Caption, 0)[0]), [1, 2]);
        let unknown = [image(1, Some(0), "a dog"), image(2, None, "a dog")];
        assert_eq!(groups(&unknown, DuplicateKind::Caption, 0).len(), 1, "nobody knows whether they are the same");
    }

    #[test]
    fn group_is_dismissed_as_long_as_nothing_new_is_in_it() {
        let id = Uuid::from_u128;
        let sets = [HashSet::from([id(1), id(2), id(3)]), HashSet::from([id(2), id(4)])];
        let dismissed = Dismissed::new(&sets);
        assert!(dismissed.has(&[id(1), id(2), id(3)]) && dismissed.has(&[id(1), id(3)]));
        assert!(!dismissed.has(&[id(1), id(2), id(4)]) && !dismissed.has(&[id(5), id(6)]));
    }

    #[test]
    fn pages_follow_each_other() {
        let group = |first: u128, size: u128, spread: u32| DuplicateGroup {
            images: (first..first + size).map(Uuid::from_u128).collect(),
            spread,
        };
        for order in [GroupOrder::Largest, GroupOrder::Closest] {
            let mut all = vec![group(1, 2, 5), group(10, 4, 5), group(20, 2, 0), group(30, 2, 5), group(40, 3, 1)];
            all.sort_unstable_by(|one, other| order.compare(one.place(), other.place()));
            let found = Duplicates { groups: all.clone(), ..Duplicates::default() };
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let (page, next) = found.page(order, after, 2);
                seen.extend_from_slice(page);
                let Some(next) = next else { break };
                assert_eq!(next.to_string().parse(), Ok(next));
                after = Some(next);
            }
            assert_eq!(seen, all);
            let first = ids(&all[0])[0];
            assert_eq!(first, if order == GroupOrder::Largest { 10 } else { 20 });
        }
        assert!("1.2".parse::<GroupPlace>().is_err() && "a.b.c".parse::<GroupPlace>().is_err());
    }
}
