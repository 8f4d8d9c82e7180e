//! A server elsewhere, as commands ask it: REST, with files that go up and come down in pieces.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
    thread,
    time::Duration,
};

use anyhow::{Context, bail};
use axum::http::{HeaderMap, StatusCode, header};
use clap::Args;
use serde_json::Value;
use ureq::{Agent, Body, SendBody, http::Response};
use url::Url;
use uuid::Uuid;

use super::local::LocalArgs;
use crate::{config::RemoteConfig, storage::sum_of};

/// How often a job is asked for how far it is.
const INTERVAL: Duration = Duration::from_millis(500);

/// How often in a row a server that doesn't answer is asked again.
const TRIES: u32 = 6;

/// A server, and how to show it who asks.
pub(super) struct Remote {
    agent: Agent,
    base: Url,
    authorization: Option<String>,
}

/// Where a command works: on a server, where one is named, or on the database at hand.
#[derive(Debug, Args)]
pub(super) struct PlaceArgs {
    #[command(flatten)]
    pub(super) remote: RemoteConfig,
    #[command(flatten)]
    pub(super) local: LocalArgs,
}

/// A field of a form.
pub(super) struct FormField<'a>(pub(super) &'a str, pub(super) &'a str);

impl Remote {
    /// The server that the arguments name; none where they name none.
    pub(super) fn new(config: &RemoteConfig) -> anyhow::Result<Option<Self>> {
        config.validate()?;
        let Some(mut base) = config.server.clone() else { return Ok(None) };
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            // What asks in vain says so; large files take as long as they take.
            .timeout_connect(Some(Duration::from_secs(10)))
            .timeout_recv_response(Some(Duration::from_mins(5)))
            .max_redirects(0)
            .user_agent(concat!("vasari/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Some(Self { agent: agent.into(), base, authorization: config.authorization() }))
    }

    /// The server's address, for people.
    pub(super) fn address(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    /// `GET /api/v1/{path}`.
    pub(super) fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.find(path)?.with_context(|| format!("{} has no {path} that you can see", self.address()))
    }

    /// The same, with none for what isn't there.
    pub(super) fn find(&self, path: &str) -> anyhow::Result<Option<Value>> {
        let request = self.agent.get(self.url(path)?);
        let response = self.sent(self.authorized(request).call())?;
        if response.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        answer(response).map(Some)
    }

    /// All items of a list that comes in pages.
    pub(super) fn list(&self, path: &str) -> anyhow::Result<Vec<Value>> {
        let mut items = Vec::new();
        self.for_each(path, |item| {
            items.push(item);
            Ok(())
        })?;
        Ok(items)
    }

    /// Does something with each item of a list, as its pages come.
    pub(super) fn for_each(&self, path: &str, mut work: impl FnMut(Value) -> anyhow::Result<()>) -> anyhow::Result<()> {
        let mut cursor = String::new();
        let and = if path.contains('?') { '&' } else { '?' };
        loop {
            let page = self.get(&format!("{path}{and}limit=200{cursor}"))?;
            page["items"].as_array().into_iter().flatten().cloned().try_for_each(&mut work)?;
            let Some(next) = page["next_cursor"].as_str() else { return Ok(()) };
            let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
            cursor = format!("&cursor={next}");
        }
    }

    /// `POST /api/v1/{path}` with a body of JSON.
    pub(super) fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let request = self.agent.post(self.url(path)?).header(header::CONTENT_TYPE, "application/json");
        answer(self.sent(self.authorized(request).send(body.to_string()))?)
    }

    /// `PUT /api/v1/{path}` with a body of JSON.
    pub(super) fn put(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let request = self.agent.put(self.url(path)?).header(header::CONTENT_TYPE, "application/json");
        answer(self.sent(self.authorized(request).send(body.to_string()))?)
    }

    /// `PATCH /api/v1/{path}` with a body of JSON.
    pub(super) fn patch(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let request = self.agent.patch(self.url(path)?).header(header::CONTENT_TYPE, "application/json");
        answer(self.sent(self.authorized(request).send(body.to_string()))?)
    }

    /// `DELETE /api/v1/{path}`.
    pub(super) fn delete(&self, path: &str) -> anyhow::Result<Value> {
        let request = self.agent.delete(self.url(path)?);
        answer(self.sent(self.authorized(request).call())?)
    }

    /// `POST /api/v1/{path}` with a form of these fields and, under `file_field`, a file of this name. `sent` is told how many
    /// bytes of it have gone.
    pub(super) fn upload(
        &self,
        path: &str,
        fields: &[FormField<'_>],
        (file_field, file_name, file): (&str, &str, &Path),
        sent: impl FnMut(u64),
    ) -> anyhow::Result<Value> {
        let boundary = format!("vasari-{}", Uuid::new_v4().simple());
        let disposition = format!("--{boundary}\r\nContent-Disposition: form-data");
        let fields = fields.iter().fold(String::new(), |head, FormField(name, value)| {
            format!("{head}{disposition}; name=\"{name}\"\r\n\r\n{value}\r\n")
        });
        // As browsers write it (HTML, section 4.10.21.8).
        let name = file_name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A");
        let head = format!("{fields}{disposition}; name=\"{file_field}\"; filename=\"{name}\"\r\n\r\n");
        let tail = format!("\r\n--{boundary}--\r\n");
        let opened = File::open(file).with_context(|| format!("{} can't be read", file.display()))?;
        let size = opened.metadata()?.len();
        let length = head.len() as u64 + size + tail.len() as u64;
        let counted = Counted { file: opened.take(size), done: 0, tell: sent };
        let mut body = head.as_bytes().chain(counted).chain(tail.as_bytes());
        let request = self
            .agent
            .post(self.url(path)?)
            .header(header::CONTENT_TYPE, format!("multipart/form-data; boundary={boundary}"))
            .header(header::CONTENT_LENGTH, length.to_string());
        answer(self.sent(self.authorized(request).send(SendBody::from_reader(&mut body)))?)
    }

    /// Waits for the end of a job. `tell` is told how it is, again and again. A server that is away for a moment is asked
    /// again.
    pub(super) fn follow(&self, job: &str, mut tell: impl FnMut(&Value)) -> anyhow::Result<Value> {
        let mut failures = 0;
        loop {
            match self.get(&format!("jobs/{job}")) {
                Ok(state) => {
                    failures = 0;
                    tell(&state);
                    if matches!(state["state"].as_str(), Some("succeeded" | "failed" | "cancelled")) {
                        return Ok(state);
                    }
                }
                Err(error) if failures >= TRIES => return Err(error),
                Err(_) => failures += 1,
            }
            thread::sleep(INTERVAL * 2_u32.pow(failures.min(4)));
        }
    }

    /// Downloads what lies at a path into a file that isn't there yet, whose SHA-256 sum must be `sum`. A download that
    /// breaks off goes on where it was.
    pub(super) fn download(
        &self,
        path: &str,
        (to, sum): (&Path, &str),
        mut received: impl FnMut(u64),
    ) -> anyhow::Result<()> {
        let unwritable = || format!("{} can't be written", to.display());
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(to);
        let mut file = file.with_context(unwritable)?;
        let mut failures = 0;
        loop {
            let have = file.seek(SeekFrom::End(0)).with_context(unwritable)?;
            let mut request = self.authorized(self.agent.get(self.url(path)?));
            if have > 0 {
                request = request.header(header::RANGE, format!("bytes={have}-"));
                request = request.header(header::IF_RANGE, format!("\"{sum}\""));
            }
            let outcome = match self.sent(request.call()) {
                Ok(response) if response.status() == StatusCode::RANGE_NOT_SATISFIABLE => Ok(()),
                Ok(response) if response.status().is_success() => {
                    if response.status() == StatusCode::OK {
                        file.set_len(0).with_context(unwritable)?;
                        file.rewind().with_context(unwritable)?;
                    }
                    copy(response, &mut file, &mut received)
                }
                Ok(response) if response.status().is_server_error() => answer(response).map(drop),
                Ok(response) => return answer(response).map(drop),
                Err(error) => Err(error),
            };
            match outcome {
                Ok(()) => break,
                Err(error) if failures >= TRIES => return Err(error),
                Err(_) => failures += 1,
            }
            thread::sleep(INTERVAL * 2_u32.pow(failures.min(4)));
        }
        file.sync_all().with_context(unwritable)?;
        file.rewind().with_context(unwritable)?;
        if sum_of(&mut file)?.1 != sum {
            bail!("what came from {} is not what the export wrote; download it again", self.address());
        }
        Ok(())
    }

    fn url(&self, path: &str) -> anyhow::Result<String> {
        Ok(self.base.join("api/v1/")?.join(path)?.into())
    }

    fn authorized<T>(&self, request: ureq::RequestBuilder<T>) -> ureq::RequestBuilder<T> {
        match &self.authorization {
            Some(authorization) => request.header(header::AUTHORIZATION, authorization),
            None => request,
        }
    }

    fn sent(&self, outcome: Result<Response<Body>, ureq::Error>) -> anyhow::Result<Response<Body>> {
        outcome.map_err(|error| anyhow::anyhow!("{} does not answer: {error}", self.address()))
    }
}

/// A file that tells how much of it was read.
struct Counted<F> {
    file: io::Take<File>,
    done: u64,
    tell: F,
}

impl<F: FnMut(u64)> Read for Counted<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.done += read as u64;
        (self.tell)(self.done);
        Ok(read)
    }
}

