//! Who is to look at which pictures.

use sqlx::{query, query_scalar};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Database, Reader, StorageError,
    captions::Status,
    datasets::{Permitted, Role},
    images::ImageFilter,
};

/// What is to be assigned, and to whom.
#[derive(Debug, Clone, Default)]
pub struct NewAssignments {
    /// Which pictures.
    pub images: ImageFilter,
    /// Among these, where a search says which or they were chosen one by one.
    pub among: Option<Vec<Uuid>>,
    /// Members who may review, by name; the pictures are shared evenly among them, in turns.
    pub to: Vec<String>,
    /// At most so many pictures, the first ones.
    pub limit: Option<i64>,
    /// Whether pictures that somebody has are taken from them.
    pub reassign: bool,
}

/// What came of assigning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Assigned {
    /// How many pictures each of them got.
    Done(Vec<(String, i64)>),
    /// These are no members who may review.
    NoReviewers(Vec<String>),
}

/// Which assignments.
#[derive(Debug, Clone, Default)]
pub struct AssignmentFilter {
    /// Of this person, by name; of all where nobody is named.
    pub reviewer: Option<String>,
    /// Of these pictures.
    pub images: ImageFilter,
    /// Among these, where a search says which or they were chosen one by one.
    pub among: Option<Vec<Uuid>>,
}

/// A picture that somebody is to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// Which picture.
    pub image: AssignedImage,
    /// Who.
    pub reviewer: Uuid,
    /// What they are called.
    pub reviewer_name: String,
    /// Who said so; nobody whose account is there any more.
    pub assigned_by_name: Option<String>,
    /// When.
    pub assigned_at: OffsetDateTime,
    /// Whether a caption of it waits: pictures can be assigned before one is submitted.
    pub is_waiting: bool,
}

/// A picture, as a list names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssignedImage {
    /// Which one. Ids sort by the moment of adding.
    pub id: Uuid,
    /// What it is called.
    pub file_name: String,
}

