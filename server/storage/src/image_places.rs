//! Places among a dataset's pictures: what stands beside one, and where a numbered page begins.

use sqlx::{query, query_as, query_scalar};
use uuid::Uuid;

use crate::{
    Database, Reader, StorageError,
    image_pages::{ImageFilter, ImagePage},
    images::DatasetImage,
};

/// How many pictures are passed over at once.
const LONGEST_STEP: i64 = 1000;

/// How far numbered pages reach where there is a filter.
const FARTHEST_WITH_FILTER: i64 = 100_000;

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

impl Database {
    /// Where the page of this number begins, counted from 0, in pages of `size` pictures; none beyond the last picture.
    ///
    /// Takes the longer the further it is, as what comes before is passed over one picture at a time; with a filter it ends
    /// after 100,000 pictures.
    pub async fn find_page(
        &self,
        reader: &Reader,
        dataset: &str,
        (filter, order): (&ImageFilter, ImageOrder),
        (number, size): (u32, u16),
    ) -> Result<Option<ImagePage>, StorageError> {
        let skipped = i64::from(number) * i64::from(size);
        let first = match order {
            ImageOrder::Added => ImagePage::Added(None),
            ImageOrder::Name => ImagePage::Name(None),
        };
        if skipped == 0 {
            return Ok(Some(first));
        }
        let Some(dataset) = self.find_dataset(reader, dataset).await? else { return Ok(None) };
        if filter.is_empty() {
            let last = match order {
                ImageOrder::Added => {
                    let last = query_scalar!(
                        "SELECT id FROM dataset_images WHERE dataset_id = $1 AND deleted_at IS NULL
                         ORDER BY id OFFSET $2 LIMIT 1",
                        dataset.id,
                        skipped - 1,
                    );
                    last.fetch_optional(self.pool()).await?.map(|id| ImagePage::Added(Some(id)))
                }
                ImageOrder::Name => {
                    let last = query_scalar!(
                        "SELECT file_name FROM dataset_images WHERE dataset_id = $1 AND deleted_at IS NULL
                         ORDER BY file_name OFFSET $2 LIMIT 1",
                        dataset.id,
                        skipped - 1,
                    );
                    last.fetch_optional(self.pool()).await?.map(|name| ImagePage::Name(Some(name)))
                }
            };
            return Ok(last);
        }
        if skipped > FARTHEST_WITH_FILTER {
            return Ok(None);
        }
        // From one page to the next.
        let (mut page, mut left) = (first, skipped);
        while left > 0 {
            let images = self.page_of_images(dataset.id, filter, &page, left.min(LONGEST_STEP)).await?;
            let Some(last) = images.last() else { return Ok(None) };
            left -= images.len() as i64;
            page = match order {
                ImageOrder::Added => ImagePage::Added(Some(last.id)),
                ImageOrder::Name => ImagePage::Name(Some(last.file_name.clone())),
            };
        }
        Ok(Some(page))
    }

    /// What stands beside a picture that the reader may see, among those that go through the filter; none where they may not
    /// see it.
    pub async fn neighbours(
        &self,
        reader: &Reader,
        id: Uuid,
        order: ImageOrder,
        filter: &ImageFilter,
    ) -> Result<Option<Neighbours>, StorageError> {
        if !filter.is_empty() {
            return self.filtered_neighbours(reader, id, order, filter).await;
        }
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

    async fn filtered_neighbours(
        &self,
        reader: &Reader,
        id: Uuid,
        order: ImageOrder,
        filter: &ImageFilter,
    ) -> Result<Option<Neighbours>, StorageError> {
        let here = query!(
            "SELECT dataset_id, file_name FROM dataset_images
             WHERE id = $1 AND deleted_at IS NULL AND rank_in_dataset(dataset_id, $2, $3) > 0",
            id,
            reader.user,
            reader.is_admin,
        );
        let Some(here) = here.fetch_optional(self.pool()).await? else { return Ok(None) };
        let (before, after) = match order {
            ImageOrder::Added => (ImagePage::AddedBefore(id), ImagePage::Added(Some(id))),
            ImageOrder::Name => (ImagePage::NameBefore(here.file_name.clone()), ImagePage::Name(Some(here.file_name))),
        };
        let previous = self.page_of_images(here.dataset_id, filter, &before, 1).await?;
        let next = self.page_of_images(here.dataset_id, filter, &after, 1).await?;
        let id_of = |images: Vec<DatasetImage>| images.first().map(|image| image.id);
        Ok(Some(Neighbours { previous: id_of(previous), next: id_of(next) }))
    }
}
