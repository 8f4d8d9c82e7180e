//! What is to be measured.

use std::sync::Arc;

use uuid::Uuid;
use vasari_inference::TokenCounter;
use vasari_storage::{Database, Reader, images::ImageFilter, jobs::ImageSelection, search::SearchScope};

use crate::{
    api::{
        fields::invalid,
        problem::Problem,
        v1::{
            arena::chosen,
            datasets::checked,
            page::nothing_there,
            selection::{check_name, check_selection},
        },
    },
    state::AppState,
};

/// What is to be measured, and in whose name.
#[derive(Debug, Clone)]
pub(crate) struct MetricsQuestion {
    pub(crate) reader: Reader,
    /// The dataset with its sources, which the reader may see.
    pub(crate) scope: SearchScope,
    /// Of which pictures.
    pub(crate) filter: ImageFilter,
    /// Of these alone, in the order of adding, where that is said.
    pub(crate) among: Option<Vec<Uuid>>,
    /// The place of the source that the others are compared with.
    pub(crate) reference: Option<usize>,
    /// What counts tokens, where there is a model.
    pub(crate) tokenizer: Option<Tokenizer>,
}

/// What counts tokens.
#[derive(Clone)]
pub(crate) struct Tokenizer {
    /// Whose it is.
    pub(crate) name: String,
    /// Of which version.
    pub(crate) revision: String,
    pub(crate) counter: Arc<dyn TokenCounter>,
}

impl std::fmt::Debug for Tokenizer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}@{}", self.name, self.revision)
    }
}

/// What somebody asks of a dataset: about which pictures, and against which source (its name; empty for none).
pub(crate) async fn question(
    state: &AppState,
    (database, reader): (&Database, Reader),
    slug: &str,
    images: &ImageSelection,
    reference: &str,
) -> Result<MetricsQuestion, Problem> {
    check_selection(images)?;
    check_name("reference", Some(reference))?;
    let scope = database.search_scope(&reader, checked(slug)?).await?.ok_or_else(nothing_there)?;
    let reference = match reference {
        "" => None,
        name => {
            let place = scope.sources.iter().position(|source| source.slug == name);
            Some(place.ok_or_else(|| invalid("reference", "there is no source of this name in the dataset"))?)
        }
    };
    let among = chosen(state, database, &reader, slug, images).await?;
    let tokenizer = state.engines.current().ok().map(|engine| Tokenizer {
        name: engine.model.description.name.clone(),
        revision: engine.model.description.revision.clone(),
        counter: Arc::clone(&engine.tokens),
    });
    Ok(MetricsQuestion { reader, scope, filter: images.filter(), among, reference, tokenizer })
}
