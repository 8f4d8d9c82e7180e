//! `/admin`: everybody who has an account, for administrators. Others find nothing here.

use axum::{
    Form,
    extract::{Query, State},
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use url::form_urlencoded;
use vasari_app::{
    t,
    types::{self, Account, AdminData, OneTimeLink, PageData},
};
use vasari_storage::{Reader, users::User};

use super::{stored::moment, visit::Visit};
use crate::{
    api::{
        problem::Problem,
        v1::{
            audit::Audit,
            datasets::checked,
            invitations::{LinkResponse, make_invitation},
            page::{nothing_there, parse_id},
            users::{UpdateUserBody, change_user, make_password_reset},
        },
    },
    auth::requested_host,
    config::SignUp,
    middleware::RequestId,
    people::{Identity, unauthenticated},
    state::AppState,
};

/// People of a page.
const PAGE_SIZE: usize = 50;

/// What the address says.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct AdminQueryParams {
    /// The list goes on after this name.
    after: Option<String>,
    /// What was just done.
    done: Option<String>,
    /// To whom.
    person: Option<String>,
}

/// One of the page's forms.
#[derive(Deserialize)]
#[serde(tag = "action", rename_all = "kebab-case")]
pub(crate) enum AdminForm {
    Invite,
    ResetPassword { person: String },
    MakeAdministrator { person: String },
    UnmakeAdministrator { person: String },
    Disable { person: String },
    Enable { person: String },
}

/// The people, for administrators.
pub(crate) async fn get_page(visit: Visit, Query(query): Query<AdminQueryParams>) -> Result<Response, Problem> {
    administrator(&visit)?;
    let notice = match (&query.done, &query.person) {
        (Some(done), Some(person)) => {
            let person = match person.parse() {
                Ok(person) => visit.database()?.find_user(person).await?,
                Err(_) => None,
            };
            person.and_then(|person| notice(done, &person.name))
        }
        _ => None,
    };
    render(&visit, &query, AdminData { notice, ..AdminData::default() }, StatusCode::OK).await
}

/// Does what a form asks for, and leads back to the page, or says why not. Links are shown on the page itself, this once.
pub(crate) async fn post_page(
    State(state): State<AppState>,
    axum::Extension(id): axum::Extension<RequestId>,
    visit: Visit,
    audit: Audit,
    (uri, headers): (Uri, HeaderMap),
    Query(query): Query<AdminQueryParams>,
    Form(form): Form<AdminForm>,
) -> Result<Response, Problem> {
    let (identity, _) = administrator(&visit)?;
    let change = async |person: String, done: &str, body: UpdateUserBody| -> Result<Response, Problem> {
        change_user(&state, identity, &audit, &person, &body).await?;
        Ok(Redirect::to(&address(&query, done, &person)).into_response())
    };
    let disable = |disabled| UpdateUserBody { disabled: Some(disabled), ..UpdateUserBody::default() };
    let make = |is_admin| UpdateUserBody { is_admin: Some(is_admin), ..UpdateUserBody::default() };
    let shows = async |link: OneTimeLink| {
        let data = AdminData { link: Some(link), ..AdminData::default() };
        render(&visit, &query, data, StatusCode::CREATED).await
    };
    let outcome = match form {
        AdminForm::Invite => match make_invitation(&state, identity, &audit).await {
            Ok(link) => shows(one_time_link("sign-up", link, None, &state, (&uri, &headers))).await,
            Err(problem) => Err(problem),
        },
        AdminForm::ResetPassword { person } => match make_password_reset(&state, identity, &audit, &person).await {
            Ok(link) => {
                let name = state.storage.database()?.find_user(parse_id(&person)?).await?.map(|user| user.name);
                shows(one_time_link("reset", link, name, &state, (&uri, &headers))).await
            }
            Err(problem) => Err(problem),
        },
        AdminForm::MakeAdministrator { person } => change(person, "made", make(true)).await,
        AdminForm::UnmakeAdministrator { person } => change(person, "unmade", make(false)).await,
        AdminForm::Disable { person } => change(person, "disabled", disable(true)).await,
        AdminForm::Enable { person } => change(person, "enabled", disable(false)).await,
    };
    match outcome {
        Ok(response) => Ok(response),
        Err(problem) => {
            let title = t!("Nothing was changed").to_owned();
            let document = Some(types::Problem { title, ..problem.document(&id.0) });
            render(&visit, &query, AdminData { problem: document, ..AdminData::default() }, problem.status()).await
        }
    }
}

