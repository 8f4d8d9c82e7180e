//! Jobs: long work that goes on by itself, survives every end of the program, and is shared by the servers of a database.
//!
//! - [`JobRequest`] is what is asked, [`Job`] what is known of it, [`JobItem`] a part of one.
//! - [`queue`] says which server does what next. Its library, `graphile_worker`, takes steps of servers that died up
//!   again, and tries steps that failed again, ever later.
//!
//! A job has one step that plans it and steps that work it off, each a range of its items. What the queue can't promise,
//! the tables do: a step may run twice, or still run when another server has taken it up, and an item is done once all
//! the same, because what it brings and that it is done are written in one transaction, which asks first.

mod asking;
mod captioning;
pub mod edit;
mod editing;
mod items;
mod keeping;
mod overview;
mod planning;
pub mod queue;
mod reindexing;
mod request;
mod rolling_back;

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::{PgTransaction, query, query_as, query_scalar, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

pub(crate) use self::asking::insert_job_in;
pub use self::{
    captioning::{CaptionPlan, Stored},
    editing::{EditableCaption, EditedCaption},
    items::{JobItem, MAX_ATTEMPTS},
    overview::{JobNames, RunningJobs},
    request::{
        BulkEditJob, CaptionChoice, CaptionEdit, CaptionJob, ExportJob, ImageSelection, ImportJob, JobRequest,
        KeepCaptionJob, KeptImage, RollbackJob,
    },
};
use crate::{Database, Reader, StorageError};

/// What is known of a job.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Which one. Ids sort by the moment of asking.
    pub id: Uuid,
    /// The dataset that it works on.
    pub dataset_id: Option<Uuid>,
    /// The dataset's slug.
    pub dataset: Option<String>,
    /// What was asked.
    pub request: JobRequest,
    /// How far it is.
    pub state: JobState,
    /// What was found out when it was planned.
    pub plan: Option<Value>,
    /// Of how many items it consists; unknown until it is planned.
    pub total: Option<i64>,
    /// How many are done.
    pub done: i64,
    /// How many failed for good, unless somebody tries them again.
    pub failed: i64,
    /// What came of it.
    pub result: Option<Value>,
    /// Why it failed as a whole.
    pub error: Option<String>,
    /// Who asked; nobody for whoever runs the program.
    pub created_by: Option<Uuid>,
    /// Whether they asked as an administrator.
    pub as_admin: bool,
    /// When it was asked.
    pub created_at: OffsetDateTime,
    /// When a server began with it.
    pub started_at: Option<OffsetDateTime>,
    /// When it ended.
    pub finished_at: Option<OffsetDateTime>,
    /// Since when its pace is measured.
    pub pace_since: Option<OffsetDateTime>,
    /// How many items were done or had failed then.
    pub pace_from: i64,
}

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum JobState {
    /// Nobody has begun.
    Waiting,
    /// It is being planned or worked off.
    Running,
    /// All is done, but for items that failed.
    Succeeded,
    /// It could not go on.
    Failed,
    /// Somebody stopped it; it can be taken up again.
    Cancelled,
}

impl JobState {
    /// Whether nothing more comes, unless somebody takes the job up again.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }
}

impl fmt::Display for JobState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        })
    }
}

impl Job {
    /// In whose name it works. What they may do is asked again with each step.
    pub fn reader(&self) -> Reader {
        Reader { user: self.created_by, is_admin: self.as_admin }
    }

    /// Items a second, since it last began or went on; unknown before the first.
    pub fn pace(&self, now: OffsetDateTime) -> Option<f64> {
        let until = self.finished_at.unwrap_or(now);
        let seconds = (until - self.pace_since?).as_seconds_f64();
        let items = self.done + self.failed - self.pace_from;
        (items > 0 && seconds > 0.0).then(|| items as f64 / seconds)
    }

    /// How many seconds are left at this pace.
    pub fn seconds_left(&self, now: OffsetDateTime) -> Option<f64> {
        if self.state != JobState::Running {
            return None;
        }
        let left = self.total? - self.done - self.failed;
        Some(left.max(0) as f64 / self.pace(now)?)
    }
}

