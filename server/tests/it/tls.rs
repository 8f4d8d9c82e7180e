//! Encrypted connections.

use std::{
    fs,
    path::Path,
    process::Command,
    thread::sleep,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::program::{Server, run_vasari, text};

/// Writes a new certificate and its key as `cert.pem` and `key.pem`.
fn renew(folder: &Path) {
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned(), "captions.example".to_owned()];
    let made = rcgen::generate_simple_self_signed(names).expect("a certificate can be made");
    fs::write(folder.join("cert.pem"), made.cert.pem()).expect("the folder can be written");
    fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).expect("the folder can be written");
}

fn start() -> (Server, TempDir) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    renew(folder.path());
    let path = |name: &str| folder.path().join(name).to_str().expect("the path is Unicode").to_owned();
    let (certificate, key) = (path("cert.pem"), path("key.pem"));
    let server = Server::start(&["--ssl-cert", &certificate, "--ssl-key", &key, "--api-key", "first"]);
    (server, folder)
}

/// What curl prints, headers included, when it trusts the certificate in `trusted` and no other.
fn curl(server: &Server, trusted: &Path, arguments: &[&str]) -> String {
    let resolve = format!("captions.example:{}:127.0.0.1", server.port);
    let mut curl = Command::new("curl");
    let output = curl.args(["-sSi", "--resolve", &resolve, "--cacert"]).arg(trusted).args(arguments).output();
    let output = output.expect("curl is missing; install it with: apt-get install curl");
    text(&output.stdout) + &text(&output.stderr)
}

#[test]
fn https_is_spoken_in_both_versions() {
    let (server, folder) = start();
    assert!(server.welcome.contains(&format!("https://127.0.0.1:{}", server.port)), "{}", server.welcome);
    let trusted = folder.path().join("cert.pem");
    let url = format!("https://captions.example:{}/health", server.port);
    for (flag, version) in [("--http2", "HTTP/2 200"), ("--http1.1", "HTTP/1.1 200"), ("--tlsv1.3", "HTTP/2 200")] {
        let answer = curl(&server, &trusted, &[flag, &url]);
        assert!(answer.starts_with(version), "{answer}");
        assert!(answer.to_lowercase().contains("strict-transport-security: max-age="), "{answer}");
    }
    // Other servers of this machine, which speak no HTTPS, are called so as well.
    let answer = curl(&server, &trusted, &[&format!("https://localhost:{}/health", server.port)]);
    assert!(answer.starts_with("HTTP/2 200"), "{answer}");
    assert!(!answer.to_lowercase().contains("strict-transport-security"), "{answer}");
}

#[test]
fn renewed_certificate_is_taken_without_a_restart() {
    let (server, folder) = start();
    let old = folder.path().join("old.pem");
    fs::copy(folder.path().join("cert.pem"), &old).expect("the folder can be written");
    let url = format!("https://127.0.0.1:{}/livez", server.port);
    assert!(curl(&server, &old, &[&url]).contains("alive"));

    // What can't be used changes nothing.
    fs::write(folder.path().join("cert.pem"), "no certificate").expect("the folder can be written");
    sleep(Duration::from_millis(2500));
    assert!(curl(&server, &old, &[&url]).contains("alive"));

    renew(folder.path());
    let began = Instant::now();
    while !curl(&server, &folder.path().join("cert.pem"), &[&url]).contains("alive") {
        assert!(began.elapsed() < Duration::from_secs(20), "the renewed certificate isn't taken");
        sleep(Duration::from_millis(200));
    }
    assert!(curl(&server, &old, &[&url]).contains("certificate"));
}

#[test]
fn certificate_that_cannot_be_used_is_reported_at_the_start() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    renew(folder.path());
    let path = |name: &str| folder.path().join(name).to_str().expect("the path is Unicode").to_owned();
    let (certificate, key) = (path("cert.pem"), path("key.pem"));
    fs::rename(&key, path("first.pem")).expect("the folder can be written");
    renew(folder.path());
    for (arguments, problem) in [
        (["--ssl-cert", &certificate, "--ssl-key", &path("first.pem")], "is not the key of"),
        (["--ssl-cert", &path("none.pem"), "--ssl-key", &key], "can't be read"),
        (["--ssl-cert", &key, "--ssl-key", &key], "holds no certificate"),
    ] {
        let serve = ["serve", "--host", "127.0.0.1", "--port", "0"];
        let output = run_vasari(&[&serve[..], &arguments].concat());
        assert!(!output.status.success());
        let error = text(&output.stderr);
        assert!(error.contains(problem) && error.contains("--ssl-"), "{error}");
    }
}

#[test]
fn health_is_asked_of_whatever_certificate() {
    let (server, folder) = start();
    let path = |name: &str| folder.path().join(name).to_str().expect("the path is Unicode").to_owned();
    let (certificate, key, port) = (path("cert.pem"), path("key.pem"), server.port.to_string());
    let place = ["health", "--host", "127.0.0.1", "--port", &port, "--ssl-cert", &certificate, "--ssl-key", &key];
    let output = run_vasari(&place);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(run_vasari(&place[..5]).status.code(), Some(1), "without TLS it is not understood");
}
