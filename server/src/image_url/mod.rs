//! Pictures that a request names by URL.
//!
//! Off unless the operator allows a host. A URL that somebody else wrote must not become a way into the network that
//! this server stands in: the host must be allowed, all its addresses must be public, exactly a checked address is
//! dialled, and every redirect passes the same checks. What is refused says nothing of what lies inside.

mod address;
mod fetch;
mod policy;
#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Instant};

use axum::body::Bytes;
use tokio::sync::Semaphore;

pub(crate) use policy::{HostRule, ImageUrlPolicy};

use crate::{
    api::{
        ask::UploadedImage,
        fields::invalid,
        problem::{Problem, ProblemKind},
    },
    config::ByteSize,
};

/// Fetches pictures, a few at a time.
#[derive(Debug)]
pub(crate) struct ImageUrls {
    policy: ImageUrlPolicy,
    /// Largest picture in bytes.
    max_bytes: u64,
    turns: Arc<Semaphore>,
}

/// Pictures that are fetched at the same time; each takes a thread and up to the size of a request.
const AT_A_TIME: usize = 16;

/// Why a picture wasn't fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
enum ImageUrlError {
    /// No host is allowed.
    Off,
    NotAUrl,
    Scheme,
    Credentials,
    Port,
    /// Not an allowed host, or one with an address of the inside: the same to who asks.
    Forbidden,
    Unreachable,
    Status(u16),
    TooManyRedirects,
    TooLarge,
    Slow,
}

impl ImageUrls {
    /// Fetches what `policy` permits, up to `max_bytes` of it.
    pub(crate) fn new(policy: ImageUrlPolicy, max_bytes: u64) -> Self {
        Self { policy, max_bytes, turns: Arc::new(Semaphore::new(AT_A_TIME)) }
    }

    /// The picture at `url`. `field` is the name of the field that the URL came in.
    pub(crate) async fn fetch(&self, url: &str, field: &str, deadline: Instant) -> Result<UploadedImage, Problem> {
        let fetched = self.try_fetch(url, deadline).await.map_err(|error| self.describe(&error, field))?;
        // What lies at an address is told by its first bytes. Servers that don't know a type say text/plain or worse.
        let declared_type = fetched.declared_type.filter(|kind| kind.starts_with("image/"));
        Ok(UploadedImage { file_name: None, declared_type, bytes: Bytes::from(fetched.bytes) })
    }

    async fn try_fetch(&self, url: &str, deadline: Instant) -> Result<fetch::Fetched, ImageUrlError> {
        let url = self.policy.check_url(url)?;
        let turn = tokio::time::timeout_at(deadline.into(), Arc::clone(&self.turns).acquire_owned()).await;
        let turn = turn.map_err(|_| ImageUrlError::Slow)?.expect("nobody closes the semaphore. This is a bug.");
        let agent = fetch::agent(self.policy.clone());
        let _stop = StopOnDrop(agent.clone());
        let (policy, max_bytes) = (self.policy.clone(), self.max_bytes);
        let fetching = tokio::task::spawn_blocking(move || {
            let fetched = fetch::fetch(&agent, &policy, url, max_bytes, deadline);
            drop(turn);
            fetched
        });
        let fetched = tokio::time::timeout_at(deadline.into(), fetching).await.map_err(|_| ImageUrlError::Slow)?;
        fetched.unwrap_or(Err(ImageUrlError::Unreachable))
    }

    fn describe(&self, error: &ImageUrlError, field: &str) -> Problem {
        use ImageUrlError as E;
        let limit = ByteSize(self.max_bytes);
        let (kind, detail) = match error {
            E::NotAUrl => return invalid(field, "it is no URL; write it like https://example.org/picture.jpg"),
            E::Off => (
                ProblemKind::ForbiddenUrl,
                "this server fetches no pictures; send the picture itself, or have its operator allow a host with \
                 --allow-image-host"
                    .into(),
            ),
            E::Scheme => (ProblemKind::ForbiddenUrl, "only http:// and https:// addresses are fetched".into()),
            E::Credentials => (ProblemKind::ForbiddenUrl, "addresses with a user name are not fetched".into()),
            E::Port => (ProblemKind::ForbiddenUrl, "pictures are fetched from ports 80 and 443 only".into()),
            E::Forbidden => (
                ProblemKind::ForbiddenUrl,
                "pictures are not fetched from there; the operator of this server allows hosts with --allow-image-host"
                    .into(),
            ),
            E::Unreachable => (ProblemKind::UnreachableUrl, "the address gave no answer that can be read".into()),
            E::Status(status) => {
                (ProblemKind::UnreachableUrl, format!("the address answered with status {status} and no picture"))
            }
            E::TooManyRedirects => {
                (ProblemKind::UnreachableUrl, "the address leads on to another more than 3 times".into())
            }
            E::TooLarge => (ProblemKind::UnreachableUrl, format!("what lies there is larger than {limit}")),
            E::Slow => (ProblemKind::UnreachableUrl, "the address didn't answer in the time that is left".into()),
        };
        Problem::new(kind, format!("{field}: {detail}."))
    }
}

/// Ends the agent's requests when nobody waits for them any more.
struct StopOnDrop(ureq::Agent);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.clone().shutdown();
    }
}
