//! Where a dataset's captions come from: models with what they were asked, people, imports.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::{PgTransaction, query_as, query_scalar};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Database, Reader, StorageError,
    datasets::{Permitted, Role},
    source_names::model_stem,
};

/// The constraint that a dataset has one source of a name.
pub const SOURCE_TAKEN: &str = "caption_sources_slug_key";

/// What came of adding a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddedSource {
    /// It is there.
    New(Uuid),
    /// The dataset has this model with what it was asked already, under this name.
    SameAs(String),
}

/// Captions that one statement deletes with their history, so that it ends long before its time is up.
const DELETED_AT_ONCE: i64 = 10_000;

/// Where captions come from.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// Which one.
    pub id: Uuid,
    /// Its name in the dataset: small letters, digits, dots, dashes and underscores, at most 64.
    pub slug: String,
    /// What it is.
    pub kind: SourceKind,
    /// Whether it is the reader.
    pub is_own: bool,
    /// A model's name.
    pub model: Option<String>,
    /// The revision of a model's weights.
    pub revision: Option<String>,
    /// The task, such as `<CAPTION>`.
    pub task: Option<String>,
    /// A model's parameters, a JSON object.
    pub parameters: Option<Value>,
    /// Pictures that it has a caption of.
    pub captions: i64,
    /// When it was made.
    pub created_at: OffsetDateTime,
}

/// What a source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum SourceKind {
    /// A model with what it was asked.
    Model,
    /// Somebody who writes.
    Person,
    /// A file that somebody brought.
    Import,
}

/// A source that is to be made.
#[derive(Debug, Clone)]
pub struct NewSource {
    /// A version 7 UUID.
    pub id: Uuid,
    /// See [`Source::slug`].
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

/// A model with what it is asked. Two that are equal are one source.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelSource {
    /// The model's name, such as `microsoft/Florence-2-base`.
    pub model: String,
    /// The revision of its weights.
    pub revision: Option<String>,
    /// The task, such as `<CAPTION>`.
    pub task: String,
    /// Everything else that its answers depend on, a JSON object.
    pub parameters: Value,
}

impl Database {
    /// The sources of a dataset, by slug: at most `limit` of those after `after`. None where the reader may not see it.
    pub async fn list_sources(
        &self,
        reader: &Reader,
        dataset: &str,
        after: Option<&str>,
        limit: i64,
    ) -> Result<Option<Vec<Source>>, StorageError> {
        let Some(dataset) = self.find_dataset(reader, dataset).await? else { return Ok(None) };
        let sources = query_as!(
            Source,
            r#"SELECT id, slug, kind AS "kind: SourceKind", coalesce(user_id = $2, false) AS "is_own!", model,
                   model_revision AS revision, task, parameters, created_at,
                   (SELECT coalesce(sum(captions), 0)::bigint FROM caption_counts WHERE source_id = source.id) AS "captions!"
               FROM caption_sources AS source
               WHERE dataset_id = $1 AND rank_in_dataset(dataset_id, $2, $3) > 0 AND slug > $4
               ORDER BY slug LIMIT $5"#,
            dataset.id,
            reader.user,
            reader.is_admin,
            // No name is empty.
            after.unwrap_or_default(),
            limit,
        );
        Ok(Some(sources.fetch_all(self.pool()).await?))
    }

    /// A source that the reader may know of.
    pub async fn find_source(&self, reader: &Reader, id: Uuid) -> Result<Option<Source>, StorageError> {
        let source = query_as!(
            Source,
            r#"SELECT id, slug, kind AS "kind: SourceKind", coalesce(user_id = $2, false) AS "is_own!", model,
                   model_revision AS revision, task, parameters, created_at,
                   (SELECT coalesce(sum(captions), 0)::bigint FROM caption_counts WHERE source_id = source.id) AS "captions!"
               FROM caption_sources AS source WHERE id = $1 AND rank_in_dataset(dataset_id, $2, $3) > 0"#,
            id,
            reader.user,
            reader.is_admin,
        );
        Ok(source.fetch_optional(self.pool()).await?)
    }

