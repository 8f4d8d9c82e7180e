//! Pages of a dataset's pictures.
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

impl ImageFilter {
    /// Whether every picture goes through.
    pub fn is_empty(&self) -> bool {
        self.has_source.is_none() && self.lacks_source.is_none() && self.status.is_none()
    }
}

/// Where a page begins or ends, and in which order.
#[derive(Debug, Clone)]
pub enum ImagePage {
    /// In the order of adding, after this picture; from the first without one.
    Added(Option<Uuid>),
    /// In the order of adding, up to this picture, without it.
    AddedBefore(Uuid),
    /// By file name, after this one; from the first without one.
    Name(Option<String>),
    /// By file name, up to this one, without it.
    NameBefore(String),
}

/// Which way a page goes from where it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    After,
    Before,
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
        Ok(Some(self.page_of_images(dataset.id, filter, page, limit).await?))
    }

    /// The page of a dataset that the reader may see, which the caller has made sure of.
    pub(crate) async fn page_of_images(
        &self,
        dataset: Uuid,
        filter: &ImageFilter,
        page: &ImagePage,
        limit: i64,
    ) -> Result<Vec<DatasetImage>, StorageError> {
        let has_source = match &filter.has_source {
            None => None,
            Some(slug) => match self.source_id(dataset, slug).await? {
                None => return Ok(vec![]),
                found => found,
            },
        };
        let lacks_source = match &filter.lacks_source {
            // What is no source has no caption.
            Some(slug) => self.source_id(dataset, slug).await?,
            None => None,
        };
        let search = Search { dataset, has_source, lacks_source, status: filter.status, limit };
        let (id, name, direction) = match page {
            ImagePage::Added(after) => (Some(after.unwrap_or_default()), "", Direction::After),
            ImagePage::AddedBefore(before) => (Some(*before), "", Direction::Before),
            ImagePage::Name(after) => (None, after.as_deref().unwrap_or_default(), Direction::After),
            ImagePage::NameBefore(before) => (None, before.as_str(), Direction::Before),
        };
        let mut images = match (id, filter.status, has_source) {
            (None, ..) => self.page_by_name(&search, name, direction).await?,
            (Some(id), Some(status), _) => self.page_of_status(&search, status, id, direction).await?,
            (Some(id), None, Some(source)) => self.page_of_source(&search, source, id, direction).await?,
            (Some(id), None, None) => self.page_of_all(&search, id, direction).await?,
        };
        if direction == Direction::Before {
            images.reverse();
        }
        Ok(images)
    }

    pub(crate) async fn source_id(&self, dataset: Uuid, slug: &str) -> Result<Option<Uuid>, StorageError> {
        let id = query_scalar!("SELECT id FROM caption_sources WHERE dataset_id = $1 AND slug = $2", dataset, slug);
        Ok(id.fetch_optional(self.pool()).await?)
    }

    /// From the picture `from`, which is nil before the first: the id of none.
    async fn page_of_all(
        &self,
        search: &Search,
        from: Uuid,
        direction: Direction,
    ) -> Result<Vec<DatasetImage>, StorageError> {
        macro_rules! page {
            ($beyond:tt $order:tt) => {
                query_as!(
                    DatasetImage,
                    "SELECT shown.id, file_name, sha256, byte_size, format, width, height, thumbhash, added_at
                     FROM dataset_images AS shown JOIN images USING (sha256)
                     WHERE dataset_id = $1 AND deleted_at IS NULL AND shown.id " + $beyond + " $2
                     AND NOT EXISTS (SELECT FROM captions WHERE image_id = shown.id AND source_id = $3 OFFSET 0)
                     ORDER BY shown.id" + $order + " LIMIT $4",
                    search.dataset,
                    from,
                    search.lacks_source,
                    search.limit,
                )
            };
        }
        Ok(match direction {
            Direction::After => page!(">" "").fetch_all(self.pool()).await?,
            Direction::Before => page!("<" " DESC").fetch_all(self.pool()).await?,
        })
    }

    async fn page_of_source(
        &self,
        search: &Search,
        source: Uuid,
        from: Uuid,
        direction: Direction,
    ) -> Result<Vec<DatasetImage>, StorageError> {
        macro_rules! page {
            ($beyond:tt $order:tt) => {
                query_as!(
                    DatasetImage,
                    "SELECT shown.id, file_name, sha256, byte_size, format, width, height, thumbhash, added_at
                     FROM captions AS found JOIN dataset_images AS shown ON shown.id = found.image_id JOIN images USING (sha256)
                     WHERE found.source_id = $1 AND found.image_id " + $beyond + " $2 AND shown.id " + $beyond + " $2 AND deleted_at IS NULL
                     AND NOT EXISTS (SELECT FROM captions WHERE image_id = found.image_id AND source_id = $3 OFFSET 0)
                     ORDER BY found.image_id" + $order + " LIMIT $4",
                    source,
                    from,
                    search.lacks_source,
                    search.limit,
                )
            };
        }
        Ok(match direction {
            Direction::After => page!(">" "").fetch_all(self.pool()).await?,
            Direction::Before => page!("<" " DESC").fetch_all(self.pool()).await?,
        })
    }

    async fn page_of_status(
        &self,
        search: &Search,
        status: Status,
        from: Uuid,
        direction: Direction,
    ) -> Result<Vec<DatasetImage>, StorageError> {
        macro_rules! page {
            ($beyond:tt $order:tt) => {
                query_as!(
                    DatasetImage,
                    "SELECT shown.id, file_name, sha256, byte_size, format, width, height, thumbhash, added_at
                     FROM (
                         SELECT DISTINCT image_id FROM captions WHERE dataset_id = $1 AND status = $2 AND image_id " + $beyond + " $3
                     ) AS found
                     JOIN dataset_images AS shown ON shown.id = found.image_id JOIN images USING (sha256)
                     WHERE deleted_at IS NULL AND shown.id " + $beyond + " $3
                     AND ($4::uuid IS NULL
                         OR EXISTS (SELECT FROM captions WHERE image_id = found.image_id AND source_id = $4 OFFSET 0))
                     AND NOT EXISTS (SELECT FROM captions WHERE image_id = found.image_id AND source_id = $5 OFFSET 0)
                     ORDER BY found.image_id" + $order + " LIMIT $6",
                    search.dataset,
                    status as Status,
                    from,
                    search.has_source,
                    search.lacks_source,
                    search.limit,
                )
            };
        }
        Ok(match direction {
            Direction::After => page!(">" "").fetch_all(self.pool()).await?,
            Direction::Before => page!("<" " DESC").fetch_all(self.pool()).await?,
        })
    }

    /// From the name `from`, which is empty before the first: no picture's name is.
    async fn page_by_name(
        &self,
        search: &Search,
        from: &str,
        direction: Direction,
    ) -> Result<Vec<DatasetImage>, StorageError> {
        macro_rules! page {
            ($beyond:tt $order:tt) => {
                query_as!(
                    DatasetImage,
                    "SELECT shown.id, file_name, sha256, byte_size, format, width, height, thumbhash, added_at
                     FROM dataset_images AS shown JOIN images USING (sha256)
                     WHERE dataset_id = $1 AND deleted_at IS NULL AND file_name " + $beyond + " $2
                     AND ($3::uuid IS NULL
                         OR EXISTS (SELECT FROM captions WHERE image_id = shown.id AND source_id = $3 OFFSET 0))
                     AND NOT EXISTS (SELECT FROM captions WHERE image_id = shown.id AND source_id = $4 OFFSET 0)
                     AND ($5::text IS NULL
                         OR EXISTS (SELECT FROM captions WHERE image_id = shown.id AND status = $5 OFFSET 0))
                     ORDER BY file_name" + $order + " LIMIT $6",
                    search.dataset,
                    from,
                    search.has_source,
                    search.lacks_source,
                    search.status as Option<Status>,
                    search.limit,
                )
            };
        }
        Ok(match direction {
            Direction::After => page!(">" "").fetch_all(self.pool()).await?,
            Direction::Before => page!("<" " DESC").fetch_all(self.pool()).await?,
        })
    }
}
