//! Somebody who opens a page: who they are, and what stands around the page for them.

use axum::{
    Json,
    body::Body,
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use url::form_urlencoded::byte_serialize;
use vasari_app::types::{DatasetLink, Frame, Listing, PageData, PageView, Person, RunningJobs};
use vasari_storage::{Database, Reader, datasets::Dataset};

use crate::{
    api::{problem::Problem, v1::datasets::reading},
    auth::is_cross_site,
    middleware::PAGE_POLICY,
    people::{Identity, cross_site},
    state::AppState,
};

/// How many datasets the switcher offers.
const MOST_OFFERED: i64 = 20;

/// Somebody who opens a page.
pub(crate) struct Visit {
    pub(super) state: AppState,
    /// Who, if they are signed in.
    pub(super) identity: Option<Identity>,
    /// In whose name the page is loaded.
    pub(super) reader: Reader,
    /// The page's path with its query.
    address: String,
    /// Whether a page that is there already asks for what another one shows, and for no more.
    pub(super) wants_data: bool,
    /// Their jobs that go on, which every page shows.
    jobs: RunningJobs,
}

impl FromRequestParts<AppState> for Visit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        // Cookies aside, no form of another site may be sent here: it could sign somebody in as somebody else.
        if !parts.method.is_safe() && is_cross_site(&parts.uri, &parts.headers) {
            return Err(cross_site().into_response());
        }
        let identity = match <Identity as OptionalFromRequestParts<AppState>>::from_request_parts(parts, state).await {
            Ok(identity) => identity,
            // A page that needs the database says so itself; the others are there without.
            Err(failure) if failure.status().is_server_error() => None,
            Err(refusal) => return Err(refusal),
        };
        let reader = reading(identity.as_ref()).map_err(IntoResponse::into_response)?;
        let address = parts.uri.path_and_query().map_or("/", |address| address.as_str()).to_owned();
        let accepted = parts.headers.get(header::ACCEPT).map(HeaderValue::as_bytes);
        let wants_data = accepted == Some(b"application/json");
        let jobs = RunningJobs::default();
        let mut visit = Self { state: state.clone(), identity, reader, address, wants_data, jobs };
        if !wants_data {
            visit.jobs = visit.running_jobs().await;
        }
        Ok(visit)
    }
}

impl Visit {
    /// The database.
    pub(super) fn database(&self) -> Result<Database, Problem> {
        self.state.storage.database()
    }

    /// Their jobs that go on; none where that can't be found out, which is no reason not to show a page.
    pub(super) async fn running_jobs(&self) -> RunningJobs {
        let (Some(_), Ok(database)) = (&self.identity, self.database()) else { return RunningJobs::default() };
        let running = database.running_jobs(&self.reader).await.unwrap_or_default();
        RunningJobs { running: u32::try_from(running.running).unwrap_or(u32::MAX), share: running.share as f32 }
    }

    /// What stands around a page that belongs to no dataset.
    pub(super) fn frame(&self) -> Frame {
        let person = self.identity.as_ref().map(|identity| &identity.user);
        Frame {
            person: person.map(|user| Person { name: user.name.clone(), is_admin: user.is_admin }),
            keeps: self.state.storage.is_kept(),
            address: self.address.clone(),
            jobs: self.jobs,
            ..Frame::default()
        }
    }

    /// What stands around a page of a dataset.
    pub(super) async fn frame_of(&self, dataset: &Dataset, listing: &Listing) -> Result<Frame, Problem> {
        let others = self.database()?.list_datasets(&self.reader, None, MOST_OFFERED).await?;
        let link = |dataset: &Dataset| DatasetLink { slug: dataset.slug.clone(), name: dataset.name.clone() };
        let datasets = others.iter().map(link).collect();
        let (query, listing) = (listing.query.clone(), listing.other_parameters());
        Ok(Frame { dataset: Some(link(dataset)), datasets, query, listing, ..self.frame() })
    }

    /// Renders a page of this title and description.
    pub(super) fn answer(
        &self,
        (title, description): (&str, &str),
        frame: Frame,
        data: PageData,
        status: StatusCode,
    ) -> Response {
        if self.wants_data && data.is_taken_over() {
            let mut response = Json(&data).into_response();
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            return response;
        }
        let view = PageView { title: title.to_owned(), description: description.to_owned(), frame, data };
        let page = vasari_app::render(&self.state.assets.version, view);
        let policy = HeaderValue::from_str(&PAGE_POLICY.replace("NONCE", &page.nonce));
        let mut response = Response::new(Body::from(page.html));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::CONTENT_SECURITY_POLICY, policy.expect("a nonce is plain letters. This is a bug."));
        response
    }

    /// The way to the sign-in, and back to this page.
    pub(super) fn to_sign_in(&self) -> Response {
        let next: String = byte_serialize(self.address.as_bytes()).collect();
        Redirect::to(&format!("/sign-in?next={next}")).into_response()
    }
}

/// The way to a page, with the cookies of an answer of the API.
pub(super) fn redirect_with_cookies(answer: &HeaderMap, address: &str) -> Response {
    let mut response = Redirect::to(address).into_response();
    for cookie in answer.get_all(header::SET_COOKIE) {
        response.headers_mut().append(header::SET_COOKIE, cookie.clone());
    }
    response
}

/// A place that a link may lead back to: a path of this server, and the page of all datasets for everything else.
pub(super) fn safe_address(address: &str) -> &str {
    // Browsers read a backslash as a slash, and read on after a line break.
    let is_odd = |letter: char| letter == '\\' || letter.is_control();
    let is_path = address.starts_with('/') && !address.starts_with("//") && !address.contains(is_odd);
    if is_path { address } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_this_server_alone() {
        for safe in ["/", "/datasets/birds?sort=name", "/a//b"] {
            assert_eq!(safe_address(safe), safe);
        }
        for other in ["", "birds", "//evil.example", "/\\evil.example", "/\t/evil.example", "https://evil.example"] {
            assert_eq!(safe_address(other), "/", "{other:?}");
        }
    }
}
