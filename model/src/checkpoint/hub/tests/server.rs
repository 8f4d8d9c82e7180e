//! A hub on the loopback address that serves one model's files as the real one does.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex, MutexGuard},
};

use sha2::{Digest, Sha256};

use super::PoisonError;

/// What `main` stands for.
pub(super) const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

pub(super) struct Hub {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    files: BTreeMap<String, Vec<u8>>,
    requests: Vec<Request>,
    break_off_after: Option<usize>,
    ignore_ranges: bool,
    stopped: bool,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Request {
    pub(super) path: String,
    pub(super) token: Option<String>,
    /// First byte and, if given, last byte.
    range: Option<(usize, Option<usize>)>,
}

impl Hub {
    pub(super) fn start(files: BTreeMap<String, Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State { files, ..State::default() }));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut state = lock(&shared);
                if state.stopped {
                    break;
                }
                state.answer(&stream.unwrap());
            }
        });
        Self { address, state }
    }

    pub(super) fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Ends the server; later connections are refused.
    pub(super) fn stop(&self) {
        lock(&self.state).stopped = true;
        // Wakes the thread up, which then lets go of the port; a second connection fails only after that.
        while TcpStream::connect(self.address).is_ok() {
            std::thread::yield_now();
        }
    }

    pub(super) fn requests(&self) -> Vec<Request> {
        lock(&self.state).requests.clone()
    }

    /// Requests for files' contents, their sizes not counted.
    pub(super) fn downloads(&self) -> usize {
        self.requests().iter().filter(|request| matches!(request.range, Some((_, None)))).count()
    }

    /// Closes each connection after this many bytes of a file.
    pub(super) fn break_off_after(&self, bytes: Option<usize>) {
        lock(&self.state).break_off_after = bytes;
    }

    pub(super) fn ignore_ranges(&self, ignore: bool) {
        lock(&self.state).ignore_ranges = ignore;
    }

    pub(super) fn remove_file(&self, name: &str) {
        lock(&self.state).files.remove(name);
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.stop();
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    fn answer(&mut self, stream: &TcpStream) {
        let Some(request) = Request::read(stream) else { return };
        let body = self.respond(&request);
        self.requests.push(request);
        // A client that went away is what some tests want.
        let _ = (&*stream).write_all(&body);
    }

    fn respond(&self, request: &Request) -> Vec<u8> {
        let path = request.path.as_str();
        if ["main", COMMIT].iter().any(|revision| path == format!("/api/models/owner/tiny/revision/{revision}")) {
            let siblings: Vec<_> = self.files.keys().map(|name| serde_json::json!({ "rfilename": name })).collect();
            let info = serde_json::json!({ "sha": COMMIT, "siblings": siblings }).to_string();
            return response("200 OK", "Content-Type: application/json\r\n", info.as_bytes(), None);
        }
        let prefix = format!("/owner/tiny/resolve/{COMMIT}/");
        let Some(file) = path.strip_prefix(&prefix).and_then(|name| self.files.get(name)) else {
            return response("404 Not Found", "", b"no such thing", None);
        };
        let digest = Sha256::digest(file);
        let etag = u64::from_le_bytes(*digest.first_chunk().unwrap());
        let headers = format!("ETag: \"{etag:016x}\"\r\nX-Repo-Commit: {COMMIT}\r\nAccept-Ranges: bytes\r\n");
        match request.range {
            // Sizes are asked for with a range of one byte, which even such a server answers here.
            Some((first, last)) if last.is_some() || !self.ignore_ranges => {
                let end = last.map_or(file.len(), |last| last + 1).min(file.len());
                let headers = format!("{headers}Content-Range: bytes {first}-{}/{}\r\n", end - 1, file.len());
                let break_off = self.break_off_after.filter(|_| last.is_none() && file.len() > 100_000);
                response("206 Partial Content", &headers, &file[first..end], break_off)
            }
            _ => response("200 OK", &headers, file, None),
        }
    }
}

impl Request {
    fn read(stream: &TcpStream) -> Option<Self> {
        let mut lines = BufReader::new(stream).lines();
        let first = lines.next()?.ok()?;
        let mut request = Self { path: first.split(' ').nth(1)?.into(), ..Self::default() };
        for line in lines {
            let line = line.ok()?;
            let Some((name, value)) = line.split_once(": ") else { break };
            match name.to_lowercase().as_str() {
                "authorization" => request.token = Some(value.into()),
                "range" => {
                    let (first, last) = value.strip_prefix("bytes=")?.split_once('-')?;
                    request.range = Some((first.parse().ok()?, last.parse().ok()));
                }
                _ => {}
            }
        }
        Some(request)
    }
}

/// A whole response, or what of it there is until the connection breaks.
fn response(status: &str, headers: &str, body: &[u8], break_off: Option<usize>) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n");
    [head.as_bytes(), &body[..break_off.map_or(length, |bytes| bytes.min(length))]].concat()
}
