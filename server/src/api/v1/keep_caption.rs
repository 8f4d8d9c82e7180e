//! `POST /api/v1/datasets/{dataset}/duplicates/keep`: one caption for several pictures, as whoever asks says it.

use std::collections::{HashMap, HashSet};

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;
use vasari_storage::{
    Database, Reader,
    api_keys::Scope,
    captions::Caption,
    datasets::{Dataset, Role},
    images::DatasetImage,
    jobs::{Job, JobRequest, KeepCaptionJob, KeptImage},
};

use super::{
    audit::Audit,
    body::{JsonBody, JsonShape},
    datasets::{checked, lacks_role, permitted},
    diffs::{DiffPieceResponse, diff},
    jobs::JobResponse,
    page::nothing_there,
};
use crate::{
    api::{
        docs::AccountErrors,
        fields::invalid,
        problem::{Problem, ProblemKind},
    },
    people::Identity,
    state::AppState,
};

/// How many pictures get a caption at once.
const MOST_IMAGES: usize = 1000;

/// Which caption is to be kept for which pictures.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeepCaptionBody {
    /// A caption of a picture of this dataset, whoever's.
    pub(crate) caption: Uuid,
    /// Its version, as you saw it.
    pub(crate) version: i32,
    /// The pictures, 1 to 1,000.
    pub(crate) images: Vec<KeepImageBody>,
}

/// A picture that gets a caption.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeepImageBody {
    pub(crate) id: Uuid,
    /// The version of your own caption of it, as you saw it; nothing where you have none. The preview tells it.
    pub(crate) version: Option<i32>,
}

impl JsonShape for KeepCaptionBody {
    const SHAPE: &'static str = r#"{"caption": "…", "version": 1, "images": [{"id": "…"}, {"id": "…", "version": 2}]}"#;
}

/// What keeping a caption would write.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KeepCaptionPreviewResponse {
    /// What the caption says.
    pub(crate) text: String,
    /// Whose it is (a source's name).
    pub(crate) source: String,
    /// How many pictures get it that you have said nothing of.
    pub(crate) added: usize,
    /// In how many the caption takes the place of another of yours.
    pub(crate) changed: usize,
    /// Of how many you say so already.
    pub(crate) unchanged: usize,
    /// Each picture.
    pub(crate) images: Vec<KeptImageResponse>,
}

/// A picture that would get the caption.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KeptImageResponse {
    pub(crate) id: Uuid,
    pub(crate) file_name: String,
    /// The version of your own caption of it; null where you have none.
    pub(crate) version: Option<i32>,
    /// What your own caption of it says; null where you have none.
    pub(crate) before: Option<String>,
    /// How your own caption would become this one, by words.
    diff: Vec<DiffPieceResponse>,
}

/// Preview keeping a caption
///
/// What `keep` would write, picture by picture, and which of your own captions it would change; nothing is written. For
/// annotators.
#[utoipa::path(
    post, path = "/api/v1/datasets/{dataset}/duplicates/keep/preview", tag = "Duplicates",
    request_body = KeepCaptionBody, params(("dataset" = String, Path, description = "Its slug")),
    responses((status = 200, description = "What would be written", body = KeepCaptionPreviewResponse), AccountErrors),
)]
pub(crate) async fn preview_keeping(
    State(state): State<AppState>,
    identity: Identity,
    Path(slug): Path<String>,
    JsonBody(body): JsonBody<KeepCaptionBody>,
) -> Result<Json<KeepCaptionPreviewResponse>, Problem> {
    Ok(Json(preview(&state, &identity, &slug, &body).await?))
}

/// Keep a caption for several pictures
///
/// A job, which writes what the caption says as your own caption of each picture: what others have said stays, and your own
/// changes only where it is at the version that you saw. It can be rolled back as a bulk edit can; what it wrote first is
/// taken away then. For annotators.
#[utoipa::path(
    post, path = "/api/v1/datasets/{dataset}/duplicates/keep", tag = "Duplicates", request_body = KeepCaptionBody,
    params(("dataset" = String, Path, description = "Its slug")),
    responses((status = 202, description = "The job, which goes on by itself", body = JobResponse), AccountErrors),
)]
pub(crate) async fn keep_caption(
    State(state): State<AppState>,
    identity: Identity,
    audit: Audit,
    Path(slug): Path<String>,
    JsonBody(body): JsonBody<KeepCaptionBody>,
) -> Result<(StatusCode, Json<JobResponse>), Problem> {
    Ok((StatusCode::ACCEPTED, Json(make(&state, &identity, &audit, &slug, &body).await?.into())))
}

