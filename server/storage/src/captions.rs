//! Captions: many of a picture, one of each source, with everything that each has ever been.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::{query_as, query_scalar};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{Database, Reader, StorageError, datasets::Role};

pub use crate::{
    caption_runs::{Run, Stored},
    sources::{NewSource, NewSourceKind},
};

/// What a source says of a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Caption {
    /// Which one.
    pub id: Uuid,
    /// The source's name in the dataset.
    pub source: String,
    /// What it says, up to 20,000 characters.
    pub text: String,
    /// Boxes, quads and polygons with their labels, in pixels of the picture as shown.
    pub regions: Option<Value>,
    /// How sure the source is, 0 to 1.
    pub confidence: Option<f32>,
    /// How far its review is.
    pub status: Status,
    /// Why it was rejected, where it is and that was said; for readers who may write captions.
    pub reason: Option<String>,
    /// Whether a person has changed what a model or an import said.
    pub edited: bool,
    /// Counts its changes, from 1.
    pub version: i32,
    /// When it was changed last.
    pub updated_at: OffsetDateTime,
}

/// One of the states that a caption has had.
#[derive(Debug, Clone, PartialEq)]
pub struct CaptionVersion {
    /// Counts from 1.
    pub version: i32,
    /// What it said.
    pub text: String,
    /// See [`Caption::regions`].
    pub regions: Option<Value>,
    /// See [`Caption::confidence`].
    pub confidence: Option<f32>,
    /// How far its review was.
    pub status: Status,
    /// Why it was rejected, where it was and that was said; for readers who may write captions.
    pub reason: Option<String>,
    /// See [`Caption::edited`].
    pub edited: bool,
    /// Who made it so; nobody for the program itself.
    pub changed_by: Option<Uuid>,
    /// What they are called; for readers who are somebody.
    pub changed_by_name: Option<String>,
    /// When it became so.
    pub changed_at: OffsetDateTime,
    /// The job that made it so, if one did.
    pub job: Option<Uuid>,
}

/// How far a caption's review is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum Status {
    /// Nobody has said that it is ready.
    Draft,
    /// It waits for a reviewer.
    Submitted,
    /// A reviewer trusts it.
    Approved,
    /// A reviewer does not.
    Rejected,
}

/// A caption that is to be written.
#[derive(Debug, Clone, Default)]
pub struct NewCaption {
    /// See [`Caption::text`].
    pub text: String,
    /// See [`Caption::regions`].
    pub regions: Option<Value>,
    /// See [`Caption::confidence`].
    pub confidence: Option<f32>,
}

/// What is to change about a caption; what is left out stays.
#[derive(Debug, Clone, Default)]
pub struct CaptionChange {
    /// See [`Caption::text`].
    pub text: Option<String>,
    /// See [`Caption::regions`]; an empty array for none.
    pub regions: Option<Value>,
}

impl From<&str> for CaptionChange {
    fn from(text: &str) -> Self {
        Self { text: Some(text.to_owned()), regions: None }
    }
}

/// What came of writing a caption.
#[derive(Debug, Clone, PartialEq)]
pub enum Written {
    /// This is how it is now.
    Done(Caption),
    /// Somebody changed it since the version that was seen; this is how it is.
    Changed(Caption),
    /// It takes this role.
    Forbidden(Role),
    /// There is no such picture or caption that the reader may know of.
    Unknown,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Draft, Self::Submitted, Self::Approved, Self::Rejected];
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Draft => "draft",
            Self::Submitted => "submitted",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
        })
    }
}

impl Database {
    /// The captions of a picture, by source; none where the reader may not see it.
    pub async fn list_captions(&self, reader: &Reader, image: Uuid) -> Result<Option<Vec<Caption>>, StorageError> {
        if self.find_image(reader, image).await?.is_none() {
            return Ok(None);
        }
        let captions = query_as!(
            Caption,
            r#"SELECT captions.id, slug AS source, text, regions, confidence, status AS "status: Status",
                   CASE WHEN rank_in_dataset(captions.dataset_id, $2, $3) >= 2 THEN reason END AS reason, edited,
                   version, updated_at
               FROM captions JOIN caption_sources AS source ON source.id = source_id
               WHERE image_id = $1 AND rank_in_dataset(captions.dataset_id, $2, $3) > 0
               ORDER BY slug"#,
            image,
            reader.user,
            reader.is_admin,
        );
        Ok(Some(captions.fetch_all(self.pool()).await?))
    }

