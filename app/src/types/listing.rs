//! Which pictures of a dataset are looked at, and how: all of it stands in the address.

use serde::{Deserialize, Serialize};

use super::{Chip, Status};
use crate::address::{Query, read};
use crate::terms;

/// Pictures that a page of numbered pages may have.
const MOST_PER_PAGE: u16 = 200;

/// Which pictures of a dataset are looked at, and how they are shown.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Listing {
    /// What is searched for; empty for no search.
    pub query: String,
    /// Only with a caption of this source; empty for all.
    pub source: String,
    /// Only without a caption of this source; empty for all.
    pub missing: String,
    /// Only with a caption in this state.
    pub status: Option<Status>,
    /// In which order.
    pub sort: Sort,
    /// The source whose captions are shown; empty for those in which something was found, or for none.
    pub captions: String,
    /// The source from whose captions they are shown to differ; empty for none.
    pub against: String,
    /// Whether no captions are wanted. Where nothing is said, those of the dataset's main source are shown.
    pub bare: bool,
    /// Where they stand.
    pub place: CaptionPlace,
    /// Whether the regions of those captions are drawn.
    pub boxes: bool,
    /// How large the pictures are.
    pub size: TileSize,
    /// Pictures of a numbered page; 0 where the list has no pages.
    pub page_size: u16,
    /// The number of the page, from 1.
    pub page: u32,
    /// The picture that the list begins at; empty for the first.
    pub at: String,
}

/// An order of pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Sort {
    /// The best first where words are searched for, else as they were added.
    #[default]
    Usual,
    /// As they were added.
    Added,
    /// What was added last comes first.
    AddedLast,
    /// By file name.
    Name,
    /// By file name, backwards.
    NameBackwards,
    /// What somebody changed last comes first.
    ChangedLast,
    /// What the model is least sure of comes first.
    LeastSure,
    /// What the model is surest of comes first.
    Surest,
    /// The shortest captions first.
    Shortest,
    /// The longest captions first.
    Longest,
    /// The pictures first whose captions differ most.
    MostDisputed,
    /// The pictures first in whose boxes the sources differ most.
    BoxesDiffer,
}

/// Where captions stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum CaptionPlace {
    /// Below each picture.
    #[default]
    Under,
    /// On it.
    Over,
}

/// How large the pictures are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum TileSize {
    /// Many at a glance.
    Small,
    /// A few in a row.
    #[default]
    Medium,
    /// One or two in a row.
    Large,
}

impl Listing {
    /// Reads an address's query. What can't be understood counts as absent: the address may be old.
    pub fn parse(query: &str) -> Self {
        let mut listing = Self { page: 1, ..Self::default() };
        // No name and no text that is kept has a NUL in it.
        for (name, value) in read(query).filter(|(_, value)| !value.contains('\0')) {
            match name.as_str() {
                "q" => listing.query = value,
                "source" => listing.source = value,
                "missing" => listing.missing = value,
                "status" => listing.status = Status::ALL.into_iter().find(|status| status.name() == value),
                "sort" => listing.sort = Sort::ALL.into_iter().find(|sort| sort.value() == value).unwrap_or_default(),
                "captions" => listing.captions = value,
                "against" => listing.against = value,
                "bare" => listing.bare = value == "true",
                "place" if value == "over" => listing.place = CaptionPlace::Over,
                "boxes" => listing.boxes = value == "true",
                "size" if value == "s" => listing.size = TileSize::Small,
                "size" if value == "l" => listing.size = TileSize::Large,
                "page_size" => listing.page_size = value.parse().unwrap_or(0).min(MOST_PER_PAGE),
                "page" => listing.page = value.parse().unwrap_or(1).max(1),
                "at" => listing.at = value,
                _ => {}
            }
        }
        listing
    }