    /// The model or import of this name in the dataset of a picture that the reader may see.
    pub async fn find_source_of_image(
        &self,
        reader: &Reader,
        image: Uuid,
        slug: &str,
    ) -> Result<Option<Uuid>, StorageError> {
        let found = query_scalar!(
            "SELECT source.id FROM dataset_images AS image JOIN caption_sources AS source USING (dataset_id)
             WHERE image.id = $1 AND slug = $2 AND kind <> 'person' AND deleted_at IS NULL
             AND rank_in_dataset(dataset_id, $3, $4) > 0",
            image,
            slug,
            reader.user,
            reader.is_admin,
        );
        Ok(found.fetch_optional(self.pool()).await?)
    }

    /// Adds a source of captions to a dataset. For annotators.
    ///
    /// # Errors
    ///
    /// [`StorageError::Conflict`] of [`SOURCE_TAKEN`] where the dataset has a source of this name.
    pub async fn create_source(
        &self,
        reader: &Reader,
        dataset: &str,
        new: &NewSource,
        now: OffsetDateTime,
    ) -> Result<Permitted<AddedSource>, StorageError> {
        let dataset = match self.dataset_for(reader, dataset, Role::Annotator).await? {
            Permitted::Done(dataset) => dataset.id,
            refused => return Ok(refused.refusal()),
        };
        let new = new.clone();
        self.transaction(move |transaction| {
            Box::pin(async move {
                lock_sources(transaction, dataset).await?;
                if let NewSourceKind::Model { model, revision, task, parameters } = new.kind.clone() {
                    let same = ModelSource { model, revision, task, parameters };
                    if let Some((_, slug)) = find_model(transaction, dataset, &same).await? {
                        return Ok(Permitted::Done(AddedSource::SameAs(slug)));
                    }
                }
                insert(transaction, dataset, &new, now).await?;
                Ok(Permitted::Done(AddedSource::New(new.id)))
            })
        })
        .await
    }

    /// Gives a source another name. For owners.
    ///
    /// # Errors
    ///
    /// [`StorageError::Conflict`] of [`SOURCE_TAKEN`] where the dataset has a source of this name.
    pub async fn rename_source(
        &self,
        reader: &Reader,
        dataset: &str,
        slug: &str,
        new_slug: &str,
    ) -> Result<Permitted<Uuid>, StorageError> {
        let dataset = match self.dataset_for(reader, dataset, Role::Owner).await? {
            Permitted::Done(dataset) => dataset.id,
            refused => return Ok(refused.refusal()),
        };
        let (slug, new_slug) = (slug.to_owned(), new_slug.to_owned());
        self.transaction(move |transaction| {
            Box::pin(async move {
                lock_sources(transaction, dataset).await?;
                let renamed = query_scalar!(
                    "UPDATE caption_sources SET slug = $3 WHERE dataset_id = $1 AND slug = $2 RETURNING id",
                    dataset,
                    slug,
                    new_slug,
                );
                let renamed = renamed.fetch_optional(&mut **transaction).await?;
                Ok(renamed.map_or(Permitted::Unknown, Permitted::Done))
            })
        })
        .await
    }

    /// Deletes a source with its captions and their history. For owners.
    ///
    /// Many captions go in many statements. Where that is broken off, the source is there with what is left, and can be
    /// deleted again.
    pub async fn delete_source(
        &self,
        reader: &Reader,
        dataset: &str,
        slug: &str,
    ) -> Result<Permitted<Uuid>, StorageError> {
        let dataset = match self.dataset_for(reader, dataset, Role::Owner).await? {
            Permitted::Done(dataset) => dataset.id,
            refused => return Ok(refused.refusal()),
        };
        let found = query_scalar!("SELECT id FROM caption_sources WHERE dataset_id = $1 AND slug = $2", dataset, slug);
        let Some(source) = found.fetch_optional(self.pool()).await? else { return Ok(Permitted::Unknown) };
        loop {
            let deleted = sqlx::query!(
                "DELETE FROM captions
                 WHERE id IN (SELECT id FROM captions WHERE source_id = $1 LIMIT $2)
                 AND rank_in_dataset($3, $4, $5) = 4",
                source,
                DELETED_AT_ONCE,
                dataset,
                reader.user,
                reader.is_admin,
            );
            if deleted.execute(self.pool()).await?.rows_affected() == 0 {
                break;
            }
        }
        let deleted = query_scalar!(
            "DELETE FROM caption_sources WHERE id = $1 AND rank_in_dataset(dataset_id, $2, $3) = 4 RETURNING id",
            source,
            reader.user,
            reader.is_admin,
        );
        Ok(deleted.fetch_optional(self.pool()).await?.map_or(Permitted::Unknown, Permitted::Done))
    }

