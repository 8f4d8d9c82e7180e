//! What reviewers decide, and how they take it back.

use std::{fmt, str::FromStr};

use sqlx::{query, query_as, query_scalar};
use time::OffsetDateTime;
use uuid::Uuid;

use super::queue::{lease, take_turns};
use crate::{
    Database, Reader, StorageError,
    captions::{Status, Written},
    datasets::{Permitted, Role},
};

/// What somebody says of a caption.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// How far its review is.
    pub status: Status,
    /// Why it is rejected, in 1 to 1,000 characters, for whoever wrote it.
    pub reason: Option<String>,
    /// What it is to say instead, where that is approved.
    pub text: Option<String>,
}

/// One version of a caption: the one that a decision made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecisionId {
    /// Of which caption.
    pub caption: Uuid,
    /// Which version.
    pub version: i32,
}

/// What the reader decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The caption.
    pub caption: Uuid,
    /// Its version that the decision made.
    pub version: i32,
    /// Of which picture.
    pub image: Uuid,
    /// What that is called.
    pub file_name: String,
    /// Whose caption (its source's slug).
    pub source: String,
    /// What it said then.
    pub text: String,
    /// Approved or rejected.
    pub status: Status,
    /// Why it was rejected, where that was said.
    pub reason: Option<String>,
    /// When.
    pub decided_at: OffsetDateTime,
    /// Whether the caption still is at that version; else somebody has changed it since.
    pub stands: bool,
}

impl From<Status> for Verdict {
    fn from(status: Status) -> Self {
        Self { status, reason: None, text: None }
    }
}

impl fmt::Display for DecisionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.caption, self.version)
    }
}

impl FromStr for DecisionId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (caption, version) = text.split_once('.').ok_or(())?;
        Ok(Self { caption: caption.parse().map_err(drop)?, version: version.parse().map_err(drop)? })
    }
}

impl Database {
    /// Says how far the review of a caption is that is at `version`, with a reason where it is rejected, and with what it is
    /// to say instead where it is approved. To submit takes an annotator, the rest a reviewer.
    pub async fn review_caption(
        &self,
        reader: &Reader,
        id: Uuid,
        version: i32,
        verdict: Verdict,
        now: OffsetDateTime,
    ) -> Result<Written, StorageError> {
        let Verdict { status, reason, text } = verdict;
        let needed = if matches!(status, Status::Draft | Status::Submitted) { Role::Annotator } else { Role::Reviewer };
        let changed = query_scalar!(
            "UPDATE captions SET status = $3, reason = $8, text = coalesce($9, text),
                 edited = edited OR coalesce($9 <> text, false) AND EXISTS (
                     SELECT FROM caption_sources AS source WHERE source.id = source_id AND kind <> 'person'
                 ),
                 version = version + 1, updated_by = $4, updated_at = $6
             WHERE id = $1 AND version = $2 AND rank_in_dataset(dataset_id, $4, $5) >= $7
             AND EXISTS (SELECT FROM dataset_images AS image WHERE image.id = image_id AND deleted_at IS NULL)
             RETURNING id",
            id,
            version,
            status as Status,
            reader.user,
            reader.is_admin,
            now,
            needed.rank(),
            reason.filter(|_| status == Status::Rejected),
            text.filter(|_| status == Status::Approved),
        );
        let changed = changed.fetch_optional(self.pool()).await?;
        self.outcome(reader, id, changed, needed).await
    }

    /// Takes the reader's own decision back: the caption becomes what it was before, as a new version, and they are looking at
    /// its picture again, unless somebody else does. [`Written::Unknown`] also where what the caption is at `version` is no
    /// decision of theirs. For reviewers.
    pub async fn take_back_decision(
        &self,
        reader: &Reader,
        DecisionId { caption, version }: DecisionId,
        now: OffsetDateTime,
    ) -> Result<Written, StorageError> {
        let (user, is_admin) = (reader.user, reader.is_admin);
        let taken = self.transaction(move |transaction| {
            Box::pin(async move {
                let taken = query!(
                    "UPDATE captions SET text = past.text, regions = past.regions, confidence = past.confidence,
                         edited = past.edited, status = past.status, reason = past.reason,
                         version = captions.version + 1, updated_by = $3, updated_at = $5
                     FROM caption_versions AS made, caption_versions AS past
                     WHERE id = $1 AND captions.version = $2
                     AND made.caption_id = id AND made.version = $2 AND made.changed_by = $3
                     AND made.status IN ('approved', 'rejected')
                     AND past.caption_id = id AND past.version = $2 - 1
                     AND rank_in_dataset(dataset_id, $3, $4) >= 3
                     AND EXISTS (SELECT FROM dataset_images AS image WHERE image.id = image_id AND deleted_at IS NULL)
                     RETURNING dataset_id, image_id",
                    caption,
                    version,
                    user,
                    is_admin,
                    now,
                );
                let Some(taken) = taken.fetch_optional(&mut **transaction).await? else { return Ok(None) };
                if let Some(reviewer) = user {
                    take_turns(transaction, taken.dataset_id, reviewer).await?;
                    let image = (taken.dataset_id, taken.image_id);
                    lease(transaction, image, (reviewer, Uuid::now_v7()), now).await?;
                }
                Ok::<_, StorageError>(Some(caption))
            })
        });
        let taken = taken.await?;
        Ok(match self.outcome(reader, caption, taken, Role::Reviewer).await? {
            // Nobody has changed it: it is somebody else's decision, or none.
            Written::Changed(now) if now.version == version => Written::Unknown,
            outcome => outcome,
        })
    }

