//! The search index in the server: where it lies, who keeps it up to date, and how it fails.

use std::{path::PathBuf, time::Duration};

use uuid::Uuid;
use vasari_storage::search::{QueryError, SearchError, SearchIndex, SearchQuery, SearchScope};

use crate::{
    api::problem::{Problem, ProblemKind},
    config::DataConfig,
    shutdown::Phase,
    state::State,
};

/// How many images are found at a time.
const FOUND_AT_ONCE: usize = 10_000;

/// All images that fit, in the order of adding.
pub(crate) async fn all_matching(
    index: &SearchIndex,
    scope: &SearchScope,
    query: &SearchQuery,
) -> Result<Vec<Uuid>, SearchError> {
    let mut found: Vec<Uuid> = Vec::new();
    loop {
        let page = index.matching_image_ids(scope, query, found.last().copied(), FOUND_AT_ONCE).await?;
        if page.is_empty() {
            return Ok(found);
        }
        found.extend(page);
    }
}

/// The folder of the search index. It can be deleted; the index is built anew then.
pub(crate) fn search_folder(data: &DataConfig) -> PathBuf {
    data.data_dir.join("search")
}

/// Keeps the index as the database is, once there is one, until the server stops.
pub(crate) async fn follow(state: &State) {
    let follow = async {
        // Ready when the database is open, or never will be.
        state.storage.advice().await;
        if let Ok(database) = state.storage.database() {
            state.search.follow(&database).await;
        }
    };
    tokio::select! {
        () = follow => {}
        // What is written from now on is found after the next start.
        () = state.shutdown.reached(Phase::HangingUp) => {}
    }
}

impl From<QueryError> for Problem {
    fn from(error: QueryError) -> Self {
        let QueryError { position, length, message } = error;
        Self::new(ProblemKind::InvalidQuery, message).with_place(position, length)
    }
}

impl From<SearchError> for Problem {
    fn from(error: SearchError) -> Self {
        match error {
            SearchError::Query(error) => error.into(),
            SearchError::Opening => {
                Self::later(ProblemKind::SearchOpening, "The search index is being opened.", Duration::from_secs(1))
            }
            error @ SearchError::Index(_) => {
                tracing::error!(%error, "a search failed");
                Self::internal()
            }
        }
    }
}
