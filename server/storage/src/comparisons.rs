//! The arena: of two captions of a picture, shown without their sources, which one a person prefers.
//!
//! A [`Comparison`] is what was shown, and is kept before it is: so nobody sees the same two twice, and a vote can't be
//! about anything else than what was on the page. A [`Vote`] is what was said of it.

use std::fmt;

use serde::{Deserialize, Serialize};
use sqlx::{query, query_as, query_scalar};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Database, Reader, StorageError,
    datasets::{Permitted, Role},
    images::ImageFilter,
};

/// Two captions of a picture, as they were put before somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// Which one.
    pub id: Uuid,
    /// Of which picture.
    pub image: Uuid,
    /// What stands on the left.
    pub left: ComparedCaption,
    /// What stands on the right.
    pub right: ComparedCaption,
    /// What was said, if anything was.
    pub outcome: Option<Outcome>,
}

/// One of the two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComparedCaption {
    /// Its source's slug. Not to be shown before the vote.
    pub source: String,
    /// At which version it was shown.
    pub version: i32,
    /// What it said then.
    pub text: String,
}

/// What somebody says of two captions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Outcome {
    /// The left one is better.
    Left,
    /// The right one is better.
    Right,
    /// One is as good as the other.
    Tie,
    /// Neither is any good.
    BothBad,
    /// They would rather not say.
    Skipped,
}

/// Which captions are compared.
#[derive(Debug, Clone, Default)]
pub struct ArenaScope {
    /// Of which pictures.
    pub images: ImageFilter,
    /// Among these, where a search says which.
    pub among: Option<Vec<Uuid>>,
    /// Of these sources (their slugs); of all where there is none.
    pub sources: Vec<String>,
}

/// Where chance decides: an argument, so that tests can.
#[derive(Debug, Clone, Copy)]
pub struct Chance {
    /// Where in the shuffled pictures to begin.
    pub start: [u8; 32],
    /// Whether the source whose id is greater stands on the left.
    pub is_swapped: bool,
}

/// A vote, as boards and exports read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vote {
    /// Of which comparison. Ids sort by the moment of showing.
    pub comparison: Uuid,
    /// About which picture.
    pub image: Uuid,
    /// What it is called.
    pub file_name: String,
    /// The source on the left (its slug).
    pub left: String,
    /// What it said.
    pub left_text: String,
    /// The source on the right (its slug).
    pub right: String,
    /// What it said.
    pub right_text: String,
    /// What was said of them.
    pub outcome: Outcome,
    /// Who said it; nobody whose account is there any more.
    pub voter: Option<Uuid>,
    /// What they are called; for readers who are somebody.
    pub voter_name: Option<String>,
    /// When.
    pub voted_at: OffsetDateTime,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Left, Self::Right, Self::Tie, Self::BothBad, Self::Skipped];
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Left => "left",
            Self::Right => "right",
            Self::Tie => "tie",
            Self::BothBad => "both_bad",
            Self::Skipped => "skipped",
        })
    }
}

impl Database {
    /// Two captions that the reader has not been asked about; the ones that they were shown last where they have said nothing
    /// of those. None where there are no two left. For annotators.
    pub async fn next_comparison(
        &self,
        reader: &Reader,
        dataset: &str,
        scope: &ArenaScope,
        chance: Chance,
        now: OffsetDateTime,
    ) -> Result<Permitted<Option<Comparison>>, StorageError> {
        let dataset = match self.dataset_for(reader, dataset, Role::Annotator).await? {
            Permitted::Done(dataset) => dataset.id,
            refused => return Ok(refused.refusal()),
        };
        let sources = query_scalar!(
            "SELECT id FROM caption_sources WHERE dataset_id = $1 AND ($2 OR slug = ANY ($3))",
            dataset,
            scope.sources.is_empty(),
            &scope.sources,
        );
        let sources = sources.fetch_all(self.pool()).await?;
        self.forget_changed(reader, dataset).await?;
        let open = query_scalar!(
            "SELECT id FROM comparisons
             WHERE shown_to = $1 AND dataset_id = $2 AND left_source_id = ANY ($3) AND right_source_id = ANY ($3)
             AND ($4::uuid[] IS NULL OR image_id = ANY ($4))
             AND NOT EXISTS (SELECT FROM votes WHERE comparison_id = comparisons.id)
             ORDER BY id DESC LIMIT 1",
            reader.user,
            dataset,
            &sources,
            scope.among.as_deref(),
        );
        let id = match open.fetch_optional(self.pool()).await? {
            Some(id) => Some(id),
            None => self.draw(reader, dataset, scope, &sources, chance, now).await?,
        };
        let Some(id) = id else { return Ok(Permitted::Done(None)) };
        Ok(Permitted::Done(self.find_comparison(reader, id).await?))
    }

