//! Notes what somebody did in the audit log.

use axum::{extract::FromRequestParts, http::request::Parts};
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;
use vasari_storage::{Database, StorageError, audit_log::AuditEntry};

use crate::{api::problem::Problem, middleware::RequestId, people::Identity};

/// The request, as the audit log names it.
pub(crate) struct Audit {
    request_id: Option<String>,
}

impl Audit {
    /// Notes that the identity, or somebody without an account, did something.
    pub(crate) async fn record(
        &self,
        database: &Database,
        actor: Option<&Identity>,
        (action, subject): (&str, Option<Uuid>),
        detail: Value,
    ) -> Result<(), StorageError> {
        let entry = AuditEntry {
            id: Uuid::now_v7(),
            at: OffsetDateTime::now_utc(),
            actor_user: actor.map(|identity| identity.user.id),
            actor_key: actor.and_then(Identity::key),
            action: action.to_owned(),
            subject,
            detail,
            request_id: self.request_id.clone(),
        };
        database.record_audit_entry(&entry).await
    }
}

impl<S: Sync> FromRequestParts<S> for Audit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        Ok(Self { request_id: parts.extensions.get::<RequestId>().map(|id| id.0.clone()) })
    }
}