/// Copies an answer's body behind what the file has.
fn copy(mut response: Response<Body>, file: &mut File, received: &mut impl FnMut(u64)) -> anyhow::Result<()> {
    let length = content_length(response.headers());
    let mut body = response.body_mut().with_config().limit(u64::MAX).reader();
    let mut buffer = vec![0; 1 << 16];
    let mut copied = 0;
    loop {
        let read = body.read(&mut buffer).context("the download breaks off")?;
        if read == 0 {
            break;
        }
        file.write_all(&buffer[..read]).context("the file can't be written")?;
        copied += read as u64;
        received(file.stream_position()?);
    }
    if length.is_some_and(|length| copied < length) {
        bail!("the download breaks off");
    }
    Ok(())
}

fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// What an answer says, or the server's own sentence about why there is none.
fn answer(mut response: Response<Body>) -> anyhow::Result<Value> {
    let status = response.status();
    let text = response.body_mut().read_to_string().unwrap_or_default();
    let json: Value = serde_json::from_str(&text).unwrap_or_default();
    if status.is_success() {
        return Ok(json);
    }
    match json["detail"].as_str() {
        Some(detail) => bail!("{} ({})", detail.trim_end_matches('.'), status.as_u16()),
        None => bail!("the server answers with status {status}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lie_below_the_servers_address() {
        let of = |address: &str| {
            let remote = RemoteConfig { server: Some(address.parse().unwrap()), ..RemoteConfig::default() };
            Remote::new(&remote).unwrap().unwrap().url("jobs/7?limit=2").unwrap()
        };
        assert_eq!(of("http://localhost:8000"), "http://localhost:8000/api/v1/jobs/7?limit=2");
        assert_eq!(of("https://example.org/vasari"), "https://example.org/vasari/api/v1/jobs/7?limit=2");
        assert!(Remote::new(&RemoteConfig::default()).unwrap().is_none());
    }
}
