//! Asks for a picture, by blocking calls.

use std::time::{Duration, Instant};

use axum::http::{StatusCode, Uri, header};
use ureq::{
    Agent,
    config::Config,
    unversioned::{
        resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver},
        transport::{DefaultConnector, NextTimeout},
    },
};
use url::Url;

use super::{ImageUrlError, ImageUrlPolicy};

/// How often a picture may have moved.
const MAX_REDIRECTS: usize = 3;

/// An agent that dials what the policy permits. It keeps no connection and heeds no proxy of the environment: a proxy
/// would look the name up itself.
pub(super) fn agent(policy: ImageUrlPolicy) -> Agent {
    let config = Config::builder()
        .proxy(None)
        .max_redirects(0)
        .http_status_as_error(false)
        .max_idle_connections(0)
        .max_response_header_size(64 * 1024)
        .user_agent(concat!("vasari/", env!("CARGO_PKG_VERSION")))
        .accept("image/jpeg, image/png, image/webp, image/gif")
        .build();
    Agent::with_parts(config, DefaultConnector::new(), CheckedResolver { policy })
}

/// The bytes behind `url`, at most `max_bytes` of them.
pub(super) fn fetch(
    agent: &Agent,
    policy: &ImageUrlPolicy,
    url: Url,
    max_bytes: u64,
    deadline: Instant,
) -> Result<Fetched, ImageUrlError> {
    let mut url = url;
    for _ in 0..=MAX_REDIRECTS {
        let left = deadline.saturating_duration_since(Instant::now());
        if left < Duration::from_millis(1) {
            return Err(ImageUrlError::Slow);
        }
        let request = agent.get(url.as_str()).config().timeout_global(Some(left)).build();
        let mut response = request.call().map_err(|error| of_transport(&error))?;
        let status = response.status();
        let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
        match (is_redirect(status), location) {
            (true, Some(location)) => url = policy.check_redirect(&url, location)?,
            (false, _) if status == StatusCode::OK => {
                let declared_type = response.headers().get(header::CONTENT_TYPE);
                let declared_type = declared_type.and_then(|value| value.to_str().ok()).map(str::to_owned);
                let body = response.body_mut();
                if body.content_length().is_some_and(|length| length > max_bytes) {
                    return Err(ImageUrlError::TooLarge);
                }
                let bytes = body.with_config().limit(max_bytes).read_to_vec();
                return bytes.map(|bytes| Fetched { bytes, declared_type }).map_err(|error| of_transport(&error));
            }
            _ => return Err(ImageUrlError::Status(status.as_u16())),
        }
    }
    Err(ImageUrlError::TooManyRedirects)
}

/// What lay behind a URL.
#[derive(Debug)]
pub(super) struct Fetched {
    pub(super) bytes: Vec<u8>,
    pub(super) declared_type: Option<String>,
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

/// Looks a name up once, and answers only if all its addresses are permitted; the caller dials what is answered.
#[derive(Debug)]
struct CheckedResolver {
    policy: ImageUrlPolicy,
}

impl Resolver for CheckedResolver {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let addresses = DefaultResolver::default().resolve(uri, config, timeout)?;
        if self.policy.permits_all(&addresses) {
            Ok(addresses)
        } else {
            Err(ureq::Error::Other(Box::new(NotPermitted)))
        }
    }
}

/// An address of the inside.
#[derive(Debug, thiserror::Error)]
#[error("the host has an address that may not be dialled")]
struct NotPermitted;

fn of_transport(error: &ureq::Error) -> ImageUrlError {
    tracing::debug!(%error, "a picture can't be fetched");
    match error {
        ureq::Error::Other(inner) if inner.is::<NotPermitted>() => ImageUrlError::Forbidden,
        ureq::Error::BodyExceedsLimit(_) => ImageUrlError::TooLarge,
        ureq::Error::Timeout(_) => ImageUrlError::Slow,
        _ => ImageUrlError::Unreachable,
    }
}
