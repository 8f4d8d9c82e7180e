//! What people see of jobs besides what each says of itself.

use sqlx::query_as;
use uuid::Uuid;

use crate::{Database, Reader, StorageError};

/// Somebody's jobs that go on.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct RunningJobs {
    /// How many.
    pub running: i64,
    /// How far they are, 0 to 1, each counting the same.
    pub share: f64,
}

/// What people call whoever asked for a job, and its dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobNames {
    /// Which job.
    pub job: Uuid,
    /// Who asked; nobody for whoever runs the program.
    pub creator: Option<String>,
    /// The dataset's name.
    pub dataset: Option<String>,
}

impl Database {
    /// The reader's own jobs that go on.
    pub async fn running_jobs(&self, reader: &Reader) -> Result<RunningJobs, StorageError> {
        let running = query_as!(
            RunningJobs,
            r#"SELECT count(*) AS "running!",
                   coalesce(avg(coalesce((done + failed)::float8 / nullif(total, 0), 0)), 0) AS "share!"
               FROM jobs WHERE created_by = $1 AND state IN ('waiting', 'running')"#,
            reader.user,
        );
        Ok(running.fetch_one(self.pool()).await?)
    }

    /// The names that belong to these jobs, of those that the reader may know of.
    pub async fn job_names(&self, reader: &Reader, jobs: &[Uuid]) -> Result<Vec<JobNames>, StorageError> {
        let names = query_as!(
            JobNames,
            r#"SELECT jobs.id AS "job!", users.name AS "creator?", datasets.name AS "dataset?"
               FROM jobs LEFT JOIN users ON users.id = jobs.created_by LEFT JOIN datasets ON datasets.id = dataset_id
               WHERE jobs.id = ANY ($1) AND may_see_job(dataset_id, jobs.created_by, $2, $3)"#,
            jobs,
            reader.user,
            reader.is_admin,
        );
        Ok(names.fetch_all(self.pool()).await?)
    }
}