impl Database {
    /// Assigns pictures. An owner to anybody who may review; a reviewer to themself, and only what nobody has.
    pub async fn assign_reviews(
        &self,
        reader: &Reader,
        dataset: &str,
        new: NewAssignments,
        now: OffsetDateTime,
    ) -> Result<Permitted<Assigned>, StorageError> {
        let dataset = match self.dataset_for(reader, dataset, Role::Reviewer).await? {
            Permitted::Done(dataset) => dataset,
            refused => return Ok(refused.refusal()),
        };
        let NewAssignments { images, among, to, limit, reassign } = new;
        let is_owner = dataset.role == Role::Owner;
        let (assigner, is_admin, dataset) = (reader.user, reader.is_admin, dataset.id);
        let (has_source, lacks_source) = self.filtered_sources(dataset, &images).await?;
        self.transaction(move |transaction| {
            Box::pin(async move {
                // Who is given something stays a reviewer until this has ended: changes of roles wait.
                let people = query!(
                    "SELECT users.id, users.name FROM dataset_members JOIN users ON users.id = user_id
                     WHERE dataset_id = $1 AND lower(name) = ANY (SELECT lower(wanted) FROM unnest($2::text[]) AS wanted)
                     AND role IN ('reviewer', 'owner') AND disabled_at IS NULL
                     ORDER BY lower(name) FOR SHARE OF dataset_members, users",
                    dataset,
                    &to,
                );
                let people = people.fetch_all(&mut **transaction).await?;
                let is_known = |name: &String| {
                    people.iter().any(|person| person.name.to_lowercase() == name.to_lowercase())
                };
                let unknown: Vec<String> = to.iter().filter(|name| !is_known(name)).cloned().collect();
                let is_own = people.iter().all(|person| Some(person.id) == assigner);
                if !is_owner && (reassign || !is_own || !unknown.is_empty()) {
                    return Ok(Permitted::Forbidden(Role::Owner));
                }
                if !unknown.is_empty() || people.is_empty() {
                    return Ok(Permitted::Done(Assigned::NoReviewers(unknown)));
                }
                let ids: Vec<Uuid> = people.iter().map(|person| person.id).collect();
                let shares = query!(
                    // All are chosen before the first is given: while rows are being added the tables look otherwise.
                    r#"WITH chosen AS MATERIALIZED (
                           SELECT image.id, row_number() OVER (ORDER BY image.id) - 1 AS place
                           FROM dataset_images AS image
                           WHERE dataset_id = $1 AND deleted_at IS NULL
                           AND (SELECT rank_in_dataset($1, $9, $11)) >= 3
                           AND ($3::uuid[] IS NULL OR image.id = ANY ($3))
                           AND ($4::uuid IS NULL
                               OR EXISTS (SELECT FROM captions WHERE image_id = image.id AND source_id = $4))
                           AND ($5::uuid IS NULL
                               OR NOT EXISTS (SELECT FROM captions WHERE image_id = image.id AND source_id = $5))
                           AND ($6::text IS NULL
                               OR EXISTS (SELECT FROM captions WHERE image_id = image.id AND status = $6))
                           AND ($7 OR NOT EXISTS (
                               SELECT FROM review_assignments AS given WHERE image_id = image.id AND ended_at IS NULL
                           ))
                           ORDER BY image.id LIMIT $8
                       ), given AS (
                           INSERT INTO review_assignments AS old (image_id, dataset_id, reviewer, assigned_by, assigned_at)
                           SELECT id, $1, ($2::uuid[])[1 + place % cardinality($2)], $9, $10 FROM chosen ORDER BY id
                           ON CONFLICT (image_id) DO UPDATE SET reviewer = excluded.reviewer,
                               assigned_by = excluded.assigned_by, assigned_at = excluded.assigned_at, ended_at = NULL
                           -- Somebody may have been given it a moment ago.
                           WHERE $7 OR old.ended_at IS NOT NULL
                           RETURNING reviewer
                       )
                       SELECT reviewer, count(*) AS "images!" FROM given GROUP BY reviewer"#,
                    dataset,
                    &ids,
                    among.as_deref(),
                    has_source,
                    lacks_source,
                    images.status as Option<Status>,
                    reassign,
                    limit,
                    assigner,
                    now,
                    is_admin,
                );
                let shares = shares.fetch_all(&mut **transaction).await?;
                let share = |id: Uuid| shares.iter().find(|share| share.reviewer == id).map_or(0, |share| share.images);
                let shares = people.into_iter().map(|person| (person.name, share(person.id))).collect();
                Ok::<_, StorageError>(Permitted::Done(Assigned::Done(shares)))
            })
        })
        .await
    }

    /// Takes pictures back that were assigned: how many. An owner from anybody, a reviewer their own.
    pub async fn end_assignments(
        &self,
        reader: &Reader,
        dataset: &str,
        filter: &AssignmentFilter,
    ) -> Result<Permitted<i64>, StorageError> {
        let dataset = match self.dataset_for(reader, dataset, Role::Reviewer).await? {
            Permitted::Done(dataset) => dataset,
            refused => return Ok(refused.refusal()),
        };
        let is_own = match &filter.reviewer {
            Some(name) => {
                let own = query_scalar!("SELECT lower(name) = lower($2) FROM users WHERE id = $1", reader.user, name);
                own.fetch_optional(self.pool()).await?.flatten().unwrap_or(false)
            }
            None => false,
        };
        if dataset.role < Role::Owner && !is_own {
            return Ok(Permitted::Forbidden(Role::Owner));
        }
        let AssignmentFilter { reviewer, images, among } = filter;
        let ended = query!(
            "DELETE FROM review_assignments AS given
             WHERE dataset_id = $1 AND ended_at IS NULL AND rank_in_dataset(dataset_id, $2, $3) >= 3
             AND ($4::text IS NULL OR reviewer IN (SELECT id FROM users WHERE lower(name) = lower($4)))
             AND ($5::uuid[] IS NULL OR image_id = ANY ($5))
             AND ($6::text IS NULL OR EXISTS (
                 SELECT FROM captions JOIN caption_sources AS source ON source.id = source_id
                 WHERE image_id = given.image_id AND slug = $6
             ))
             AND NOT EXISTS (
                 SELECT FROM captions JOIN caption_sources AS source ON source.id = source_id
                 WHERE image_id = given.image_id AND slug = $7
             )
             AND ($8::text IS NULL OR EXISTS (SELECT FROM captions WHERE image_id = given.image_id AND status = $8))",
            dataset.id,
            reader.user,
            reader.is_admin,
            reviewer.as_deref(),
            among.as_deref(),
            images.has_source,
            images.lacks_source,
            images.status as Option<Status>,
        );
        Ok(Permitted::Done(ended.execute(self.pool()).await?.rows_affected() as i64))
    }

    /// The assignments of a dataset that go on, in the order of the pictures: at most `limit` after the picture `after`, of one
    /// person where they are named. For reviewers.
    pub async fn list_assignments(
        &self,
        reader: &Reader,
        dataset: &str,
        reviewer: Option<&str>,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Permitted<Vec<Assignment>>, StorageError> {
        let dataset = match self.dataset_for(reader, dataset, Role::Reviewer).await? {
            Permitted::Done(dataset) => dataset.id,
            refused => return Ok(refused.refusal()),
        };
        let rows = query!(
            r#"SELECT image.id, file_name, reviewer, person.name AS reviewer_name, giver.name AS "assigned_by_name?",
                   assigned_at,
                   EXISTS (SELECT FROM captions WHERE image_id = image.id AND status = 'submitted') AS "is_waiting!"
               FROM review_assignments AS given
               JOIN dataset_images AS image ON image.id = given.image_id
               JOIN users AS person ON person.id = reviewer
               LEFT JOIN users AS giver ON giver.id = assigned_by
               WHERE given.dataset_id = $1 AND ended_at IS NULL AND deleted_at IS NULL AND given.image_id > $2
               AND ($3::text IS NULL OR reviewer IN (SELECT id FROM users WHERE lower(name) = lower($3)))
               AND rank_in_dataset(given.dataset_id, $4, $5) >= 3
               ORDER BY given.image_id LIMIT $6"#,
            dataset,
            after.unwrap_or_default(),
            reviewer,
            reader.user,
            reader.is_admin,
            limit,
        );
        let rows = rows.fetch_all(self.pool()).await?.into_iter().map(|row| Assignment {
            image: AssignedImage { id: row.id, file_name: row.file_name },
            reviewer: row.reviewer,
            reviewer_name: row.reviewer_name,
            assigned_by_name: row.assigned_by_name,
            assigned_at: row.assigned_at,
            is_waiting: row.is_waiting,
        });
        Ok(Permitted::Done(rows.collect()))
    }

    /// The members of a dataset who may review, by name. For reviewers.
    pub async fn list_reviewers(&self, reader: &Reader, dataset: &str) -> Result<Permitted<Vec<String>>, StorageError> {
        let dataset = match self.dataset_for(reader, dataset, Role::Reviewer).await? {
            Permitted::Done(dataset) => dataset.id,
            refused => return Ok(refused.refusal()),
        };
        let names = query_scalar!(
            "SELECT name FROM dataset_members JOIN users ON users.id = user_id
             WHERE dataset_id = $1 AND role IN ('reviewer', 'owner') AND disabled_at IS NULL
             AND rank_in_dataset($1, $2, $3) >= 3
             ORDER BY lower(name)",
            dataset,
            reader.user,
            reader.is_admin,
        );
        Ok(Permitted::Done(names.fetch_all(self.pool()).await?))
    }
}
