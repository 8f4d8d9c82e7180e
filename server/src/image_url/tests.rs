//! Fetching, against servers on this machine.

use std::{
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpListener},
    time::Duration,
};

use super::*;

const GIF: &[u8] = b"GIF89a-and-so-on";

/// A server that gives each connection the next of these answers.
fn serve(answers: Vec<Vec<u8>>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 4096];
            let read = stream.read(&mut request).unwrap();
            assert!(read > 0);
            // The client hangs up in the middle of an answer that is too large.
            drop(stream.write_all(&answer));
        }
    });
    address
}

fn ok(head: &str, body: &[u8]) -> Vec<u8> {
    [format!("HTTP/1.1 200 OK\r\nConnection: close\r\n{head}\r\n").as_bytes(), body].concat()
}

fn moved(location: &str) -> Vec<u8> {
    format!("HTTP/1.1 302 Found\r\nConnection: close\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n").into_bytes()
}

/// A listener that must not be called.
struct Canary(TcpListener);

impl Canary {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        Self(listener)
    }

    fn port(&self) -> u16 {
        self.0.local_addr().unwrap().port()
    }

    fn expect_silence(&self) {
        assert_eq!(self.0.accept().map(|_| ()).unwrap_err().kind(), ErrorKind::WouldBlock);
    }
}

fn rules(hosts: &[&str]) -> Vec<HostRule> {
    hosts.iter().map(|host| HostRule::parse(host).unwrap()).collect()
}

fn permitting(hosts: &[&str]) -> ImageUrls {
    ImageUrls::new(ImageUrlPolicy::permitting_loopback(rules(hosts)), 1000)
}

async fn get(urls: &ImageUrls, url: String) -> Result<fetch::Fetched, ImageUrlError> {
    urls.try_fetch(&url, Instant::now() + Duration::from_secs(5)).await
}

#[tokio::test]
async fn picture_of_an_allowed_host_is_fetched() {
    let address = serve(vec![ok("Content-Type: image/gif\r\nContent-Length: 16\r\n", GIF)]);
    let urls = permitting(&["localhost", "127.0.0.1"]);
    let url = format!("http://{address}/a.gif");
    let image = urls.fetch(&url, "image_url", Instant::now() + Duration::from_secs(5)).await.unwrap();
    assert_eq!((&*image.bytes, image.declared_type.as_deref()), (GIF, Some("image/gif")));
}

#[tokio::test]
async fn redirects_are_followed_three_times() {
    let end = serve(vec![ok("", GIF)]);
    let start = serve(vec![moved("/b"), moved("c"), moved(&format!("http://{end}/d"))]);
    assert_eq!(get(&permitting(&["127.0.0.1"]), format!("http://{start}/a")).await.unwrap().bytes, GIF);
    let start = serve(vec![moved("/b"); 4]);
    let refused = get(&permitting(&["127.0.0.1"]), format!("http://{start}/a")).await;
    assert_eq!(refused.unwrap_err(), ImageUrlError::TooManyRedirects);
}

/// This machine's loopback, as somebody may write it who wants to get past a check.
const LOOPBACK: [&str; 24] = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "127.0.0.1.",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "017700000001",
    "0x7f.0x0.0x0.0x1",
    "１２７.０.０.１",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
    "%31%32%37.0.0.1",
    "localhost",
    "LOCALHOST",
    "loc%61lhost",
    "0",
    "0.0.0.0",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
];

/// Where a test server's redirect must not lead.
const INSIDE: [&str; 14] = [
    "10.0.0.1",
    "172.16.0.1",
    "192.168.0.1",
    "169.254.169.254",
    "0xa9fea9fe",
    "2852039166",
    "100.64.0.1",
    "0.0.0.0",
    "[::ffff:10.0.0.1]",
    "[64:ff9b::169.254.169.254]",
    "[2002:a9fe:a9fe::]",
    "[fe80::1]",
    "[fd00:ec2::254]",
    "[::]",
];

