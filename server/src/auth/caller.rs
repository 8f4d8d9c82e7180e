//! The caller of a captioning path.

use std::{convert::Infallible, net::IpAddr};

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::request::Parts,
};
use vasari_inference::ClientId;

use super::client_address::group;
use crate::api::problem::Problem;

/// What the names of those begin with who showed no key.
const ANONYMOUS: &str = "anonymous ";

/// Who calls; [`crate::middleware::guard`] finds out and leaves it in the request's extensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    /// A name to count and share by, such as `key-2`. It holds no secret and may stand in a log.
    pub(crate) client: String,
    /// Whether the key is one of `--admin-key`.
    pub(crate) is_admin: bool,
}

impl Caller {
    /// The caller, as the queue counts them.
    pub(crate) fn id(&self) -> ClientId {
        ClientId::new(&self.client)
    }

    /// Whether the address is all that is known.
    pub(crate) fn is_anonymous(&self) -> bool {
        self.client.starts_with(ANONYMOUS)
    }

    /// Somebody without a key, known by the address alone.
    pub(crate) fn anonymous(client: IpAddr) -> Self {
        let network = if client.is_ipv6() { "/64" } else { "" };
        Self { client: format!("{ANONYMOUS}{}{network}", group(client)), is_admin: false }
    }
}

/// Fails on a path that nobody guards, which must not pass for one that everybody may call.
impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| {
            tracing::error!(path = parts.uri.path(), "a path has no guard");
            Problem::internal()
        })
    }
}

/// For the page, which is guarded only when it is asked for a caption.
impl<S: Sync> OptionalFromRequestParts<S> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Option<Self>, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned())
    }
}
