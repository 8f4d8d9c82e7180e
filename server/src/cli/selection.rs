//! Which images of a dataset a command is about.

use anyhow::Context;
use clap::{Args, builder::PossibleValuesParser, builder::TypedValueParser};
use url::form_urlencoded;
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

impl SelectionArgs {
    /// The same as parameters of a path of the API, after others.
    pub(super) fn parameters<'a>(&'a self, others: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
        let status = self.status.map(|status| status.to_string());
        let own = [
            ("q", self.query.as_deref()),
            ("source", self.with_source.as_deref()),
            ("missing", self.missing.as_deref()),
            ("status", status.as_deref()),
        ];
        let own = own.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let written = form_urlencoded::Serializer::new(String::new()).extend_pairs(others).extend_pairs(own).finish();
        if written.is_empty() { written } else { format!("?{written}") }
    }
}

/// The images that a selection's search finds, in the index of the data folder. Where a server has that, in one that goes
/// again. None where nothing is searched for.
pub(super) async fn find_images(
    local: &LocalArgs,
    database: &Database,
    dataset: &str,
    images: &ImageSelection,
) -> anyhow::Result<Option<Vec<Uuid>>> {
    let Some(query) = &images.query else { return Ok(None) };
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
    let found = all_matching(&index, &scope, &query).await;
    found.map(Some).map_err(|error| anyhow::anyhow!("--query: {error}"))
}

fn status_parser() -> impl TypedValueParser<Value = Status> {
    PossibleValuesParser::new(Status::ALL.map(|status| status.to_string())).map(|name| {
        let status = Status::ALL.into_iter().find(|status| status.to_string() == name);
        status.expect("it is one of the names. This is a bug.")
    })
}
