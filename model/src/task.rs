//! The 15 tasks of Florence-2, their prompts and their input checks.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::postprocess::quantize;

/// What Florence-2 can be asked to do with a picture.
///
/// On the wire and on the command line a task is its [marker](Task::marker); what comes in may also be the
/// [name](Task::name), in any case, with `-` or `_`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Task {
    /// One short sentence.
    Caption,
    /// Two or three sentences.
    DetailedCaption,
    /// A paragraph.
    MoreDetailedCaption,
    /// The written words in the picture, as one text.
    Ocr,
    /// The written words in the picture, each with the quadrilateral it stands in.
    OcrWithRegion,
    /// Objects with their category and box.
    ObjectDetection,
    /// Regions with a short description each.
    DenseRegionCaption,
    /// Boxes that may hold something, without labels.
    RegionProposal,
    /// Boxes for the phrases of a given caption.
    CaptionToPhraseGrounding,
    /// The outline of what a given phrase refers to.
    ReferringExpressionSegmentation,
    /// The outline of what a given box holds.
    RegionToSegmentation,
    /// Boxes or outlines of what a given phrase names.
    OpenVocabularyDetection,
    /// The category of what a given box holds.
    RegionToCategory,
    /// A description of what a given box holds.
    RegionToDescription,
    /// The written words within a given box.
    RegionToOcr,
}

/// What a task wants besides the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskInput {
    /// Nothing.
    None,
    /// A phrase or a caption.
    Text,
    /// A box in the picture: `<loc_x0><loc_y0><loc_x1><loc_y1>` in thousandths, or `x0,y0,x1,y1` in pixels.
    Region,
}

/// The shape of what a task answers; see [`Answer`](crate::Answer).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerKind {
    /// A plain text.
    Text,
    /// Boxes with labels.
    Boxes,
    /// Quadrilaterals with labels.
    Quads,
    /// Outlines with labels.
    Polygons,
    /// Boxes or outlines, whichever the model chose, with labels.
    BoxesAndPolygons,
}

/// Most bytes of UTF-8 that a task's text may have.
pub const MAX_TEXT_BYTES: usize = 2048;

/// Why a task does not take a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PromptError {
    /// The task needs a text and got none.
    #[error("{task} needs a text: {wanted}")]
    MissingText {
        /// The task asked for.
        task: Task,
        /// What the text should be.
        wanted: &'static str,
    },
    /// The task takes no text and got one.
    #[error("{task} takes no text; leave the text out, or choose one of {}", tasks_with_input())]
    UnwantedText {
        /// The task asked for.
        task: Task,
    },
    /// The text has more than [`MAX_TEXT_BYTES`] bytes.
    #[error("the text has {bytes} bytes, but it may have {MAX_TEXT_BYTES} at most; shorten it")]
    TooLong {
        /// Its length in bytes of UTF-8.
        bytes: usize,
    },
    /// The text holds a line break, a tab or another control character.
    #[error("the text holds the control character {code}; write it as one line of plain text")]
    ControlCharacter {
        /// The character as `U+000A`.
        code: String,
    },
    /// A free text holds `<` or `>`, which would be read as the model's own markup.
    #[error("the text holds '<' or '>', which the model would read as its own markup; leave them out")]
    AngleBracket,
    /// The text is not a region.
    #[error(
        "{task} needs a region, not {found:?}: four numbers of 0 to 999 as <loc_52><loc_332><loc_932><loc_774>, or a box \
         in pixels as x0,y0,x1,y1"
    )]
    NotARegion {
        /// The task asked for.
        task: Task,
        /// The text that came, shortened.
        found: String,
    },
    /// A pixel box is empty, turned around, or reaches out of the picture.
    #[error(
        "the box {found} does not lie in the picture of {width} by {height} pixels: it must be x0,y0,x1,y1 with 0 <= x0 \
         < x1 <= {width} and 0 <= y0 < y1 <= {height}"
    )]
    OutsidePicture {
        /// The box that came.
        found: String,
        /// The picture's width in pixels.
        width: u32,
        /// The picture's height in pixels.
        height: u32,
    },
}

