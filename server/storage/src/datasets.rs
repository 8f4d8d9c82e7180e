//! Datasets and who may do what in them.

use std::fmt;

use serde::{Deserialize, Serialize};
use sqlx::{query_as, query_scalar};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{Database, Reader, StorageError};

/// The constraint that a dataset's slug is its own.
pub const SLUG_TAKEN: &str = "datasets_slug_key";

/// A named collection of pictures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dataset {
    /// Which one.
    pub id: Uuid,
    /// How URLs and command lines name it: small letters, digits and dashes, at most 64.
    pub slug: String,
    /// What people call it: 1 to 200 characters.
    pub name: String,
    /// What it is about, up to 10,000 characters.
    pub description: String,
    /// Who may look at it.
    pub visibility: Visibility,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// What the reader may do in it.
    pub role: Role,
}

/// Who may look at a dataset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum Visibility {
    /// Its members.
    Private,
    /// Everybody.
    Public,
}

/// What somebody may do in a dataset; each may do what those before may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum Role {
    /// Look at pictures and captions, and take them along.
    Viewer,
    /// Write captions.
    Annotator,
    /// Approve and reject captions.
    Reviewer,
    /// Add and delete pictures, choose members, rename and delete the dataset.
    Owner,
}

/// What a dataset is to be.
#[derive(Debug, Clone)]
pub struct NewDataset {
    /// A version 7 UUID.
    pub id: Uuid,
    /// See [`Dataset::slug`].
    pub slug: String,
    /// See [`Dataset::name`].
    pub name: String,
    /// See [`Dataset::description`].
    pub description: String,
    /// Who may look at it.
    pub visibility: Visibility,
}

/// What is to change about a dataset; what is left out stays.
#[derive(Debug, Clone, Default)]
pub struct DatasetChange {
    /// See [`Dataset::name`].
    pub name: Option<String>,
    /// See [`Dataset::description`].
    pub description: Option<String>,
    /// Who may look at it.
    pub visibility: Option<Visibility>,
}

/// What came of a change that needs a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Permitted<T> {
    /// It is done.
    Done(T),
    /// The reader may look, but not do this; the role that it takes.
    Forbidden(Role),
    /// There is nothing of this name that the reader may know of.
    Unknown,
    /// The dataset would be left without an owner.
    LastOwner,
}

impl Database {
    /// Makes a dataset, whose owner is the reader.
    ///
    /// # Errors
    ///
    /// [`StorageError::Conflict`] of [`SLUG_TAKEN`] where there is one of this slug, also one that the reader may not see.
    pub async fn create_dataset(
        &self,
        new: &NewDataset,
        owner: Uuid,
        now: OffsetDateTime,
    ) -> Result<Dataset, StorageError> {
        let made = self.create_dataset_of(&Reader::user(owner), new, Some(owner), now).await?;
        Ok(made.expect("everybody may make datasets of their own. This is a bug."))
    }

