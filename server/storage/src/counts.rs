//! How much there is: kept by the database as it changes, so that nobody waits for a million rows to be counted.

use serde_json::Value;
use sqlx::{query, query_as, query_scalar};
use uuid::Uuid;

use crate::{
    Database, Reader, StorageError,
    datasets::{Dataset, Role, Visibility},
};

/// How many pictures stand for a dataset.
const COVERS: i64 = 4;

/// A dataset with what a list of datasets shows of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatasetOverview {
    /// The dataset.
    pub dataset: Dataset,
    /// How many pictures it has.
    pub images: i64,
    /// How many captions they have.
    pub captions: i64,
    /// Its first four pictures.
    pub covers: Vec<Cover>,
}

/// A picture that stands for its dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cover {
    /// Which picture.
    pub id: Uuid,
    /// A ThumbHash, at most 32 bytes.
    pub thumbhash: Vec<u8>,
}

/// How much a source has said.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceCount {
    /// The source's name in the dataset.
    pub slug: String,
    /// `model`, `person` or `import`.
    pub kind: String,
    /// A model's name.
    pub model: Option<String>,
    /// What a model was asked, such as `<CAPTION>`.
    pub task: Option<String>,
    /// The revision of a model's weights.
    pub model_revision: Option<String>,
    /// How a model's captions were searched for: an object.
    pub parameters: Option<Value>,
    /// Whether it is the reader.
    pub is_own: bool,
    /// How many captions it has made of pictures that are there.
    pub captions: i64,
}

impl Database {
    /// The datasets that the reader may see with what stands in them, by slug: at most `limit` of those after `after`.
    pub async fn list_dataset_overviews(
        &self,
        reader: &Reader,
        after: Option<&str>,
        limit: i64,
    ) -> Result<Vec<DatasetOverview>, StorageError> {
        let rows = query!(
            r#"SELECT id, slug, name, description, visibility AS "visibility: Visibility", created_at,
                   (ARRAY['viewer', 'annotator', 'reviewer', 'owner'])[rank] AS "role!: Role",
                   (SELECT coalesce(sum(images), 0)::bigint FROM image_counts WHERE dataset_id = datasets.id) AS "images!",
                   (SELECT coalesce(sum(captions), 0)::bigint
                    FROM caption_sources AS source JOIN caption_counts ON source_id = source.id
                    WHERE source.dataset_id = datasets.id) AS "captions!"
               FROM datasets, rank_in_dataset(id, $1, $2) AS rank
               WHERE rank > 0 AND ($3::text IS NULL OR slug > $3)
               ORDER BY slug LIMIT $4"#,
            reader.user,
            reader.is_admin,
            after,
            limit,
        );
        let rows = rows.fetch_all(self.pool()).await?;
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        let covers = query!(
            "SELECT wanted.id AS \"dataset!\", cover.id, cover.thumbhash
             FROM unnest($1::uuid[]) AS wanted (id) CROSS JOIN LATERAL (
                 SELECT shown.id, thumbhash FROM dataset_images AS shown JOIN images USING (sha256)
                 WHERE dataset_id = wanted.id AND deleted_at IS NULL ORDER BY shown.id LIMIT $2
             ) AS cover",
            &ids,
            COVERS,
        );
        let covers = covers.fetch_all(self.pool()).await?;
        let overviews = rows.into_iter().map(|row| {
            let covers = covers.iter().filter(|cover| cover.dataset == row.id);
            DatasetOverview {
                images: row.images,
                captions: row.captions,
                covers: covers.map(|cover| Cover { id: cover.id, thumbhash: cover.thumbhash.clone() }).collect(),
                dataset: Dataset {
                    id: row.id,
                    slug: row.slug,
                    name: row.name,
                    description: row.description,
                    visibility: row.visibility,
                    created_at: row.created_at,
                    role: row.role,
                },
            }
        });
        Ok(overviews.collect())
    }

    /// How many pictures a dataset has that the reader may see, 0 for another.
    pub async fn count_images(&self, reader: &Reader, dataset: Uuid) -> Result<i64, StorageError> {
        let count = query_scalar!(
            r#"SELECT coalesce(sum(images), 0)::bigint AS "images!" FROM image_counts
               WHERE dataset_id = $1 AND rank_in_dataset($1, $2, $3) > 0"#,
            dataset,
            reader.user,
            reader.is_admin,
        );
        Ok(count.fetch_one(self.pool()).await?)
    }

    /// How many captions each source of a dataset has made that the reader may see, by slug.
    pub async fn count_captions(&self, reader: &Reader, dataset: Uuid) -> Result<Vec<SourceCount>, StorageError> {
        let counts = query_as!(
            SourceCount,
            r#"SELECT slug, kind, model, task, model_revision, parameters, coalesce(user_id = $2, false) AS "is_own!",
                   (SELECT coalesce(sum(captions), 0)::bigint FROM caption_counts WHERE source_id = source.id) AS "captions!"
               FROM caption_sources AS source
               WHERE dataset_id = $1 AND rank_in_dataset($1, $2, $3) > 0 ORDER BY slug"#,
            dataset,
            reader.user,
            reader.is_admin,
        );
        Ok(counts.fetch_all(self.pool()).await?)
    }
}
