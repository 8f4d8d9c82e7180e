//! The queue: the next picture for a reviewer, which nobody else is given meanwhile.

use sqlx::{PgTransaction, query, query_scalar};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::{
    Database, Reader, StorageError,
    datasets::{Permitted, Role},
    images::ImageFilter,
};

/// How long a picture is kept for who looks at it, from the last sign of life.
pub const LEASE: Duration = Duration::minutes(5);

/// A picture that somebody is looking at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// This showing of it: another one each time.
    pub id: Uuid,
    /// Which picture.
    pub image: Uuid,
    /// Whether it was assigned to them.
    pub is_assigned: bool,
    /// When others may be given it, unless they show a sign of life.
    pub expires_at: OffsetDateTime,
}

/// What comes next for a reviewer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextReview {
    /// What to look at; nothing where nothing waits that others aren't looking at or to look at.
    pub lease: Option<Lease>,
    /// How many pictures wait that they have skipped.
    pub skipped: i64,
}

/// Which pictures somebody reviews.
#[derive(Debug, Clone, Default)]
pub struct ReviewScope {
    /// Where a source is named, a caption of that one waits. A state that is named does not matter: what waits is submitted.
    pub images: ImageFilter,
    /// Among these, where a search says which.
    pub among: Option<Vec<Uuid>>,
}

/// The scope as the tables know it.
struct Search {
    dataset: Uuid,
    reviewer: Uuid,
    has_source: Option<Uuid>,
    lacks_source: Option<Uuid>,
    among: Option<Vec<Uuid>>,
}

impl Database {
    /// The next picture for a reviewer: the one that they are looking at already where it still waits, else one that was
    /// assigned to them, else one that is nobody's. Nobody else is given it for [`LEASE`]. For reviewers.
    pub async fn next_review(
        &self,
        reader: &Reader,
        dataset: &str,
        scope: ReviewScope,
        now: OffsetDateTime,
    ) -> Result<Permitted<NextReview>, StorageError> {
        let dataset = match self.dataset_for(reader, dataset, Role::Reviewer).await? {
            Permitted::Done(dataset) => dataset.id,
            refused => return Ok(refused.refusal()),
        };
        let Some(reviewer) = reader.user else { return Ok(Permitted::Unknown) };
        let ReviewScope { images, among } = scope;
        let (has_source, lacks_source) = self.filtered_sources(dataset, &images).await?;
        let search = Search { dataset, reviewer, has_source, lacks_source, among };
        let next = self.transaction(move |transaction| {
            Box::pin(async move {
                take_turns(transaction, dataset, reviewer).await?;
                let lease = match renew_own(transaction, &search, now).await? {
                    Some(lease) => Some(lease),
                    None => take(transaction, &search, now).await?,
                };
                Ok::<_, StorageError>(NextReview { lease, skipped: count_skipped(transaction, &search).await? })
            })
        });
        Ok(Permitted::Done(next.await?))
    }

    /// The sources that a filter names: the one whose captions there are, and the one that has none.
    pub(super) async fn filtered_sources(
        &self,
        dataset: Uuid,
        images: &ImageFilter,
    ) -> Result<(Option<Uuid>, Option<Uuid>), StorageError> {
        let has_source = match &images.has_source {
            // What is no source has no caption.
            Some(slug) => Some(self.source_id(dataset, slug).await?.unwrap_or_default()),
            None => None,
        };
        let lacks_source = match &images.lacks_source {
            Some(slug) => self.source_id(dataset, slug).await?,
            None => None,
        };
        Ok((has_source, lacks_source))
    }

    /// A sign of life of who looks at a picture. None where the lease has ended, and somebody else may look at it.
    pub async fn renew_lease(
        &self,
        reader: &Reader,
        id: Uuid,
        now: OffsetDateTime,
    ) -> Result<Option<Lease>, StorageError> {
        let renewed = query!(
            r#"UPDATE review_leases SET expires_at = $4
               WHERE id = $1 AND reviewer = $2 AND rank_in_dataset(dataset_id, $2, $3) >= 3
               RETURNING image_id, EXISTS (
                   SELECT FROM review_assignments AS given
                   WHERE given.image_id = review_leases.image_id AND given.reviewer = $2 AND ended_at IS NULL
               ) AS "is_assigned!""#,
            id,
            reader.user,
            reader.is_admin,
            now + LEASE,
        );
        let renewed = renewed.fetch_optional(self.pool()).await?;
        Ok(renewed.map(|row| Lease { id, image: row.image_id, is_assigned: row.is_assigned, expires_at: now + LEASE }))
    }

