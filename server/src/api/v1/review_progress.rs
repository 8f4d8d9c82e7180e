//! `/api/v1/datasets/{dataset}/review/progress`: how far review is.

use axum::{
    Json,
    extract::{Path, State},
};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;
use vasari_storage::{
    api_keys::Scope,
    review::{ReviewProgress, ReviewerProgress},
};

use super::datasets::{checked, permitted};
use crate::{
    api::{docs::AccountErrors, problem::Problem},
    people::Identity,
    state::AppState,
};

/// How far review is.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReviewProgressResponse {
    captions: ReviewedCaptionsResponse,
    /// Of the captions that were submitted the share that is decided, 0 to 1; null where none was.
    share: Option<f64>,
    /// Everybody who may review or has, by name.
    people: Vec<ReviewerProgressResponse>,
}

/// Captions by state.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReviewedCaptionsResponse {
    draft: i64,
    submitted: i64,
    approved: i64,
    rejected: i64,
}

/// How much somebody has reviewed. A decision counts until they take it back or change their mind.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReviewerProgressResponse {
    user: Uuid,
    name: String,
    /// Whether they may review now.
    may_review: bool,
    /// Decisions to approve, on all days.
    approved: i64,
    /// Decisions to reject.
    rejected: i64,
    /// Decisions of both kinds since midnight UTC.
    today: i64,
    /// Images that they are to look at.
    assigned: i64,
}

impl From<ReviewProgress> for ReviewProgressResponse {
    fn from(progress: ReviewProgress) -> Self {
        let share = (progress.total() > 0).then(|| progress.decided() as f64 / progress.total() as f64);
        let ReviewProgress { draft, submitted, approved, rejected, people } = progress;
        Self {
            captions: ReviewedCaptionsResponse { draft, submitted, approved, rejected },
            share,
            people: people.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<ReviewerProgress> for ReviewerProgressResponse {
    fn from(person: ReviewerProgress) -> Self {
        let ReviewerProgress { user, name, may_review, approved, rejected, today, assigned } = person;
        Self { user, name, may_review, approved, rejected, today, assigned }
    }
}

/// Get how far review is
///
/// Of the dataset, and of each person. For reviewers.
#[utoipa::path(
    get, path = "/api/v1/datasets/{dataset}/review/progress", tag = "Review",
    params(("dataset" = String, Path, description = "Its slug")),
    responses((status = 200, description = "The numbers", body = ReviewProgressResponse), AccountErrors),
)]
pub(crate) async fn get_review_progress(
    State(state): State<AppState>,
    identity: Identity,
    Path(slug): Path<String>,
) -> Result<Json<ReviewProgressResponse>, Problem> {
    let reader = identity.reader(Scope::Read)?;
    let progress =
        state.storage.database()?.review_progress(&reader, checked(&slug)?, OffsetDateTime::now_utc()).await?;
    Ok(Json(permitted(progress)?.into()))
}