    /// What one source (its slug) says of each of these pictures of a dataset, where it says anything and the reader may
    /// see it: pictures with their captions, in no order. For a page of pictures.
    pub async fn captions_of_source(
        &self,
        reader: &Reader,
        dataset: Uuid,
        source: &str,
        images: &[Uuid],
    ) -> Result<Vec<(Uuid, Caption)>, StorageError> {
        let rows = sqlx::query!(
            r#"SELECT image_id, captions.id, slug, text, regions, confidence, status AS "status: Status",
                   CASE WHEN rank_in_dataset(captions.dataset_id, $4, $5) >= 2 THEN reason END AS reason, edited,
                   version, updated_at
               FROM captions JOIN caption_sources AS source ON source.id = source_id
               WHERE image_id = ANY ($1) AND source.dataset_id = $2 AND slug = $3
               AND rank_in_dataset(captions.dataset_id, $4, $5) > 0"#,
            images,
            dataset,
            source,
            reader.user,
            reader.is_admin,
        );
        let rows = rows.fetch_all(self.pool()).await?.into_iter().map(|row| {
            let caption = Caption {
                id: row.id,
                source: row.slug,
                text: row.text,
                regions: row.regions,
                confidence: row.confidence,
                status: row.status,
                reason: row.reason,
                edited: row.edited,
                version: row.version,
                updated_at: row.updated_at,
            };
            (row.image_id, caption)
        });
        Ok(rows.collect())
    }

    /// Adds what a model or an import says of a picture, as a draft. A picture has one caption of each source.
    ///
    /// # Errors
    ///
    /// [`StorageError::Conflict`] where the source has said something of it before.
    pub async fn add_caption(
        &self,
        reader: &Reader,
        image: Uuid,
        source: Uuid,
        new: &NewCaption,
        now: OffsetDateTime,
    ) -> Result<Written, StorageError> {
        let id = Uuid::now_v7();
        let added = query_scalar!(
            "INSERT INTO captions
                 (id, dataset_id, image_id, source_id, text, regions, confidence, updated_by, updated_at)
             SELECT $1, image.dataset_id, image.id, source.id, $4, $5, $6, $7, $9
             FROM dataset_images AS image JOIN caption_sources AS source USING (dataset_id)
             WHERE image.id = $2 AND source.id = $3 AND source.kind <> 'person' AND deleted_at IS NULL
             AND rank_in_dataset(dataset_id, $7, $8) >= 2
             RETURNING id",
            id,
            image,
            source,
            new.text,
            new.regions,
            new.confidence,
            reader.user,
            reader.is_admin,
            now,
        );
        match added.fetch_optional(self.pool()).await? {
            Some(id) => self.written(id).await,
            None => self.refused(reader, image, Role::Annotator).await,
        }
    }

    /// Changes a caption that is at `version`, and writes down what it was. A change of what was approved makes it a draft
    /// again.
    pub async fn change_caption(
        &self,
        reader: &Reader,
        id: Uuid,
        version: i32,
        change: impl Into<CaptionChange>,
        now: OffsetDateTime,
    ) -> Result<Written, StorageError> {
        let CaptionChange { text, regions } = change.into();
        let changed = query_scalar!(
            "UPDATE captions SET text = coalesce($3, text), regions = coalesce($4, regions), status = 'draft',
                 edited = (SELECT kind <> 'person' FROM caption_sources AS source WHERE source.id = source_id),
                 version = version + 1, updated_by = $5, updated_at = $7
             WHERE id = $1 AND version = $2 AND rank_in_dataset(dataset_id, $5, $6) >= 2
             AND EXISTS (SELECT FROM dataset_images AS image WHERE image.id = image_id AND deleted_at IS NULL)
             RETURNING id",
            id,
            version,
            text,
            regions,
            reader.user,
            reader.is_admin,
            now,
        );
        let changed = changed.fetch_optional(self.pool()).await?;
        self.outcome(reader, id, changed, Role::Annotator).await
    }

    /// Makes a caption that is at `version` what it was at the version `past`, as a draft and as a new version: nothing of
    /// its history is lost. [`Written::Unknown`] also where it never was at that version.
    pub async fn restore_caption(
        &self,
        reader: &Reader,
        id: Uuid,
        version: i32,
        past: i32,
        now: OffsetDateTime,
    ) -> Result<Written, StorageError> {
        let restored = query_scalar!(
            "UPDATE captions SET text = past.text, regions = past.regions, confidence = past.confidence,
                 edited = past.edited, status = 'draft', version = captions.version + 1, updated_by = $4, updated_at = $6
             FROM caption_versions AS past
             WHERE id = $1 AND captions.version = $2 AND past.caption_id = id AND past.version = $3
             AND rank_in_dataset(dataset_id, $4, $5) >= 2
             AND EXISTS (SELECT FROM dataset_images AS image WHERE image.id = image_id AND deleted_at IS NULL)
             RETURNING id",
            id,
            version,
            past,
            reader.user,
            reader.is_admin,
            now,
        );
        let restored = restored.fetch_optional(self.pool()).await?;
        let outcome = self.outcome(reader, id, restored, Role::Annotator).await?;
        Ok(match outcome {
            // Nobody has changed it: what is missing is the version.
            Written::Changed(caption) if caption.version == version => Written::Unknown,
            outcome => outcome,
        })
    }

