//! Which images a search finds in the data folder's own index.

use anyhow::Context;
use uuid::Uuid;
use vasari_storage::{
    Database, Reader,
    search::{FollowError, SearchIndex, SearchQuery},
};

use super::local::LocalArgs;
use crate::search::all_matching;

/// The images of a dataset that a search finds, in the index of the data folder. Where a server has that, in one that goes
/// again.
pub(super) async fn found_here(
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