/// A job as its row has it.
struct JobRow {
    id: Uuid,
    dataset_id: Option<Uuid>,
    dataset: Option<String>,
    request: Json<JobRequest>,
    state: JobState,
    plan: Option<Value>,
    total: Option<i64>,
    done: i64,
    failed: i64,
    result: Option<Value>,
    error: Option<String>,
    created_by: Option<Uuid>,
    as_admin: bool,
    created_at: OffsetDateTime,
    started_at: Option<OffsetDateTime>,
    finished_at: Option<OffsetDateTime>,
    pace_since: Option<OffsetDateTime>,
    pace_from: i64,
}

impl From<JobRow> for Job {
    fn from(row: JobRow) -> Self {
        Self {
            id: row.id,
            dataset_id: row.dataset_id,
            dataset: row.dataset,
            request: row.request.0,
            state: row.state,
            plan: row.plan,
            total: row.total,
            done: row.done,
            failed: row.failed,
            result: row.result,
            error: row.error,
            created_by: row.created_by,
            as_admin: row.as_admin,
            created_at: row.created_at,
            started_at: row.started_at,
            finished_at: row.finished_at,
            pace_since: row.pace_since,
            pace_from: row.pace_from,
        }
    }
}

impl Database {
    /// A job that the reader may know of: their own, and those of datasets that they write captions in.
    pub async fn find_job(&self, reader: &Reader, id: Uuid) -> Result<Option<Job>, StorageError> {
        let job = query_as!(
            JobRow,
            r#"SELECT jobs.id, dataset_id, datasets.slug AS "dataset?", request AS "request: Json<JobRequest>",
                   state AS "state: JobState", plan, total, done, failed, result, error, jobs.created_by, as_admin,
                   jobs.created_at, started_at, finished_at, pace_since, pace_from
               FROM jobs LEFT JOIN datasets ON datasets.id = dataset_id
               WHERE jobs.id = $1 AND may_see_job(dataset_id, jobs.created_by, $2, $3)"#,
            id,
            reader.user,
            reader.is_admin,
        );
        Ok(job.fetch_optional(self.pool()).await?.map(Job::from))
    }

    /// The jobs that the reader may know of, the newest first: at most `limit` of those before `before`, of one dataset
    /// (its slug) or of all.
    pub async fn list_jobs(
        &self,
        reader: &Reader,
        dataset: Option<&str>,
        before: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<Job>, StorageError> {
        // One part for each way to see jobs, each with an index of its own; the others end before they begin.
        let jobs = query_as!(
            JobRow,
            r#"WITH found AS (
                   (SELECT id FROM jobs WHERE $2 AND $3::text IS NULL AND id < $4 ORDER BY id DESC LIMIT $5)
                   UNION
                   (SELECT jobs.id FROM datasets JOIN jobs ON jobs.dataset_id = datasets.id
                    WHERE slug = $3 AND jobs.id < $4 AND may_see_job(dataset_id, jobs.created_by, $1, $2)
                    ORDER BY jobs.id DESC LIMIT $5)
                   UNION
                   (SELECT id FROM jobs
                    WHERE NOT $2 AND $3 IS NULL AND created_by = $1 AND id < $4
                    AND may_see_job(dataset_id, created_by, $1, $2)
                    ORDER BY id DESC LIMIT $5)
                   UNION
                   (SELECT newest.id FROM dataset_members AS member CROSS JOIN LATERAL (
                        SELECT id FROM jobs WHERE jobs.dataset_id = member.dataset_id AND id < $4 ORDER BY id DESC LIMIT $5
                    ) AS newest
                    WHERE NOT $2 AND $3 IS NULL AND user_id = $1 AND role <> 'viewer')
               )
               SELECT jobs.id, dataset_id, datasets.slug AS "dataset?", request AS "request: Json<JobRequest>",
                   state AS "state: JobState", plan, total, done, failed, result, error, jobs.created_by, as_admin,
                   jobs.created_at, started_at, finished_at, pace_since, pace_from
               FROM found JOIN jobs USING (id) LEFT JOIN datasets ON datasets.id = dataset_id
               ORDER BY jobs.id DESC LIMIT $5"#,
            reader.user,
            reader.is_admin,
            dataset,
            before.unwrap_or(Uuid::max()),
            limit,
        );
        Ok(jobs.fetch_all(self.pool()).await?.into_iter().map(Job::from).collect())
    }

