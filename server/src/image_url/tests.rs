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

#[tokio::test]
async fn inner_address_of_an_allowed_host_sees_no_connection() {
    let canary = Canary::new();
    // A port that only the test's policy permits would be refused before the address is looked at.
    let policy = ImageUrlPolicy::new(rules(&["127.0.0.1", "localhost", "[::1]"]));
    for host in ["127.0.0.1", "localhost", "[::1]", "0x7f.1", "2130706433"] {
        let refused = get(&ImageUrls::new(policy.clone(), 1000), format!("http://{host}:80/")).await;
        assert_eq!(refused.unwrap_err(), ImageUrlError::Forbidden, "{host}");
    }
    let agent = fetch::agent(policy.clone());
    let url = format!("http://127.0.0.1:{}/", canary.port()).parse().unwrap();
    let deadline = Instant::now() + Duration::from_secs(5);
    let refused = fetch::fetch(&agent, &policy, url, 1000, deadline);
    assert_eq!(refused.unwrap_err(), ImageUrlError::Forbidden);
    canary.expect_silence();
}

#[tokio::test]
async fn redirect_to_a_host_that_is_not_allowed_is_not_followed() {
    let canary = Canary::new();
    for location in [format!("http://localhost:{}/", canary.port()), format!("//0.0.0.0:{}/", canary.port())] {
        let start = serve(vec![moved(&location)]);
        let refused = get(&permitting(&["127.0.0.1"]), format!("http://{start}/")).await;
        assert_eq!(refused.unwrap_err(), ImageUrlError::Forbidden, "{location}");
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