    /// The same for somebody else, or for nobody: then administrators alone see it, until they give somebody a part in it.
    /// None where the reader is neither the owner nor an administrator.
    pub async fn create_dataset_of(
        &self,
        reader: &Reader,
        new: &NewDataset,
        owner: Option<Uuid>,
        now: OffsetDateTime,
    ) -> Result<Option<Dataset>, StorageError> {
        let dataset = query_as!(
            Dataset,
            r#"WITH made AS (
                   INSERT INTO datasets (id, slug, name, description, visibility, created_by, created_at)
                   SELECT $1, $2, $3, $4, $5, $6, $7 WHERE $9 OR $6::uuid = $8::uuid RETURNING *
               ), owner AS (
                   INSERT INTO dataset_members (dataset_id, user_id, role, added_at)
                   SELECT id, $6, 'owner', $7 FROM made WHERE $6::uuid IS NOT NULL
               )
               SELECT id, slug, name, description, visibility AS "visibility: Visibility", created_at,
                   'owner' AS "role!: Role"
               FROM made"#,
            new.id,
            new.slug,
            new.name,
            new.description,
            new.visibility as Visibility,
            owner,
            now,
            reader.user,
            reader.is_admin,
        );
        Ok(dataset.fetch_optional(self.pool()).await?)
    }

    /// The dataset of this slug.
    pub async fn find_dataset(&self, reader: &Reader, slug: &str) -> Result<Option<Dataset>, StorageError> {
        let dataset = query_as!(
            Dataset,
            r#"SELECT id, slug, name, description, visibility AS "visibility: Visibility", created_at,
                   (ARRAY['viewer', 'annotator', 'reviewer', 'owner'])[rank] AS "role!: Role"
               FROM datasets, rank_in_dataset(id, $2, $3) AS rank
               WHERE slug = $1 AND rank > 0"#,
            slug,
            reader.user,
            reader.is_admin,
        );
        Ok(dataset.fetch_optional(self.pool()).await?)
    }

    /// The datasets that the reader may see, by slug: at most `limit` of those after `after`.
    pub async fn list_datasets(
        &self,
        reader: &Reader,
        after: Option<&str>,
        limit: i64,
    ) -> Result<Vec<Dataset>, StorageError> {
        let datasets = query_as!(
            Dataset,
            r#"SELECT id, slug, name, description, visibility AS "visibility: Visibility", created_at,
                   (ARRAY['viewer', 'annotator', 'reviewer', 'owner'])[rank] AS "role!: Role"
               FROM datasets, rank_in_dataset(id, $1, $2) AS rank
               WHERE rank > 0 AND ($3::text IS NULL OR slug > $3)
               ORDER BY slug LIMIT $4"#,
            reader.user,
            reader.is_admin,
            after,
            limit,
        );
        Ok(datasets.fetch_all(self.pool()).await?)
    }

    /// Changes what a dataset is called, is about, and who sees it.
    pub async fn change_dataset(
        &self,
        reader: &Reader,
        slug: &str,
        change: &DatasetChange,
    ) -> Result<Permitted<Dataset>, StorageError> {
        let dataset = match self.dataset_for(reader, slug, Role::Owner).await? {
            Permitted::Done(dataset) => dataset,
            refused => return Ok(refused),
        };
        let changed = query_as!(
            Dataset,
            r#"UPDATE datasets SET name = coalesce($2, name), description = coalesce($3, description),
                   visibility = coalesce($4, visibility)
               FROM rank_in_dataset($1, $5, $6) AS rank
               WHERE id = $1 AND rank = 4
               RETURNING id, slug, name, description, visibility AS "visibility: Visibility", created_at,
                   'owner' AS "role!: Role""#,
            dataset.id,
            change.name,
            change.description,
            change.visibility as Option<Visibility>,
            reader.user,
            reader.is_admin,
        );
        // Whoever was owner a moment ago and is no more.
        Ok(changed.fetch_optional(self.pool()).await?.map_or(Permitted::Unknown, Permitted::Done))
    }

    /// Deletes a dataset with its captions. The pictures' bytes go with the next sweep, if nobody else has them.
    pub async fn delete_dataset(&self, reader: &Reader, slug: &str) -> Result<Permitted<()>, StorageError> {
        let dataset = match self.dataset_for(reader, slug, Role::Owner).await? {
            Permitted::Done(dataset) => dataset,
            refused => return Ok(refused.refusal()),
        };
        let deleted = query_scalar!(
            "DELETE FROM datasets USING rank_in_dataset($1, $2, $3) AS rank WHERE id = $1 AND rank = 4 RETURNING id",
            dataset.id,
            reader.user,
            reader.is_admin,
        );
        Ok(deleted.fetch_optional(self.pool()).await?.map_or(Permitted::Unknown, |_| Permitted::Done(())))
    }

    /// The dataset, where the reader has at least this role in it.
    pub(crate) async fn dataset_for(
        &self,
        reader: &Reader,
        slug: &str,
        role: Role,
    ) -> Result<Permitted<Dataset>, StorageError> {
        Ok(match self.find_dataset(reader, slug).await? {
            None => Permitted::Unknown,
            Some(dataset) if dataset.role < role => Permitted::Forbidden(role),
            Some(dataset) => Permitted::Done(dataset),
        })
    }
}

impl Role {
    /// The role as the tables count it, from 1.
    pub(crate) fn rank(self) -> i32 {
        self as i32 + 1
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Viewer => "viewer",
            Self::Annotator => "annotator",
            Self::Reviewer => "reviewer",
            Self::Owner => "owner",
        })
    }
}

impl<T> Permitted<T> {
    /// The refusal, for another kind of answer.
    ///
    /// # Panics
    ///
    /// Where it is none. That would be a bug.
    pub(crate) fn refusal<U>(self) -> Permitted<U> {
        match self {
            Self::Done(_) => unreachable!("what is done is no refusal. This is a bug."),
            Self::Forbidden(role) => Permitted::Forbidden(role),
            Self::Unknown => Permitted::Unknown,
            Self::LastOwner => Permitted::LastOwner,
        }
    }
}
