//! What people write themselves: one caption of a picture each.

use sqlx::{PgTransaction, query_scalar};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Database, Reader, StorageError,
    captions::{NewCaption, Written},
    datasets::Role,
    source_names::person_stem,
    sources::{free_slug, lock_sources},
};

/// What a transaction found.
enum Found {
    Written(Uuid),
    /// The caption is at another version, or there is one where none was seen.
    Other(Uuid),
    Nothing,
}

impl Database {
    /// Writes the reader's own caption of a picture: the first where `version` is none, else in place of that version. The
    /// first one in a dataset makes the reader a source of it. For annotators.
    pub async fn put_own_caption(
        &self,
        reader: &Reader,
        image: Uuid,
        version: Option<i32>,
        new: &NewCaption,
        now: OffsetDateTime,
    ) -> Result<Written, StorageError> {
        let Some(user) = reader.user else { return Ok(Written::Unknown) };
        let dataset = match self.annotated_dataset(reader, image).await? {
            Ok(dataset) => dataset,
            Err(refused) => return Ok(refused),
        };
        let (reader, new) = (*reader, new.clone());
        let found = self.transaction(move |transaction| {
            Box::pin(async move {
                match version {
                    None => {
                        let source = ensure_person_source(transaction, dataset, user, now).await?;
                        let Some(source) = source else { return Ok(Found::Nothing) };
                        create(transaction, &reader, (image, source), &new, now).await
                    }
                    Some(version) => {
                        let source = find_person_source(transaction, dataset, user).await?;
                        let Some(source) = source else { return Ok(Found::Nothing) };
                        change(transaction, &reader, (image, source), version, &new, now).await
                    }
                }
            })
        });
        match found.await? {
            Found::Written(id) => self.written(id).await,
            Found::Other(id) => Ok(match self.written(id).await? {
                Written::Done(caption) => Written::Changed(caption),
                other => other,
            }),
            Found::Nothing => Ok(Written::Unknown),
        }
    }

    /// Deletes the reader's own caption of a picture, which is at `version`, with its history. What it was last is in
    /// [`Written::Done`].
    pub async fn delete_own_caption(
        &self,
        reader: &Reader,
        image: Uuid,
        version: i32,
    ) -> Result<Written, StorageError> {
        if let Err(refused) = self.annotated_dataset(reader, image).await? {
            return Ok(refused);
        }
        let own = query_scalar!(
            "SELECT captions.id FROM captions JOIN caption_sources AS source ON source.id = source_id
             WHERE image_id = $1 AND kind = 'person' AND user_id = $2",
            image,
            reader.user,
        );
        let Some(id) = own.fetch_optional(self.pool()).await? else { return Ok(Written::Unknown) };
        let Written::Done(last) = self.written(id).await? else { return Ok(Written::Unknown) };
        let deleted = query_scalar!(
            "DELETE FROM captions WHERE id = $1 AND version = $2 AND rank_in_dataset(dataset_id, $3, $4) >= 2 RETURNING id",
            id,
            version,
            reader.user,
            reader.is_admin,
        );
        Ok(match deleted.fetch_optional(self.pool()).await? {
            Some(_) => Written::Done(last),
            None => self.outcome(reader, id, None, Role::Annotator).await?,
        })
    }

    /// The dataset of a picture in which the reader may write, or why they may not.
    async fn annotated_dataset(&self, reader: &Reader, image: Uuid) -> Result<Result<Uuid, Written>, StorageError> {
        let found = sqlx::query!(
            r#"SELECT dataset_id, rank_in_dataset(dataset_id, $2, $3) AS "rank!"
               FROM dataset_images WHERE id = $1 AND deleted_at IS NULL"#,
            image,
            reader.user,
            reader.is_admin,
        );
        Ok(match found.fetch_optional(self.pool()).await? {
            Some(row) if row.rank >= Role::Annotator.rank() => Ok(row.dataset_id),
            Some(row) if row.rank > 0 => Err(Written::Forbidden(Role::Annotator)),
            _ => Err(Written::Unknown),
        })
    }
}

