//! What is found out about a picture before it is indexed, and the buckets that pictures are counted in.

use serde_json::Value;
use time::{Month, OffsetDateTime, UtcOffset};
use vasari_curation::disagreement::{self, Rect};

use super::{
    query::{Comparison, DateField, Decimal, Filter, Is, NumberField, Period},
    rows::{CaptionRow, ImageRow},
    schema::Mark,
    words::words,
};
use crate::captions::Status;

/// Where the buckets of words begin, apart from the first.
const WORD_STARTS: [u64; 7] = [1, 5, 10, 20, 40, 80, 160];

/// Where the buckets of pixels begin, apart from the first.
const PIXEL_STARTS: [u64; 7] = [100_000, 300_000, 1_000_000, 2_000_000, 4_000_000, 8_000_000, 16_000_000];

/// Months are counted from January 1970, and the last is that of the year 2311.
pub(super) const MONTHS: usize = 1 << 12;

/// How many buckets of words or pixels there are.
pub(super) const BUCKETS: usize = 8;

/// What is known of a picture by all its captions.
pub(super) struct Facts {
    /// In microseconds since 1970.
    pub(super) added: u64,
    /// When a caption changed last, else when the picture was added.
    pub(super) updated: u64,
    /// Of the longest caption.
    pub(super) words: u64,
    /// The highest of the captions'.
    pub(super) confidence: Option<Decimal>,
    /// How much the captions differ, 0 to 1.
    pub(super) disagreement: Option<Decimal>,
    /// How much the sources differ in where they see things, 0 to 1.
    pub(super) box_disagreement: Option<Decimal>,
}

/// What a picture is counted as, packed into one number, so that counting reads one column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) month: usize,
    pub(super) words: usize,
    pub(super) pixels: usize,
    pub(super) orientation: Is,
    pub(super) is_captioned: bool,
    pub(super) is_disputed: bool,
}

impl Facts {
    pub(super) fn of(image: &ImageRow) -> Self {
        let captions = &image.captions;
        let added = microseconds(image.added_at);
        let confidences = captions.iter().filter_map(|caption| caption.confidence);
        let highest = confidences.fold(None, |highest: Option<f32>, next| Some(highest.map_or(next, |h| h.max(next))));
        Self {
            added,
            updated: captions.iter().map(|caption| microseconds(caption.updated_at)).max().unwrap_or(added),
            words: captions.iter().map(|caption| words(&caption.text).count() as u64).max().unwrap_or(0),
            confidence: highest.map(|confidence| millionths(f64::from(confidence))),
            disagreement: disagreement::of_texts(captions.iter().map(|caption| &*caption.text)).map(millionths),
            box_disagreement: disagreement::of_boxes(&captions.iter().map(boxes).collect::<Vec<_>>()).map(millionths),
        }
    }

    /// What holds of the picture.
    pub(super) fn marks(&self, image: &ImageRow) -> Vec<Mark> {
        let dataset = image.dataset_id;
        let mut marks = vec![Mark::Of(dataset), Mark::Is(dataset, orientation(image))];
        marks.push(Mark::Is(dataset, if self.words > 0 { Is::Captioned } else { Is::Empty }));
        if is_disputed(image) {
            marks.push(Mark::Is(dataset, Is::Disputed));
        }
        for status in Status::ALL {
            if image.captions.iter().any(|caption| caption.status == status) {
                marks.push(Mark::Status(dataset, status));
            }
        }
        for caption in &image.captions {
            marks.extend([Mark::Of(caption.source_id), Mark::Status(caption.source_id, caption.status)]);
        }
        marks
    }
}

impl Shape {
    pub(super) fn of(image: &ImageRow, facts: &Facts) -> Self {
        let pixels = u64::from(image.width.unsigned_abs()) * u64::from(image.height.unsigned_abs());
        let added = image.added_at.to_offset(UtcOffset::UTC);
        let (year, month) = (added.year(), added.month());
        let month = (year - 1970) * 12 + i32::from(u8::from(month)) - 1;
        Self {
            month: usize::try_from(month).unwrap_or(0).min(MONTHS - 1),
            words: WORD_STARTS.partition_point(|start| *start <= facts.words),
            pixels: PIXEL_STARTS.partition_point(|start| *start <= pixels),
            orientation: orientation(image),
            is_captioned: facts.words > 0,
            is_disputed: is_disputed(image),
        }
    }

