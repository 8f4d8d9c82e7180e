//! `/datasets/{slug}/settings`: what a dataset is, who works on it, where its captions come from, and its end.

use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use vasari_app::{
    t,
    types::{self, AboutData, Listing, Member, NewMemberData, PageData, SettingsData, SourceAttempt},
};
use vasari_storage::datasets::{Role, Visibility};

use super::{grid::describe, stored, visit::Visit};
use crate::{
    api::{
        fields::invalid,
        problem::Problem,
        v1::{
            audit::Audit,
            datasets::{UpdateDatasetBody, change_dataset, checked, remove_dataset},
            members::{AddMemberBody, add_member_named, change_member},
            page::nothing_there,
            sources::{remove_source, rename_source},
        },
    },
    middleware::RequestId,
    people::{Identity, unauthenticated},
    state::AppState,
};

/// What the address says.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct SettingsQueryParams {
    /// What was just done.
    done: Option<String>,
}

/// One of the page's forms.
#[derive(Deserialize)]
#[serde(tag = "action", rename_all = "kebab-case")]
pub(crate) enum SettingsForm {
    Change {
        #[serde(default)]
        name: String,
        #[serde(default)]
        description: String,
        public: Option<String>,
    },
    AddMember {
        #[serde(default)]
        name: String,
        role: Role,
    },
    SetRole {
        member: String,
        role: Role,
    },
    RemoveMember {
        member: String,
    },
    RenameSource {
        source: String,
        #[serde(default)]
        name: String,
    },
    DeleteSource {
        source: String,
        #[serde(default)]
        confirm: String,
    },
    Delete {
        #[serde(default)]
        confirm: String,
    },
}

/// The settings, for everybody who may look at the dataset.
pub(crate) async fn get_page(
    visit: Visit,
    Path(slug): Path<String>,
    Query(query): Query<SettingsQueryParams>,
) -> Result<Response, Problem> {
    let notice = query.done.as_deref().and_then(notice).map(str::to_owned);
    render(&visit, &slug, None, SettingsData { notice, ..SettingsData::default() }, StatusCode::OK).await
}

/// Does what a form asks for, and leads back to the page, or says why not. Nothing that was written is lost.
pub(crate) async fn post_page(
    State(state): State<AppState>,
    axum::Extension(id): axum::Extension<RequestId>,
    visit: Visit,
    audit: Audit,
    Path(slug): Path<String>,
    Form(form): Form<SettingsForm>,
) -> Result<Response, Problem> {
    let identity = visit.identity.as_ref().ok_or_else(unauthenticated)?;
    let problem = match carry_out(&state, identity, &audit, &slug, &form).await {
        Ok("deleted") => return Ok(Redirect::to("/").into_response()),
        Ok(done) => {
            // Who has removed themselves may not see it any more.
            let is_there = visit.database()?.find_dataset(&visit.reader, checked(&slug)?).await?.is_some();
            let address = if is_there { format!("/datasets/{slug}/settings?done={done}") } else { "/".into() };
            return Ok(Redirect::to(&address).into_response());
        }
        Err(problem) => problem,
    };
    let (mut data, mut about, status) = (SettingsData::default(), None, problem.status());
    let failed = match &form {
        SettingsForm::Change { .. } => t!("The changes were not saved"),
        SettingsForm::AddMember { .. } => t!("Nobody was added"),
        SettingsForm::SetRole { .. } => t!("The role was not changed"),
        SettingsForm::RemoveMember { .. } => t!("Nobody was removed"),
        SettingsForm::RenameSource { .. } => t!("The source keeps its name"),
        SettingsForm::DeleteSource { .. } | SettingsForm::Delete { .. } => t!("Nothing was deleted"),
    };
    let document = types::Problem { title: failed.into(), ..problem.document(&id.0) };
    match form {
        // Who may not do it has no form to go back to.
        _ if status == StatusCode::FORBIDDEN => return Err(problem),
        // A member or a source has gone meanwhile, or the dataset; then there is no page either.
        _ if status == StatusCode::NOT_FOUND => data.problem = Some(document),
        SettingsForm::Change { name, description, public } => {
            about = Some(AboutData { name, description, is_public: public.is_some(), problem: Some(document) });
        }
        SettingsForm::AddMember { name, role } => {
            data.new_member = NewMemberData { name, role: stored::role(role), problem: Some(document) };
        }
        SettingsForm::SetRole { .. } | SettingsForm::RemoveMember { .. } => data.problem = Some(document),
        SettingsForm::RenameSource { source, name: written } => {
            data.source_attempt = Some(SourceAttempt { source, is_deletion: false, written, problem: document });
        }
        SettingsForm::DeleteSource { source, confirm: written } => {
            data.source_attempt = Some(SourceAttempt { source, is_deletion: true, written, problem: document });
        }
        SettingsForm::Delete { confirm } => data.confirmation = Some((confirm, document)),
    }
    render(&visit, &slug, about, data, status).await
}

