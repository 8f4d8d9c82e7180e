//! The search index in the server: where it lies, who keeps it up to date, and how it fails.

use std::{path::PathBuf, time::Duration};

use vasari_storage::search::{QueryError, SearchError};

use crate::{
    api::problem::{Problem, ProblemKind},
    config::DataConfig,
    shutdown::Phase,
    state::State,
};

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
        () = state.shutdown.reached(Phase::Draining) => {}
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
