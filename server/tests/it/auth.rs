//! Who may call, and how often.

use std::{thread::sleep, time::Duration};

use image::ImageFormat;

use crate::{
    form::{Form, picture},
    program::{Answer, Server},
};

/// A small request for a caption with these header lines.
fn caption_with(server: &Server, headers: &[&str]) -> Answer {
    post_with(server, "/caption", headers)
}

fn post_with(server: &Server, path: &str, headers: &[&str]) -> Answer {
    let body = Form::with_image(&picture(8, 8, ImageFormat::Png)).finish();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: {}\r\nContent-Length: {}\r\n\
         {}\r\n\r\n",
        Form::content_type(),
        body.len(),
        [headers, &["X-Last: x"]].concat().join("\r\n")
    );
    server.exchange(&[head.as_bytes(), &body].concat())
}

/// The number of a parameter in a `RateLimit` header.
fn number(header: &str, parameter: &str) -> u64 {
    let value = header.split(';').find_map(|part| part.strip_prefix(parameter)?.strip_prefix('='));
    value.and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("{parameter} is missing: {header}"))
}

#[test]
fn key_is_needed_for_captions_where_there_is_one() {
    let server = Server::start(&["--api-key", "first,second", "--num-beams", "1", "--max-length", "4"]);
    for headers in [
        &["Authorization: Bearer first"][..],
        &["Authorization: Bearer second"],
        &["X-API-Key: second"],
        // any:first
        &["Authorization: Basic YW55OmZpcnN0"],
    ] {
        assert_eq!(caption_with(&server, headers).status, 200, "{headers:?}");
    }
    let missing = caption_with(&server, &[]);
    assert!(missing.expect_problem(401, "missing-api-key").contains("Authorization: Bearer"));
    assert_eq!(missing.header("www-authenticate"), "Bearer");
    for wrong in ["Bearer third", "Bearer first,second", "Bearer FIRST", "Basic YW55OnRoaXJk"] {
        let answer = caption_with(&server, &[&format!("Authorization: {wrong}")]);
        let detail = answer.expect_problem(401, "invalid-api-key");
        assert!(!detail.contains("third") && !detail.contains("first"), "{detail}");
    }
    for open in ["/playground", "/health", "/livez", "/readyz"] {
        assert_eq!(server.get(open).status, 200, "{open}");
    }
}

#[test]
fn page_asks_its_reader_for_the_key() {
    let server = Server::start(&["--api-key", "first", "--num-beams", "1", "--max-length", "4"]);
    let questions =
        ["/playground?task=od&sample=scene-01.png", "/playground?s%61mple=scene-01.png"].map(|path| server.get(path));
    for answer in questions.into_iter().chain([post_with(&server, "/playground", &[])]) {
        answer.expect_problem(401, "missing-api-key");
        let challenges: Vec<_> = answer.all("www-authenticate").collect();
        assert!(challenges.iter().any(|challenge| challenge.starts_with("Basic realm=")), "{challenges:?}");
    }
    // any:first
    assert_eq!(post_with(&server, "/playground", &["Authorization: Basic YW55OmZpcnN0"]).status, 200);
    // Whoever can write a header can write this one: it opens nothing.
    post_with(&server, "/playground", &["Sec-Fetch-Site: same-origin"]).expect_problem(401, "missing-api-key");
}

#[test]
fn pages_of_other_origins_learn_that_a_key_is_needed() {
    let server = Server::start(&["--api-key", "first"]);
    let preflight = "OPTIONS /caption HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nOrigin: http://a.example\r\n\
        Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: authorization\r\n\r\n";
    let allowed = server.exchange(preflight.as_bytes());
    assert_eq!(allowed.status, 200);
    assert_eq!(allowed.header("access-control-allow-headers"), "authorization");
    let refused = caption_with(&server, &["Origin: http://a.example"]);
    refused.expect_problem(401, "missing-api-key");
    assert_eq!(refused.header("access-control-allow-origin"), "*");
}