    pub(super) fn packed(self) -> u64 {
        let orientation = match self.orientation {
            Is::Landscape => 0,
            Is::Portrait => 1,
            _ => 2,
        };
        (self.month as u64) << 10
            | (self.words as u64) << 7
            | (self.pixels as u64) << 4
            | orientation << 2
            | u64::from(self.is_captioned) << 1
            | u64::from(self.is_disputed)
    }

    pub(super) fn unpacked(packed: u64) -> Self {
        Self {
            month: (packed >> 10) as usize % MONTHS,
            words: (packed >> 7) as usize % BUCKETS,
            pixels: (packed >> 4) as usize % BUCKETS,
            orientation: match packed >> 2 & 3 {
                0 => Is::Landscape,
                1 => Is::Portrait,
                _ => Is::Square,
            },
            is_captioned: packed >> 1 & 1 == 1,
            is_disputed: packed & 1 == 1,
        }
    }
}

/// The filter of a bucket of words.
pub(super) fn words_filter(bucket: usize) -> Filter {
    let number = |words: u64| Decimal(words * 1_000_000);
    let comparison = match (bucket.checked_sub(1).map(|below| WORD_STARTS[below]), WORD_STARTS.get(bucket)) {
        (None, _) => Comparison::Equal(number(0)),
        (Some(from), Some(next)) => Comparison::Between(number(from), number(next - 1)),
        (Some(from), None) => Comparison::AtLeast(number(from)),
    };
    Filter::Number(NumberField::Words, comparison)
}

/// The filters of a bucket of pixels.
pub(super) fn pixel_filters(bucket: usize) -> Vec<Filter> {
    let from = bucket.checked_sub(1).map(|below| Comparison::AtLeast(Decimal(PIXEL_STARTS[below])));
    let to = PIXEL_STARTS.get(bucket).map(|next| Comparison::Less(Decimal(*next)));
    from.into_iter().chain(to).map(|comparison| Filter::Number(NumberField::Megapixels, comparison)).collect()
}

/// The filter of a month, and the month itself.
pub(super) fn month_filter(month: usize) -> (Period, Filter) {
    let of_year = Month::try_from((month % 12) as u8 + 1).expect("a remainder of 12 is below 12. This is a bug.");
    let period = Period::month(1970 + (month / 12) as u16, of_year);
    (period, Filter::Date(DateField::Added, Comparison::Equal(period)))
}

/// Who has said something, and in which state it is: 17 bytes of each, sorted. Pictures with the same profile are counted
/// together.
pub(super) fn profile(image: &ImageRow) -> Vec<u8> {
    let mut entries: Vec<_> = image.captions.iter().map(|caption| (caption.source_id, caption.status as u8)).collect();
    entries.sort_unstable();
    entries.into_iter().flat_map(|(source, status)| source.into_bytes().into_iter().chain([status])).collect()
}

fn orientation(image: &ImageRow) -> Is {
    match image.width.cmp(&image.height) {
        std::cmp::Ordering::Greater => Is::Landscape,
        std::cmp::Ordering::Less => Is::Portrait,
        std::cmp::Ordering::Equal => Is::Square,
    }
}

fn is_disputed(image: &ImageRow) -> bool {
    image.captions.windows(2).any(|pair| pair[0].status != pair[1].status)
}

/// Where a source sees something: of quads and polygons the boxes around them.
fn boxes(caption: &CaptionRow) -> Vec<Rect> {
    let regions = caption.regions.as_ref().and_then(Value::as_array).into_iter().flatten();
    regions.filter_map(|region| Rect::around(coordinates(region))).collect()
}

/// The numbers of a region, x and y by turns.
fn coordinates(region: &Value) -> Vec<f64> {
    let numbers = |shape: &Value| shape.as_array().into_iter().flatten().filter_map(Value::as_f64).collect::<Vec<_>>();
    match region.get("polygons").and_then(Value::as_array) {
        Some(polygons) => polygons.iter().flat_map(numbers).collect(),
        None => ["box", "quad"].iter().filter_map(|shape| region.get(shape)).flat_map(numbers).collect(),
    }
}

