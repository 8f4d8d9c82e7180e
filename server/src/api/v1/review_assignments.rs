//! `/api/v1/datasets/{dataset}/review/assignments`: who is to look at which pictures.

use axum::{
    Json,
    extract::{Path, RawQuery, State},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use time::OffsetDateTime;
use url::form_urlencoded;
use utoipa::ToSchema;
use uuid::Uuid;
use vasari_storage::{
    api_keys::Scope,
    jobs::ImageSelection,
    review::{Assigned, Assignment, AssignmentFilter, NewAssignments},
};

use super::{
    arena::chosen,
    audit::Audit,
    body::{JsonBody, JsonShape},
    datasets::{checked, permitted},
    page::{Page, PageQueryParams, nothing_there},
    selection::{SelectionSchema, check_selection},
};
use crate::{
    api::{docs::AccountErrors, fields::invalid, problem::Problem},
    people::Identity,
    state::AppState,
};

/// People among whom images are shared at most.
const MOST_PEOPLE: usize = 100;

/// Which images are to be assigned, and to whom.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AssignBody {
    /// Which images; all of the dataset where nothing is said. `{"status": "submitted"}` is what waits; others are assigned
    /// ahead.
    #[serde(default)]
    #[schema(value_type = SelectionSchema)]
    pub(crate) images: ImageSelection,
    /// Reviewers or owners, by name, at most 100. The images are shared evenly among them, in turns.
    pub(crate) to: Vec<String>,
    /// At most so many images, those first that were added first; all where nothing is said.
    pub(crate) limit: Option<u32>,
    /// Whether images that somebody has are taken from them. Else they stay theirs, and others are assigned.
    #[serde(default)]
    pub(crate) reassign: bool,
}

impl JsonShape for AssignBody {
    const SHAPE: &'static str = r#"{"images": {"status": "submitted"}, "to": ["anna", "ben"], "limit": 200}"#;
}

/// What came of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct AssignResponse {
    /// How many images were assigned.
    pub(crate) assigned: i64,
    /// How many to whom.
    pub(crate) shares: Vec<ShareResponse>,
}

/// Somebody's share.
#[derive(Serialize, ToSchema)]
pub(crate) struct ShareResponse {
    pub(crate) reviewer: String,
    pub(crate) images: i64,
}

/// Which assignments are to end.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct EndAssignmentsBody {
    /// Of which images; of all where nothing is said.
    #[schema(value_type = SelectionSchema)]
    pub(crate) images: ImageSelection,
    /// Whose (their name); everybody's where nothing is said.
    pub(crate) of: Option<String>,
}

impl JsonShape for EndAssignmentsBody {
    const SHAPE: &'static str = r#"{"of": "anna"} or {"images": {"query": "dog"}}"#;
}

/// What came of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct EndAssignmentsResponse {
    /// How many images are nobody's again.
    pub(crate) ended: i64,
}

/// An image that somebody is to look at.
#[derive(Serialize, ToSchema)]
pub(crate) struct AssignmentResponse {
    image: Uuid,
    file_name: String,
    reviewer: Uuid,
    reviewer_name: String,
    /// Who said so; null where whoever runs the server did, or their account is gone.
    assigned_by_name: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    assigned_at: OffsetDateTime,
    /// Whether a caption of it is submitted; others were assigned ahead.
    waits: bool,
}

impl From<Assignment> for AssignmentResponse {
    fn from(assignment: Assignment) -> Self {
        let Assignment { image, reviewer, reviewer_name, assigned_by_name, assigned_at, is_waiting } = assignment;
        Self {
            image: image.id,
            file_name: image.file_name,
            reviewer,
            reviewer_name,
            assigned_by_name,
            assigned_at,
            waits: is_waiting,
        }
    }
}

impl AssignResponse {
    /// The response that tells these shares.
    pub(crate) fn of(shares: Vec<(String, i64)>) -> Self {
        let assigned = shares.iter().map(|(_, images)| images).sum();
        let shares = shares.into_iter().map(|(reviewer, images)| ShareResponse { reviewer, images }).collect();
        Self { assigned, shares }
    }
}

/// Assign images
///
/// To people who may review: each is then given to nobody else, and to them before what is nobody's. An assignment ends when
/// no caption of its image waits any more, when it is taken back, and when its reviewer may not review any more. For owners;
/// a reviewer assigns to themself what nobody has.
#[utoipa::path(
    post, path = "/api/v1/datasets/{dataset}/review/assignments", tag = "Review", request_body = AssignBody,
    params(("dataset" = String, Path, description = "Its slug")),
    responses((status = 200, description = "How many images each got", body = AssignResponse), AccountErrors),
)]
pub(crate) async fn create_assignments(
    State(state): State<AppState>,
    identity: Identity,
    audit: Audit,
    Path(slug): Path<String>,
    JsonBody(body): JsonBody<AssignBody>,
) -> Result<Json<AssignResponse>, Problem> {
    Ok(Json(assign(&state, &identity, &audit, &slug, body).await?))
}