    /// What the reader decided in a dataset, the latest first: at most `limit` of what came before `before`. What they have
    /// taken back or decided otherwise since is left out. For reviewers.
    pub async fn list_own_decisions(
        &self,
        reader: &Reader,
        dataset: &str,
        before: Option<DecisionId>,
        limit: i64,
    ) -> Result<Permitted<Vec<Decision>>, StorageError> {
        let dataset = match self.dataset_for(reader, dataset, Role::Reviewer).await? {
            Permitted::Done(dataset) => dataset.id,
            refused => return Ok(refused.refusal()),
        };
        let (before_caption, before_version) = before.map(|before| (before.caption, before.version)).unzip();
        let decisions = query_as!(
            Decision,
            r#"SELECT past.caption_id AS caption, past.version, captions.image_id AS image, file_name,
                   source.slug AS source, past.text, past.status AS "status: Status", past.reason,
                   past.changed_at AS decided_at, captions.version = past.version AS "stands!"
               FROM caption_versions AS past
               JOIN captions ON captions.id = past.caption_id
               JOIN caption_sources AS source ON source.id = source_id
               JOIN dataset_images AS image ON image.id = captions.image_id
               WHERE past.changed_by = $2 AND past.status IN ('approved', 'rejected') AND captions.dataset_id = $1
               AND deleted_at IS NULL
               AND NOT EXISTS (
                   SELECT FROM caption_versions AS later
                   WHERE later.caption_id = past.caption_id AND later.version = past.version + 1
                   AND later.changed_by = $2
               )
               AND ($3::uuid IS NULL OR (past.changed_at, past.caption_id) < (
                   SELECT changed_at, caption_id FROM caption_versions WHERE caption_id = $3 AND version = $4
               ))
               ORDER BY past.changed_at DESC, past.caption_id DESC LIMIT $5"#,
            dataset,
            reader.user,
            before_caption,
            before_version,
            limit,
        );
        Ok(Permitted::Done(decisions.fetch_all(self.pool()).await?))
    }

    /// One of them, and the one that the reader made after it; none where there is none such.
    pub async fn find_own_decision(
        &self,
        reader: &Reader,
        dataset: Uuid,
        id: DecisionId,
    ) -> Result<Option<(Decision, Option<DecisionId>)>, StorageError> {
        let found = query_as!(
            Decision,
            r#"SELECT past.caption_id AS caption, past.version, captions.image_id AS image, file_name,
                   source.slug AS source, past.text, past.status AS "status: Status", past.reason,
                   past.changed_at AS decided_at, captions.version = past.version AS "stands!"
               FROM caption_versions AS past
               JOIN captions ON captions.id = past.caption_id
               JOIN caption_sources AS source ON source.id = source_id
               JOIN dataset_images AS image ON image.id = captions.image_id
               WHERE past.caption_id = $1 AND past.version = $2 AND past.changed_by = $3
               AND past.status IN ('approved', 'rejected') AND captions.dataset_id = $4 AND deleted_at IS NULL
               AND rank_in_dataset(captions.dataset_id, $3, $5) >= 3"#,
            id.caption,
            id.version,
            reader.user,
            dataset,
            reader.is_admin,
        );
        let Some(found) = found.fetch_optional(self.pool()).await? else { return Ok(None) };
        let later = query!(
            "SELECT past.caption_id, past.version
             FROM caption_versions AS past
             JOIN captions ON captions.id = past.caption_id
             JOIN dataset_images AS image ON image.id = captions.image_id
             WHERE past.changed_by = $1 AND past.status IN ('approved', 'rejected') AND captions.dataset_id = $2
             AND deleted_at IS NULL
             AND NOT EXISTS (
                 SELECT FROM caption_versions AS later
                 WHERE later.caption_id = past.caption_id AND later.version = past.version + 1 AND later.changed_by = $1
             )
             AND (past.changed_at, past.caption_id) > ($3, $4)
             ORDER BY past.changed_at, past.caption_id LIMIT 1",
            reader.user,
            dataset,
            found.decided_at,
            found.caption,
        );
        let later = later.fetch_optional(self.pool()).await?;
        Ok(Some((found, later.map(|row| DecisionId { caption: row.caption_id, version: row.version }))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_decisions_are_read_as_they_are_written() {
        let id = DecisionId { caption: Uuid::from_u128(7), version: 3 };
        assert_eq!(id.to_string().parse(), Ok(id));
        for wrong in ["", ".", "7.3", "00000000-0000-0000-0000-000000000007", "00000000-0000-0000-0000-000000000007.x"]
        {
            assert_eq!(wrong.parse::<DecisionId>(), Err(()), "{wrong}");
        }
    }
}