fn millionths(share: f64) -> Decimal {
    Decimal((share * 1e6).round() as u64)
}

/// Since 1970. What is earlier counts as 1970.
fn microseconds(moment: OffsetDateTime) -> u64 {
    u64::try_from(moment.unix_timestamp_nanos() / 1000).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::macros::datetime;
    use uuid::Uuid;

    use super::*;

    fn image(captions: Vec<CaptionRow>) -> ImageRow {
        ImageRow {
            id: Uuid::from_u128(1),
            dataset_id: Uuid::from_u128(2),
            file_name: "a.png".into(),
            width: 640,
            height: 480,
            added_at: datetime!(2026-03-31 23:30 -1),
            captions,
        }
    }

    fn caption(source: u128, text: &str, status: Status) -> CaptionRow {
        let source_id = Uuid::from_u128(source);
        let updated_at = datetime!(2026-05-01 0:00 UTC);
        CaptionRow { source_id, text: text.into(), regions: None, confidence: Some(0.25), status, updated_at }
    }

    #[test]
    fn boxes_of_any_shape_are_compared() {
        let with = |regions: Value| CaptionRow { regions: Some(regions), ..caption(9, "a dog", Status::Draft) };
        let box_of = json!([{ "label": "dog", "box": [0, 0, 2, 2] }]);
        let quad = json!([{ "label": "x", "quad": [0, 0, 1, 0, 1, 2, 0, 2] }]);
        let polygons = json!([{ "label": "", "polygons": [[0, 0, 1, 0, 1, 1], [2, 2, 1, 0, 1, 1]] }]);
        let of =
            |regions: [&Value; 2]| Facts::of(&image(regions.map(|value| with(value.clone())).into())).box_disagreement;
        assert_eq!(of([&box_of, &polygons]), Some(Decimal(0)));
        assert_eq!(of([&box_of, &quad]), Some(Decimal(500_000)));
        assert_eq!(of([&box_of, &json!([])]), None, "one source alone has boxes");
    }

    #[test]
    fn shapes_fit_into_a_number() {
        for words in 0..BUCKETS {
            for pixels in 0..BUCKETS {
                for orientation in [Is::Landscape, Is::Portrait, Is::Square] {
                    for bits in 0..4 {
                        let (is_captioned, is_disputed) = (bits & 1 == 1, bits & 2 == 2);
                        let month = words * 512 + 7;
                        let shape = Shape { month, words, pixels, orientation, is_captioned, is_disputed };
                        assert_eq!(Shape::unpacked(shape.packed()), shape);
                    }
                }
            }
        }
    }

    #[test]
    fn picture_is_counted_by_all_its_captions() {
        let picture = image(vec![caption(9, "a dog", Status::Draft), caption(8, "a dog and a cat", Status::Approved)]);
        let facts = Facts::of(&picture);
        assert_eq!((facts.words, facts.confidence), (5, Some(Decimal(250_000))));
        // Two words of two and five: 1 - 4 / 7.
        assert_eq!(facts.disagreement, Some(Decimal(428_571)));
        let shape = Shape::of(&picture, &facts);
        assert_eq!((shape.words, shape.pixels, shape.is_captioned, shape.is_disputed), (2, 2, true, true));
        let (month, filter) = month_filter(shape.month);
        assert_eq!((month.to_string(), filter.to_string()), ("2026-04".into(), "added:2026-04".into()));
        assert_eq!(profile(&picture)[15..18], [8, Status::Approved as u8, 0], "sources are sorted");
        let bare = image(vec![]);
        let facts = Facts::of(&bare);
        assert_eq!((facts.words, facts.confidence, facts.updated), (0, None, facts.added));
    }

    #[test]
    fn buckets_are_filters() {
        let words: Vec<_> = [0, 1, 7].map(|bucket| words_filter(bucket).to_string()).into();
        assert_eq!(words, ["words:0", "words:1..4", "words:>=160"]);
        let pixels: Vec<_> = pixel_filters(3).iter().map(ToString::to_string).collect();
        assert_eq!(pixels, ["megapixels:>=1", "megapixels:<2"]);
        assert_eq!(pixel_filters(0).len() + pixel_filters(7).len(), 2);
    }
}
