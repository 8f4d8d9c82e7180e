//! `vasari tasks`.

use std::process::ExitCode;

use clap::Args;
use vasari_inference::TaskInput;

use crate::florence2_backend;

/// Lists what can be asked of a picture.
#[derive(Debug, Args)]
#[command(after_help = "Each can be named without brackets and in small letters: --task detailed_caption.\n\n\
    Examples:\n  vasari caption photo.jpg --task more_detailed_caption\n  \
    vasari caption photo.jpg --task caption_to_phrase_grounding --text \"a dog on a sofa\"\n  \
    vasari caption photo.jpg --task region_to_category --text \"<loc_100><loc_200><loc_500><loc_700>\"")]
pub(super) struct TasksCommand {}

impl TasksCommand {
    pub(super) fn run() -> ExitCode {
        for task in florence2_backend::describe_tasks() {
            let input = match task.input {
                TaskInput::None => "",
                TaskInput::Words => " Needs --text with words.",
                TaskInput::Region => " Needs --text with a box.",
            };
            println!("{:<36} {}{input}", task.marker, task.summary);
        }
        ExitCode::SUCCESS
    }
}
