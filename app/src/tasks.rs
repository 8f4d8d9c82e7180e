//! Florence-2's tasks in the words of the page.

use crate::words::translate;

/// A task as a person chooses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskChoice {
    /// The marker that requests carry, such as `<OD>`.
    pub marker: &'static str,
    title: &'static str,
    answer: &'static str,
    /// The heading it stands under.
    pub group: Group,
    /// What it wants besides the picture.
    pub input: Input,
}

/// The headings of the list of tasks, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Sentences about the whole picture.
    Describe,
    /// Regions with labels.
    Find,
    /// Written words.
    Read,
    /// Sentences about a region.
    AskAboutRegion,
}

/// What a task wants besides the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// Nothing.
    None,
    /// Words. The label asks for them, the example shows some.
    Words {
        /// The field's label.
        label: &'static str,
        /// An answer to it.
        example: &'static str,
    },
    /// A box: `<loc_x1><loc_y1><loc_x2><loc_y2>`, in thousandths of the picture's width and height.
    Region,
}

impl TaskChoice {
    /// What the page calls it.
    pub fn title(&self) -> &'static str {
        translate(self.title)
    }

    /// What the answer will be, in a few words.
    pub fn answer(&self) -> &'static str {
        translate(self.answer)
    }

    /// The task's name in an address: the marker without brackets, in small letters.
    pub fn slug(&self) -> String {
        self.marker.trim_matches(['<', '>']).to_ascii_lowercase()
    }

    /// Whether the model writes places between its words.
    pub(crate) fn tells_places(&self) -> bool {
        self.group == Group::Find || matches!(self.marker, "<OCR_WITH_REGION>" | "<REGION_TO_SEGMENTATION>")
    }

    /// Whether the task wants something besides the picture.
    pub fn takes_input(&self) -> bool {
        self.input != Input::None
    }
}

impl Group {
    /// All headings, in order.
    pub const ALL: [Self; 4] = [Self::Describe, Self::Find, Self::Read, Self::AskAboutRegion];

    /// The heading's words.
    pub fn title(self) -> &'static str {
        match self {
            Self::Describe => t!("Describe"),
            Self::Find => t!("Find"),
            Self::Read => t!("Read"),
            Self::AskAboutRegion => t!("Ask about a region"),
        }
    }
}

/// The task of this name: a marker (`<OD>`) or a slug (`od`), in any case.
pub fn find(name: &str) -> Option<&'static TaskChoice> {
    let name = name.trim().trim_start_matches('<').trim_end_matches('>');
    TASKS.iter().find(|task| task.marker.trim_matches(['<', '>']).eq_ignore_ascii_case(name))
}

/// The task of this name, or the first when there is none.
pub fn find_or_first(name: &str) -> &'static TaskChoice {
    find(name).unwrap_or(&TASKS[0])
}

/// All 15 tasks, the plain caption first.
pub static TASKS: [TaskChoice; 15] = [
    describe("<CAPTION>", message!("Caption"), message!("one sentence")),
    describe("<DETAILED_CAPTION>", message!("Detailed caption"), message!("a few sentences")),
    describe("<MORE_DETAILED_CAPTION>", message!("Most detailed caption"), message!("a paragraph")),
    find_task("<OD>", message!("Objects"), message!("boxes with labels"), Input::None),
    find_task(
        "<DENSE_REGION_CAPTION>",
        message!("Regions with descriptions"),
        message!("boxes with short sentences"),
        Input::None,
    ),
    find_task("<REGION_PROPOSAL>", message!("Regions of interest"), message!("boxes without labels"), Input::None),
    find_task(
        "<CAPTION_TO_PHRASE_GROUNDING>",
        message!("The phrases of a sentence"),
        message!("a box for each phrase"),
        GROUNDING,
    ),
    find_task("<OPEN_VOCABULARY_DETECTION>", message!("What I name"), message!("boxes of what you name"), NAMED),
    find_task(
        "<REFERRING_EXPRESSION_SEGMENTATION>",
        message!("The outline of what I name"),
        message!("an outline"),
        NAMED,
    ),
    TaskChoice {
        group: Group::Read,
        ..describe("<OCR>", message!("Text"), message!("the words written in the picture"))
    },
    TaskChoice {
        group: Group::Read,
        ..describe("<OCR_WITH_REGION>", message!("Text with places"), message!("each line with its outline"))
    },
    region("<REGION_TO_CATEGORY>", message!("What is in it"), message!("a name")),
    region("<REGION_TO_DESCRIPTION>", message!("Describe it"), message!("a short sentence")),
    region("<REGION_TO_OCR>", message!("Read its text"), message!("the words written there")),
    region("<REGION_TO_SEGMENTATION>", message!("Outline it"), message!("an outline")),
];

const GROUNDING: Input = Input::Words {
    label: message!("Sentence whose phrases to find"),
    example: message!("a red apple and a dog on a green background"),
};
const NAMED: Input = Input::Words { label: message!("What to find"), example: message!("a red apple") };

const fn describe(marker: &'static str, title: &'static str, answer: &'static str) -> TaskChoice {
    TaskChoice { marker, title, answer, group: Group::Describe, input: Input::None }
}

const fn find_task(marker: &'static str, title: &'static str, answer: &'static str, input: Input) -> TaskChoice {
    TaskChoice { marker, title, answer, group: Group::Find, input }
}

const fn region(marker: &'static str, title: &'static str, answer: &'static str) -> TaskChoice {
    TaskChoice { marker, title, answer, group: Group::AskAboutRegion, input: Input::Region }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_task_is_found_by_marker_and_by_slug() {
        for task in &TASKS {
            assert_eq!(find(task.marker), Some(task));
            assert_eq!(find(&task.slug()), Some(task));
        }
        assert_eq!(find("<VQA>"), None);
        assert_eq!(find_or_first("").marker, "<CAPTION>");
    }

    #[test]
    fn tasks_stand_together_by_group() {
        let order: Vec<_> = TASKS.iter().map(|task| Group::ALL.iter().position(|g| *g == task.group)).collect();
        assert!(order.is_sorted());
    }

    #[test]
    fn seven_tasks_take_input() {
        assert_eq!(TASKS.iter().filter(|task| task.takes_input()).count(), 7);
    }
}
