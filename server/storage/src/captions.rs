//! Captions: many of a picture, one of each source, with everything that each has ever been.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::{query_as, query_scalar};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Database, Reader, StorageError,
    datasets::{Permitted, Role},
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
    /// Who made it so; nobody for the program itself.
    pub changed_by: Option<Uuid>,
    /// When it became so.
    pub changed_at: OffsetDateTime,
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

/// Where the captions of a model or an import come from.
#[derive(Debug, Clone)]
pub struct NewSource {
    /// A version 7 UUID.
    pub id: Uuid,
    /// Its name in the dataset: small letters, digits, dots, dashes and underscores, at most 64.
    pub slug: String,
    /// What it is.
    pub kind: NewSourceKind,
}

/// What a source is, apart from people, who become one when they write.
#[derive(Debug, Clone)]
pub enum NewSourceKind {
    /// A model with what it was asked.
    Model {
        /// Its name.
        model: String,
        /// The revision of its weights.
        revision: Option<String>,
        /// The task, such as `<CAPTION>`.
        task: String,
        /// The parameters, a JSON object.
        parameters: Value,
    },
    /// A file that somebody brought.
    Import,
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
    /// Adds a source of captions to a dataset.
    ///
    /// # Errors
    ///
    /// [`StorageError::Conflict`] where the dataset has a source of this name.
    pub async fn create_source(
        &self,
        reader: &Reader,
        dataset: &str,
        new: &NewSource,
        now: OffsetDateTime,
    ) -> Result<Permitted<Uuid>, StorageError> {
        let dataset = match self.dataset_for(reader, dataset, Role::Annotator).await? {
            Permitted::Done(dataset) => dataset.id,
            refused => return Ok(refused.refusal()),
        };
        let (kind, model) = match &new.kind {
            NewSourceKind::Model { model, revision, task, parameters } => {
                ("model", Some((model, revision, task, parameters)))
            }
            NewSourceKind::Import => ("import", None),
        };
        sqlx::query!(
            "INSERT INTO caption_sources
                 (id, dataset_id, slug, kind, model, model_revision, task, parameters, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            new.id,
            dataset,
            new.slug,
            kind,
            model.map(|(model, ..)| model),
            model.and_then(|(_, revision, ..)| revision.as_ref()),
            model.map(|(_, _, task, _)| task),
            model.map(|(_, _, _, parameters)| parameters),
            now,
        )
        .execute(self.pool())
        .await?;
        Ok(Permitted::Done(new.id))
    }

    /// The captions of a picture, by source; none where the reader may not see it.
    pub async fn list_captions(&self, reader: &Reader, image: Uuid) -> Result<Option<Vec<Caption>>, StorageError> {
        if self.find_image(reader, image).await?.is_none() {
            return Ok(None);
        }
        let captions = query_as!(
            Caption,
            r#"SELECT captions.id, slug AS source, text, regions, confidence, status AS "status: Status", version, updated_at
               FROM captions JOIN caption_sources AS source ON source.id = source_id
               WHERE image_id = $1 AND rank_in_dataset(captions.dataset_id, $2, $3) > 0
               ORDER BY slug"#,
            image,
            reader.user,
            reader.is_admin,
        );
        Ok(Some(captions.fetch_all(self.pool()).await?))
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
        text: &str,
        now: OffsetDateTime,
    ) -> Result<Written, StorageError> {
        let changed = query_scalar!(
            "UPDATE captions SET text = $3, status = 'draft', version = version + 1, updated_by = $4, updated_at = $6
             WHERE id = $1 AND version = $2 AND rank_in_dataset(dataset_id, $4, $5) >= 2
             AND EXISTS (SELECT FROM dataset_images AS image WHERE image.id = image_id AND deleted_at IS NULL)
             RETURNING id",
            id,
            version,
            text,
            reader.user,
            reader.is_admin,
            now,
        );
        let changed = changed.fetch_optional(self.pool()).await?;
        self.outcome(reader, id, changed, Role::Annotator).await
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
        let needed = if matches!(status, Status::Draft | Status::Submitted) { Role::Annotator } else { Role::Reviewer };
        let changed = query_scalar!(
            "UPDATE captions SET status = $3, version = version + 1, updated_by = $4, updated_at = $6
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
        );
        let changed = changed.fetch_optional(self.pool()).await?;
        self.outcome(reader, id, changed, needed).await
    }

    /// Every state that a caption has had, the latest first; none where the reader may not see it.
    pub async fn list_caption_versions(
        &self,
        reader: &Reader,
        id: Uuid,
    ) -> Result<Option<Vec<CaptionVersion>>, StorageError> {
        let versions = query_as!(
            CaptionVersion,
            r#"SELECT past.version, past.text, past.regions, past.confidence, past.status AS "status: Status", changed_by,
                   changed_at
               FROM caption_versions AS past JOIN captions ON captions.id = caption_id
               JOIN dataset_images AS image ON image.id = image_id
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
    async fn outcome(
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

    async fn written(&self, id: Uuid) -> Result<Written, StorageError> {
        let caption = query_as!(
            Caption,
            r#"SELECT captions.id, slug AS source, text, regions, confidence, status AS "status: Status", version, updated_at
               FROM captions JOIN caption_sources AS source ON source.id = source_id WHERE captions.id = $1"#,
            id,
        );
        Ok(caption.fetch_optional(self.pool()).await?.map_or(Written::Unknown, Written::Done))
    }

    async fn refused(&self, reader: &Reader, image: Uuid, needed: Role) -> Result<Written, StorageError> {
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
