//! From generated tokens to text, labels, boxes, quads and polygons.
//!
//! The reference reads the model's answer with regular expressions that look ahead; the scanners here walk the decoded
//! text once and remember which token each byte came from, so that every region knows the tokens it was made of.

mod answer;
mod boxes;
mod coordinates;
mod polygons;
mod quads;
mod scan;

pub use answer::{Answer, Region, Shape};
pub use coordinates::{Coordinates, dequantize, quantize};

use scan::{Location, Source, trim};

use crate::{
    task::Task,
    tokenizer::{Decoded, Tokenizer},
};

/// Reads what the model answered to `task` from the raw decoded text, special tokens included.
///
/// `image_size` is the picture's (width, height) in pixels. Text that does not fit the task's grammar is passed over.
pub fn parse(task: Task, text: &str, image_size: (u32, u32)) -> Answer {
    // Without tokens there is nothing to own the bytes, and nobody asks who does.
    let decoded = Decoded { text: text.to_owned(), owners: vec![0; text.len()] };
    parse_source(task, decoded, image_size).0
}

/// Reads what the model answered to `task` from the generated tokens, with a confidence for each region.
///
/// `log_probs` holds the log-probability of each of `token_ids`; missing ones count as certain (0). The scores, each of
/// 0 to 1, stand in the order of [`Answer::regions`]: exp(mean log-probability of the region's location tokens).
pub fn parse_with_scores(
    task: Task,
    token_ids: &[u32],
    log_probs: &[f32],
    tokenizer: &Tokenizer,
    image_size: (u32, u32),
) -> (Answer, Vec<f32>) {
    let (answer, tokens) = parse_source(task, tokenizer.decode_with_owners(token_ids), image_size);
    let scores = tokens.iter().map(|tokens| mean_probability(tokens, log_probs)).collect();
    (answer, scores)
}

/// For each region of an answer, the indices of its location tokens.
type RegionTokens = Vec<Vec<u32>>;

fn parse_source(task: Task, decoded: Decoded, size: (u32, u32)) -> (Answer, RegionTokens) {
    let has_polygons = decoded.text.contains("<poly>");
    let source = Source::without_padding(decoded);
    match task {
        Task::Caption
        | Task::DetailedCaption
        | Task::MoreDetailedCaption
        | Task::Ocr
        | Task::RegionToCategory
        | Task::RegionToDescription
        | Task::RegionToOcr => (Answer::Text(trim(&source.text).to_owned()), Vec::new()),
        Task::OcrWithRegion => {
            let (quad_boxes, labels, tokens) = quads::parse(&source, size).unzip();
            (Answer::Quads { quad_boxes, labels }, tokens)
        }
        Task::ObjectDetection | Task::DenseRegionCaption => {
            let (bboxes, labels, tokens) = boxes::described(&source, size).unzip();
            (Answer::Boxes { bboxes, labels }, tokens)
        }
        Task::RegionProposal => {
            let (bboxes, labels, tokens) = boxes::bare(&source, size).unzip();
            (Answer::Boxes { bboxes, labels }, tokens)
        }
        Task::CaptionToPhraseGrounding => {
            let (bboxes, labels, tokens) = boxes::grounded(&source, size).unzip();
            (Answer::Boxes { bboxes, labels }, tokens)
        }
        Task::ReferringExpressionSegmentation | Task::RegionToSegmentation => {
            let (polygons, labels, tokens) = polygons::bare(&source, size).unzip();
            (Answer::Polygons { polygons, labels }, tokens)
        }
        Task::OpenVocabularyDetection => {
            let (boxed, outlined) = if has_polygons {
                (Instances::default(), polygons::described(&source, size))
            } else {
                (boxes::described(&source, size), Instances::default())
            };
            let (bboxes, bboxes_labels, mut tokens) = boxed.unzip();
            let (polygons, polygons_labels, outline_tokens) = outlined.unzip();
            tokens.extend(outline_tokens);
            (Answer::BoxesAndPolygons { bboxes, bboxes_labels, polygons, polygons_labels }, tokens)
        }
    }
}

/// Labelled shapes, each with the tokens of its coordinates.
struct Instances<S> {
    shapes: Vec<S>,
    labels: Vec<String>,
    tokens: RegionTokens,
}

impl<S> Default for Instances<S> {
    fn default() -> Self {
        Self { shapes: Vec::new(), labels: Vec::new(), tokens: Vec::new() }
    }
}

impl<S> Instances<S> {
    fn push<'l>(
        &mut self,
        shape: S,
        label: String,
        locations: impl IntoIterator<Item = &'l Location>,
        source: &Source,
    ) {
        self.shapes.push(shape);
        self.labels.push(label);
        let owners = |location: &Location| source.owners[location.bytes.clone()].iter().copied();
        let mut tokens: Vec<u32> = locations.into_iter().flat_map(owners).collect();
        tokens.dedup();
        self.tokens.push(tokens);
    }

    fn unzip(self) -> (Vec<S>, Vec<String>, RegionTokens) {
        (self.shapes, self.labels, self.tokens)
    }
}

/// exp(mean log-probability) of the tokens at these indices; 1 for none.
fn mean_probability(tokens: &[u32], log_probs: &[f32]) -> f32 {
    let sum: f32 = tokens.iter().map(|&index| log_probs.get(index as usize).copied().unwrap_or(0.0)).sum();
    (sum / tokens.len().max(1) as f32).exp()
}

/// The `N` coordinates of `locations`, which alternate between x and y.
fn corners<const N: usize>(locations: &[Location], size: (u32, u32)) -> [f32; N] {
    std::array::from_fn(|index| coordinate(index, &locations[index], size))
}

fn coordinate(index: usize, location: &Location, (width, height): (u32, u32)) -> f32 {
    dequantize(location.bin, if index.is_multiple_of(2) { width } else { height })
}

#[cfg(test)]
mod tests;
