//! How far review is: numbers that the database keeps as captions change.

use sqlx::{query, query_as};
use time::{Date, OffsetDateTime, UtcOffset};
use uuid::Uuid;

use crate::{
    Database, Reader, StorageError,
    captions::Status,
    datasets::{Permitted, Role},
};

/// How far the review of a dataset is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReviewProgress {
    /// Captions that nobody has submitted.
    pub draft: i64,
    /// Captions that wait.
    pub submitted: i64,
    /// Captions that were approved.
    pub approved: i64,
    /// Captions that were rejected.
    pub rejected: i64,
    /// Everybody who may review or has, by name.
    pub people: Vec<ReviewerProgress>,
}

/// How much somebody has reviewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewerProgress {
    /// Who.
    pub user: Uuid,
    /// What they are called.
    pub name: String,
    /// Whether they may review now.
    pub may_review: bool,
    /// How often they approved a caption, on all days.
    pub approved: i64,
    /// How often they rejected one.
    pub rejected: i64,
    /// How much of both was today, in Greenwich.
    pub today: i64,
    /// Pictures that they are to look at.
    pub assigned: i64,
}

impl ReviewProgress {
    /// How many captions were submitted, decided ones included.
    pub fn total(&self) -> i64 {
        self.submitted + self.decided()
    }

    /// How many of them are decided.
    pub fn decided(&self) -> i64 {
        self.approved + self.rejected
    }
}

impl Database {
    /// How far the review of a dataset is at this moment. For reviewers.
    pub async fn review_progress(
        &self,
        reader: &Reader,
        dataset: &str,
        now: OffsetDateTime,
    ) -> Result<Permitted<ReviewProgress>, StorageError> {
        let dataset = match self.dataset_for(reader, dataset, Role::Reviewer).await? {
            Permitted::Done(dataset) => dataset.id,
            refused => return Ok(refused.refusal()),
        };
        let today = now.to_offset(UtcOffset::UTC).date();
        let people = self.reviewers_progress(reader, dataset, today).await?;
        let counts = query!(
            r#"SELECT status AS "status: Status", sum(captions)::bigint AS "captions!"
               FROM caption_sources AS source JOIN caption_counts ON source_id = source.id
               WHERE source.dataset_id = $1 AND rank_in_dataset($1, $2, $3) >= 3 GROUP BY status"#,
            dataset,
            reader.user,
            reader.is_admin,
        );
        let counts = counts.fetch_all(self.pool()).await?;
        let count = |status| counts.iter().find(|row| row.status == status).map_or(0, |row| row.captions);
        Ok(Permitted::Done(ReviewProgress {
            draft: count(Status::Draft),
            submitted: count(Status::Submitted),
            approved: count(Status::Approved),
            rejected: count(Status::Rejected),
            people,
        }))
    }

    async fn reviewers_progress(
        &self,
        reader: &Reader,
        dataset: Uuid,
        today: Date,
    ) -> Result<Vec<ReviewerProgress>, StorageError> {
        let people = query_as!(
            ReviewerProgress,
            r#"WITH decided AS (
                   SELECT reviewer, coalesce(sum(decisions) FILTER (WHERE status = 'approved'), 0)::bigint AS approved,
                       coalesce(sum(decisions) FILTER (WHERE status = 'rejected'), 0)::bigint AS rejected,
                       coalesce(sum(decisions) FILTER (WHERE day = $4), 0)::bigint AS today
                   FROM review_counts WHERE dataset_id = $1 GROUP BY reviewer
               ), given AS (
                   SELECT reviewer, count(*) AS assigned
                   FROM review_assignments JOIN dataset_images AS image ON image.id = image_id
                   WHERE review_assignments.dataset_id = $1 AND ended_at IS NULL AND deleted_at IS NULL GROUP BY reviewer
               )
               SELECT users.id AS "user!", name AS "name!",
                   coalesce(role IN ('reviewer', 'owner') AND disabled_at IS NULL, false) AS "may_review!",
                   coalesce(approved, 0) AS "approved!", coalesce(rejected, 0) AS "rejected!",
                   coalesce(today, 0) AS "today!", coalesce(assigned, 0) AS "assigned!"
               FROM (
                   SELECT user_id FROM dataset_members WHERE dataset_id = $1 AND role IN ('reviewer', 'owner')
                   UNION SELECT reviewer FROM decided WHERE approved + rejected > 0
               ) AS people
               JOIN users ON users.id = people.user_id
               LEFT JOIN dataset_members AS member ON member.user_id = users.id AND member.dataset_id = $1
               LEFT JOIN decided ON decided.reviewer = users.id
               LEFT JOIN given ON given.reviewer = users.id
               WHERE rank_in_dataset($1, $2, $3) >= 3
               ORDER BY lower(name)"#,
            dataset,
            reader.user,
            reader.is_admin,
            today,
        );
        Ok(people.fetch_all(self.pool()).await?)
    }
}