    /// A job for the server that works on it, whoever asked; none once it is cancelled or otherwise at its end.
    pub async fn job_at_work(&self, id: Uuid) -> Result<Option<Job>, StorageError> {
        let job = self.find_job(&Reader::operator(), id).await?;
        Ok(job.filter(|job| !job.state.is_final()))
    }

    /// Notes that a server begins to plan a job, or goes on with it after a pause.
    pub async fn start_job(&self, id: Uuid, now: OffsetDateTime) -> Result<(), StorageError> {
        query!(
            "UPDATE jobs SET state = 'running', started_at = coalesce(started_at, $2), pace_since = $2,
                 pace_from = done + failed
             WHERE id = $1 AND state IN ('waiting', 'running')",
            id,
            now,
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Notes how far a job without items is: what to go on from, and how much of how much is done. Says whether the job
    /// still goes on.
    pub async fn advance_job(
        transaction: &mut PgTransaction<'static>,
        id: Uuid,
        plan: &Value,
        counts: JobCounts,
    ) -> Result<bool, StorageError> {
        let advanced = query_scalar!(
            "UPDATE jobs SET plan = $2, done = $3, failed = $4, total = $5 WHERE id = $1 AND state = 'running' RETURNING id",
            id,
            plan,
            counts.done,
            counts.failed,
            counts.total,
        );
        Ok(advanced.fetch_optional(&mut **transaction).await?.is_some())
    }

    /// Ends a job whose work is done, with what came of it.
    pub async fn succeed_job(&self, id: Uuid, result: Option<&Value>, now: OffsetDateTime) -> Result<(), StorageError> {
        query!(
            "UPDATE jobs SET state = 'succeeded', result = $2, finished_at = $3, total = done + failed
             WHERE id = $1 AND state = 'running'",
            id,
            result,
            now,
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Ends a job that can't go on, in words for people.
    pub async fn fail_job(&self, id: Uuid, error: &str, now: OffsetDateTime) -> Result<(), StorageError> {
        query!(
            "UPDATE jobs SET state = 'failed', error = left($2, 2000), finished_at = $3
             WHERE id = $1 AND state IN ('waiting', 'running')",
            id,
            error,
            now,
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Forgets jobs that ended before `before`. Returns how many.
    pub async fn sweep_jobs(&self, before: OffsetDateTime) -> Result<u64, StorageError> {
        let swept = query!("DELETE FROM jobs WHERE finished_at < $1", before);
        Ok(swept.execute(self.pool()).await?.rows_affected())
    }
}

/// How much of a job without items is done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JobCounts {
    /// Rows that were taken in or written.
    pub done: i64,
    /// Rows that could not be.
    pub failed: i64,
    /// How many there are, where that is known.
    pub total: Option<i64>,
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::*;

    #[test]
    fn time_left_follows_the_pace_since_the_last_pause() {
        let start = OffsetDateTime::UNIX_EPOCH;
        let request = JobRequest::Export(ExportJob {
            images: ImageSelection::default(),
            format: crate::formats::Format::Csv,
            captions: CaptionChoice::All,
        });
        let job = Job {
            id: Uuid::nil(),
            dataset_id: None,
            dataset: None,
            request,
            state: JobState::Running,
            plan: None,
            total: Some(100),
            done: 50,
            failed: 10,
            result: None,
            error: None,
            created_by: None,
            as_admin: false,
            created_at: start,
            started_at: Some(start),
            finished_at: None,
            pace_since: Some(start),
            pace_from: 40,
        };
        let now = start + Duration::seconds(10);
        assert_eq!(job.pace(now), Some(2.0));
        assert_eq!(job.seconds_left(now), Some(20.0));
        assert_eq!(Job { pace_from: 60, ..job.clone() }.seconds_left(now), None, "nothing was done since");
        assert_eq!(Job { state: JobState::Cancelled, ..job }.seconds_left(now), None);
    }
}
