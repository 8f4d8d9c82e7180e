//! `/api/v1/datasets/{dataset}/actions`, `…/undo` and `…/redo`: what people did to captions, and the way back and forth.

use axum::{
    Json,
    extract::{Path, RawQuery, State},
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use url::form_urlencoded;
use utoipa::ToSchema;
use uuid::Uuid;
use vasari_storage::{
    actions::{Action, ActionExample, ActionState, Turn, Turned},
    api_keys::Scope,
    captions::Status,
};

use super::{
    body::{JsonBody, JsonShape},
    captions::StoredCaptionResponse,
    datasets::{checked, permitted, reading},
    diffs::{DiffPieceResponse, diff},
    page::{Page, PageQueryParams, nothing_there},
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

/// Something that somebody did to captions.
#[derive(Serialize, ToSchema)]
pub(crate) struct ActionResponse {
    id: i64,
    /// Who did it.
    user: Uuid,
    /// What they are called, for who is signed in.
    user_name: Option<String>,
    /// When; of writing that went on for a while, when it ended.
    #[serde(with = "time::serde::rfc3339")]
    done_at: OffsetDateTime,
    /// `done`; `undone`, and can be done again; or `dropped`: undone for good, or nothing was left to undo.
    state: &'static str,
    /// The job that did it, where it was one.
    job: Option<Uuid>,
    /// How many captions it changed.
    captions: i64,
    /// What it changed about the first of them; null for jobs.
    example: Option<ActionExampleResponse>,
}

/// How an act changed a caption.
#[derive(Serialize, ToSchema)]
pub(crate) struct ActionExampleResponse {
    /// Of which picture.
    image: Uuid,
    file_name: String,
    /// The source's name in the dataset.
    source: String,
    #[schema(value_type = crate::api::names::StatusName)]
    status_before: Status,
    #[schema(value_type = crate::api::names::StatusName)]
    status_after: Status,
    /// How its text changed, by words.
    diff: Vec<DiffPieceResponse>,
}

/// What is to be undone.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct UndoBody {
    /// A caption and the version that the act made of it; your last act where nothing is said.
    made: Option<MadeVersion>,
}

/// A caption at a version.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MadeVersion {
    pub(crate) caption: Uuid,
    pub(crate) version: i32,
}

impl JsonShape for UndoBody {
    const SHAPE: &'static str = r#"{} or {"made": {"caption": "…", "version": 2}}"#;
}

/// What came of undoing, or of doing again.
#[derive(Serialize, ToSchema)]
pub(crate) struct TurnedResponse {
    /// What was undone, or done again.
    action: ActionResponse,
    /// The captions that changed, at most 1,000.
    captions: Vec<TurnedCaption>,
    /// The job that does it, where it takes one.
    pub(crate) job: Option<Uuid>,
}

/// A caption that changed.
#[derive(Serialize, ToSchema)]
pub(crate) struct TurnedCaption {
    /// Of which picture.
    image: Uuid,
    #[serde(flatten)]
    caption: StoredCaptionResponse,
}

impl From<Action> for ActionResponse {
    fn from(action: Action) -> Self {
        let Action { id, user, user_name, done_at, state, job, captions, example } = action;
        let state = match state {
            ActionState::Done => "done",
            ActionState::Undone => "undone",
            ActionState::Dropped => "dropped",
        };
        let (job, example) = (job.map(|(id, _)| id), example.map(Into::into));
        Self { id, user, user_name, done_at, state, job, captions, example }
    }
}

impl From<ActionExample> for ActionExampleResponse {
    fn from(example: ActionExample) -> Self {
        let ActionExample { image, file_name, source, before, after } = example;
        let (status_before, status_after) = (before.1, after.1);
        Self { image, file_name, source, status_before, status_after, diff: diff(&before.0, &after.0) }
    }
}