#[test]
fn model_is_reloaded_for_the_operator_alone() {
    let reload = |server: &Server, headers: &[&str]| post_with(server, "/api/v1/model/reload", headers);
    let server = Server::start(&["--api-key", "user", "--admin-key", "root", "--address-rate-limit", "6/day"]);
    reload(&server, &[]).expect_problem(401, "missing-api-key");
    let wrong = reload(&server, &["Authorization: Bearer other"]);
    wrong.expect_problem(401, "invalid-api-key");
    assert_eq!(wrong.header("www-authenticate"), "Bearer");
    reload(&server, &["Authorization: Bearer user"]).expect_problem(403, "forbidden");
    // any:root, which a browser would send for a page of another site as well.
    reload(&server, &["Authorization: Basic YW55OnJvb3Q="]).expect_problem(401, "missing-api-key");
    assert_eq!(reload(&server, &["Authorization: Bearer root"]).status, 200);
    assert_eq!(caption_with(&server, &["Authorization: Bearer root"]).status, 200);
    reload(&server, &["Authorization: Bearer guess"]).expect_problem(429, "rate-limited");

    // Without any key: programs of this machine, and neither pages of other sites nor whoever a proxy speaks for.
    let server = Server::start(&[]);
    for foreign in
        ["Origin: http://evil.example", "Origin: null", "Sec-Fetch-Site: cross-site", "X-Forwarded-For: 203.0.113.7"]
    {
        reload(&server, &[foreign]).expect_problem(403, "forbidden");
    }
    assert_eq!(reload(&server, &[]).status, 200);
}

#[test]
fn habitual_keys_do_no_harm_where_none_is_needed() {
    let server = Server::start(&["--num-beams", "1", "--max-length", "4"]);
    assert_eq!(caption_with(&server, &["Authorization: Bearer sk-anything"]).status, 200);
}

#[test]
fn who_comes_back_when_told_to_is_answered() {
    let limits = ["--rate-limit", "2/s", "--address-rate-limit", "off"];
    let server = Server::start(&[&limits[..], &["--num-beams", "1", "--max-length", "2"]].concat());
    let first = caption_with(&server, &[]);
    assert_eq!(first.status, 200);
    assert_eq!(first.header("ratelimit-policy"), "\"caller\";q=2;w=1");
    assert_eq!(number(first.header("ratelimit"), "r"), 1);
    let refused = (0..50).map(|_| caption_with(&server, &[])).find(|answer| answer.status != 200);
    let refused = refused.expect("a limit of 2 a second is reached");
    assert!(refused.expect_problem(429, "rate-limited").contains("2 times in 1 s"));
    let seconds = refused.header("retry-after").parse().expect("the answer says when to come back");
    assert!(seconds >= 1);
    assert_eq!(number(refused.header("ratelimit"), "r"), 0);
    assert_eq!(number(refused.header("ratelimit"), "t"), seconds);
    sleep(Duration::from_secs(seconds));
    assert_eq!(caption_with(&server, &[]).status, 200);
}

#[test]
fn keys_have_limits_of_their_own_and_guesses_count_by_address() {
    let keys = ["--api-key", "first,second", "--rate-limit", "1/day", "--address-rate-limit", "5/day"];
    let server = Server::start(&[&keys[..], &["--num-beams", "1", "--max-length", "2"]].concat());
    assert_eq!(caption_with(&server, &["X-API-Key: first"]).status, 200);
    caption_with(&server, &["X-API-Key: first"]).expect_problem(429, "rate-limited");
    assert_eq!(caption_with(&server, &["X-API-Key: second"]).status, 200);
    let guess = caption_with(&server, &["X-API-Key: third"]);
    guess.expect_problem(401, "invalid-api-key");
    assert_eq!(guess.header("ratelimit-policy"), "\"address\";q=5;w=86400");
    caption_with(&server, &["X-API-Key: fourth"]).expect_problem(401, "invalid-api-key");
    caption_with(&server, &["X-API-Key: fifth"]).expect_problem(429, "rate-limited");
}

#[test]
fn invented_addresses_share_one_limit() {
    let limits = ["--rate-limit", "off", "--address-rate-limit", "3/day", "--num-beams", "1", "--max-length", "2"];
    let server = Server::start(&limits);
    for number in 1..=3 {
        let invented = [&*format!("X-Forwarded-For: 198.51.100.{number}"), &format!("Forwarded: for=192.0.2.{number}")];
        assert_eq!(caption_with(&server, &invented).status, 200);
    }
    caption_with(&server, &["X-Forwarded-For: 198.51.100.9"]).expect_problem(429, "rate-limited");

    // A proxy that is trusted adds whom it heard on the right; what is left of it is invented.
    let server = Server::start(&[&limits[..], &["--trusted-proxy", "127.0.0.1"]].concat());
    for number in 1..=3 {
        let invented = format!("X-Forwarded-For: 198.51.100.{number}, 203.0.113.1");
        assert_eq!(caption_with(&server, &[&invented]).status, 200);
    }
    caption_with(&server, &["X-Forwarded-For: 198.51.100.9, 203.0.113.1"]).expect_problem(429, "rate-limited");
    assert_eq!(caption_with(&server, &["X-Forwarded-For: 203.0.113.2"]).status, 200);
}
