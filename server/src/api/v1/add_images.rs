//! `POST /api/v1/datasets/{dataset}/images`: pictures, one by one or in an archive.

use std::time::Instant;

use axum::{
    Extension, Json,
    extract::{Path, Request, State},
    response::{IntoResponse, Response},
};
use futures_util::{Stream, StreamExt, stream};
use serde::Serialize;
use tokio::sync::mpsc;
use utoipa::ToSchema;
use uuid::Uuid;
use vasari_inference::Refusal;
use vasari_storage::{
    Database, Reader,
    api_keys::Scope,
    archives::{Archive, ArchiveError, ArchiveLimits, ArchiveMember, MemberError},
    datasets::{Dataset, Role},
};

use super::{
    add_file::{Added, add_file},
    datasets::{checked, lacks_role},
    images::ImageResponse,
    page::nothing_there,
    upload_form::UploadForm,
};
use crate::{
    api::{
        ask::{CaptionAsk, ImageSource, Pictures, UploadedImage, content_type},
        docs::{AccountErrors, ProblemDocument, UploadFormBody},
        lines::{accepts_lines, line, respond_in_lines},
        problem::{Problem, ProblemKind},
    },
    config::ByteSize,
    middleware::RequestId,
    people::Identity,
    shutdown::Phase,
    spool::Spooled,
    state::AppState,
};

/// Files of an archive.
const MAX_MEMBERS: usize = 10_000;

/// Pictures of one request that are decoded or stored at the same time.
const AT_A_TIME: usize = 4;

/// What came of each file, in the order they were sent.
#[derive(Serialize, ToSchema)]
pub(crate) struct AddedImagesResponse {
    results: Vec<AddedImage>,
}

/// What came of a file.
#[derive(Serialize, ToSchema)]
struct AddedImage {
    /// The file's name as the client calls it.
    filename: String,
    #[serde(flatten)]
    outcome: AddedOutcome,
}

#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum AddedOutcome {
    Added {
        image: Box<ImageResponse>,
        /// Whether the dataset had the same file under the same name before.
        already_there: bool,
    },
    Failed {
        #[schema(value_type = ProblemDocument)]
        error: vasari_app::types::Problem,
    },
}

/// Add pictures to a dataset
///
/// As files in `images`, or as a zip or tar archive in `archive`, of which every file is added under its path in it. A file
/// that can't be added has an `error` in the place of its picture, and the others are added. The same file under the same
/// name again changes nothing. When `application/x-ndjson` is accepted, each result is a line as soon as it is there. For
/// owners.
#[utoipa::path(
    post, path = "/api/v1/datasets/{dataset}/images", tag = "Datasets",
    params(("dataset" = String, Path, description = "Its slug")),
    request_body(content((UploadFormBody = "multipart/form-data"))),
    responses(
        (status = 200, description = "What came of each file", content(
            (AddedImagesResponse = "application/json"), (String = "application/x-ndjson"))),
        AccountErrors,
    ),
)]
pub(crate) async fn add_images(
    State(state): State<AppState>,
    identity: Identity,
    Extension(id): Extension<RequestId>,
    Path(slug): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    // Before the files are read, which may be many.
    let into = target(&state, &identity, id, &slug).await?;
    let comes_in_lines = accepts_lines(request.headers());
    let UploadForm { images, archive } = if content_type(request.headers()).eq_ignore_ascii_case("application/json") {
        let deadline = Instant::now() + state.timeout;
        let ask = CaptionAsk::read(request, Pictures::Several, deadline).await?;
        UploadForm { images: ask.into_images(Pictures::Several)?.0, archive: None }
    } else {
        UploadForm::read(&state, request).await?
    };
    let archive = match archive {
        Some((name, spooled)) => Some(unpack(&state, name, spooled).await?),
        None => None,
    };
    let results = into.results(images, archive);
    if comes_in_lines {
        return Ok(respond_in_lines(results.map(|result| line(&result))));
    }
    Ok(Json(AddedImagesResponse { results: results.collect().await }).into_response())
}

/// Adds the pictures of a form in somebody's name: each file's name, with why it could not be added if it could not.
pub(crate) async fn add_form(
    state: &AppState,
    identity: &Identity,
    id: RequestId,
    slug: &str,
    request: Request,
) -> Result<Vec<(String, Option<vasari_app::types::Problem>)>, Problem> {
    let into = target(state, identity, id, slug).await?;
    let UploadForm { images, .. } = UploadForm::read(state, request).await?;
    let results = into.results(images, None).map(|AddedImage { filename, outcome }| match outcome {
        AddedOutcome::Added { .. } => (filename, None),
        AddedOutcome::Failed { error } => (filename, Some(error)),
    });
    Ok(results.collect().await)
}

/// The dataset, where its caller may add pictures.
async fn target(state: &AppState, identity: &Identity, id: RequestId, slug: &str) -> Result<Target, Problem> {
    let reader = identity.reader(Scope::Write)?;
    let database = state.storage.database()?;
    let dataset = database.find_dataset(&reader, checked(slug)?).await?.ok_or_else(nothing_there)?;
    if dataset.role < Role::Owner {
        return Err(lacks_role(Role::Owner));
    }
    Ok(Target { state: state.clone(), database, reader, dataset, id })
}

/// Whether a path takes archives, which are larger than other requests and take longer to arrive.
pub(crate) fn takes_archives(path: &str) -> bool {
    path.starts_with("/api/v1/datasets/") && path.ends_with("/images")
}

