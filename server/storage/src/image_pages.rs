//! Pages of a dataset's pictures, and what stands beside one.
//!
//! Each statement begins with the rows that its page is made of, in their order, and stops at the page's end; so a page
//! costs the same wherever it is in a dataset, however large that is. Where two tables are joined, both are told where the
//! page begins: Postgres does not conclude it for the other, and would read that one from its first row. `OFFSET 0` keeps
//! it from answering a question about one picture for all of them at once.

use sqlx::{query_as, query_scalar};
use uuid::Uuid;

use crate::{Database, Reader, StorageError, captions::Status, images::DatasetImage};

/// Which pictures of a dataset; what is left out does not matter.
#[derive(Debug, Clone, Default)]
pub struct ImageFilter {
    /// With a caption of this source (its slug).
    pub has_source: Option<String>,
    /// Without a caption of this source (its slug).
    pub lacks_source: Option<String>,
    /// With a caption in this state.
    pub status: Option<Status>,
}

/// Where a page begins, and in which order.
#[derive(Debug, Clone)]
pub enum ImagePage {
    /// In the order of adding, after this picture; from the first without one.
    Added(Option<Uuid>),
    /// By file name, after this one; from the first without one.
    Name(Option<String>),
}

/// An order of pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageOrder {
    /// As they were added.
    Added,
    /// By file name.
    Name,
}

/// What stands beside a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Neighbours {
    /// The one before; none before the first.
    pub previous: Option<Uuid>,
    /// The one after; none after the last.
    pub next: Option<Uuid>,
}

/// A page's place and filter as the tables know them.
struct Search {
    dataset: Uuid,
    has_source: Option<Uuid>,
    lacks_source: Option<Uuid>,
    status: Option<Status>,
    limit: i64,
}

impl Database {
    /// At most `limit` pictures of a dataset; none where the reader may not see it.
    ///
    /// Two pages take the longer the fewer pictures there are for them, because they are looked for one after the other:
    /// those without a caption of a source, and in the order of names those with a filter.
    pub async fn list_images(
        &self,
        reader: &Reader,
        dataset: &str,
        filter: &ImageFilter,
        page: &ImagePage,
        limit: i64,
    ) -> Result<Option<Vec<DatasetImage>>, StorageError> {
        let Some(dataset) = self.find_dataset(reader, dataset).await? else { return Ok(None) };
        let has_source = match &filter.has_source {
            None => None,
            Some(slug) => match self.source_id(dataset.id, slug).await? {
                None => return Ok(Some(vec![])),
                found => found,
            },
        };
        let lacks_source = match &filter.lacks_source {
            // What is no source has no caption.
            Some(slug) => self.source_id(dataset.id, slug).await?,
            None => None,
        };
        let search = Search { dataset: dataset.id, has_source, lacks_source, status: filter.status, limit };
        let images = match (page, filter.status, has_source) {
            (ImagePage::Name(after), ..) => self.page_by_name(&search, after.as_deref().unwrap_or_default()).await?,
            (ImagePage::Added(after), Some(status), _) => {
                self.page_of_status(&search, status, after.unwrap_or_default()).await?
            }
            (ImagePage::Added(after), None, Some(source)) => {
                self.page_of_source(&search, source, after.unwrap_or_default()).await?
            }
            (ImagePage::Added(after), None, None) => self.page_of_all(&search, after.unwrap_or_default()).await?,
        };
        Ok(Some(images))
    }