/// List what was done to captions
///
/// The latest first: each change by hand, and each bulk edit as one. For thirty days.
#[utoipa::path(
    get, path = "/api/v1/datasets/{dataset}/actions", tag = "Datasets",
    params(
        ("dataset" = String, Path, description = "Its slug"),
        ("user" = Option<Uuid>, Query, description = "What this person did alone"),
        ("limit" = Option<u16>, Query, description = "How many at most: 1 to 200, 50 where nothing is said"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses((status = 200, description = "A page of acts", body = Page<ActionResponse>), AccountErrors),
)]
pub(crate) async fn list_actions(
    State(state): State<AppState>,
    identity: Option<Identity>,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
    params: PageQueryParams,
) -> Result<Json<Page<ActionResponse>>, Problem> {
    let reader = reading(identity.as_ref())?;
    let query = query.unwrap_or_default();
    let user = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "user");
    let user = user.map(|(_, id)| id.parse().map_err(|_| invalid("user", "it must be somebody's id"))).transpose()?;
    let (database, before) = (state.storage.database()?, params.number_cursor()?);
    let actions = database.list_actions(&reader, checked(&slug)?, user, before, params.rows()).await?;
    Ok(Json(params.page(actions.ok_or_else(nothing_there)?, |action| action.id.to_string())))
}

/// Undo
///
/// What you did last to captions of this dataset, today or on another day, by hand or as a bulk edit. Captions that
/// somebody has changed since keep what they say. Again undoes what you did before that. For annotators.
#[utoipa::path(
    post, path = "/api/v1/datasets/{dataset}/undo", tag = "Datasets", request_body = UndoBody,
    params(("dataset" = String, Path, description = "Its slug")),
    responses((status = 200, description = "What was undone", body = TurnedResponse), AccountErrors),
)]
pub(crate) async fn undo(
    State(state): State<AppState>,
    identity: Identity,
    Path(slug): Path<String>,
    JsonBody(UndoBody { made }): JsonBody<UndoBody>,
) -> Result<Json<TurnedResponse>, Problem> {
    Ok(Json(turn(&state, &identity, &slug, Turn::Undo, made).await?))
}

/// Redo
///
/// Does again what you undid last in this dataset, as long as you have not done anything else there since. For annotators.
#[utoipa::path(
    post, path = "/api/v1/datasets/{dataset}/redo", tag = "Datasets",
    params(("dataset" = String, Path, description = "Its slug")),
    responses((status = 200, description = "What was done again", body = TurnedResponse), AccountErrors),
)]
pub(crate) async fn redo(
    State(state): State<AppState>,
    identity: Identity,
    Path(slug): Path<String>,
) -> Result<Json<TurnedResponse>, Problem> {
    Ok(Json(turn(&state, &identity, &slug, Turn::Redo, None).await?))
}

/// Undoes in somebody's name, or does again.
pub(crate) async fn turn(
    state: &AppState,
    identity: &Identity,
    slug: &str,
    turn: Turn,
    made: Option<MadeVersion>,
) -> Result<TurnedResponse, Problem> {
    let reader = identity.reader(Scope::Write)?;
    let made = made.map(|made| (made.caption, made.version));
    let (database, now) = (state.storage.database()?, OffsetDateTime::now_utc());
    match permitted(database.turn_action(&reader, checked(slug)?, (turn, made), now).await?)? {
        Turned::Done(action, captions) => {
            let captions =
                captions.into_iter().map(|(image, caption)| TurnedCaption { image, caption: caption.into() });
            Ok(TurnedResponse { action: action.into(), captions: captions.collect(), job: None })
        }
        Turned::ByJob(action, job) => {
            Ok(TurnedResponse { action: action.into(), captions: Vec::new(), job: Some(job) })
        }
        Turned::Nothing if turn == Turn::Undo => Err(conflict("There is nothing of yours to undo in this dataset.")),
        Turned::Nothing => {
            Err(conflict("There is nothing to do again: something else was done since, or nothing undone."))
        }
        Turned::Overtaken(_) => Err(conflict(
            "What you did was changed since, or takes a role now that you don't have. It stays; the next time goes one \
             further.",
        )),
        Turned::Running(job) => {
            Err(conflict(format!("It is still being done. Wait for the job {job} to end, or cancel it.")))
        }
    }
}

fn conflict(detail: impl Into<std::borrow::Cow<'static, str>>) -> Problem {
    Problem::new(ProblemKind::Conflict, detail)
}
