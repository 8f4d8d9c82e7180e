//! Where somebody searches: a dataset that they may see, with its sources.

use sqlx::{query_as, query_scalar};
use uuid::Uuid;

use super::query::{QueryError, SourceName, nearest, needs_quotes};
use crate::{Database, Reader, StorageError, datasets::Dataset};

/// How many sources an error names at most.
const NAMED: usize = 12;

/// A dataset that the reader may see, and who says something in it. Having one is having looked up the right.
#[derive(Debug, Clone)]
pub struct SearchScope {
    /// The dataset.
    pub dataset: Dataset,
    /// Its sources, by name.
    pub sources: Vec<ScopeSource>,
}

/// A source of a dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeSource {
    /// Which one.
    pub id: Uuid,
    /// Its name in the dataset.
    pub slug: String,
    /// `model`, `person` or `import`.
    pub kind: String,
    /// What it was asked, such as `<CAPTION>`; nothing for people.
    pub task: Option<String>,
}

impl Database {
    /// Where to search for the reader; none where they may not see the dataset.
    pub async fn search_scope(&self, reader: &Reader, dataset: &str) -> Result<Option<SearchScope>, StorageError> {
        let Some(dataset) = self.find_dataset(reader, dataset).await? else { return Ok(None) };
        let sources = query_as!(
            ScopeSource,
            "SELECT id, slug, kind, task FROM caption_sources WHERE dataset_id = $1 ORDER BY slug",
            dataset.id,
        );
        let sources = sources.fetch_all(self.pool()).await?;
        Ok(Some(SearchScope { dataset, sources }))
    }

    /// Where to search for what stands beside a picture; none where the reader may not see it.
    pub async fn search_scope_of(&self, reader: &Reader, image: Uuid) -> Result<Option<SearchScope>, StorageError> {
        let slug = query_scalar!(
            "SELECT slug FROM dataset_images AS image JOIN datasets ON datasets.id = dataset_id
             WHERE image.id = $1 AND deleted_at IS NULL AND rank_in_dataset(dataset_id, $2, $3) > 0",
            image,
            reader.user,
            reader.is_admin,
        );
        match slug.fetch_optional(self.pool()).await? {
            Some(slug) => self.search_scope(reader, &slug).await,
            None => Ok(None),
        }
    }
}

impl SearchScope {
    /// The source of this name.
    pub(super) fn source(&self, slug: &str) -> Option<&ScopeSource> {
        self.sources.iter().find(|source| source.slug == slug)
    }

    /// The source whose captions are to be searched.
    pub(super) fn required_source(&self, name: &SourceName) -> Result<&ScopeSource, QueryError> {
        self.source(&name.slug).ok_or_else(|| {
            let fields = super::query::FIELDS.iter().map(|(field, _)| *field);
            let slugs = self.sources.iter().map(|source| source.slug.as_str());
            let hint = nearest(&name.slug, slugs.clone().chain(fields.clone()));
            let hint = hint.map_or_else(String::new, |hint| format!(" Did you mean {hint}?"));
            let sources: Vec<_> = slugs.take(NAMED).collect();
            let sources = if sources.is_empty() { "none so far".to_owned() } else { sources.join(", ") };
            let more = if self.sources.len() > NAMED { " and others" } else { "" };
            let fields = fields.collect::<Vec<_>>().join(", ");
            name.span.error(format!(
                "There is no field and no source {:?}.{hint} Sources: {sources}{more}. Fields: {fields}. To look for a \
                 colon's words, put them in quotes.",
                name.slug
            ))
        })
    }

    /// The sources that were asked this, in small letters and without angle brackets.
    pub(super) fn sources_of_task<'a>(&'a self, task: &'a str) -> impl Iterator<Item = &'a ScopeSource> + 'a {
        self.sources.iter().filter(move |source| source.plain_task().is_some_and(|plain| plain == task))
    }
}

impl ScopeSource {
    /// How a query writes it before a colon: in quotes where it is called as a field is.
    pub fn query_prefix(&self) -> String {
        if needs_quotes(&self.slug) { format!("\"{}\"", self.slug) } else { self.slug.clone() }
    }

    /// Its task as queries write it: in small letters and without angle brackets.
    pub fn plain_task(&self) -> Option<String> {
        self.task.as_ref().map(|task| task.trim_matches(['<', '>']).to_lowercase().replace('-', "_"))
    }
}