async fn create(
    transaction: &mut PgTransaction<'static>,
    reader: &Reader,
    (image, source): (Uuid, Uuid),
    new: &NewCaption,
    now: OffsetDateTime,
) -> Result<Found, StorageError> {
    let created = query_scalar!(
        "INSERT INTO captions (id, dataset_id, image_id, source_id, text, regions, updated_by, updated_at)
         SELECT $1, dataset_id, id, $3, $4, $5, $6, $8 FROM dataset_images
         WHERE id = $2 AND deleted_at IS NULL AND rank_in_dataset(dataset_id, $6, $7) >= 2
         ON CONFLICT (image_id, source_id) DO NOTHING
         RETURNING id",
        Uuid::now_v7(),
        image,
        source,
        new.text,
        new.regions,
        reader.user,
        reader.is_admin,
        now,
    );
    match created.fetch_optional(&mut **transaction).await? {
        Some(id) => Ok(Found::Written(id)),
        None => find(transaction, image, source).await,
    }
}

async fn change(
    transaction: &mut PgTransaction<'static>,
    reader: &Reader,
    (image, source): (Uuid, Uuid),
    version: i32,
    new: &NewCaption,
    now: OffsetDateTime,
) -> Result<Found, StorageError> {
    let changed = query_scalar!(
        "UPDATE captions SET text = $4, regions = coalesce($5, regions), status = 'draft', version = version + 1,
             updated_by = $6, updated_at = $8
         WHERE image_id = $1 AND source_id = $2 AND version = $3 AND rank_in_dataset(dataset_id, $6, $7) >= 2
         RETURNING id",
        image,
        source,
        version,
        new.text,
        new.regions,
        reader.user,
        reader.is_admin,
        now,
    );
    match changed.fetch_optional(&mut **transaction).await? {
        Some(id) => Ok(Found::Written(id)),
        None => find(transaction, image, source).await,
    }
}

async fn find(transaction: &mut PgTransaction<'static>, image: Uuid, source: Uuid) -> Result<Found, StorageError> {
    let there = query_scalar!("SELECT id FROM captions WHERE image_id = $1 AND source_id = $2", image, source);
    Ok(there.fetch_optional(&mut **transaction).await?.map_or(Found::Nothing, Found::Other))
}

/// The source that a person is in a dataset; made where there is none. None where there is no such person or dataset.
pub(crate) async fn ensure_person_source(
    transaction: &mut PgTransaction<'static>,
    dataset: Uuid,
    user: Uuid,
    now: OffsetDateTime,
) -> Result<Option<Uuid>, StorageError> {
    if let Some(found) = find_person_source(transaction, dataset, user).await? {
        return Ok(Some(found));
    }
    if !lock_sources(transaction, dataset).await? {
        return Ok(None);
    }
    if let Some(found) = find_person_source(transaction, dataset, user).await? {
        return Ok(Some(found));
    }
    let name = query_scalar!("SELECT name FROM users WHERE id = $1", user);
    let Some(name) = name.fetch_optional(&mut **transaction).await? else { return Ok(None) };
    let slug = free_slug(transaction, dataset, &person_stem(&name)).await?;
    let made = query_scalar!(
        "INSERT INTO caption_sources (id, dataset_id, slug, kind, user_id, created_at)
         VALUES ($1, $2, $3, 'person', $4, $5) RETURNING id",
        Uuid::now_v7(),
        dataset,
        slug,
        user,
        now,
    );
    Ok(Some(made.fetch_one(&mut **transaction).await?))
}

/// The source that a person is in a dataset, where they have written something.
async fn find_person_source(
    transaction: &mut PgTransaction<'static>,
    dataset: Uuid,
    user: Uuid,
) -> Result<Option<Uuid>, StorageError> {
    let found = query_scalar!(
        "SELECT id FROM caption_sources WHERE dataset_id = $1 AND user_id = $2 AND kind = 'person'",
        dataset,
        user,
    );
    Ok(found.fetch_optional(&mut **transaction).await?)
}