    /// The listing as an address's query: with `?` before it, or empty.
    pub fn query_string(&self) -> String {
        let mut query = self.filter();
        query.add_if("captions", &self.captions);
        query.add_if("against", &self.against);
        query.flag("bare", "true", self.bare && self.captions.is_empty());
        query.flag("place", "over", self.place == CaptionPlace::Over);
        query.flag("boxes", "true", self.boxes);
        query.flag("size", "s", self.size == TileSize::Small);
        query.flag("size", "l", self.size == TileSize::Large);
        if self.page_size > 0 {
            query.add("page_size", &self.page_size.to_string());
            query.flag("page", &self.page.to_string(), self.page > 1);
        }
        query.add_if("at", &self.at);
        query.finish()
    }

    /// What the address says beside the query, for a form that searches for another: names and values.
    pub fn other_parameters(&self) -> Vec<(String, String)> {
        let query = Self { query: String::new(), ..self.from_start() }.query_string();
        read(query.trim_start_matches('?')).collect()
    }

    /// What the address says of which pictures, for a form that says something else: names and values.
    pub fn filter_parameters(&self) -> Vec<(String, String)> {
        read(self.filter().finish().trim_start_matches('?')).collect()
    }

    /// The query for a part of this list: `limit` pictures, after `cursor` or before `before`.
    pub fn part_query(&self, limit: u16, cursor: Option<&str>, before: Option<&str>) -> String {
        let mut query = self.filter();
        query.add_if("captions", &self.captions);
        query.add_if("against", self.compared_with().unwrap_or_default());
        query.flag("bare", "true", self.bare && self.captions.is_empty());
        query.flag("boxes", "true", self.boxes && !self.captions.is_empty());
        query.add("limit", &limit.to_string());
        query.add_if("cursor", cursor.unwrap_or_default());
        query.add_if("before", before.unwrap_or_default());
        query.finish()
    }

    /// Whether the search index finds these pictures. The database finds what filters alone let through.
    pub fn needs_index(&self) -> bool {
        !self.query.is_empty() || !matches!(self.sort, Sort::Usual | Sort::Added | Sort::Name)
    }

    /// The query and the filters as one query for a search.
    pub fn whole_query(&self) -> String {
        self.filters_as_query().iter().fold(self.query.clone(), |query, filter| terms::with(&query, filter))
    }

    /// The filters as parts of a query for a search.
    pub fn filters_as_query(&self) -> Vec<String> {
        let part = |name: &str, value: &str| (!value.is_empty()).then(|| format!("{name}:{value}"));
        let status = part("status", self.status.map_or("", Status::name));
        part("has", &self.source).into_iter().chain(part("missing", &self.missing)).chain(status).collect()
    }

    /// These pictures as the API takes a choice of them: an object of JSON.
    pub fn selection(&self) -> String {
        let status = self.status.map_or("", Status::name).to_owned();
        let members =
            [("query", &self.query), ("source", &self.source), ("missing", &self.missing), ("status", &status)];
        let given = members.into_iter().filter(|(_, value)| !value.is_empty());
        let written =
            given.filter_map(|(name, value)| Some(format!("\"{name}\": {}", serde_json::to_string(value).ok()?)));
        format!("{{{}}}", written.collect::<Vec<_>>().join(", "))
    }

    /// Where these pictures of a dataset are shown.
    pub fn address(&self, dataset: &str) -> String {
        format!("/datasets/{dataset}{}", self.query_string())
    }

    /// Where one of them is shown.
    pub fn image_address(&self, dataset: &str, image: &str) -> String {
        format!("/datasets/{dataset}/images/{image}{}", self.from_start().query_string())
    }

    /// Where these pictures are exported, captioned and so on: the page of this name.
    pub fn work_address(&self, dataset: &str, work: &str) -> String {
        let mut query = self.filter();
        query.add_if("captions", &self.captions);
        format!("/datasets/{dataset}/{work}{}", query.finish())
    }

    /// The filters in words.
    pub fn chips(&self) -> Vec<Chip> {
        let chip = |name: &str, value: &str| {
            (!value.is_empty()).then(|| Chip { name: name.to_owned(), value: value.to_owned() })
        };
        let status = chip(t!("Has a caption that is"), self.status.map_or("", Status::word));
        let has = chip(t!("Has a caption of"), &self.source);
        let lacks = chip(t!("Has none of"), &self.missing);
        chip(t!("Search"), &self.query).into_iter().chain(has).chain(lacks).chain(status).collect()
    }

