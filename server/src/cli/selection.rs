//! Which images of a dataset a command is about.

use clap::{Args, builder::PossibleValuesParser, builder::TypedValueParser};
use vasari_storage::{captions::Status, jobs::ImageSelection};

/// Which images of the dataset; all where nothing is said.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Which images")]
pub(super) struct SelectionArgs {
    /// Those that this search finds, such as `florence:dog NOT human:dog`.
    #[arg(long, value_name = "SEARCH")]
    query: Option<String>,
    /// Those with a caption of this source.
    #[arg(long = "with", visible_alias = "source", value_name = "SOURCE")]
    with_source: Option<String>,
    /// Those without a caption of this source.
    #[arg(long, value_name = "SOURCE")]
    missing: Option<String>,
    /// Those with a caption in this state.
    #[arg(long, value_parser = status_parser())]
    status: Option<Status>,
}

impl From<SelectionArgs> for ImageSelection {
    fn from(SelectionArgs { query, with_source, missing, status }: SelectionArgs) -> Self {
        Self { query, source: with_source, missing, status, images: None }
    }
}

fn status_parser() -> impl TypedValueParser<Value = Status> {
    PossibleValuesParser::new(Status::ALL.map(|status| status.to_string())).map(|name| {
        let status = Status::ALL.into_iter().find(|status| status.to_string() == name);
        status.expect("it is one of the names. This is a bug.")
    })
}
