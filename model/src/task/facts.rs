//! The table of the tasks.

use super::{AnswerKind, Task, TaskInput};

/// What is known of one task; `wanted` tells what its text should be.
pub(super) struct Facts {
    pub(super) marker: &'static str,
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) description: &'static str,
    pub(super) input: TaskInput,
    pub(super) wanted: &'static str,
    pub(super) sentence: &'static str,
    pub(super) answer_kind: AnswerKind,
}

const WANTED_REGION: &str = "a box in the picture, as <loc_52><loc_332><loc_932><loc_774> in thousandths of its width and \
                             height, or as x0,y0,x1,y1 in pixels";

impl Task {
    /// The table of the tasks: the sentences are the ones the model was trained with, to the letter.
    #[expect(clippy::too_many_lines, reason = "a table of 15 rows reads best in one place")]
    pub(super) fn facts(self) -> Facts {
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