/// A string that names none of the tasks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is no task; the tasks are {}", all_names())]
pub struct UnknownTask {
    /// What was asked for, shortened.
    pub found: String,
}

impl Task {
    /// Every task, captions first.
    pub const ALL: [Task; 15] = [
        Task::Caption,
        Task::DetailedCaption,
        Task::MoreDetailedCaption,
        Task::Ocr,
        Task::OcrWithRegion,
        Task::ObjectDetection,
        Task::DenseRegionCaption,
        Task::RegionProposal,
        Task::CaptionToPhraseGrounding,
        Task::ReferringExpressionSegmentation,
        Task::RegionToSegmentation,
        Task::OpenVocabularyDetection,
        Task::RegionToCategory,
        Task::RegionToDescription,
        Task::RegionToOcr,
    ];

    /// The task's name in the model's world, such as `<MORE_DETAILED_CAPTION>`.
    pub fn marker(self) -> &'static str {
        self.facts().marker
    }

    /// The marker in snake case without brackets, such as `more_detailed_caption`.
    pub fn name(self) -> &'static str {
        self.facts().name
    }

    /// A title for people, such as "More detailed caption".
    pub fn title(self) -> &'static str {
        self.facts().title
    }

    /// One sentence for people that tells what the task answers.
    pub fn description(self) -> &'static str {
        self.facts().description
    }

    /// What the task wants besides the picture.
    pub fn input(self) -> TaskInput {
        self.facts().input
    }

    /// The shape of the task's answer.
    pub fn answer_kind(self) -> AnswerKind {
        self.facts().answer_kind
    }

    /// The sentence the model is given, ready for the tokenizer.
    ///
    /// `text` is the task's input (blank counts as none, blanks around it are dropped); `image_size` is the picture's
    /// (width, height) in pixels, by which pixel boxes are turned into thousandths.
    pub fn prompt(self, text: Option<&str>, image_size: (u32, u32)) -> Result<String, PromptError> {
        let Facts { input, sentence, wanted, .. } = self.facts();
        let text = text.map(str::trim).filter(|text| !text.is_empty());
        match (input, text) {
            (TaskInput::None, None) => Ok(sentence.to_owned()),
            (TaskInput::None, Some(_)) => Err(PromptError::UnwantedText { task: self }),
            (_, None) => Err(PromptError::MissingText { task: self, wanted }),
            (TaskInput::Text, Some(text)) => Ok(sentence.replacen("{input}", free_text(text)?, 1)),
            (TaskInput::Region, Some(text)) => Ok(sentence.replacen("{input}", &self.region(text, image_size)?, 1)),
        }
    }

    /// Reads a region in either spelling and writes it as four location tokens.
    fn region(self, text: &str, image_size: (u32, u32)) -> Result<String, PromptError> {
        check_characters(text)?;
        if let Some(pixels) = pixel_box(text) {
            return quantized_region(text, pixels, image_size);
        }
        if is_location_box(text) {
            return Ok(text.to_owned());
        }
        Err(PromptError::NotARegion { task: self, found: shortened(text) })
    }
}

impl fmt::Display for Task {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.marker())
    }
}

impl FromStr for Task {
    type Err = UnknownTask;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let bare = text.strip_prefix('<').and_then(|text| text.strip_suffix('>')).unwrap_or(text);
        let name = bare.to_ascii_lowercase().replace('-', "_");
        Task::ALL.into_iter().find(|task| task.name() == name).ok_or_else(|| UnknownTask { found: shortened(text) })
    }
}

impl Serialize for Task {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.marker())
    }
}

