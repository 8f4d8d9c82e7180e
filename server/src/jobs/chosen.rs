//! Which images a job is about, where it names them or searches for them.

use std::time::{Duration, Instant};

use time::OffsetDateTime;
use uuid::Uuid;
use vasari_storage::{
    jobs::{ImageSelection, Job, queue::StepError},
    search::{IndexState, QueryError, SearchError, SearchQuery},
};

use super::JobContext;
use crate::search::all_matching;

/// How long to wait for an index that is being built.
const PATIENCE: Duration = Duration::from_mins(10);

/// How often the index is looked at meanwhile.
const PAUSE: Duration = Duration::from_millis(500);

/// After how long the index has what was written before the job was asked for.
const INDEX_LAG: time::Duration = time::Duration::seconds(2);

/// The images that a selection names or searches for, in the order of adding; none where that leaves all.
pub(super) async fn chosen(
    context: &JobContext,
    job: &Job,
    selection: &ImageSelection,
) -> Result<Option<Vec<Uuid>>, StepError> {
    let Some(query) = &selection.query else { return Ok(selection.images.clone()) };
    let query: SearchQuery = query.parse().map_err(|error: QueryError| StepError::Final(error.to_string()))?;
    wait_for_index(context, job).await?;
    let gone = || StepError::Final("The dataset is gone, or you may not see it any more.".into());
    let slug = job.dataset.as_deref().ok_or_else(gone)?;
    let scope = context.database.search_scope(&job.reader(), slug).await?.ok_or_else(gone)?;
    let found = all_matching(&context.state.search, &scope, &query).await;
    let mut found = found.map_err(|error| match error {
        SearchError::Query(error) => StepError::Final(error.to_string()),
        error => StepError::Passing(error.to_string()),
    })?;
    if let Some(named) = &selection.images {
        let named: std::collections::HashSet<_> = named.iter().collect();
        found.retain(|id| named.contains(id));
    }
    Ok(Some(found))
}

async fn wait_for_index(context: &JobContext, job: &Job) -> Result<(), StepError> {
    let lag = job.created_at + INDEX_LAG - OffsetDateTime::now_utc();
    tokio::time::sleep(lag.try_into().unwrap_or_default()).await;
    let until = Instant::now() + PATIENCE;
    while context.state.search.status().state != IndexState::Ready {
        if Instant::now() > until {
            return Err(StepError::Passing("The search index is still being built.".into()));
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}
