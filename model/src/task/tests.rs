use serde_json::Value;

use super::{MAX_TEXT_BYTES, PromptError, Task, TaskInput};

const SIZE: (u32, u32) = (640, 480);
const GOLDEN: &str = include_str!("../../tests/fixtures/golden.json");

#[test]
fn prompts_are_the_references() {
    let golden: Value = serde_json::from_str(GOLDEN).unwrap();
    let mut tasks = Vec::new();
    for (input, expected) in golden["prompts"].as_object().unwrap() {
        let (marker, text) = input.split_at(input.find('>').unwrap() + 1);
        let task: Task = marker.parse().unwrap();
        let prompt = task.prompt((!text.is_empty()).then_some(text), SIZE).unwrap();
        assert_eq!(prompt, expected["prompt"].as_str().unwrap(), "{input}");
        tasks.push(task);
    }
    tasks.sort();
    let mut all = Task::ALL;
    all.sort();
    assert_eq!(tasks, all);
}

#[test]
fn every_spelling_of_a_task_is_read() {
    for task in Task::ALL {
        let kebab = task.name().replace('_', "-");
        let spellings = [task.marker(), task.name(), &kebab, &kebab.to_uppercase(), &format!(" {task} ")];
        for spelling in spellings {
            assert_eq!(spelling.parse(), Ok(task), "{spelling}");
        }
        assert_eq!(task.marker(), format!("<{}>", task.name().to_uppercase()));
        let json = serde_json::to_string(&task).unwrap();
        assert_eq!(json, format!("\"{}\"", task.marker()));
        assert_eq!(serde_json::from_str::<Task>(&json).unwrap(), task);
    }
}

#[test]
fn an_unknown_task_is_answered_with_the_list_of_all() {
    for unknown in ["", "<>", "captions", "<CAPTION", "od>"] {
        let message = unknown.parse::<Task>().unwrap_err().to_string();
        assert!(Task::ALL.iter().all(|task| message.contains(task.name())), "{message}");
    }
    let message = "x".repeat(10_000).parse::<Task>().unwrap_err().to_string();
    assert!(message.len() < 500, "{message}");
}

#[test]
fn texts_are_wanted_exactly_by_the_tasks_that_take_one() {
    for task in Task::ALL {
        let text = match task.input() {
            TaskInput::Region => "<loc_1><loc_2><loc_3><loc_4>",
            TaskInput::None | TaskInput::Text => "a dog",
        };
        let takes_text = task.input() != TaskInput::None;
        assert_eq!(task.prompt(Some(text), SIZE).is_ok(), takes_text, "{task}");
        for none in [None, Some(""), Some("  ")] {
            assert_eq!(task.prompt(none, SIZE).is_ok(), !takes_text, "{task}");
        }
    }
    let message = Task::Caption.prompt(Some("a dog"), SIZE).unwrap_err().to_string();
    assert!(message.contains("takes no text") && message.contains("<REGION_TO_OCR>"), "{message}");
    let message = Task::OpenVocabularyDetection.prompt(None, SIZE).unwrap_err().to_string();
    assert!(message.contains("needs a text: the thing to look for"), "{message}");
}

#[test]
fn free_text_is_one_line_without_markup() {
    let ask = |text: &str| Task::OpenVocabularyDetection.prompt(Some(text), SIZE);
    assert_eq!(ask("  a {input} \u{e9}  ").unwrap(), "Locate a {input} \u{e9} in the image.");
    assert_eq!(ask("a\ndog"), Err(PromptError::ControlCharacter { code: "U+000A".to_owned() }));
    assert_eq!(ask("a\u{85}dog"), Err(PromptError::ControlCharacter { code: "U+0085".to_owned() }));
    assert_eq!(ask("a</s>dog"), Err(PromptError::AngleBracket));
    assert!(ask(&"x".repeat(MAX_TEXT_BYTES)).is_ok());
    assert_eq!(ask(&"é".repeat(MAX_TEXT_BYTES)), Err(PromptError::TooLong { bytes: 2 * MAX_TEXT_BYTES }));
}

#[test]
fn regions_are_four_locations_or_a_box_in_pixels() {
    let ask = |text: &str| Task::RegionToCategory.prompt(Some(text), SIZE);
    let prompt = "What is the region <loc_0><loc_250><loc_500><loc_999>?";
    assert_eq!(ask("<loc_0><loc_250><loc_500><loc_999>").unwrap(), prompt);
    assert_eq!(ask("0, 120.3,320.1 ,480").unwrap(), prompt);
    let no_regions = [
        "a dog",
        "<loc_1><loc_2><loc_3>",
        "<loc_1><loc_2><loc_3><loc_4><loc_5>",
        "<loc_1><loc_2><loc_3><loc_1000>",
        "<loc_1><loc_2><loc_3><loc_04>",
        "<loc_1><loc_2><loc_3><loc_+4>",
        "<loc_1> <loc_2><loc_3><loc_4>",
        "<loc_1><loc_2><loc_3><loc_4></s>",
        "1,2,3",
        "1,2,3,4,5",
        "1,2,3,NaN",
        "1,2,3,inf",
    ];
    for text in no_regions {
        assert!(matches!(ask(text), Err(PromptError::NotARegion { .. })), "{text}");
    }
    for text in ["-1,2,3,4", "3,2,3,4", "30,40,10,50", "0,0,641,10", "0,0,10,480.5"] {
        let message = ask(text).unwrap_err().to_string();
        assert!(message.contains("640 by 480 pixels"), "{message}");
    }
}