    /// Says how far the review of a caption is that is at `version`. To submit takes an annotator, the rest a reviewer.
    pub async fn set_caption_status(
        &self,
        reader: &Reader,
        id: Uuid,
        version: i32,
        status: Status,
        now: OffsetDateTime,
    ) -> Result<Written, StorageError> {
        self.review_caption(reader, id, version, status.into(), now).await
    }

    /// Every state that a caption has had, the latest first; none where the reader may not see it.
    pub async fn list_caption_versions(
        &self,
        reader: &Reader,
        id: Uuid,
    ) -> Result<Option<Vec<CaptionVersion>>, StorageError> {
        let versions = query_as!(
            CaptionVersion,
            r#"SELECT past.version, past.text, past.regions, past.confidence, past.status AS "status: Status",
                   CASE WHEN rank_in_dataset(captions.dataset_id, $2, $3) >= 2 THEN past.reason END AS reason,
                   past.edited, changed_by, changed_at, past.job_id AS job,
                   CASE WHEN $3 OR $2::uuid IS NOT NULL THEN users.name END AS changed_by_name
               FROM caption_versions AS past JOIN captions ON captions.id = caption_id
               JOIN dataset_images AS image ON image.id = image_id
               LEFT JOIN users ON users.id = changed_by
               WHERE caption_id = $1 AND deleted_at IS NULL AND rank_in_dataset(captions.dataset_id, $2, $3) > 0
               ORDER BY past.version DESC"#,
            id,
            reader.user,
            reader.is_admin,
        );
        let versions = versions.fetch_all(self.pool()).await?;
        // A caption has at least the version that it is.
        Ok((!versions.is_empty()).then_some(versions))
    }

    /// The outcome of a change that went through for the caption `changed`, or did not.
    pub(crate) async fn outcome(
        &self,
        reader: &Reader,
        id: Uuid,
        changed: Option<Uuid>,
        needed: Role,
    ) -> Result<Written, StorageError> {
        if let Some(id) = changed {
            return self.written(id).await;
        }
        let rank = query_scalar!(
            r#"SELECT rank_in_dataset(captions.dataset_id, $2, $3) AS "rank!"
               FROM captions JOIN dataset_images AS image ON image.id = image_id
               WHERE captions.id = $1 AND deleted_at IS NULL"#,
            id,
            reader.user,
            reader.is_admin,
        );
        Ok(match rank.fetch_optional(self.pool()).await? {
            None | Some(0) => Written::Unknown,
            Some(rank) if rank < needed.rank() => Written::Forbidden(needed),
            Some(_) => match self.written(id).await? {
                Written::Done(caption) => Written::Changed(caption),
                other => other,
            },
        })
    }

    /// The caption as it is, as the outcome of writing it.
    pub(crate) async fn written(&self, id: Uuid) -> Result<Written, StorageError> {
        let caption = query_as!(
            Caption,
            r#"SELECT captions.id, slug AS source, text, regions, confidence, status AS "status: Status", reason, edited,
                   version, updated_at
               FROM captions JOIN caption_sources AS source ON source.id = source_id WHERE captions.id = $1"#,
            id,
        );
        Ok(caption.fetch_optional(self.pool()).await?.map_or(Written::Unknown, Written::Done))
    }

    /// Why nothing was written about a picture.
    pub(crate) async fn refused(&self, reader: &Reader, image: Uuid, needed: Role) -> Result<Written, StorageError> {
        let rank = query_scalar!(
            r#"SELECT rank_in_dataset(dataset_id, $2, $3) AS "rank!" FROM dataset_images WHERE id = $1"#,
            image,
            reader.user,
            reader.is_admin,
        );
        let rank = rank.fetch_optional(self.pool()).await?.unwrap_or(0);
        Ok(if rank > 0 && rank < needed.rank() { Written::Forbidden(needed) } else { Written::Unknown })
    }
}
