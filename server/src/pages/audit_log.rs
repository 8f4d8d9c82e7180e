//! `/admin/audit-log`: who did what, for administrators.

use axum::{extract::Query, http::StatusCode, response::Response};
use serde::Deserialize;
use uuid::Uuid;
use vasari_app::{
    t,
    types::{AuditEntry, AuditLogData, PageData},
};
use vasari_storage::{
    Database,
    audit_log::{AuditFilter, NamedAuditEntry},
};

use super::{admin::administrator, stored::moment, visit::Visit};
use crate::{
    api::{
        fields::invalid,
        problem::Problem,
        v1::{audit_log::checked_action, page::unknown_cursor},
    },
    middleware::RequestId,
};

/// Entries of a page.
const PAGE_SIZE: usize = 50;

/// What the address says.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct AuditLogQueryParams {
    /// What this person did alone, by name.
    #[serde(default)]
    who: String,
    /// This action alone.
    #[serde(default)]
    action: String,
    /// The list goes on before this entry.
    before: Option<String>,
}

/// The log, the newest first.
pub(crate) async fn get_page(
    visit: Visit,
    axum::Extension(id): axum::Extension<RequestId>,
    Query(query): Query<AuditLogQueryParams>,
) -> Result<Response, Problem> {
    let (_, reader) = administrator(&visit)?;
    let database = visit.database()?;
    let before = query.before.as_deref().map(str::parse::<Uuid>).transpose().map_err(|_| unknown_cursor())?;
    let mut data = AuditLogData { is_continued: before.is_some(), ..AuditLogData::default() };
    let status = match filter(&database, &query).await {
        Ok(filter) => {
            let mut entries = database.list_audit_log(&reader, &filter, before, PAGE_SIZE as i64 + 1).await?;
            let has_more = entries.len() > PAGE_SIZE;
            entries.truncate(PAGE_SIZE);
            data.next = entries.last().filter(|_| has_more).map(|named| named.entry.id.to_string());
            data.entries = entries.into_iter().map(shown).collect();
            StatusCode::OK
        }
        // A filter that finds nobody is told beside it.
        Err(problem) if problem.status() == StatusCode::BAD_REQUEST => {
            data.problem = Some(problem.document(&id.0));
            StatusCode::BAD_REQUEST
        }
        Err(problem) => return Err(problem),
    };
    (data.who, data.action) = (query.who, query.action);
    Ok(visit.answer((t!("Audit log"), t!("Who did what.")), visit.frame(), PageData::AuditLog(data), status))
}

async fn filter(database: &Database, query: &AuditLogQueryParams) -> Result<AuditFilter, Problem> {
    let actor = match query.who.trim() {
        "" => None,
        name if name.contains('\0') => return Err(nobody()),
        name => Some(database.find_user_named(name).await?.ok_or_else(nobody)?.id),
    };
    let action = Some(query.action.as_str()).filter(|action| !action.is_empty());
    Ok(AuditFilter { actor, action: action.map(checked_action).transpose()?.map(str::to_owned) })
}

fn nobody() -> Problem {
    invalid("who", "nobody with an account here is called so; the list of people has everybody's name")
}

fn shown(named: NamedAuditEntry) -> AuditEntry {
    let NamedAuditEntry { entry, actor_name, key_name, subject_name } = named;
    let is_own = entry.actor_user.is_none() && entry.doer().is_some();
    AuditEntry {
        at: moment(entry.at),
        who: actor_name.or_else(|| subject_name.clone().filter(|_| is_own)),
        key: key_name,
        action: entry.action,
        subject: subject_name,
        detail: entry.detail,
        request_id: entry.request_id,
    }
}
