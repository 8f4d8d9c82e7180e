//! Which images of a dataset a command is about.

use anyhow::Context;
use clap::{Args, builder::PossibleValuesParser, builder::TypedValueParser};
use uuid::Uuid;
use vasari_storage::{
    Database, Reader,
    captions::Status,
    jobs::ImageSelection,
    search::{FollowError, SearchIndex, SearchQuery},
};

use super::local::LocalArgs;
use crate::search::all_matching;

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

/// The images that a search finds, in the index of the data folder. Where a server has that, in one that goes again.
pub(super) async fn found(
    local: &LocalArgs,
    database: &Database,
    dataset: &str,
    query: &str,
) -> anyhow::Result<Vec<Uuid>> {
    let query: SearchQuery = query.parse().map_err(|error| anyhow::anyhow!("--query: {error}"))?;
    let open = async |folder| -> anyhow::Result<Result<SearchIndex, FollowError>> {
        let index = SearchIndex::in_folder(folder).context("the search index needs threads")?;
        Ok(index.catch_up_once(database).await.map(|()| index))
    };
    let beside;
    let index = match open(local.search_folder()).await? {
        Err(FollowError::Taken) => {
            beside = tempfile::tempdir()?;
            open(beside.path().join("search")).await??
        }
        opened => opened?,
    };
    let scope = database.search_scope(&Reader::operator(), dataset).await?;
    let scope = scope.context("the dataset has gone meanwhile")?;
    all_matching(&index, &scope, &query).await.map_err(|error| anyhow::anyhow!("--query: {error}"))
}
