//! What happens to every request before and after its handler.

mod body_limit;
mod cors;
mod request_id;
mod request_log;
mod security_headers;

pub(crate) use body_limit::refuse_large_bodies;
pub(crate) use cors::cors;
pub(crate) use request_id::{RequestId, handle_panic, with_request_id};
pub(crate) use security_headers::{PAGE_POLICY, add_security_headers};
