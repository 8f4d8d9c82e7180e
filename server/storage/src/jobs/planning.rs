//! Who plans a job: one server at a time, and one that stalls and wakes up too late does nothing any more.
//!
//! The queue gives a step of a server that has been silent to another. Such a server may be alive all the same, and go on
//! where it was. So a planner writes its own name into the job's row, throws away what others have left, and looks with each
//! page of items whether its name still stands there, in the transaction that writes the page.

use serde_json::Value;
use sqlx::{PgTransaction, query, query_scalar};
use uuid::Uuid;

use super::{Job, queue};
use crate::{Database, StorageError};

/// Somebody who plans a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Planner {
    job: Uuid,
    name: Uuid,
}

impl Database {
    /// Begins to plan a job: throws away what an earlier try has left, and keeps what was found out. None where the job is
    /// planned already, or does not go on.
    pub(super) async fn begin_plan(&self, job: Uuid, plan: Value) -> Result<Option<Planner>, StorageError> {
        let planner = Planner { job, name: Uuid::now_v7() };
        self.transaction(move |transaction| {
            Box::pin(async move {
                let begun = query_scalar!(
                    "UPDATE jobs SET plan = $2, planned_by = $3 WHERE id = $1 AND total IS NULL AND state = 'running'
                     RETURNING id",
                    planner.job,
                    plan,
                    planner.name,
                );
                if begun.fetch_optional(&mut **transaction).await?.is_none() {
                    return Ok(None);
                }
                query!("DELETE FROM job_items WHERE job_id = $1", planner.job).execute(&mut **transaction).await?;
                Ok(Some(planner))
            })
        })
        .await
    }

    /// Puts the steps of a job in line that have something to do, `at_once` items each. Where somebody has planned it, that
    /// is made known first, with its total; unless another plans it by now, who will do all this. Says whether it was done.
    pub(super) async fn put_steps_in_line(
        &self,
        job: &Job,
        planner: Option<Planner>,
        at_once: i64,
    ) -> Result<bool, StorageError> {
        let (id, utils, needs_model) = (job.id, self.queue_utils(), job.request.needs_model());
        self.transaction(move |transaction| {
            Box::pin(async move {
                if let Some(planner) = planner {
                    if !planner.holds(transaction).await? {
                        return Ok(false);
                    }
                    query!(
                        "UPDATE jobs SET total = (SELECT count(*) FROM job_items WHERE job_id = $1) WHERE id = $1",
                        id
                    )
                    .execute(&mut **transaction)
                    .await?;
                }
                let ranges = query_scalar!(
                    r#"SELECT DISTINCT position / $2 AS "range!" FROM job_items
                       WHERE job_id = $1 AND state = 'waiting' ORDER BY 1"#,
                    id,
                    at_once,
                );
                let ranges = ranges.fetch_all(&mut **transaction).await?;
                let step = |range: &i64| queue::Step::work(id, range * at_once, (range + 1) * at_once);
                let steps: Vec<_> = ranges.iter().map(step).collect();
                queue::add(utils, transaction, &steps, needs_model).await?;
                Ok(true)
            })
        })
        .await
    }
}

impl Planner {
    /// Whether nobody has taken the planner's place. If so, nobody can before the transaction has ended.
    pub(super) async fn holds(self, transaction: &mut PgTransaction<'static>) -> Result<bool, StorageError> {
        let held = query_scalar!(
            "SELECT id FROM jobs WHERE id = $1 AND planned_by = $2 AND total IS NULL FOR NO KEY UPDATE",
            self.job,
            self.name,
        );
        Ok(held.fetch_optional(&mut **transaction).await?.is_some())
    }
}
