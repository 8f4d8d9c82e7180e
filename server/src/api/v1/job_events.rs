//! `GET /api/v1/jobs/{job}/events`: a job as it goes on.

use std::time::Duration;

use axum::{
    extract::{Path, State},
    response::{Response, sse::Event},
};
use futures_util::stream;
use time::OffsetDateTime;
use vasari_storage::{Database, Reader, api_keys::Scope, jobs::Job};

use super::{
    jobs::JobResponse,
    page::{nothing_there, parse_id},
};
use crate::{
    api::{
        docs::{AccountErrors, ServerSentEvent},
        events::respond,
        problem::Problem,
    },
    people::Identity,
    shutdown::{Phase, Shutdown},
    state::AppState,
};

/// How often a job is looked at. Whichever server works on it, the database knows.
const INTERVAL: Duration = Duration::from_millis(400);

/// How a job goes on, live
///
/// Server-sent events: `job`, as `GET /api/v1/jobs/{job}` tells it, at once and whenever something has changed. The stream
/// ends with the job; when it ends before, ask again.
#[utoipa::path(
    get, path = "/api/v1/jobs/{job}/events", tag = "Jobs",
    params(("job" = Uuid, Path, description = "Which job")),
    responses(
        (status = 200, description = "Events", body = ServerSentEvent, content_type = "text/event-stream"),
        AccountErrors,
    ),
)]
pub(crate) async fn stream_job(
    State(state): State<AppState>,
    identity: Identity,
    Path(job): Path<String>,
) -> Result<Response, Problem> {
    let (reader, id, database) = (identity.reader(Scope::Read)?, parse_id(&job)?, state.storage.database()?);
    let job = database.find_job(&reader, id).await?.ok_or_else(nothing_there)?;
    let watch = Watch { database, reader, shutdown: state.shutdown.clone(), told: None, next: Some(job) };
    Ok(respond(stream::unfold(Some(watch), |watch| async move {
        let (event, watch) = watch?.next().await?;
        Some((Ok(event), watch))
    })))
}

/// Somebody who looks at a job.
struct Watch {
    database: Database,
    reader: Reader,
    shutdown: Shutdown,
    /// How the job was when it was told last.
    told: Option<Job>,
    /// How it is, where that is to be told at once.
    next: Option<Job>,
}

impl Watch {
    /// The next event, and who goes on to look if there will be another.
    async fn next(mut self) -> Option<(Event, Option<Self>)> {
        loop {
            if let Some(job) = self.next.take() {
                let is_last = job.state.is_final();
                let response = JobResponse::new(job.clone(), OffsetDateTime::now_utc());
                let event = Event::default().event("job").json_data(response);
                self.told = Some(job);
                return Some((event.ok()?, (!is_last).then_some(self)));
            }
            tokio::select! {
                () = tokio::time::sleep(INTERVAL) => {}
                () = self.shutdown.reached(Phase::HangingUp) => return None,
            }
            // While the database is away there is nothing to tell.
            let Ok(found) = self.database.find_job(&self.reader, self.told.as_ref()?.id).await else { continue };
            // The job is gone, or the reader may not know of it any more.
            let job = found?;
            self.next = (Some(&job) != self.told.as_ref()).then_some(job);
        }
    }
}