/// Assigns images in somebody's name, and notes who did.
pub(crate) async fn assign(
    state: &AppState,
    identity: &Identity,
    audit: &Audit,
    slug: &str,
    body: AssignBody,
) -> Result<AssignResponse, Problem> {
    let reader = identity.reader(Scope::Write)?;
    let AssignBody { images, to, limit, reassign } = body;
    check_selection(&images)?;
    if to.is_empty() || to.len() > MOST_PEOPLE || to.iter().any(|name| name.contains('\0')) {
        return Err(invalid("to", "name 1 to 100 people of this dataset who may review"));
    }
    let (database, slug) = (state.storage.database()?, checked(slug)?);
    let dataset = database.find_dataset(&reader, slug).await?.ok_or_else(nothing_there)?;
    let among = chosen(state, &database, &reader, slug, &images).await?;
    let limit = limit.map(i64::from);
    let new = NewAssignments { images: images.filter(), among, to: to.clone(), limit, reassign };
    match permitted(database.assign_reviews(&reader, slug, new, OffsetDateTime::now_utc()).await?)? {
        Assigned::Done(shares) => {
            let response = AssignResponse::of(shares);
            let detail = json!({ "to": to, "images": response.assigned, "reassign": reassign });
            audit.record(&database, Some(identity), ("review.assign", Some(dataset.id)), detail).await?;
            Ok(response)
        }
        Assigned::NoReviewers(names) => {
            let names = names.join(", ");
            Err(invalid("to", &format!("these are no reviewers or owners of this dataset: {names}")))
        }
    }
}

/// Take assignments back
///
/// Their images are nobody's again. For owners; a reviewer gives back their own.
#[utoipa::path(
    post, path = "/api/v1/datasets/{dataset}/review/assignments/end", tag = "Review", request_body = EndAssignmentsBody,
    params(("dataset" = String, Path, description = "Its slug")),
    responses((status = 200, description = "How many have ended", body = EndAssignmentsResponse), AccountErrors),
)]
pub(crate) async fn end_assignments(
    State(state): State<AppState>,
    identity: Identity,
    audit: Audit,
    Path(slug): Path<String>,
    JsonBody(body): JsonBody<EndAssignmentsBody>,
) -> Result<Json<EndAssignmentsResponse>, Problem> {
    Ok(Json(EndAssignmentsResponse { ended: end(&state, &identity, &audit, &slug, body).await? }))
}

/// Takes assignments back in somebody's name, and notes who did. How many.
pub(crate) async fn end(
    state: &AppState,
    identity: &Identity,
    audit: &Audit,
    slug: &str,
    body: EndAssignmentsBody,
) -> Result<i64, Problem> {
    let reader = identity.reader(Scope::Write)?;
    let EndAssignmentsBody { images, of } = body;
    check_selection(&images)?;
    check_person(of.as_deref())?;
    let (database, slug) = (state.storage.database()?, checked(slug)?);
    let dataset = database.find_dataset(&reader, slug).await?.ok_or_else(nothing_there)?;
    let among = chosen(state, &database, &reader, slug, &images).await?;
    let filter = AssignmentFilter { reviewer: of, images: images.filter(), among };
    let ended = permitted(database.end_assignments(&reader, slug, &filter).await?)?;
    let detail = json!({ "of": filter.reviewer, "images": ended });
    audit.record(&database, Some(identity), ("review.unassign", Some(dataset.id)), detail).await?;
    Ok(ended)
}

/// List assignments
///
/// Those that go on, in the order of the images. For reviewers.
#[utoipa::path(
    get, path = "/api/v1/datasets/{dataset}/review/assignments", tag = "Review",
    params(
        ("dataset" = String, Path, description = "Its slug"),
        ("of" = Option<String>, Query, description = "Only this person's, by name"),
        ("limit" = Option<u16>, Query, description = "How many at most: 1 to 200, 50 where nothing is said"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses((status = 200, description = "A page of assignments", body = Page<AssignmentResponse>), AccountErrors),
)]
pub(crate) async fn list_assignments(
    State(state): State<AppState>,
    identity: Identity,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
    params: PageQueryParams,
) -> Result<Json<Page<AssignmentResponse>>, Problem> {
    let (reader, after) = (identity.reader(Scope::Read)?, params.id_cursor()?);
    let query = query.unwrap_or_default();
    let of =
        form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "of").map(|(_, value)| value.into_owned());
    check_person(of.as_deref())?;
    let database = state.storage.database()?;
    let list = database.list_assignments(&reader, checked(&slug)?, of.as_deref(), after, params.rows()).await?;
    Ok(Json(params.page(permitted(list)?, |assignment: &Assignment| assignment.image.id.to_string())))
}

fn check_person(name: Option<&str>) -> Result<(), Problem> {
    if name.is_some_and(|name| name.contains('\0')) {
        return Err(invalid("of", "it must be somebody's name"));
    }
    Ok(())
}