/// Where files go, and in whose name.
#[derive(Clone)]
struct Target {
    state: AppState,
    database: Database,
    reader: Reader,
    dataset: Dataset,
    id: RequestId,
}

/// An archive that is being read: its name, and its files as they come.
struct Unpacking {
    name: String,
    members: mpsc::Receiver<Result<ArchiveMember, ArchiveError>>,
}

/// Opens an archive and begins to read it, a few files ahead of those who use them.
async fn unpack(state: &AppState, name: String, spooled: Spooled) -> Result<Unpacking, Problem> {
    let limits = ArchiveLimits {
        members: MAX_MEMBERS,
        member_bytes: state.max_request_bytes,
        total_bytes: state.max_import_bytes,
    };
    let Spooled { file, place } = spooled;
    let opened = tokio::task::spawn_blocking(move || Archive::open(file, limits)).await;
    let archive = opened.map_err(|_| Problem::internal())?.map_err(|error| of_archive(&error))?;
    let (sender, members) = mpsc::channel(1);
    tokio::task::spawn_blocking(move || {
        // Whoever has stopped listening gets no more.
        if let Err(error) = archive.read(|member| sender.blocking_send(Ok(member)).is_ok()) {
            drop(sender.blocking_send(Err(error)));
        }
        drop(place);
    });
    Ok(Unpacking { name, members })
}

impl Target {
    /// What comes of each file, in their order.
    fn results(
        self,
        images: Vec<ImageSource>,
        archive: Option<Unpacking>,
    ) -> impl Stream<Item = AddedImage> + Send + 'static {
        let into = self.clone();
        let images = stream::iter(images.into_iter().enumerate()).map(move |(index, image)| {
            // Now, because pictures are listed by their ids, and files that are read at the same time end in any order.
            let (into, id) = (into.clone(), Uuid::now_v7());
            async move {
                let filename = image.file_name().unwrap_or_else(|| format!("image-{}", index + 1));
                let added = into.add(id, &filename, image).await;
                into.result(filename, added)
            }
        });
        let members = stream::unfold(archive, |archive| async move {
            let mut archive = archive?;
            let member = archive.members.recv().await?;
            let name = archive.name.clone();
            Some(((name, member), Some(archive)))
        });
        let members = members.map(move |(archive, member)| {
            let (into, id) = (self.clone(), Uuid::now_v7());
            async move {
                let (filename, added) = match member {
                    Ok(ArchiveMember { name, content: Ok(bytes) }) => {
                        let upload = UploadedImage { file_name: None, declared_type: None, bytes: bytes.into() };
                        let added = into.add(id, &name, ImageSource::Upload(upload)).await;
                        (name, added)
                    }
                    Ok(ArchiveMember { name, content: Err(error) }) => {
                        (name, Err(of_member(error, into.state.max_request_bytes)))
                    }
                    // It was whole as far as anybody had looked; what came before is added.
                    Err(error) => (archive, Err(of_archive(&error))),
                };
                into.result(filename, added)
            }
        });
        images.buffered(AT_A_TIME).chain(members.buffered(AT_A_TIME))
    }

    async fn add(&self, id: Uuid, file_name: &str, image: ImageSource) -> Result<Added, Problem> {
        let Self { state, database, reader, dataset, .. } = self;
        let deadline = Instant::now() + state.timeout;
        let adding = async {
            let bytes = image.read(state, "images", deadline).await?.bytes;
            add_file(state, database, reader, dataset, id, file_name, bytes).await
        };
        tokio::select! {
            added = adding => added,
            () = state.shutdown.reached(Phase::Closing) => Err(Refusal::ShuttingDown.into()),
        }
    }

    fn result(&self, filename: String, added: Result<Added, Problem>) -> AddedImage {
        let outcome = match added {
            Ok(Added { image, already_there }) => AddedOutcome::Added { image: Box::new(image.into()), already_there },
            Err(problem) => AddedOutcome::Failed { error: problem.document(&self.id.0) },
        };
        AddedImage { filename, outcome }
    }
}

fn of_member(error: MemberError, most: u64) -> Problem {
    let kind = match error {
        MemberError::TooLarge => {
            let detail = format!("The file is larger than {}, which is as large as one may be.", ByteSize(most));
            return Problem::new(ProblemKind::RequestTooLarge, detail);
        }
        MemberError::NoFile | MemberError::Encrypted | MemberError::UnknownMethod => ProblemKind::UnsupportedImage,
        MemberError::TooDense | MemberError::Damaged => ProblemKind::DamagedImage,
    };
    Problem::new(kind, format!("The file can't be read from the archive: {error}."))
}

fn of_archive(error: &ArchiveError) -> Problem {
    let (kind, detail) = match error {
        ArchiveError::Unknown => (
            ProblemKind::UnsupportedImage,
            "The archive is neither zip nor tar. Send one of them, uncompressed.".into(),
        ),
        ArchiveError::TooManyMembers(most) => {
            (ProblemKind::RequestTooLarge, format!("The archive holds more than {most} files. Send it in parts."))
        }
        ArchiveError::TooMuch(most) => {
            let most = ByteSize(*most);
            (ProblemKind::RequestTooLarge, format!("The archive unpacks to more than {most}. Send it in parts."))
        }
        error => {
            tracing::debug!(%error, "an archive can't be read");
            (ProblemKind::DamagedImage, "The archive breaks off or is damaged.".to_owned())
        }
    };
    Problem::new(kind, detail)
}