    /// What stands beside a picture that the reader may see; none where they may not.
    pub async fn neighbours(
        &self,
        reader: &Reader,
        id: Uuid,
        order: ImageOrder,
    ) -> Result<Option<Neighbours>, StorageError> {
        let neighbours = match order {
            ImageOrder::Added => {
                let beside = query_as!(
                    Neighbours,
                    "SELECT (SELECT id FROM dataset_images AS other
                             WHERE other.dataset_id = here.dataset_id AND deleted_at IS NULL AND other.id < here.id
                             ORDER BY id DESC LIMIT 1) AS previous,
                            (SELECT id FROM dataset_images AS other
                             WHERE other.dataset_id = here.dataset_id AND deleted_at IS NULL AND other.id > here.id
                             ORDER BY id LIMIT 1) AS next
                     FROM dataset_images AS here
                     WHERE id = $1 AND deleted_at IS NULL AND rank_in_dataset(dataset_id, $2, $3) > 0",
                    id,
                    reader.user,
                    reader.is_admin,
                );
                beside.fetch_optional(self.pool()).await?
            }
            ImageOrder::Name => {
                let beside = query_as!(
                    Neighbours,
                    "SELECT (SELECT id FROM dataset_images AS other
                             WHERE other.dataset_id = here.dataset_id AND deleted_at IS NULL
                             AND other.file_name < here.file_name
                             ORDER BY file_name DESC LIMIT 1) AS previous,
                            (SELECT id FROM dataset_images AS other
                             WHERE other.dataset_id = here.dataset_id AND deleted_at IS NULL
                             AND other.file_name > here.file_name
                             ORDER BY file_name LIMIT 1) AS next
                     FROM dataset_images AS here
                     WHERE id = $1 AND deleted_at IS NULL AND rank_in_dataset(dataset_id, $2, $3) > 0",
                    id,
                    reader.user,
                    reader.is_admin,
                );
                beside.fetch_optional(self.pool()).await?
            }
        };
        Ok(neighbours)
    }

    async fn source_id(&self, dataset: Uuid, slug: &str) -> Result<Option<Uuid>, StorageError> {
        let id = query_scalar!("SELECT id FROM caption_sources WHERE dataset_id = $1 AND slug = $2", dataset, slug);
        Ok(id.fetch_optional(self.pool()).await?)
    }

    /// After the picture `after`, which is nil before the first: the id of none.
    async fn page_of_all(&self, search: &Search, after: Uuid) -> Result<Vec<DatasetImage>, StorageError> {
        let images = query_as!(
            DatasetImage,
            "SELECT shown.id, file_name, sha256, byte_size, format, width, height, thumbhash, added_at
             FROM dataset_images AS shown JOIN images USING (sha256)
             WHERE dataset_id = $1 AND deleted_at IS NULL AND shown.id > $2
             AND NOT EXISTS (SELECT FROM captions WHERE image_id = shown.id AND source_id = $3 OFFSET 0)
             ORDER BY shown.id LIMIT $4",
            search.dataset,
            after,
            search.lacks_source,
            search.limit,
        );
        Ok(images.fetch_all(self.pool()).await?)
    }

    async fn page_of_source(
        &self,
        search: &Search,
        source: Uuid,
        after: Uuid,
    ) -> Result<Vec<DatasetImage>, StorageError> {
        let images = query_as!(
            DatasetImage,
            "SELECT shown.id, file_name, sha256, byte_size, format, width, height, thumbhash, added_at
             FROM captions AS found JOIN dataset_images AS shown ON shown.id = found.image_id JOIN images USING (sha256)
             WHERE found.source_id = $1 AND found.image_id > $2 AND shown.id > $2 AND deleted_at IS NULL
             AND NOT EXISTS (SELECT FROM captions WHERE image_id = found.image_id AND source_id = $3 OFFSET 0)
             ORDER BY found.image_id LIMIT $4",
            source,
            after,
            search.lacks_source,
            search.limit,
        );
        Ok(images.fetch_all(self.pool()).await?)
    }

    async fn page_of_status(
        &self,
        search: &Search,
        status: Status,
        after: Uuid,
    ) -> Result<Vec<DatasetImage>, StorageError> {
        let images = query_as!(
            DatasetImage,
            "SELECT shown.id, file_name, sha256, byte_size, format, width, height, thumbhash, added_at
             FROM (
                 SELECT DISTINCT image_id FROM captions WHERE dataset_id = $1 AND status = $2 AND image_id > $3
             ) AS found
             JOIN dataset_images AS shown ON shown.id = found.image_id JOIN images USING (sha256)
             WHERE deleted_at IS NULL AND shown.id > $3
             AND ($4::uuid IS NULL
                 OR EXISTS (SELECT FROM captions WHERE image_id = found.image_id AND source_id = $4 OFFSET 0))
             AND NOT EXISTS (SELECT FROM captions WHERE image_id = found.image_id AND source_id = $5 OFFSET 0)
             ORDER BY found.image_id LIMIT $6",
            search.dataset,
            status as Status,
            after,
            search.has_source,
            search.lacks_source,
            search.limit,
        );
        Ok(images.fetch_all(self.pool()).await?)
    }

    /// After the name `after`, which is empty before the first: no picture's name is.
    async fn page_by_name(&self, search: &Search, after: &str) -> Result<Vec<DatasetImage>, StorageError> {
        let images = query_as!(
            DatasetImage,
            "SELECT shown.id, file_name, sha256, byte_size, format, width, height, thumbhash, added_at
             FROM dataset_images AS shown JOIN images USING (sha256)
             WHERE dataset_id = $1 AND deleted_at IS NULL AND file_name > $2
             AND ($3::uuid IS NULL
                 OR EXISTS (SELECT FROM captions WHERE image_id = shown.id AND source_id = $3 OFFSET 0))
             AND NOT EXISTS (SELECT FROM captions WHERE image_id = shown.id AND source_id = $4 OFFSET 0)
             AND ($5::text IS NULL
                 OR EXISTS (SELECT FROM captions WHERE image_id = shown.id AND status = $5 OFFSET 0))
             ORDER BY file_name LIMIT $6",
            search.dataset,
            after,
            search.has_source,
            search.lacks_source,
            search.status as Option<Status>,
            search.limit,
        );
        Ok(images.fetch_all(self.pool()).await?)
    }
}
