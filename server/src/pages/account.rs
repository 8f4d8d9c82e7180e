//! `/account`: one's password, where one is signed in, and one's keys.

use axum::{
    Form,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;
use vasari_app::{
    t,
    types::{self, AccountData, ApiKey, Device, NewKeyData, PageData},
};
use vasari_storage::{
    api_keys::{self, ApiKeyFilter, Scope},
    open_sessions::OpenSession,
};

use super::{
    stored::moment,
    visit::{Visit, redirect_with_cookies},
};
use crate::{
    api::{
        problem::Problem,
        v1::{
            audit::Audit,
            keys::{CreateKeyBody, end_key, make_key},
            me::{ChangePasswordBody, change_own_password},
            open_sessions::end_own_session,
            page::unknown_cursor,
            sessions::{end_all_sessions, without_cookies},
        },
    },
    auth::ClientGroup,
    middleware::RequestId,
    people::{Credential, Identity, unauthenticated},
    state::AppState,
};

/// Devices and keys of a page.
const PAGE_SIZE: usize = 50;

/// What the address says.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct AccountQueryParams {
    /// The list of keys goes on after this one.
    after: Option<String>,
    /// What was just done.
    done: Option<String>,
}

/// One of the page's forms.
#[derive(Deserialize)]
#[serde(tag = "action", rename_all = "kebab-case")]
pub(crate) enum AccountForm {
    ChangePassword {
        #[serde(default)]
        password: String,
        #[serde(default)]
        new_password: String,
    },
    EndSession {
        session: String,
    },
    SignOutEverywhere,
    MakeKey(NewKeyForm),
    RevokeKey {
        key: String,
    },
}

/// The fields of a new key: a box for each scope.
#[derive(Deserialize)]
pub(crate) struct NewKeyForm {
    #[serde(default)]
    name: String,
    caption: Option<String>,
    read: Option<String>,
    write: Option<String>,
    admin: Option<String>,
    /// After how many days it ends; empty for never.
    #[serde(default)]
    days: String,
}

/// The account, for whoever is signed in.
pub(crate) async fn get_page(visit: Visit, Query(query): Query<AccountQueryParams>) -> Result<Response, Problem> {
    let notice = query.done.as_deref().and_then(notice).map(str::to_owned);
    render(&visit, &query, AccountData { notice, ..AccountData::default() }, StatusCode::OK).await
}

/// Does what a form asks for, and leads back to the page, or says why not.
pub(crate) async fn post_page(
    State(state): State<AppState>,
    axum::Extension(id): axum::Extension<RequestId>,
    visit: Visit,
    (audit, client): (Audit, ClientGroup),
    headers: HeaderMap,
    Query(query): Query<AccountQueryParams>,
    Form(form): Form<AccountForm>,
) -> Result<Response, Problem> {
    let identity = visit.identity.as_ref().ok_or_else(unauthenticated)?;
    let mut data = AccountData::default();
    let failed = match &form {
        AccountForm::ChangePassword { .. } => t!("The password was not changed"),
        AccountForm::EndSession { .. } | AccountForm::SignOutEverywhere => t!("Nobody was signed out"),
        AccountForm::MakeKey(_) => t!("The key was not made"),
        AccountForm::RevokeKey { .. } => t!("The key was not revoked"),
    };
    let outcome = match form {
        AccountForm::ChangePassword { password, new_password } => {
            let body = ChangePasswordBody { password, new_password };
            let changed = change_own_password(&state, identity, (&audit, client), body).await;
            changed.map(|()| done("password")).map_err(|problem| (&mut data.password_problem, problem))
        }
        AccountForm::EndSession { session } => {
            let ended = end_own_session(&state, identity, &audit, &session).await;
            ended.map(|()| done("session")).map_err(|problem| (&mut data.problem, problem))
        }
        AccountForm::SignOutEverywhere => match end_all_sessions(&state, identity, &audit).await {
            Ok(()) => {
                let answer = without_cookies(&state, &headers);
                Ok(redirect_with_cookies(answer.headers(), "/sign-in?out=everywhere"))
            }
            Err(problem) => Err((&mut data.problem, problem)),
        },
        AccountForm::RevokeKey { key } => {
            let revoked = end_key(&state, identity, &audit, &key).await;
            revoked.map(|()| done("key")).map_err(|problem| (&mut data.problem, problem))
        }
        AccountForm::MakeKey(form) => {
            data.new_key = form.shown();
            match make_key(&state, identity, &audit, form.body(OffsetDateTime::now_utc())).await {
                Ok((key, made)) => {
                    let data = AccountData { made_key: Some((made.name, key)), ..AccountData::default() };
                    return render(&visit, &query, data, StatusCode::CREATED).await;
                }
                Err(problem) => Err((&mut data.new_key.problem, problem)),
            }
        }
    };
    match outcome {
        Ok(response) => Ok(response),
        Err((place, problem)) => {
            *place = Some(types::Problem { title: failed.into(), ..problem.document(&id.0) });
            render(&visit, &query, data, problem.status()).await
        }
    }
}