impl<'de> Deserialize<'de> for Task {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// What is known of one task; `wanted` tells what its text should be.
struct Facts {
    marker: &'static str,
    name: &'static str,
    title: &'static str,
    description: &'static str,
    input: TaskInput,
    wanted: &'static str,
    sentence: &'static str,
    answer_kind: AnswerKind,
}

const WANTED_REGION: &str = "a box in the picture, as <loc_52><loc_332><loc_932><loc_774> in thousandths of its width and \
                             height, or as x0,y0,x1,y1 in pixels";

impl Task {
    /// The table of the tasks: the sentences are the ones the model was trained with, to the letter.
    #[expect(clippy::too_many_lines, reason = "a table of 15 rows reads best in one place")]
    fn facts(self) -> Facts {
        let facts = |marker, name, title, description, sentence, answer_kind| Facts {
            marker,
            name,
            title,
            description,
            input: TaskInput::None,
            wanted: "",
            sentence,
            answer_kind,
        };
        let with_text = |wanted, facts| Facts { input: TaskInput::Text, wanted, ..facts };
        let with_region = |facts| Facts { input: TaskInput::Region, wanted: WANTED_REGION, ..facts };
        match self {
            Task::Caption => facts(
                "<CAPTION>",
                "caption",
                "Caption",
                "Describes the picture in one short sentence.",
                "What does the image describe?",
                AnswerKind::Text,
            ),
            Task::DetailedCaption => facts(
                "<DETAILED_CAPTION>",
                "detailed_caption",
                "Detailed caption",
                "Describes the picture in two or three sentences.",
                "Describe in detail what is shown in the image.",
                AnswerKind::Text,
            ),
            Task::MoreDetailedCaption => facts(
                "<MORE_DETAILED_CAPTION>",
                "more_detailed_caption",
                "More detailed caption",
                "Describes the picture in a paragraph.",
                "Describe with a paragraph what is shown in the image.",
                AnswerKind::Text,
            ),
            Task::Ocr => facts(
                "<OCR>",
                "ocr",
                "Text in the picture",
                "Reads what is written in the picture.",
                "What is the text in the image?",
                AnswerKind::Text,
            ),
            Task::OcrWithRegion => facts(
                "<OCR_WITH_REGION>",
                "ocr_with_region",
                "Text with its places",
                "Reads what is written in the picture and marks where each piece stands.",
                "What is the text in the image, with regions?",
                AnswerKind::Quads,
            ),
            Task::ObjectDetection => facts(
                "<OD>",
                "od",
                "Object detection",
                "Finds objects and names the category of each.",
                "Locate the objects with category name in the image.",
                AnswerKind::Boxes,
            ),
            Task::DenseRegionCaption => facts(
                "<DENSE_REGION_CAPTION>",
                "dense_region_caption",
                "Dense region captions",
                "Finds objects and describes each in a few words.",
                "Locate the objects in the image, with their descriptions.",
                AnswerKind::Boxes,
            ),
            Task::RegionProposal => facts(
                "<REGION_PROPOSAL>",
                "region_proposal",
                "Region proposals",
                "Marks the regions that hold something, without naming it.",
                "Locate the region proposals in the image.",
                AnswerKind::Boxes,
            ),
            Task::CaptionToPhraseGrounding => with_text(
                "the caption whose phrases are to be found, such as \"a green car in front of a yellow building\"",
                facts(
                    "<CAPTION_TO_PHRASE_GROUNDING>",
                    "caption_to_phrase_grounding",
                    "Phrase grounding",
                    "Finds what each phrase of your caption speaks of.",
                    "Locate the phrases in the caption: {input}",
                    AnswerKind::Boxes,
                ),
            ),
            Task::ReferringExpressionSegmentation => with_text(
                "the thing to outline, such as \"a green car\"",
                facts(
                    "<REFERRING_EXPRESSION_SEGMENTATION>",
                    "referring_expression_segmentation",
                    "Outline by description",
                    "Outlines what your words refer to.",
                    "Locate {input} in the image with mask",
                    AnswerKind::Polygons,
                ),
            ),
            Task::RegionToSegmentation => with_region(facts(
                "<REGION_TO_SEGMENTATION>",
                "region_to_segmentation",
                "Outline of a region",
                "Outlines what lies in a box.",
                "What is the polygon mask of region {input}",
                AnswerKind::Polygons,
            )),
            Task::OpenVocabularyDetection => with_text(
                "the thing to look for, such as \"a green car\"",
                facts(
                    "<OPEN_VOCABULARY_DETECTION>",
                    "open_vocabulary_detection",
                    "Find by description",
                    "Finds everything your words name.",
                    "Locate {input} in the image.",
                    AnswerKind::BoxesAndPolygons,
                ),
            ),
            Task::RegionToCategory => with_region(facts(
                "<REGION_TO_CATEGORY>",
                "region_to_category",
                "Category of a region",
                "Names the category of what lies in a box.",
                "What is the region {input}?",
                AnswerKind::Text,
            )),
            Task::RegionToDescription => with_region(facts(
                "<REGION_TO_DESCRIPTION>",
                "region_to_description",
                "Description of a region",
                "Describes what lies in a box.",
                "What does the region {input} describe?",
                AnswerKind::Text,
            )),
            Task::RegionToOcr => with_region(facts(
                "<REGION_TO_OCR>",
                "region_to_ocr",
                "Text in a region",
                "Reads what is written in a box.",
                "What text is in the region {input}?",
                AnswerKind::Text,
            )),
        }
    }
}

fn free_text(text: &str) -> Result<&str, PromptError> {
    check_characters(text)?;
    if text.contains(['<', '>']) { Err(PromptError::AngleBracket) } else { Ok(text) }
}

fn check_characters(text: &str) -> Result<(), PromptError> {
    if text.len() > MAX_TEXT_BYTES {
        return Err(PromptError::TooLong { bytes: text.len() });
    }
    match text.chars().find(|character| character.is_control()) {
        Some(character) => Err(PromptError::ControlCharacter { code: format!("U+{:04X}", u32::from(character)) }),
        None => Ok(()),
    }
}

/// Whether `text` is exactly four location tokens. `<loc_007>` is none: the vocabulary has no leading zeros.
fn is_location_box(text: &str) -> bool {
    let mut rest = text;
    for _ in 0..4 {
        let Some((digits, after)) = rest.strip_prefix("<loc_").and_then(|rest| rest.split_once('>')) else {
            return false;
        };
        let is_bin = digits.parse::<u16>().is_ok_and(|bin| bin < 1000 && bin.to_string() == digits);
        if !is_bin {
            return false;
        }
        rest = after;
    }
    rest.is_empty()
}

/// Reads `x0,y0,x1,y1`, with blanks around the numbers if any.
fn pixel_box(text: &str) -> Option<[f32; 4]> {
    let numbers: Vec<f32> = text
        .split(',')
        .map(|number| number.trim().parse::<f32>().ok().filter(|number| number.is_finite()))
        .collect::<Option<_>>()?;
    numbers.try_into().ok()
}

fn quantized_region(
    text: &str,
    [x0, y0, x1, y1]: [f32; 4],
    (width, height): (u32, u32),
) -> Result<String, PromptError> {
    let lies_in = |low: f32, high: f32, size: u32| 0.0 <= low && low < high && high <= size as f32;
    if !lies_in(x0, x1, width) || !lies_in(y0, y1, height) {
        return Err(PromptError::OutsidePicture { found: shortened(text), width, height });
    }
    let [x0, y0, x1, y1] = [quantize(x0, width), quantize(y0, height), quantize(x1, width), quantize(y1, height)];
    Ok(format!("<loc_{x0}><loc_{y0}><loc_{x1}><loc_{y1}>"))
}

/// The start of what a person sent, short enough to be said back to them.
fn shortened(text: &str) -> String {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn all_names() -> String {
    Task::ALL.map(Task::name).join(", ")
}

fn tasks_with_input() -> String {
    let tasks: Vec<_> =
        Task::ALL.into_iter().filter(|task| task.input() != TaskInput::None).map(Task::marker).collect();
    tasks.join(", ")
}