/// Asks in somebody's name that a caption is kept, and notes who did.
pub(crate) async fn make(
    state: &AppState,
    identity: &Identity,
    audit: &Audit,
    slug: &str,
    body: &KeepCaptionBody,
) -> Result<Job, Problem> {
    let (reader, database) = (identity.reader(Scope::Write)?, state.storage.database()?);
    let (_, caption, _) = ready(&database, &reader, slug, body).await?;
    let images = body.images.iter().map(|image| KeptImage { id: image.id, version: image.version }).collect();
    let request = KeepCaptionJob { text: caption.text, of_source: caption.source, images };
    let request = JobRequest::KeepCaption(request);
    let job = permitted(database.create_job(&reader, slug, request, OffsetDateTime::now_utc()).await?)?;
    audit.record(&database, Some(identity), ("job.create", Some(job.id)), json!({ "kind": "keep_caption" })).await?;
    Ok(job)
}

/// What would be written, in somebody's name.
pub(crate) async fn preview(
    state: &AppState,
    identity: &Identity,
    slug: &str,
    body: &KeepCaptionBody,
) -> Result<KeepCaptionPreviewResponse, Problem> {
    let (reader, database) = (identity.reader(Scope::Write)?, state.storage.database()?);
    let (dataset, caption, images) = ready(&database, &reader, slug, body).await?;
    let ids: Vec<Uuid> = images.iter().map(|image| image.id).collect();
    let sources = database.count_captions(&reader, dataset.id).await?;
    let own = sources.into_iter().find(|source| source.is_own && source.kind == "person");
    let own = match own {
        Some(own) => database.captions_of_source(&reader, dataset.id, &own.slug, &ids).await?,
        None => Vec::new(),
    };
    let mut own: HashMap<Uuid, Caption> = own.into_iter().collect();
    let row = |image: DatasetImage| {
        let own = own.remove(&image.id);
        KeptImageResponse {
            id: image.id,
            file_name: image.file_name,
            version: own.as_ref().map(|own| own.version),
            diff: own.as_ref().map(|own| diff(&own.text, &caption.text)).unwrap_or_default(),
            before: own.map(|own| own.text),
        }
    };
    let images: Vec<_> = images.into_iter().map(row).collect();
    let count = |is_it: &dyn Fn(&Option<String>) -> bool| images.iter().filter(|image| is_it(&image.before)).count();
    let (added, unchanged) = (count(&Option::is_none), count(&|before| before.as_ref() == Some(&caption.text)));
    Ok(KeepCaptionPreviewResponse {
        changed: images.len() - added - unchanged,
        added,
        unchanged,
        images,
        text: caption.text,
        source: caption.source,
    })
}

/// The dataset, the caption and the pictures, where all are there and the reader may write.
async fn ready(
    database: &Database,
    reader: &Reader,
    slug: &str,
    body: &KeepCaptionBody,
) -> Result<(Dataset, Caption, Vec<DatasetImage>), Problem> {
    let dataset = database.find_dataset(reader, checked(slug)?).await?.ok_or_else(nothing_there)?;
    if dataset.role < Role::Annotator {
        return Err(lacks_role(Role::Annotator));
    }
    if reader.user.is_none() {
        return Err(Problem::new(ProblemKind::Conflict, "Only somebody with an account has captions of their own."));
    }
    let ids: HashSet<Uuid> = body.images.iter().map(|image| image.id).collect();
    if !(1..=MOST_IMAGES).contains(&body.images.len()) || ids.len() != body.images.len() {
        return Err(invalid("images", "name 1 to 1,000 images, each once"));
    }
    let caption = database.find_caption_in(reader, dataset.id, body.caption).await?.ok_or_else(nothing_there)?;
    if caption.version != body.version {
        return Err(Problem::new(ProblemKind::Conflict, "The caption has changed since you saw it. Look at it again."));
    }
    let ids: Vec<Uuid> = body.images.iter().map(|image| image.id).collect();
    let images = database.find_images_in(reader, dataset.id, &ids).await?;
    if images.len() != ids.len() {
        return Err(nothing_there());
    }
    Ok((dataset, caption, images))
}