    /// Lets others have the picture of a lease. Says whether there was one.
    pub async fn release_lease(&self, reader: &Reader, id: Uuid) -> Result<bool, StorageError> {
        let ended = query!("DELETE FROM review_leases WHERE id = $1 AND reviewer = $2", id, reader.user);
        Ok(ended.execute(self.pool()).await?.rows_affected() > 0)
    }

    /// The same, and the reviewer isn't given it again before they ask for what they skipped.
    pub async fn skip_lease(&self, reader: &Reader, id: Uuid, now: OffsetDateTime) -> Result<bool, StorageError> {
        let skipped = query!(
            "WITH ended AS (DELETE FROM review_leases WHERE id = $1 AND reviewer = $2 RETURNING image_id, dataset_id)
             INSERT INTO review_skips (image_id, reviewer, dataset_id, skipped_at)
             SELECT image_id, $2, dataset_id, $3 FROM ended
             ON CONFLICT (image_id, reviewer) DO UPDATE SET skipped_at = excluded.skipped_at",
            id,
            reader.user,
            now,
        );
        Ok(skipped.execute(self.pool()).await?.rows_affected() > 0)
    }

    /// The reviewer is given again what they have skipped. For reviewers.
    pub async fn forget_skips(&self, reader: &Reader, dataset: &str) -> Result<Permitted<()>, StorageError> {
        let dataset = match self.dataset_for(reader, dataset, Role::Reviewer).await? {
            Permitted::Done(dataset) => dataset.id,
            refused => return Ok(refused.refusal()),
        };
        query!("DELETE FROM review_skips WHERE dataset_id = $1 AND reviewer = $2", dataset, reader.user)
            .execute(self.pool())
            .await?;
        Ok(Permitted::Done(()))
    }
}

/// Lets one request of a reviewer at a dataset's queue at a time: two would take a picture each, and they look at one.
pub(super) async fn take_turns(
    transaction: &mut PgTransaction<'static>,
    dataset: Uuid,
    reviewer: Uuid,
) -> Result<(), StorageError> {
    query_scalar!("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", format!("review {dataset} {reviewer}"))
        .fetch_one(&mut **transaction)
        .await?;
    Ok(())
}

/// Gives a picture to a reviewer, where nobody else looks at it; what they looked at before is others' then. Says whether it
/// was.
pub(super) async fn lease(
    transaction: &mut PgTransaction<'static>,
    (dataset, image): (Uuid, Uuid),
    (reviewer, id): (Uuid, Uuid),
    now: OffsetDateTime,
) -> Result<bool, StorageError> {
    query!("DELETE FROM review_leases WHERE dataset_id = $1 AND reviewer = $2", dataset, reviewer)
        .execute(&mut **transaction)
        .await?;
    let taken = query!(
        "INSERT INTO review_leases (image_id, dataset_id, id, reviewer, expires_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (image_id) DO UPDATE
         SET id = excluded.id, reviewer = excluded.reviewer, expires_at = excluded.expires_at
         WHERE review_leases.expires_at <= $6",
        image,
        dataset,
        id,
        reviewer,
        now + LEASE,
        now,
    );
    Ok(taken.execute(&mut **transaction).await?.rows_affected() > 0)
}

/// What the reviewer is looking at already, where it still waits and is asked for.
async fn renew_own(
    transaction: &mut PgTransaction<'static>,
    search: &Search,
    now: OffsetDateTime,
) -> Result<Option<Lease>, StorageError> {
    let id = Uuid::now_v7();
    let renewed = query!(
        r#"UPDATE review_leases AS lease SET id = $3, expires_at = $4
           WHERE dataset_id = $1 AND reviewer = $2
           AND EXISTS (SELECT FROM dataset_images AS image WHERE image.id = lease.image_id AND deleted_at IS NULL)
           AND EXISTS (
               SELECT FROM captions WHERE captions.image_id = lease.image_id AND status = 'submitted'
               AND ($5::uuid IS NULL OR source_id = $5)
           )
           AND NOT EXISTS (SELECT FROM captions WHERE captions.image_id = lease.image_id AND source_id = $6)
           AND ($7::uuid[] IS NULL OR image_id = ANY ($7))
           RETURNING image_id, EXISTS (
               SELECT FROM review_assignments AS given
               WHERE given.image_id = lease.image_id AND given.reviewer = $2 AND ended_at IS NULL
           ) AS "is_assigned!""#,
        search.dataset,
        search.reviewer,
        id,
        now + LEASE,
        search.has_source,
        search.lacks_source,
        search.among.as_deref(),
    );
    let renewed = renewed.fetch_optional(&mut **transaction).await?;
    Ok(renewed.map(|row| Lease { id, image: row.image_id, is_assigned: row.is_assigned, expires_at: now + LEASE }))
}

