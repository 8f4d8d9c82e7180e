//! What a bulk edit of many captions takes, and its rollback, by jobs as servers do them.

use std::{
    error::Error,
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::sync::oneshot;
use vasari_storage::{
    Database,
    datasets::Permitted,
    jobs::{
        BulkEditJob, CaptionEdit, ImageSelection, Job, JobRequest, JobState,
        edit::ReadyEdit,
        queue::{Part, Runner, Step, StepError, StepFuture, Work},
    },
};
use vasari_storage_testing::generated::DATASET;

use crate::{READER, transfers::IMPORTED};

/// Steps at a time, as many as a server does.
const STEPS_AT_ONCE: usize = 4;

/// Connections of a server's pool.
const CONNECTIONS: u32 = 8;

/// How often the job is asked whether it has ended.
const INTERVAL: Duration = Duration::from_millis(100);

/// Does the steps of bulk edits and rollbacks as a server does.
struct Server(Database);

impl Runner for Server {
    fn run(&self, step: Step, _: i16) -> StepFuture<'_> {
        Box::pin(async move {
            let (Self(database), now) = (self, OffsetDateTime::now_utc());
            let Some(job) = database.job_at_work(step.job).await? else { return Ok(()) };
            match (&job.request, step.part) {
                (JobRequest::BulkEdit(request), Part::Plan) => {
                    database.start_job(job.id, now).await?;
                    let of = request.of_source.as_deref();
                    database.plan_editing(&job, of, &request.images.filter(), None).await?;
                }
                (JobRequest::BulkEdit(request), Part::Items { first, end }) => {
                    let edit = ReadyEdit::new(&request.edit).map_err(|error| StepError::Final(error.to_string()))?;
                    database.edit_items(&job, &edit, (first, end), now).await?;
                }
                (JobRequest::Rollback(request), Part::Plan) => {
                    database.start_job(job.id, now).await?;
                    database.plan_rolling_back(&job, request.job).await?;
                }
                (JobRequest::Rollback(request), Part::Items { first, end }) => {
                    database.roll_back_step(&job, request.job, (first, end), now).await?;
                }
                _ => return Err(StepError::Final("only edits are measured".to_owned())),
            }
            database.finish_job(job.id, now).await?;
            Ok(())
        })
    }
}

/// Edits what was imported, which is so many captions, and rolls that back.
pub(crate) async fn measure(url: &str, captions: u32) -> Result<Value, Box<dyn Error>> {
    let database = Database::at_url(url, CONNECTIONS)?;
    let (stop, stopped) = oneshot::channel::<()>();
    let working = tokio::spawn({
        let database = database.clone();
        async move {
            let work = Work { at_once: STEPS_AT_ONCE, with_model: false };
            let stopped = async { drop(stopped.await) };
            database.work_on_jobs(Arc::new(Server(database.clone())), work, stopped).await
        }
    });
    let source = Some(IMPORTED.to_owned());
    let edit = JobRequest::BulkEdit(BulkEditJob {
        images: ImageSelection { source: source.clone(), ..ImageSelection::default() },
        of_source: source,
        edit: CaptionEdit::Replace { find: "an ".into(), replacement: "the ".into(), ignore_case: false },
    });
    let mut rows = Vec::new();
    eprintln!("bulk edit");
    let began = Instant::now();
    let edit = done(database.create_job(&READER, DATASET, edit, OffsetDateTime::now_utc()).await?)?;
    ended(&database, &edit, captions).await?;
    rows.push(row("bulk edit", captions, began));
    eprintln!("rollback of the bulk edit");
    let began = Instant::now();
    let rollback = done(database.roll_back_job(&READER, edit.id, OffsetDateTime::now_utc()).await?)?;
    ended(&database, &rollback, captions).await?;
    rows.push(row("rollback of the bulk edit", captions, began));
    drop(stop);
    working.await??;
    database.close().await;
    Ok(rows.into())
}

fn row(name: &str, captions: u32, began: Instant) -> Value {
    json!({ "name": name, "rows": captions, "seconds": began.elapsed().as_secs_f64() })
}

fn done(asked: Permitted<Job>) -> Result<Job, Box<dyn Error>> {
    match asked {
        Permitted::Done(job) => Ok(job),
        refused => Err(format!("the job is asked for: {refused:?}").into()),
    }
}

/// Waits until a job has changed so many captions.
async fn ended(database: &Database, job: &Job, captions: u32) -> Result<(), Box<dyn Error>> {
    loop {
        let job = database.find_job(&READER, job.id).await?.ok_or("the job is there")?;
        if job.state.is_final() {
            assert_eq!((job.state, job.done, job.failed), (JobState::Succeeded, i64::from(captions), 0), "{job:?}");
            assert_eq!(database.count_changed_captions(job.id).await?, i64::from(captions));
            return Ok(());
        }
        tokio::time::sleep(INTERVAL).await;
    }
}