#[tokio::test]
async fn inner_address_of_an_allowed_host_sees_no_connection() {
    let canary = Canary::new();
    let port = canary.port();
    for host in LOOPBACK {
        let allowed = HostRule::parse(url::Url::parse(&format!("http://{host}")).unwrap().host_str().unwrap()).unwrap();
        let urls = ImageUrls::new(ImageUrlPolicy::permitting_ports(vec![allowed]), 1000);
        let refused = get(&urls, format!("http://{host}:{port}/")).await;
        assert_eq!(refused.unwrap_err(), ImageUrlError::Forbidden, "{host}");
    }
    let policy = ImageUrlPolicy::new(rules(&["127.0.0.1"]));
    let refused = get(&ImageUrls::new(policy, 1000), format!("http://127.0.0.1:{port}/")).await;
    assert_eq!(refused.unwrap_err(), ImageUrlError::Port);
    canary.expect_silence();
}

#[tokio::test]
async fn redirect_to_the_inside_is_not_followed() {
    let canary = Canary::new();
    let port = canary.port();
    let hosts: Vec<_> = INSIDE.iter().map(|host| url::Url::parse(&format!("http://{host}")).unwrap()).collect();
    let allowed = [&["127.0.0.1"][..], &hosts.iter().map(|url| url.host_str().unwrap()).collect::<Vec<_>>()].concat();
    for host in INSIDE {
        let start = serve(vec![moved(&format!("http://{host}:{port}/"))]);
        let refused = get(&permitting(&allowed), format!("http://{start}/")).await;
        assert_eq!(refused.unwrap_err(), ImageUrlError::Forbidden, "{host}");
    }
    for (host, error) in [
        (format!("http://localhost:{port}/"), ImageUrlError::Forbidden),
        (format!("//0.0.0.0:{port}/"), ImageUrlError::Forbidden),
        (format!("http://user@127.0.0.1:{port}/"), ImageUrlError::Credentials),
        ("file:///etc/passwd".into(), ImageUrlError::Scheme),
        ("http://[::1/".into(), ImageUrlError::Unreachable),
    ] {
        let start = serve(vec![moved(&host)]);
        let refused = get(&permitting(&["127.0.0.1"]), format!("http://{start}/")).await;
        assert_eq!(refused.unwrap_err(), error, "{host}");
    }
    canary.expect_silence();
}

#[tokio::test]
async fn proxy_of_the_environment_is_passed_over() {
    let config = fetch::agent(ImageUrlPolicy::default());
    assert!(config.config().proxy().is_none());
}

#[tokio::test]
async fn answers_have_an_end() {
    let large = vec![0; 5000];
    for head in ["Content-Length: 5000\r\n", ""] {
        let address = serve(vec![ok(head, &large)]);
        let refused = get(&permitting(&["127.0.0.1"]), format!("http://{address}/")).await;
        assert_eq!(refused.unwrap_err(), ImageUrlError::TooLarge);
    }
    let address = serve(vec![b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_vec()]);
    let refused = get(&permitting(&["127.0.0.1"]), format!("http://{address}/")).await;
    assert_eq!(refused.unwrap_err(), ImageUrlError::Status(404));
}

#[tokio::test]
async fn silent_host_is_given_up_at_the_deadline() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    let urls = permitting(&["127.0.0.1"]);
    let refused = urls.try_fetch(&url, Instant::now() + Duration::from_millis(200)).await;
    assert_eq!(refused.unwrap_err(), ImageUrlError::Slow);
    let all_turns = urls.turns.acquire_many(AT_A_TIME as u32);
    drop(tokio::time::timeout(Duration::from_secs(5), all_turns).await.expect("the thread is free again").unwrap());
}

#[test]
fn sentences_name_the_field_and_give_nothing_away() {
    let urls = ImageUrls::new(ImageUrlPolicy::default(), 10 << 20);
    let forbidden = urls.describe(&ImageUrlError::Forbidden, "image_url");
    assert_eq!(forbidden.status(), 422);
    assert!(forbidden.detail().starts_with("image_url: ") && forbidden.detail().ends_with('.'), "{forbidden:?}");
    assert_eq!(urls.describe(&ImageUrlError::NotAUrl, "image_url").status(), 400);
    assert!(urls.describe(&ImageUrlError::TooLarge, "image_url").detail().contains("10MB"));
}