    /// The listing with the captions of the main source, where it says nothing of captions.
    #[must_use]
    pub fn settled(self, main_source: &str) -> Self {
        let says_nothing = self.captions.is_empty() && !self.bare && self.query.is_empty();
        if says_nothing { Self { captions: main_source.to_owned(), ..self } } else { self }
    }

    /// Whether captions are shown: those of the chosen source, or those in which something was found.
    pub fn shows_captions(&self) -> bool {
        !self.captions.is_empty() || !self.query.is_empty() && !self.bare
    }

    /// The source from whose captions those of the chosen source are shown to differ, where they are.
    pub fn compared_with(&self) -> Option<&str> {
        let is_another = !self.against.is_empty() && !self.captions.is_empty() && self.against != self.captions;
        is_another.then_some(&*self.against)
    }

    /// Whether not all pictures of the dataset are in it.
    pub fn is_filtered(&self) -> bool {
        !self.query.is_empty() || !self.source.is_empty() || !self.missing.is_empty() || self.status.is_some()
    }

    /// The listing from its beginning.
    #[must_use]
    pub fn from_start(&self) -> Self {
        Self { page: 1, at: String::new(), ..self.clone() }
    }

    /// All pictures of the dataset, shown the same way.
    #[must_use]
    pub fn without_filter(&self) -> Self {
        let (query, source, missing) = (String::new(), String::new(), String::new());
        Self { query, source, missing, status: None, ..self.from_start() }
    }

    fn filter(&self) -> Query {
        let mut query = Query::default();
        query.add_if("q", &self.query);
        query.add_if("source", &self.source);
        query.add_if("missing", &self.missing);
        query.add_if("status", self.status.map_or("", Status::name));
        query.add_if("sort", self.sort.value());
        query
    }
}

impl Sort {
    /// All of them, as a menu has them.
    pub const ALL: [Self; 12] = [
        Self::Usual,
        Self::Added,
        Self::AddedLast,
        Self::Name,
        Self::NameBackwards,
        Self::ChangedLast,
        Self::LeastSure,
        Self::Surest,
        Self::Shortest,
        Self::Longest,
        Self::MostDisputed,
        Self::BoxesDiffer,
    ];

    /// As addresses and the API write it; empty for the usual one.
    pub const fn value(self) -> &'static str {
        match self {
            Self::Usual => "",
            Self::Added => "added",
            Self::AddedLast => "-added",
            Self::Name => "name",
            Self::NameBackwards => "-name",
            Self::ChangedLast => "-updated",
            Self::LeastSure => "confidence",
            Self::Surest => "-confidence",
            Self::Shortest => "length",
            Self::Longest => "-length",
            Self::MostDisputed => "-disagreement",
            Self::BoxesDiffer => "-box_disagreement",
        }
    }

    /// What people call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Usual => t!("Best match"),
            Self::Added => t!("As added"),
            Self::AddedLast => t!("Added last"),
            Self::Name => t!("Name, A to Z"),
            Self::NameBackwards => t!("Name, Z to A"),
            Self::ChangedLast => t!("Changed last"),
            Self::LeastSure => t!("Least confident"),
            Self::Surest => t!("Most confident"),
            Self::Shortest => t!("Shortest caption"),
            Self::Longest => t!("Longest caption"),
            Self::MostDisputed => t!("Captions differ most"),
            Self::BoxesDiffer => t!("Boxes differ most"),
        }
    }
}

impl TileSize {
    /// All of them, the smallest first.
    pub const ALL: [Self; 3] = [Self::Small, Self::Medium, Self::Large];

