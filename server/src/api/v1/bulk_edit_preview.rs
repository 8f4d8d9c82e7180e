//! `POST /api/v1/datasets/{dataset}/bulk-edits/preview`: what a bulk edit would change.

use std::sync::{Mutex, PoisonError};

use axum::{
    Json,
    extract::{Path, State},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use vasari_storage::{
    Database, Reader, StorageError, api_keys::Scope, captions::Status, jobs::edit::ReadyEdit, search::HitCaption,
};

use super::{
    arena::chosen,
    body::JsonBody,
    bulk_edits::{CreateBulkEditBody, ready},
    datasets::checked,
    diffs::{DiffPieceResponse, diff},
    page::nothing_there,
};
use crate::{
    api::{docs::AccountErrors, problem::Problem},
    people::Identity,
    state::AppState,
};

/// How many captions are looked at; of more, the counts are of the first.
const MOST_LOOKED_AT: u64 = 50_000;

/// How many changes are shown.
const SAMPLE: usize = 20;

/// What a bulk edit would change.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct BulkEditPreviewResponse {
    /// How many captions were looked at.
    pub(crate) captions: u64,
    /// How many of them would change.
    pub(crate) changed: u64,
    /// How many of them can't be changed: they would be too long.
    pub(crate) failed: u64,
    /// Whether these are all. Of more than 50,000 captions, only the first are looked at.
    pub(crate) is_complete: bool,
    /// Some of the changes.
    pub(crate) sample: Vec<PreviewedCaption>,
}

/// A caption before and after.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PreviewedCaption {
    pub(crate) id: Uuid,
    pub(crate) image: Uuid,
    /// The picture's name.
    pub(crate) file_name: String,
    /// The source's name.
    pub(crate) source: String,
    pub(crate) before: String,
    pub(crate) after: String,
    /// How far its review is afterwards.
    #[schema(value_type = crate::api::names::StatusName)]
    pub(crate) status: Status,
    /// How the one became the other, by words.
    diff: Vec<DiffPieceResponse>,
}

/// Preview a bulk edit
///
/// What it would change, with some of the changes; nothing is changed. For annotators; to approve and reject, for reviewers.
#[utoipa::path(
    post, path = "/api/v1/datasets/{dataset}/bulk-edits/preview", tag = "Jobs", request_body = CreateBulkEditBody,
    params(("dataset" = String, Path, description = "Its slug")),
    responses((status = 200, description = "What would change", body = BulkEditPreviewResponse), AccountErrors),
)]
pub(crate) async fn preview_bulk_edit(
    State(state): State<AppState>,
    identity: Identity,
    Path(slug): Path<String>,
    JsonBody(body): JsonBody<CreateBulkEditBody>,
) -> Result<Json<BulkEditPreviewResponse>, Problem> {
    Ok(Json(preview(&state, &identity, &slug, &body).await?))
}

/// What a bulk edit would change, in somebody's name.
pub(crate) async fn preview(
    state: &AppState,
    identity: &Identity,
    slug: &str,
    body: &CreateBulkEditBody,
) -> Result<BulkEditPreviewResponse, Problem> {
    let (reader, database, slug) = (identity.reader(Scope::Write)?, state.storage.database()?, checked(slug)?);
    let edit = ready(&database, &reader, slug, body).await?;
    let among = chosen(state, &database, &reader, slug, &body.images).await?;
    let sources: Vec<String> = body.of_source.iter().cloned().collect();
    let found = Mutex::new(BulkEditPreviewResponse { is_complete: true, ..BulkEditPreviewResponse::default() });
    let (tables, asker, found_so_far, sources, ready_edit) = (&database, &reader, &found, &sources, &edit);
    let look = move |_, images: Vec<Uuid>| async move {
        let captions = tables.captions_of_images(asker, &images, sources).await?;
        let mut found = found_so_far.lock().unwrap_or_else(PoisonError::into_inner);
        for caption in captions {
            found.look_at(caption, ready_edit);
        }
        found.is_complete = found.captions < MOST_LOOKED_AT;
        Ok::<_, StorageError>(found.is_complete)
    };
    let is_there = database.look_at_selected(&reader, slug, &body.images.filter(), among.as_deref(), look).await?;
    if !is_there {
        return Err(nothing_there());
    }
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    name_images(&database, &reader, &mut found.sample).await?;
    Ok(found)
}

impl BulkEditPreviewResponse {
    fn look_at(&mut self, caption: HitCaption, edit: &ReadyEdit) {
        self.captions += 1;
        let Ok(text) = edit.text(&caption.text) else {
            self.failed += 1;
            return;
        };
        let status = edit.status(caption.status);
        if text.is_none() && status.is_none() {
            return;
        }
        self.changed += 1;
        if self.sample.len() < SAMPLE {
            // A text that changes is a draft again.
            let status = status.unwrap_or(if text.is_some() { Status::Draft } else { caption.status });
            let after = text.unwrap_or_else(|| caption.text.clone());
            self.sample.push(PreviewedCaption {
                id: caption.id,
                image: caption.image_id,
                file_name: String::new(),
                source: caption.source,
                diff: diff(&caption.text, &after),
                before: caption.text,
                after,
                status,
            });
        }
    }
}

async fn name_images(database: &Database, reader: &Reader, sample: &mut [PreviewedCaption]) -> Result<(), Problem> {
    let ids: Vec<Uuid> = sample.iter().map(|caption| caption.image).collect();
    let images = database.find_images(reader, &ids).await?;
    for caption in sample {
        let image = images.iter().find(|image| image.id == caption.image);
        caption.file_name = image.map(|image| image.file_name.clone()).unwrap_or_default();
    }
    Ok(())
}