    /// Forgets what the reader was shown and said nothing of, where one of the captions has changed since.
    async fn forget_changed(&self, reader: &Reader, dataset: Uuid) -> Result<(), StorageError> {
        query!(
            "DELETE FROM comparisons WHERE shown_to = $1 AND dataset_id = $2
             AND NOT EXISTS (SELECT FROM votes WHERE comparison_id = comparisons.id)
             AND NOT EXISTS (
                 SELECT FROM captions AS one JOIN captions AS other USING (image_id)
                 JOIN dataset_images AS image ON image.id = image_id
                 WHERE image_id = comparisons.image_id AND deleted_at IS NULL
                 AND one.source_id = left_source_id AND one.version = left_version
                 AND other.source_id = right_source_id AND other.version = right_version
             )",
            reader.user,
            dataset,
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Draws two captions and keeps that they are shown.
    async fn draw(
        &self,
        reader: &Reader,
        dataset: Uuid,
        scope: &ArenaScope,
        sources: &[Uuid],
        chance: Chance,
        now: OffsetDateTime,
    ) -> Result<Option<Uuid>, StorageError> {
        let ImageFilter { has_source, lacks_source, status } = &scope.images;
        // From the start to the end of the shuffled pictures, then from their beginning.
        for start in [chance.start, [0; 32]] {
            let drawn = query_scalar!(
                r#"INSERT INTO comparisons (id, dataset_id, image_id, left_source_id, left_version, right_source_id,
                       right_version, shown_to, shown_at)
                   SELECT $1, dataset_id, image.id,
                       CASE WHEN $2 THEN other ELSE one END, CASE WHEN $2 THEN other_version ELSE one_version END,
                       CASE WHEN $2 THEN one ELSE other END, CASE WHEN $2 THEN one_version ELSE other_version END, $3, $4
                   FROM dataset_images AS image CROSS JOIN LATERAL (
                       SELECT one.source_id AS one, one.version AS one_version,
                           other.source_id AS other, other.version AS other_version
                       FROM captions AS one
                       JOIN captions AS other ON other.image_id = one.image_id AND other.source_id > one.source_id
                       WHERE one.image_id = image.id AND one.source_id = ANY ($5) AND other.source_id = ANY ($5)
                       AND one.text <> other.text AND one.text <> '' AND other.text <> ''
                       AND NOT EXISTS (
                           SELECT FROM comparisons AS shown WHERE shown_to = $3 AND shown.image_id = image.id
                           AND least(left_source_id, right_source_id) = one.source_id
                           AND greatest(left_source_id, right_source_id) = other.source_id
                       )
                       ORDER BY random() LIMIT 1
                   ) AS pair
                   WHERE dataset_id = $6 AND deleted_at IS NULL AND sha256 >= $7
                   AND ($8::uuid[] IS NULL OR image.id = ANY ($8))
                   AND ($9::text IS NULL OR EXISTS (
                       SELECT FROM captions JOIN caption_sources AS source ON source.id = source_id
                       WHERE image_id = image.id AND slug = $9
                   ))
                   AND NOT EXISTS (
                       SELECT FROM captions JOIN caption_sources AS source ON source.id = source_id
                       WHERE image_id = image.id AND slug = $10
                   )
                   AND ($11::text IS NULL OR EXISTS (SELECT FROM captions WHERE image_id = image.id AND status = $11))
                   ORDER BY sha256 LIMIT 1
                   ON CONFLICT DO NOTHING
                   RETURNING id"#,
                Uuid::now_v7(),
                chance.is_swapped,
                reader.user,
                now,
                sources,
                dataset,
                &start[..],
                scope.among.as_deref(),
                has_source.as_deref(),
                lacks_source.as_deref(),
                *status as Option<crate::captions::Status>,
            );
            if let Some(id) = drawn.fetch_optional(self.pool()).await? {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    /// What the reader was shown.
    pub async fn find_comparison(&self, reader: &Reader, id: Uuid) -> Result<Option<Comparison>, StorageError> {
        let row = query!(
            r#"SELECT comparisons.id, comparisons.image_id, left_version, right_version, outcome AS "outcome?: Outcome",
                   one.slug AS left_source, was_left.text AS left_text, other.slug AS right_source,
                   was_right.text AS right_text
               FROM comparisons
               JOIN caption_sources AS one ON one.id = left_source_id
               JOIN caption_sources AS other ON other.id = right_source_id
               JOIN captions AS on_left ON on_left.image_id = comparisons.image_id AND on_left.source_id = left_source_id
               JOIN captions AS on_right
                   ON on_right.image_id = comparisons.image_id AND on_right.source_id = right_source_id
               JOIN caption_versions AS was_left ON was_left.caption_id = on_left.id AND was_left.version = left_version
               JOIN caption_versions AS was_right
                   ON was_right.caption_id = on_right.id AND was_right.version = right_version
               LEFT JOIN votes ON comparison_id = comparisons.id
               WHERE comparisons.id = $1 AND shown_to IS NOT DISTINCT FROM $2
               AND rank_in_dataset(comparisons.dataset_id, $2, $3) > 0"#,
            id,
            reader.user,
            reader.is_admin,
        );
        Ok(row.fetch_optional(self.pool()).await?.map(|row| Comparison {
            id: row.id,
            image: row.image_id,
            left: ComparedCaption { source: row.left_source, version: row.left_version, text: row.left_text },
            right: ComparedCaption { source: row.right_source, version: row.right_version, text: row.right_text },
            outcome: row.outcome,
        }))
    }

    /// Says what the reader thinks of what they were shown; a second time instead of the first. [`Permitted::Unknown`] for
    /// what somebody else was shown.
    pub async fn vote(
        &self,
        reader: &Reader,
        id: Uuid,
        outcome: Outcome,
        now: OffsetDateTime,
    ) -> Result<Permitted<Comparison>, StorageError> {
        let voted = query_scalar!(
            "INSERT INTO votes (comparison_id, outcome, voted_at)
             SELECT id, $2, $3 FROM comparisons
             WHERE id = $1 AND shown_to IS NOT DISTINCT FROM $4 AND rank_in_dataset(dataset_id, $4, $5) >= 2
             ON CONFLICT (comparison_id) DO UPDATE SET outcome = excluded.outcome, voted_at = excluded.voted_at
             RETURNING comparison_id",
            id,
            outcome as Outcome,
            now,
            reader.user,
            reader.is_admin,
        );
        if voted.fetch_optional(self.pool()).await?.is_some() {
            return Ok(self.find_comparison(reader, id).await?.map_or(Permitted::Unknown, Permitted::Done));
        }
        self.refused_vote(reader, id).await
    }

    /// Takes back what the reader said, so that they are asked again: next, because what they were shown since and said nothing
    /// of is forgotten.
    pub async fn take_back_vote(&self, reader: &Reader, id: Uuid) -> Result<Permitted<Comparison>, StorageError> {
        let taken = query_scalar!(
            "DELETE FROM votes USING comparisons
             WHERE comparison_id = $1 AND comparisons.id = comparison_id AND shown_to IS NOT DISTINCT FROM $2
             AND rank_in_dataset(dataset_id, $2, $3) >= 2
             RETURNING comparison_id",
            id,
            reader.user,
            reader.is_admin,
        );
        let taken = taken.fetch_optional(self.pool()).await?;
        if taken.is_some() {
            query!(
                "DELETE FROM comparisons USING comparisons AS again
                 WHERE again.id = $1 AND comparisons.shown_to = again.shown_to
                 AND comparisons.dataset_id = again.dataset_id AND comparisons.id <> again.id
                 AND NOT EXISTS (SELECT FROM votes WHERE comparison_id = comparisons.id)",
                id,
            )
            .execute(self.pool())
            .await?;
        }
        match self.find_comparison(reader, id).await? {
            // Also where nothing was said.
            Some(comparison) if taken.is_some() || comparison.outcome.is_none() => Ok(Permitted::Done(comparison)),
            _ => self.refused_vote(reader, id).await,
        }
    }

    /// Why nothing came of a vote.
    async fn refused_vote(&self, reader: &Reader, id: Uuid) -> Result<Permitted<Comparison>, StorageError> {
        Ok(match self.find_comparison(reader, id).await? {
            Some(_) => Permitted::Forbidden(Role::Annotator),
            None => Permitted::Unknown,
        })
    }

    /// The votes of a dataset, the newest first: at most `limit` of those before `before`. None where the reader may not see
    /// the dataset.
    pub async fn list_votes(
        &self,
        reader: &Reader,
        dataset: &str,
        before: Option<Uuid>,
        limit: i64,
    ) -> Result<Option<Vec<Vote>>, StorageError> {
        let Some(dataset) = self.find_dataset(reader, dataset).await? else { return Ok(None) };
        let votes = query_as!(
            Vote,
            r#"SELECT comparisons.id AS comparison, comparisons.image_id AS image, file_name, one.slug AS left,
                   was_left.text AS left_text, other.slug AS right, was_right.text AS right_text,
                   outcome AS "outcome: Outcome", shown_to AS voter,
                   CASE WHEN $4 OR $3::uuid IS NOT NULL THEN users.name END AS voter_name, voted_at
               FROM comparisons JOIN votes ON comparison_id = comparisons.id
               JOIN dataset_images AS image ON image.id = comparisons.image_id
               JOIN caption_sources AS one ON one.id = left_source_id
               JOIN caption_sources AS other ON other.id = right_source_id
               JOIN captions AS on_left ON on_left.image_id = comparisons.image_id AND on_left.source_id = left_source_id
               JOIN captions AS on_right
                   ON on_right.image_id = comparisons.image_id AND on_right.source_id = right_source_id
               JOIN caption_versions AS was_left ON was_left.caption_id = on_left.id AND was_left.version = left_version
               JOIN caption_versions AS was_right
                   ON was_right.caption_id = on_right.id AND was_right.version = right_version
               LEFT JOIN users ON users.id = shown_to
               WHERE comparisons.dataset_id = $1 AND deleted_at IS NULL
               AND ($2::uuid IS NULL OR comparisons.id < $2)
               AND rank_in_dataset(comparisons.dataset_id, $3, $4) > 0
               ORDER BY comparisons.id DESC LIMIT $5"#,
            dataset.id,
            before,
            reader.user,
            reader.is_admin,
            limit,
        );
        Ok(Some(votes.fetch_all(self.pool()).await?))
    }

    /// How many votes the reader has given in a dataset, what they skipped not counted.
    pub async fn count_own_votes(&self, reader: &Reader, dataset: &str) -> Result<i64, StorageError> {
        let count = query_scalar!(
            r#"SELECT count(*) AS "count!"
               FROM comparisons JOIN votes ON comparison_id = comparisons.id JOIN datasets ON datasets.id = dataset_id
               WHERE shown_to = $1 AND datasets.slug = $2 AND outcome <> 'skipped'"#,
            reader.user,
            dataset,
        );
        Ok(count.fetch_one(self.pool()).await?)
    }
}