    /// What people call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Small => t!("Small"),
            Self::Medium => t!("Medium"),
            Self::Large => t!("Large"),
        }
    }

    /// The least height of a row in pixels, in a window that is narrow or isn't. The style sheet repeats it.
    pub const fn row_height(self, is_narrow: bool) -> f64 {
        match (self, is_narrow) {
            (Self::Small, true) => 72.0,
            (Self::Small, false) | (Self::Medium, true) => 120.0,
            (Self::Medium, false) => 200.0,
            (Self::Large, true) => 240.0,
            (Self::Large, false) => 360.0,
        }
    }

    /// The thumbnail that fits it: the longer side in pixels.
    pub const fn thumbnail(self) -> u32 {
        match self {
            Self::Small => 256,
            Self::Medium | Self::Large => 512,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_holds_all_of_it() {
        let listing = Listing {
            query: "dog & cat".into(),
            source: "florence".into(),
            missing: "human".into(),
            status: Some(Status::Approved),
            sort: Sort::Name,
            captions: "a+b".into(),
            against: "human".into(),
            bare: false,
            place: CaptionPlace::Over,
            boxes: true,
            size: TileSize::Large,
            page_size: 50,
            page: 3,
            at: "1".into(),
        };
        let query = listing.query_string();
        assert!(query.starts_with("?q=dog%20%26%20cat&source=florence"), "{query}");
        assert_eq!(Listing::parse(&query[1..]), listing);
        assert_eq!(Listing::parse("").query_string(), "");
        let others = Listing::parse("q=dog&source=a&page_size=50&page=3&at=7").other_parameters();
        let others: Vec<_> = others.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(others, [("source", "a"), ("page_size", "50")]);
    }

    #[test]
    fn selection_is_an_object_of_what_is_given() {
        assert_eq!(Listing::default().selection(), "{}");
        let some = Listing::parse("q=a+%22red%22+dog&status=draft&sort=name").selection();
        assert_eq!(some, r#"{"query": "a \"red\" dog", "status": "draft"}"#);
    }

    #[test]
    fn what_is_not_understood_counts_as_absent() {
        let listing = Listing::parse("sort=best&status=good&page=0&page_size=9999&size=xl&other=1");
        assert_eq!(listing, Listing { page: 1, page_size: 200, ..Listing::default() });
    }

    #[test]
    fn filters_are_told_in_words_and_taken_along() {
        let listing = Listing::parse("q=a+dog&missing=human&status=approved&sort=name&size=l&captions=b");
        let words: Vec<_> = listing.chips().into_iter().map(|chip| format!("{}: {}", chip.name, chip.value)).collect();
        assert_eq!(words, ["Search: a dog", "Has none of: human", "Has a caption that is: approved"]);
        let address = listing.work_address("birds", "export");
        assert_eq!(address, "/datasets/birds/export?q=a%20dog&missing=human&status=approved&sort=name&captions=b");
    }

    #[test]
    fn parts_of_a_list_are_asked_for_by_its_filter() {
        let listing = Listing::parse("source=a&size=l&at=7&captions=b&boxes=true");
        assert_eq!(listing.part_query(50, Some("x"), None), "?source=a&captions=b&boxes=true&limit=50&cursor=x");
        assert_eq!(listing.filters_as_query(), ["has:a"]);
        let listing = Listing::parse("q=dog+OR+cat&status=draft&source=a");
        assert_eq!(listing.whole_query(), "(dog OR cat) has:a status:draft");
    }

    #[test]
    fn captions_of_the_main_source_are_shown_unless_something_else_is_said() {
        let shown = |query: &str| Listing::parse(query).settled("main").captions;
        assert_eq!(["", "captions=a", "bare=true", "q=dog"].map(shown), ["main", "a", "", ""]);
        assert!(!Listing::parse("bare=true&q=dog").shows_captions());
        assert_eq!(Listing::parse("bare=true").query_string(), "?bare=true");
    }

    #[test]
    fn orders_are_written_as_the_api_takes_them() {
        for sort in Sort::ALL {
            let listing = Listing { sort, page: 1, ..Listing::default() };
            assert_eq!(Listing::parse(listing.query_string().trim_start_matches('?')), listing);
        }
        let needs_index = |query: &str| Listing::parse(query).needs_index();
        assert!(needs_index("sort=-name") && needs_index("q=dog") && !needs_index("sort=name&source=a"));
    }
}