/// Another picture: what is assigned to the reviewer first, then what is nobody's, each in the order of adding.
async fn take(
    transaction: &mut PgTransaction<'static>,
    search: &Search,
    now: OffsetDateTime,
) -> Result<Option<Lease>, StorageError> {
    // Pictures that another transaction is about to give away are passed over, and nobody waits. It may have ended between
    // this statement's beginning and its look at the picture: then the lease that it left refuses this one, and the next
    // round sees it. Each round that is lost was won by somebody else.
    macro_rules! candidate {
        ($from:literal, $order:literal) => {
            query_scalar!(
                "SELECT image.id FROM "
                    + $from
                    + " JOIN dataset_images AS image ON image.id = waiting.image_id
                     WHERE waiting.dataset_id = $1 AND deleted_at IS NULL
                     AND EXISTS (
                         SELECT FROM captions WHERE captions.image_id = image.id AND status = 'submitted'
                         AND ($3::uuid IS NULL OR source_id = $3) OFFSET 0
                     )
                     AND NOT EXISTS (SELECT FROM captions WHERE captions.image_id = image.id AND source_id = $4 OFFSET 0)
                     AND NOT EXISTS (
                         SELECT FROM review_leases AS lease
                         WHERE lease.image_id = image.id AND lease.expires_at > $5 AND lease.reviewer <> $2 OFFSET 0
                     )
                     AND NOT EXISTS (
                         SELECT FROM review_skips AS skip WHERE skip.image_id = image.id AND skip.reviewer = $2 OFFSET 0
                     )
                     AND ($6::uuid[] IS NULL OR image.id = ANY ($6))
                     AND "
                    + $order
                    + " ORDER BY waiting.image_id LIMIT 1 FOR NO KEY UPDATE OF image SKIP LOCKED",
                search.dataset,
                search.reviewer,
                search.has_source,
                search.lacks_source,
                now,
                search.among.as_deref(),
            )
        };
    }
    loop {
        let own = candidate!("review_assignments AS waiting", "waiting.reviewer = $2 AND waiting.ended_at IS NULL");
        let own = own.fetch_optional(&mut **transaction).await?;
        let is_assigned = own.is_some();
        let image = if is_assigned {
            own
        } else {
            let free = candidate!(
                "captions AS waiting",
                "waiting.status = 'submitted' AND NOT EXISTS (
                         SELECT FROM review_assignments AS given
                         WHERE given.image_id = waiting.image_id AND given.ended_at IS NULL OFFSET 0
                     )"
            );
            free.fetch_optional(&mut **transaction).await?
        };
        let Some(image) = image else {
            query!(
                "DELETE FROM review_leases WHERE dataset_id = $1 AND reviewer = $2",
                search.dataset,
                search.reviewer
            )
            .execute(&mut **transaction)
            .await?;
            return Ok(None);
        };
        let id = Uuid::now_v7();
        if lease(transaction, (search.dataset, image), (search.reviewer, id), now).await? {
            return Ok(Some(Lease { id, image, is_assigned, expires_at: now + LEASE }));
        }
    }
}

/// How many pictures wait that the reviewer has skipped and would be given otherwise.
async fn count_skipped(transaction: &mut PgTransaction<'static>, search: &Search) -> Result<i64, StorageError> {
    let skipped = query_scalar!(
        r#"SELECT count(*) AS "count!" FROM review_skips AS skip JOIN dataset_images AS image ON image.id = image_id
           WHERE skip.dataset_id = $1 AND reviewer = $2 AND deleted_at IS NULL
           AND EXISTS (
               SELECT FROM captions WHERE captions.image_id = image.id AND status = 'submitted'
               AND ($3::uuid IS NULL OR source_id = $3)
           )
           AND NOT EXISTS (SELECT FROM captions WHERE captions.image_id = image.id AND source_id = $4)
           AND ($5::uuid[] IS NULL OR image.id = ANY ($5))
           AND NOT EXISTS (
               SELECT FROM review_assignments AS given
               WHERE given.image_id = image.id AND ended_at IS NULL AND given.reviewer <> $2
           )"#,
        search.dataset,
        search.reviewer,
        search.has_source,
        search.lacks_source,
        search.among.as_deref(),
    );
    Ok(skipped.fetch_one(&mut **transaction).await?)
}
