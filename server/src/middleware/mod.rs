//! What happens to every request before and after its handler.

mod body_limit;
mod cors;
mod guard;
mod host;
mod idempotency;
mod renew_session;
mod request_id;
mod request_log;
mod security_headers;
mod upload_deadline;

pub(crate) use body_limit::{FORM_BYTES, refuse_large_bodies};
pub(crate) use cors::cors;
pub(crate) use guard::{
    KnownIdentity, Uncounted, close_when_stopping, guard, guard_account, guard_page, guard_pictures,
};
pub(crate) use host::check_host;
pub(crate) use idempotency::{IDEMPOTENCY_KEY, answer_once};
pub(crate) use renew_session::renew_session;
pub(crate) use request_id::{RequestId, handle_panic, with_request_id};
pub(crate) use security_headers::{PAGE_POLICY, add_security_headers};
pub(crate) use upload_deadline::{UploadTimeout, limit_upload};