impl NewKeyForm {
    fn scopes(&self) -> Vec<String> {
        let boxes = [&self.caption, &self.read, &self.write, &self.admin];
        let chosen = Scope::ALL.into_iter().zip(boxes).filter(|(_, chosen)| chosen.is_some());
        chosen.map(|(scope, _)| scope.name().to_owned()).collect()
    }

    /// The form as it was sent.
    fn shown(&self) -> NewKeyData {
        NewKeyData { name: self.name.clone(), scopes: self.scopes(), days: self.days.clone(), problem: None }
    }

    /// What the form asks for. An end that is none of those offered is the next one that is.
    fn body(&self, now: OffsetDateTime) -> CreateKeyBody {
        let days = |days: &&str| days.parse().ok().map(|days| now + Duration::days(days));
        let offered = NewKeyData::DAYS.iter().find(|offered| **offered == self.days).or(NewKeyData::DAYS.first());
        let expires_at = offered.filter(|_| !self.days.is_empty()).and_then(days);
        CreateKeyBody { name: self.name.clone(), scopes: self.scopes(), expires_at }
    }
}

async fn render(
    visit: &Visit,
    query: &AccountQueryParams,
    data: AccountData,
    status: StatusCode,
) -> Result<Response, Problem> {
    let identity = visit.identity.as_ref().ok_or_else(unauthenticated)?;
    let (database, now, rows) = (visit.database()?, OffsetDateTime::now_utc(), PAGE_SIZE as i64 + 1);
    let mut sessions = database.list_open_sessions(&visit.reader, None, rows, now).await?;
    let has_more_devices = sessions.len() > PAGE_SIZE;
    sessions.truncate(PAGE_SIZE);
    let after = query.after.as_deref().map(str::parse::<Uuid>).transpose().map_err(|_| unknown_cursor())?;
    let filter = ApiKeyFilter { owner: Some(identity.user.id), without_revoked: true };
    let mut keys = database.list_api_keys(&visit.reader, filter, after, rows).await?;
    let has_more_keys = keys.len() > PAGE_SIZE;
    keys.truncate(PAGE_SIZE);
    let data = AccountData {
        name: identity.user.name.clone(),
        is_admin: identity.user.is_admin,
        since: moment(identity.user.created_at),
        devices: sessions.into_iter().map(|session| device(session, identity)).collect(),
        has_more_devices,
        next_keys: keys.last().filter(|_| has_more_keys).map(|key| key.id.to_string()),
        keys: keys.into_iter().map(|key| api_key(key, now)).collect(),
        ..data
    };
    let words = (t!("Account"), t!("Your password, where you are signed in, and your keys."));
    Ok(visit.answer(words, visit.frame(), PageData::Account(Box::new(data)), status))
}

fn device(session: OpenSession, identity: &Identity) -> Device {
    let OpenSession { id, user_agent, created_at, renewed_at } = session;
    Device {
        id: id.to_string(),
        user_agent: user_agent.unwrap_or_default(),
        since: moment(created_at),
        renewed_at: moment(renewed_at),
        is_current: identity.credential == Credential::Session(id),
    }
}

fn api_key(key: api_keys::ApiKey, now: OffsetDateTime) -> ApiKey {
    let api_keys::ApiKey { id, name, prefix, scopes, created_at, expires_at, last_used_at, .. } = key;
    ApiKey {
        id: id.to_string(),
        name,
        prefix,
        scopes,
        since: moment(created_at),
        is_expired: expires_at.is_some_and(|expires_at| expires_at <= now),
        expires_at: expires_at.map(moment),
        last_used_at: last_used_at.map(moment),
    }
}

/// The way back to the page, which then says what was done.
fn done(what: &str) -> Response {
    Redirect::to(&format!("/account?done={what}")).into_response()
}

fn notice(done: &str) -> Option<&'static str> {
    Some(match done {
        "password" => t!("The password is changed, and all other devices are signed out."),
        "session" => t!("The device is signed out."),
        "key" => t!("The key is revoked. It opens nothing any more."),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn end_of_a_key_is_one_of_those_offered() {
        let now = OffsetDateTime::UNIX_EPOCH;
        let ends = |days: &str| {
            let form = NewKeyForm {
                name: String::new(),
                caption: None,
                read: Some("true".into()),
                write: None,
                admin: None,
                days: days.into(),
            };
            assert_eq!(form.scopes(), ["read"]);
            form.body(now).expires_at.map(|end| (end - now).whole_days())
        };
        assert_eq!([ends("90"), ends("365"), ends("")], [Some(90), Some(365), None]);
        // A key never lasts longer than its maker could have meant.
        assert_eq!([ends("9999"), ends("soon")], [Some(7), Some(7)]);
    }
}