/// The administrator who looks.
///
/// # Errors
///
/// A problem with status 404 for everybody else who is signed in: there is nothing here for them.
pub(super) fn administrator(visit: &Visit) -> Result<(&Identity, Reader), Problem> {
    visit.database()?;
    let identity = visit.identity.as_ref().ok_or_else(unauthenticated)?;
    identity.administrator().map(|reader| (identity, reader)).map_err(|_| nothing_there())
}

async fn render(
    visit: &Visit,
    query: &AdminQueryParams,
    data: AdminData,
    status: StatusCode,
) -> Result<Response, Problem> {
    let (identity, reader) = administrator(visit)?;
    let after = query.after.as_deref().map(checked).transpose()?;
    let mut people = visit.database()?.list_users(&reader, after, PAGE_SIZE as i64 + 1).await?;
    let has_more = people.len() > PAGE_SIZE;
    people.truncate(PAGE_SIZE);
    let data = AdminData {
        next: people.last().filter(|_| has_more).map(|user| user.name.clone()),
        people: people.into_iter().map(|user| account(user, identity)).collect(),
        after: after.map(str::to_owned),
        is_open: visit.state.people.sign_up == SignUp::Open,
        ..data
    };
    let words = (t!("Administration"), t!("Everybody who has an account on this server."));
    Ok(visit.answer(words, visit.frame(), PageData::Admin(data), status))
}

fn account(user: User, identity: &Identity) -> Account {
    let User { id, name, is_admin, created_at, disabled_at } = user;
    Account {
        id: id.to_string(),
        name,
        is_admin,
        since: moment(created_at),
        disabled_since: disabled_at.map(moment),
        is_own: id == identity.user.id,
    }
}

/// A link as somebody else can open it: at the address by which the administrator reached this server.
fn one_time_link(
    page: &str,
    link: LinkResponse,
    person: Option<String>,
    state: &AppState,
    (uri, headers): (&Uri, &HeaderMap),
) -> OneTimeLink {
    let LinkResponse { token, expires_at } = link;
    // A browser says where its page is from, and that is here: a form of another site was refused before.
    let origin = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok()).map(str::to_owned);
    let origin = origin.unwrap_or_else(|| {
        let scheme = if state.people.is_tls { "https" } else { "http" };
        format!("{scheme}://{}", requested_host(uri, headers).unwrap_or("localhost"))
    });
    OneTimeLink { address: format!("{origin}/{page}?token={token}"), person, expires_at: moment(expires_at) }
}

/// The way back to the page, which then says what was done.
fn address(query: &AdminQueryParams, done: &str, person: &str) -> String {
    let mut pairs = form_urlencoded::Serializer::new(String::new());
    if let Some(after) = &query.after {
        pairs.append_pair("after", after);
    }
    pairs.append_pair("done", done).append_pair("person", person);
    format!("/admin?{}", pairs.finish())
}

fn notice(done: &str, name: &str) -> Option<String> {
    Some(match done {
        "made" => t!("{name} is an administrator now.", name = name),
        "unmade" => t!("{name} is no administrator any more.", name = name),
        "disabled" => t!("{name} is signed out and can't sign in any more.", name = name),
        "enabled" => t!("{name} may sign in again.", name = name),
        _ => return None,
    })
}