    /// The source of a model in a dataset and its slug; made where there is none. For annotators.
    ///
    /// It is found by all that a [`ModelSource`] says, so a source that was renamed is found again, and other parameters are
    /// another source.
    pub async fn ensure_model_source(
        &self,
        reader: &Reader,
        dataset: Uuid,
        source: &ModelSource,
    ) -> Result<Permitted<(Uuid, String)>, StorageError> {
        let rank =
            query_scalar!(r#"SELECT rank_in_dataset($1, $2, $3) AS "rank!""#, dataset, reader.user, reader.is_admin);
        match rank.fetch_one(self.pool()).await? {
            0 => return Ok(Permitted::Unknown),
            rank if rank < Role::Annotator.rank() => return Ok(Permitted::Forbidden(Role::Annotator)),
            _ => {}
        }
        let source = source.clone();
        self.transaction(move |transaction| {
            Box::pin(async move {
                if let Some(found) = find_model(transaction, dataset, &source).await? {
                    return Ok(Permitted::Done(found));
                }
                if !lock_sources(transaction, dataset).await? {
                    return Ok(Permitted::Unknown);
                }
                // Whoever held the lock may have made it.
                if let Some(found) = find_model(transaction, dataset, &source).await? {
                    return Ok(Permitted::Done(found));
                }
                let slug = free_slug(transaction, dataset, &model_stem(&source.model, &source.task)).await?;
                let ModelSource { model, revision, task, parameters } = source;
                let kind = NewSourceKind::Model { model, revision, task, parameters };
                let new = NewSource { id: Uuid::now_v7(), slug, kind };
                insert(transaction, dataset, &new, OffsetDateTime::now_utc()).await?;
                Ok(Permitted::Done((new.id, new.slug)))
            })
        })
        .await
    }
}

async fn find_model(
    transaction: &mut PgTransaction<'static>,
    dataset: Uuid,
    source: &ModelSource,
) -> Result<Option<(Uuid, String)>, StorageError> {
    let found = sqlx::query!(
        "SELECT id, slug FROM caption_sources
         WHERE dataset_id = $1 AND kind = 'model' AND model = $2 AND model_revision IS NOT DISTINCT FROM $3 AND task = $4
         AND parameters = $5
         ORDER BY id LIMIT 1",
        dataset,
        source.model,
        source.revision,
        source.task,
        source.parameters,
    );
    Ok(found.fetch_optional(&mut **transaction).await?.map(|row| (row.id, row.slug)))
}

/// Lets one writer at a time choose names in a dataset. False where there is no such dataset.
pub(crate) async fn lock_sources(
    transaction: &mut PgTransaction<'static>,
    dataset: Uuid,
) -> Result<bool, StorageError> {
    // Not against those who add pictures and captions, who only need the dataset to stay.
    let locked = query_scalar!("SELECT id FROM datasets WHERE id = $1 FOR NO KEY UPDATE", dataset);
    Ok(locked.fetch_optional(&mut **transaction).await?.is_some())
}

/// The stem, or where the dataset has a source of that name, the stem with the first number that is free.
pub(crate) async fn free_slug(
    transaction: &mut PgTransaction<'static>,
    dataset: Uuid,
    stem: &str,
) -> Result<String, StorageError> {
    let taken = query_scalar!(
        "SELECT slug FROM caption_sources WHERE dataset_id = $1 AND starts_with(slug, $2)",
        dataset,
        stem
    );
    let taken = taken.fetch_all(&mut **transaction).await?;
    let numbered = (2..).map(|number| format!("{stem}-{number}"));
    let free = std::iter::once(stem.to_owned()).chain(numbered).find(|slug| !taken.contains(slug));
    Ok(free.expect("a number is free among more than there are names. This is a bug."))
}

async fn insert(
    transaction: &mut PgTransaction<'static>,
    dataset: Uuid,
    new: &NewSource,
    now: OffsetDateTime,
) -> Result<(), StorageError> {
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
    .execute(&mut **transaction)
    .await?;
    Ok(())
}
