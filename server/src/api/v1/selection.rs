//! Which images of a dataset a job is about, as requests say it.

use utoipa::ToSchema;
use uuid::Uuid;
use vasari_storage::{jobs::ImageSelection, search::SearchQuery};

use crate::api::{fields::invalid, problem::Problem};

/// The most images that are named one by one.
const MOST_IMAGES: usize = 100_000;

/// Which images of a dataset. Each member that is given narrows the choice; nothing given means all.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes ImageSelection in the document")]
pub(crate) struct SelectionSchema {
    /// Those that this search finds.
    query: Option<String>,
    /// Those with a caption of this source.
    source: Option<String>,
    /// Those without a caption of this source.
    missing: Option<String>,
    /// Those with a caption in this state: `draft`, `submitted`, `approved` or `rejected`.
    status: Option<String>,
    /// These, by id; at most 100,000.
    images: Option<Vec<Uuid>>,
}

/// Checks what of a selection can be wrong by itself.
pub(crate) fn check_selection(selection: &ImageSelection) -> Result<(), Problem> {
    check_name("images.source", selection.source.as_deref())?;
    check_name("images.missing", selection.missing.as_deref())?;
    if selection.images.as_ref().is_some_and(|images| images.len() > MOST_IMAGES) {
        return Err(invalid("images.images", "it may name at most 100,000 images"));
    }
    if let Some(query) = &selection.query {
        query.parse::<SearchQuery>()?;
    }
    Ok(())
}

/// Checks the name of a source.
pub(crate) fn check_name(field: &str, name: Option<&str>) -> Result<(), Problem> {
    if name.is_some_and(|name| name.len() > 64 || name.contains('\0')) {
        return Err(invalid(field, "it must be the name of a source, at most 64 characters"));
    }
    Ok(())
}
