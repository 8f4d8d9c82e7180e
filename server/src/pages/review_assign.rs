//! `/datasets/{slug}/review/assign`: pictures for people who review.

use axum::{
    extract::{Path, RawForm, RawQuery, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use url::form_urlencoded;
use vasari_app::{
    t,
    types::{self, Listing, PageData, ReviewAssignData, Status},
};
use vasari_storage::datasets::Role;

use super::{
    image_choice::{WrittenChoice, choice, selection},
    visit::Visit,
};
use crate::{
    api::{
        fields::invalid,
        problem::Problem,
        v1::{
            audit::Audit,
            datasets::{checked, lacks_role, permitted},
            page::nothing_there,
            review_assignments::{AssignBody, assign},
        },
    },
    middleware::RequestId,
    people::unauthenticated,
    state::AppState,
};

/// The form's fields, as they were written.
#[derive(Debug, Default)]
struct AssignForm {
    /// `choose` where the grid sends images that were selected, or `assign`.
    step: String,
    images: WrittenChoice,
    to: Vec<String>,
    limit: String,
    reassign: bool,
}

/// The form. Where nothing is said of images, it begins with those that wait.
pub(crate) async fn get_page(
    visit: Visit,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let listing = Listing::parse(&query.unwrap_or_default());
    let listing = if listing.is_filtered() { listing } else { Listing { status: Some(Status::Submitted), ..listing } };
    render(&visit, (&slug, listing), AssignForm::default(), None, StatusCode::OK).await
}

/// Assigns, and leads to what is assigned now.
pub(crate) async fn post_page(
    State(state): State<AppState>,
    axum::Extension(id): axum::Extension<RequestId>,
    visit: Visit,
    audit: Audit,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
    RawForm(form): RawForm,
) -> Result<Response, Problem> {
    let identity = visit.identity.as_ref().ok_or_else(unauthenticated)?;
    let (listing, form) = (Listing::parse(&query.unwrap_or_default()), parse(&form));
    if form.step == "choose" {
        return render(&visit, (&slug, listing), form, None, StatusCode::OK).await;
    }
    let assigned = match body(&form, &listing) {
        Ok(body) => assign(&state, identity, &audit, &slug, body).await,
        Err(problem) => Err(problem),
    };
    match assigned {
        Ok(done) => {
            let address = format!("/datasets/{}/review/progress?assigned={}", checked(&slug)?, done.assigned);
            Ok(Redirect::to(&address).into_response())
        }
        Err(problem) if problem.status() == StatusCode::NOT_FOUND => Err(problem),
        Err(problem) => {
            let status = problem.status();
            render(&visit, (&slug, listing), form, Some(problem.document(&id.0)), status).await
        }
    }
}

/// Reads the form: a name can be there several times.
fn parse(form: &[u8]) -> AssignForm {
    let mut parsed = AssignForm::default();
    for (name, value) in form_urlencoded::parse(form) {
        let value = value.into_owned();
        match &*name {
            "step" => parsed.step = value,
            "scope" => parsed.images.scope = value,
            "images" => parsed.images.images = value,
            "to" => parsed.to.push(value),
            "limit" => parsed.limit = value.trim().to_owned(),
            "reassign" => parsed.reassign = true,
            _ => {}
        }
    }
    parsed
}

/// What the form asks for.
fn body(form: &AssignForm, listing: &Listing) -> Result<AssignBody, Problem> {
    let limit = Some(form.limit.as_str()).filter(|limit| !limit.is_empty()).map(str::parse::<u32>).transpose();
    Ok(AssignBody {
        images: selection(listing, &form.images)?,
        to: form.to.clone(),
        limit: limit.map_err(|_| invalid("limit", "it must be a whole number, or empty"))?,
        reassign: form.reassign,
    })
}

async fn render(
    visit: &Visit,
    (slug, listing): (&str, Listing),
    form: AssignForm,
    problem: Option<types::Problem>,
    status: StatusCode,
) -> Result<Response, Problem> {
    let Some(identity) = &visit.identity else { return Ok(visit.to_sign_in()) };
    let database = visit.database()?;
    let dataset = database.find_dataset(&visit.reader, checked(slug)?).await?.ok_or_else(nothing_there)?;
    if dataset.role < Role::Reviewer {
        return Err(lacks_role(Role::Reviewer));
    }
    let is_owner = dataset.role == Role::Owner;
    let mut people = permitted(database.list_reviewers(&visit.reader, slug).await?)?;
    // Others assign to themselves alone.
    people.retain(|name| is_owner || *name == identity.user.name);
    let frame = visit.frame_of(&dataset, &listing).await?;
    let AssignForm { images, to, limit, reassign, .. } = form;
    let data = ReviewAssignData {
        choice: choice(visit, &database, &dataset, (listing, &images)).await?,
        people,
        chosen: to,
        is_owner,
        limit,
        reassign,
        problem,
    };
    let title = t!("Assign images · {dataset}", dataset = dataset.name);
    let about = t!("Who is to review which images.");
    Ok(visit.answer((&title, about), frame, PageData::ReviewAssign(Box::new(data)), status))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_says_which_images_and_who() {
        let form = parse(b"step=assign&scope=all&to=Anna&to=Ben+B&limit=+20+&reassign=true&other=1");
        let asked = body(&form, &Listing::default()).unwrap();
        assert_eq!((asked.to, asked.limit, asked.reassign), (vec!["Anna".to_owned(), "Ben B".into()], Some(20), true));
        let asked = body(&parse(b"scope=all&to=Anna&limit="), &Listing::default()).unwrap();
        assert_eq!((asked.limit, asked.reassign), (None, false));
        for wrong in [&b"scope=all&limit=many"[..], b"scope=all&limit=-1", b"scope=chosen", b""] {
            assert!(body(&parse(wrong), &Listing::default()).is_err());
        }
    }
}
