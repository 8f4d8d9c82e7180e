//! Captions that are to be kept: which picture of which dataset a request is about, and what becomes of the answer.

use std::time::Instant;

use axum::body::Bytes;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;
use vasari_storage::{
    Database, Reader,
    api_keys::Scope,
    captions::{Run, Stored},
    datasets::{Dataset, Role},
    images::DatasetImage,
    objects::Object,
    sources::ModelSource,
};

use super::{
    ask::{CaptionAsk, ImageSource},
    fields::{Fields, invalid},
    problem::{Problem, ProblemKind},
    v1::{
        add_file::add_file,
        datasets::{checked, lacks_role, permitted},
        page::nothing_there,
    },
};
use crate::{captioning::CaptionAnswer, middleware::KnownIdentity, model_source::said, state::AppState};

/// What became of a caption in its dataset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct StoredResult {
    /// The dataset's slug.
    dataset: String,
    /// The picture's id.
    image: Uuid,
    /// The source that the model is in the dataset.
    source: String,
    /// The caption's id.
    caption: Uuid,
    /// The version that it is at.
    version: i32,
    /// `created`, `updated` (what the source said before stays in the history), `unchanged`, or `kept`: a person has changed
    /// or approved what the source said before, and that stays.
    #[schema(value_type = String)]
    outcome: Stored,
}

/// A picture of a dataset whose caption is to be kept, and in whose name.
#[derive(Debug, Clone)]
pub(crate) struct Keeper {
    reader: Reader,
    dataset: Dataset,
    image: DatasetImage,
}

/// How a request names a picture of a dataset.
enum Named {
    Id(Uuid),
    Name(String),
}

impl Keeper {
    /// The picture that a request names in a dataset, or adds to it, with its file. None where it names no dataset: nothing
    /// is kept then.
    ///
    /// # Errors
    ///
    /// Before anything is captioned, says why the caption could not be kept.
    pub(crate) async fn find(
        state: &AppState,
        identity: KnownIdentity,
        ask: &mut CaptionAsk,
        deadline: Instant,
    ) -> Result<Option<(Self, Bytes)>, Problem> {
        let upload = ask.images.pop();
        let Some((dataset, named)) = read(&ask.fields, upload.is_some())? else {
            ask.images.extend(upload);
            return Ok(None);
        };
        let database = state.storage.database()?;
        let identity = identity.0?.ok_or_else(|| {
            let detail = "A caption is kept in a dataset in somebody's name. Sign in, or send a key of your account in the \
                          header Authorization: Bearer; or leave dataset out.";
            Problem::new(ProblemKind::Unauthenticated, detail)
        })?;
        let reader = identity.reader(Scope::Write)?;
        let dataset = database.find_dataset(&reader, checked(&dataset)?).await?.ok_or_else(nothing_there)?;
        if dataset.role < Role::Annotator {
            return Err(lacks_role(Role::Annotator));
        }
        let (image, bytes) = match upload {
            Some(upload) => added(state, &database, &reader, &dataset, named, upload, deadline).await?,
            None => there(state, &database, &reader, &dataset, named).await?,
        };
        Ok(Some((Self { reader, dataset, image }, bytes)))
    }

    /// Keeps the answer: it is there, on the disk, when this returns.
    pub(crate) async fn keep(
        &self,
        state: &AppState,
        source: &ModelSource,
        answer: &CaptionAnswer,
    ) -> Result<StoredResult, Problem> {
        let database = state.storage.database()?;
        let (source, slug) = permitted(database.ensure_model_source(&self.reader, self.dataset.id, source).await?)?;
        let new = said(&answer.caption, &answer.regions, answer.confidence);
        let now = OffsetDateTime::now_utc();
        match database.put_source_caption(&self.reader, self.image.id, source, &new, now).await? {
            Run::Done(outcome, caption) => Ok(StoredResult {
                dataset: self.dataset.slug.clone(),
                image: self.image.id,
                source: slug,
                caption: caption.id,
                version: caption.version,
                outcome,
            }),
            Run::Forbidden(role) => Err(lacks_role(role)),
            Run::Unknown => Err(nothing_there()),
        }
    }
}

/// The dataset and the picture in it that the fields name.
fn read(fields: &Fields, has_upload: bool) -> Result<Option<(String, Option<Named>)>, Problem> {
    let Some(dataset) = fields.dataset.clone() else {
        let alone = [("image_id", &fields.image_id), ("image_name", &fields.image_name)];
        return match alone.into_iter().find(|(_, value)| value.is_some()) {
            Some((name, _)) => Err(invalid(name, "it names a picture of a dataset; send dataset as well")),
            None => Ok(None),
        };
    };
    let named = match (&fields.image_id, &fields.image_name) {
        (Some(_), Some(_)) => return Err(invalid("image_name", "image_id came as well; send one of them")),
        (Some(_), None) if has_upload => {
            return Err(invalid(
                "image_id",
                "a picture came as well; send one of them, or image_name with the picture",
            ));
        }
        (Some(id), None) => {
            Some(Named::Id(id.trim().parse().map_err(|_| invalid("image_id", "it must be the id of a picture"))?))
        }
        (None, Some(name)) => Some(Named::Name(name.clone())),
        (None, None) => None,
    };
    Ok(Some((dataset, named)))
}

/// A picture that the dataset has.
async fn there(
    state: &AppState,
    database: &Database,
    reader: &Reader,
    dataset: &Dataset,
    named: Option<Named>,
) -> Result<(DatasetImage, Bytes), Problem> {
    let found = match named {
        Some(Named::Id(id)) => database.find_image_in(reader, dataset.id, id).await?,
        Some(Named::Name(name)) => database.find_image_by_name(reader, dataset.id, &name).await?,
        None => {
            let detail = "it names a dataset, but no picture; send image_id, image_name or the picture itself";
            return Err(invalid("dataset", detail));
        }
    };
    let image = found.ok_or_else(nothing_there)?;
    let bytes = state.storage.objects.get(Object::Image(&image.sha256)).await?;
    let bytes = bytes.ok_or_else(|| {
        tracing::error!(image = %image.id, "the bytes of a picture are not in the object store");
        Problem::internal()
    })?;
    Ok((image, bytes.into()))
}

/// The picture that came with the request, added to the dataset unless it is there already under its name.
async fn added(
    state: &AppState,
    database: &Database,
    reader: &Reader,
    dataset: &Dataset,
    named: Option<Named>,
    upload: ImageSource,
    deadline: Instant,
) -> Result<(DatasetImage, Bytes), Problem> {
    let name = match named {
        Some(Named::Name(name)) => Some(name),
        _ => upload.file_name(),
    };
    let name = name.ok_or_else(|| invalid("image_name", "send what to call the picture in the dataset"))?;
    let bytes = upload.read(state, "image_url", deadline).await?.bytes;
    let added = add_file(state, database, reader, dataset, Uuid::now_v7(), &name, bytes.clone()).await?;
    Ok((added.image, bytes))
}
