//! Starts the program.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

/// `vasari` with these arguments, not yet started. It keeps its files in `data`.
pub(crate) fn vasari(arguments: &[&str], data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vasari"));
    // Captions need no database; a test that does names its own.
    command.env("DATABASE_URL", "none");
    // One data folder for all tests would do as well, but tests run at the same time and clean up after themselves.
    command.args(arguments).env("VASARI_DATA_DIR", data).env("VASARI_DEVICE", "cpu").stdin(Stdio::null());
    command
}

/// What `vasari` prints and how it ends.
pub(crate) fn run_vasari(arguments: &[&str]) -> Output {
    let data = tempfile::tempdir().expect("a temporary folder can be made");
    vasari(arguments, data.path()).output().expect("the program starts")
}

/// Standard output or error as text.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("the program prints UTF-8")
}

/// The sample pictures.
pub(crate) fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../model/demo/samples").join(name)
}

/// A running server, stopped when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
    /// What it printed when it was ready.
    pub(crate) welcome: String,
    data: TempDir,
    /// Kept open also where nobody reads on: who writes to a closed pipe ends.
    lines: BufReader<Box<dyn Read + Send + Sync>>,
}

impl Server {
    /// Starts `vasari serve` on a free port and waits until it listens.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::start_with(&[&["--log-level", "warn"], arguments].concat(), |_| ())
    }

    /// The same with its log, and with `prepare` applied to the command. Where that sends standard output elsewhere, the
    /// welcome is awaited on standard error.
    pub(crate) fn start_with(arguments: &[&str], prepare: impl FnOnce(&mut Command)) -> Self {
        let data = tempfile::tempdir().expect("a temporary folder can be made");
        let mut command = vasari(&["serve", "--host", "127.0.0.1", "--port", "0"], data.path());
        prepare(command.args(arguments).stdout(Stdio::piped()));
        let mut child = command.spawn().expect("the program starts");
        let out = child.stdout.take().map(|out| Box::new(out) as Box<dyn Read + Send + Sync>);
        let out = out.or_else(|| child.stderr.take().map(|err| Box::new(err) as Box<dyn Read + Send + Sync>));
        let mut lines = BufReader::new(out.expect("one of the two is piped"));
        let mut welcome = String::new();
        while !welcome.contains("Ctrl+C") {
            let read = lines.read_line(&mut welcome).expect("the program prints UTF-8");
            assert!(read > 0, "the server ended before it listened: {welcome}");
        }
        let port = welcome.split("://127.0.0.1:").nth(1).expect("the welcome names the address");
        let port = port.split(|c: char| !c.is_ascii_digit()).next().and_then(|digits| digits.parse().ok());
        Self { child, port: port.expect("the address has a port"), welcome, data, lines }
    }

    /// What it prints after the welcome, up to and with the line that has `words` in it.
    pub(crate) fn read_until(&mut self, words: &str) -> String {
        let mut said = String::new();
        while !said.contains(words) {
            let read = self.lines.read_line(&mut said).expect("the program prints UTF-8");
            assert!(read > 0, "the server ended without a word of it: {said}");
        }
        said
    }

    /// The process's id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Its data folder.
    pub(crate) fn data(&self) -> &Path {
        self.data.path()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).expect("the server accepts connections");
        stream.set_read_timeout(Some(Duration::from_mins(1))).expect("a timeout can be set");
        stream
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        Answer::of(agent().get(self.url(path)).call())
    }

    pub(crate) fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let request =
            headers.iter().fold(agent().get(self.url(path)), |request, (name, value)| request.header(*name, *value));
        Answer::of(request.call())
    }

    /// Posts `body` as it is.
    pub(crate) fn post(&self, path: &str, content_type: Option<&str>, body: &[u8]) -> Answer {
        let request = agent().post(self.url(path));
        let request = if let Some(kind) = content_type { request.header("content-type", kind) } else { request };
        Answer::of(request.send(body))
    }

    /// Posts `body` with these headers.
    pub(crate) fn post_with(&self, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let request =
            headers.iter().fold(agent().post(self.url(path)), |request, (name, value)| request.header(*name, *value));
        Answer::of(request.send(body))
    }

    /// Sends what `request` says, to the byte, and reads the answer to the connection's end.
    pub(crate) fn exchange(&self, request: &[u8]) -> Answer {
        let mut stream = self.connect();
        stream.write_all(request).expect("the server reads");
        Answer::read(&mut stream)
    }

    /// Sends SIGTERM.
    #[cfg(unix)]
    pub(crate) fn tell_to_stop(&self) {
        self.signal("TERM");
    }

    /// Sends a signal, named without SIG.
    #[cfg(unix)]
    pub(crate) fn signal(&self, name: &str) {
        let kill = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status();
        assert!(kill.expect("kill is there").success());
    }

    /// Sends SIGTERM and waits for the end. How long it took.
    #[cfg(unix)]
    pub(crate) fn terminate(mut self) -> (std::process::ExitStatus, Duration) {
        let began = Instant::now();
        self.tell_to_stop();
        (self.child.wait().expect("the server ends"), began.elapsed())
    }

    /// Waits for the end.
    #[cfg(unix)]
    pub(crate) fn wait(mut self) -> std::process::ExitStatus {
        self.child.wait().expect("the server ends")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Fails when it has ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// An answer of the server.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    fn of(response: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Self {
        let mut response = response.expect("the server answers");
        let headers = response.headers().iter();
        let headers =
            headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap_or("").to_owned())).collect();
        let mut body = Vec::new();
        response.body_mut().as_reader().read_to_end(&mut body).expect("the answer is complete");
        Self { status: response.status().as_u16(), headers, body }
    }

    /// An answer as it came over the wire, read to its end.
    pub(crate) fn read(stream: &mut TcpStream) -> Self {
        let mut bytes = Vec::new();
        // A reset after the answer is no harm.
        drop(stream.read_to_end(&mut bytes));
        Self::parse(&bytes)
    }

    /// An answer as it came over the wire, which stays open. The answer tells its length.
    pub(crate) fn read_one(stream: &mut TcpStream) -> Self {
        let mut bytes = Vec::new();
        while !bytes.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).expect("the connection stays open");
            bytes.push(byte[0]);
        }
        let mut answer = Self::parse(&bytes);
        answer.body = vec![0; answer.header("content-length").parse().expect("the answer tells its length")];
        stream.read_exact(&mut answer.body).expect("the answer is complete");
        answer
    }

    fn parse(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("the answer has headers");
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("the answer has a status");
        let headers = head.lines().skip(1).filter_map(|line| line.split_once(':'));
        let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
        Self { status, headers, body: bytes[end + 4..].to_vec() }
    }

    /// A header's value, empty without one.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(header, _)| header == name).map_or("", |(_, value)| value)
    }

    /// All values of a header.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers.iter().filter(move |(header, _)| header == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        text(&self.body)
    }

    /// A page's text as it is read: without the signs that separate texts for the scripts.
    pub(crate) fn words(&self) -> String {
        self.text().replace("<!>", "")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// Checks that this is a problem document of this status and kind, and that it gives nothing away. Its detail.
    #[track_caller]
    pub(crate) fn expect_problem(&self, status: u16, kind: &str) -> String {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["type"], format!("/problems/{kind}"), "{problem}");
        assert_eq!(problem["status"], status);
        assert_eq!(problem["request_id"], self.header("x-request-id"));
        assert!(!self.header("x-request-id").is_empty());
        let detail = problem["detail"].as_str().expect("the detail is a sentence").to_owned();
        for leak in ["/root", "/tmp", ".rs", "panicked", "multer", "hyper", "0x"] {
            assert!(!detail.contains(leak), "{detail}");
        }
        assert!(detail.ends_with('.'), "{detail}");
        detail
    }
}

/// A client that takes every status as an answer.
fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder().http_status_as_error(false);
    config.timeout_global(Some(Duration::from_mins(2))).build().into()
}