/// Does what the form asks for. What was done, in a word for the address.
async fn carry_out(
    state: &AppState,
    identity: &Identity,
    audit: &Audit,
    slug: &str,
    form: &SettingsForm,
) -> Result<&'static str, Problem> {
    match form {
        SettingsForm::Change { name, description, public } => {
            let visibility = if public.is_some() { Visibility::Public } else { Visibility::Private };
            let body = UpdateDatasetBody {
                name: Some(name.clone()),
                // Browsers send line breaks as two signs.
                description: Some(description.replace("\r\n", "\n")),
                visibility: Some(visibility),
            };
            change_dataset(state, identity, audit, slug, body).await.map(|_| "changed")
        }
        SettingsForm::AddMember { name, role } => {
            let body = AddMemberBody { name: name.clone(), role: *role };
            add_member_named(state, identity, audit, slug, &body).await.map(|_| "added")
        }
        SettingsForm::SetRole { member, role } => {
            change_member(state, identity, audit, (slug, member), Some(*role)).await.map(|_| "role")
        }
        SettingsForm::RemoveMember { member } => {
            change_member(state, identity, audit, (slug, member), None).await.map(|_| "removed")
        }
        SettingsForm::RenameSource { source, name } => {
            rename_source(state, identity, audit, (slug, source), name.trim()).await.map(|_| "renamed")
        }
        SettingsForm::DeleteSource { source, confirm } => {
            remove_source(state, identity, audit, (slug, source), confirm.trim()).await.map(|()| "source")
        }
        SettingsForm::Delete { confirm } if confirm.trim() != slug => {
            let detail = "the dataset goes with all that is in it; to do so, write its short name as it stands here";
            Err(invalid("confirm", detail))
        }
        SettingsForm::Delete { .. } => remove_dataset(state, identity, audit, slug).await.map(|()| "deleted"),
    }
}

async fn render(
    visit: &Visit,
    slug: &str,
    about: Option<AboutData>,
    data: SettingsData,
    status: StatusCode,
) -> Result<Response, Problem> {
    let database = visit.database()?;
    let dataset = database.find_dataset(&visit.reader, checked(slug)?).await?.ok_or_else(nothing_there)?;
    let members = database.list_members(&visit.reader, slug).await?.unwrap_or_default();
    let member = |member: vasari_storage::members::Member| Member {
        id: member.user.to_string(),
        name: member.name,
        role: stored::role(member.role),
        is_own: Some(member.user) == visit.reader.user,
    };
    let shown = describe(visit, &database, &dataset).await?;
    let about = about.unwrap_or_else(|| AboutData {
        name: shown.name.clone(),
        description: shown.description.clone(),
        is_public: shown.is_public,
        problem: None,
    });
    let members = members.into_iter().map(member).collect();
    let data = SettingsData { dataset: shown, about, members, ..data };
    let title = t!("Settings of {dataset}", dataset = dataset.name);
    let words = (&*title, t!("What the dataset is, who works on it, and where its captions come from."));
    Ok(visit.answer(
        words,
        visit.frame_of(&dataset, &Listing::default()).await?,
        PageData::Settings(Box::new(data)),
        status,
    ))
}

fn notice(done: &str) -> Option<&'static str> {
    Some(match done {
        "changed" => t!("The changes are saved."),
        "added" => t!("They are a member now."),
        "role" => t!("The role is changed."),
        "removed" => t!("They are no member any more."),
        "renamed" => t!("The source has its new name."),
        "source" => t!("The source is deleted."),
        _ => return None,
    })
}
