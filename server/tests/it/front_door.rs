//! How connections are taken, kept waiting and closed.

use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    process::Command,
    thread::sleep,
    time::{Duration, Instant},
};

use image::ImageFormat;

use crate::{
    form::{Form, picture},
    program::{Answer, Server, sample, text},
};

const HEALTH: &[u8] = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// A request for a caption, on a connection that stays open after it.
fn caption_request(form: Form) -> Vec<u8> {
    let body = form.finish();
    let head = format!(
        "POST /caption HTTP/1.1\r\nHost: localhost\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n",
        Form::content_type(),
        body.len()
    );
    [head.as_bytes(), &body].concat()
}

fn small_form() -> Form {
    Form::with_image(&picture(8, 8, ImageFormat::Png))
}

#[test]
fn http2_is_spoken_to_who_knows_beforehand() {
    let server = Server::start(&["--num-beams", "1", "--max-length", "4"]);
    let image = format!("image=@{}", sample("scene-01.png").display());
    let curl = Command::new("curl")
        .args(["-sS", "--http2-prior-knowledge", "-F", &image, "-w", "\n%{http_version}"])
        .arg(server.url("/caption"))
        .output();
    let answer = text(&curl.expect("curl is missing; install it with: apt-get install curl").stdout);
    assert!(answer.contains("\"caption\"") && answer.ends_with("\n2"), "{answer}");
}

#[test]
fn headers_that_drip_end_the_connection() {
    let server = Server::start(&["--timeout", "1"]);
    for beginning in ["", "P", "GET /health HTTP/1.1\r\n", "PRI * HT"] {
        let mut stream = server.connect();
        stream.write_all(beginning.as_bytes()).expect("the server reads");
        let began = Instant::now();
        let mut letters = "X-Slow: ".bytes().chain(std::iter::repeat(b'x'));
        stream.set_read_timeout(Some(Duration::from_millis(100))).expect("a timeout can be set");
        // Until the server has closed: nothing more to read, or nobody there.
        loop {
            match stream.read(&mut [0; 1024]) {
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Ok(read) if read > 0 => {}
                _ => break,
            }
            assert!(began.elapsed() < Duration::from_secs(10), "{beginning:?} is still waited for");
            if !beginning.is_empty() && stream.write_all(&[letters.next().expect("it never ends")]).is_err() {
                break;
            }
        }
    }
    assert_eq!(server.get("/livez").status, 200);
}

#[test]
fn body_that_drips_is_408() {
    let server = Server::start(&["--timeout", "1"]);
    let mut stream = server.connect();
    let request = caption_request(small_form());
    let (head, drip) = request.split_at(request.len() - 120);
    stream.write_all(head).expect("the server reads");
    let began = Instant::now();
    let mut sending = stream.try_clone().expect("a stream has two ends");
    let drip = drip.to_vec();
    let sender = std::thread::spawn(move || {
        for byte in drip {
            if sending.write_all(&[byte]).is_err() {
                break;
            }
            sleep(Duration::from_millis(50));
        }
    });
    Answer::read_one(&mut stream).expect_problem(408, "request-timeout");
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    drop(stream);
    sender.join().expect("the sender ends");
}

#[test]
fn connection_beyond_the_cap_waits_for_a_place() {
    let server = Server::start(&["--max-connections", "2"]);
    let [mut first, mut second, mut third] = [server.connect(), server.connect(), server.connect()];
    for stream in [&mut first, &mut second] {
        stream.write_all(HEALTH).expect("the server reads");
        assert_eq!(Answer::read_one(stream).status, 200);
    }
    third.write_all(HEALTH).expect("the system takes it");
    third.set_read_timeout(Some(Duration::from_millis(300))).expect("a timeout can be set");
    let error = third.read(&mut [0; 1]).expect_err("nobody answers yet");
    assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{error}");
    drop(first);
    third.set_read_timeout(Some(Duration::from_mins(1))).expect("a timeout can be set");
    assert_eq!(Answer::read_one(&mut third).status, 200);
}

#[test]
fn name_that_is_not_of_this_machine_is_refused() {
    let ask = |server: &Server, host: &str| {
        server.exchange(format!("GET /health HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").as_bytes())
    };
    let server = Server::start(&[]);
    for host in ["localhost", "127.0.0.1:8000", "[::1]:80", "vasari.localhost"] {
        assert_eq!(ask(&server, host).status, 200, "{host}");
    }
    for host in ["evil.example", "127.0.0.1.evil.example:8000", "10.0.0.1"] {
        let detail = ask(&server, host).expect_problem(421, "misdirected-request");
        assert!(detail.contains("--api-key"), "{detail}");
    }
    let server = Server::start(&["--api-key", "first"]);
    assert_eq!(ask(&server, "captions.example").status, 200);
}

#[cfg(unix)]
#[test]
fn stopping_server_answers_who_is_connected_and_takes_nobody_else() {
    let server = Server::start(&[]);
    let [mut busy, mut idle] = [server.connect(), server.connect()];
    idle.write_all(HEALTH).expect("the server reads");
    assert_eq!(Answer::read_one(&mut idle).header("connection"), "");
    // Accepted before the signal, as its headers are; whole only after it.
    let request = caption_request(small_form().field("num_beams", "1").field("max_length", "4"));
    let (early, late) = request.split_at(request.len() - 10);
    busy.write_all(early).expect("the server reads");
    sleep(Duration::from_millis(300));

    let stopped = std::thread::scope(|scope| {
        server.tell_to_stop();
        let ask = scope.spawn(|| {
            sleep(Duration::from_millis(200));
            idle.write_all(&caption_request(small_form())).expect("the connection is still open");
            let last = Answer::read_one(&mut idle);
            assert_eq!((last.status, last.header("connection")), (200, "close"), "{}", last.text());
            assert!(TcpStream::connect(("127.0.0.1", server.port)).is_err(), "nobody else is let in");
        });
        sleep(Duration::from_millis(1500));
        busy.write_all(late).expect("the connection is still open");
        let answered = Answer::read(&mut busy);
        assert_eq!(answered.status, 200, "{}", answered.text());
        assert_eq!(answered.header("connection"), "close");
        ask.join().expect("the refusal is as it should be");
        Instant::now()
    });
    let status = server.wait();
    assert!(status.success(), "{status}");
    assert!(stopped.elapsed() < Duration::from_secs(5), "{:?}", stopped.elapsed());
}

#[cfg(unix)]
#[test]
fn server_with_a_delay_is_not_ready_and_answers_whoever_comes() {
    let server = Server::start(&["--shutdown-delay", "2"]);
    assert_eq!(server.get("/readyz").status, 200);
    let began = Instant::now();
    server.tell_to_stop();
    while server.get("/readyz").status == 200 {
        assert!(began.elapsed() < Duration::from_secs(1), "it hasn't heard");
        sleep(Duration::from_millis(10));
    }
    server.get("/readyz").expect_problem(503, "shutting-down");
    let request = caption_request(small_form().field("num_beams", "1").field("max_length", "4"));
    let answered = server.exchange(&request);
    assert_eq!((answered.status, answered.header("connection")), (200, "close"), "{}", answered.text());
    assert!(server.wait().success());
    assert!((Duration::from_secs(2)..Duration::from_secs(8)).contains(&began.elapsed()), "{:?}", began.elapsed());
}

#[test]
fn server_that_listens_when_it_is_ready_listens() {
    let server = Server::start(&["--listen-when-ready"]);
    assert_eq!(server.get("/readyz").status, 200);
    let (status, _) = server.terminate();
    assert!(status.success(), "{status}");
}

#[cfg(unix)]
#[test]
fn server_is_out_in_time_whoever_still_sends() {
    let server = Server::start(&["--shutdown-timeout", "2"]);
    let mut stream = server.connect();
    let request = caption_request(small_form());
    stream.write_all(&request[..request.len() - 10]).expect("the server reads");
    sleep(Duration::from_millis(200));
    let (status, time) = server.terminate();
    assert!(status.success(), "{status}");
    assert!((Duration::from_secs(1)..Duration::from_secs(4)).contains(&time), "{time:?}");
}

/// The type of a frame of HTTP/2 that tells a client to open no more streams.
const GOAWAY: u8 = 7;

/// The type of a frame of HTTP/2 that is sent back.
const PING: u8 = 6;

#[cfg(unix)]
#[test]
fn stopping_server_says_goodbye_to_idle_connections_of_http2() {
    let server = Server::start(&[]);
    let mut stream = server.connect();
    let no_settings = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    stream.write_all(&[&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..], &no_settings].concat()).expect("the server reads");
    // The server's first frame says that it speaks HTTP/2 here; before that, it may close without a word.
    let mut head = [0; 9];
    stream.read_exact(&mut head).expect("the server sends its settings");
    let began = Instant::now();
    server.tell_to_stop();
    let mut kinds = Vec::new();
    loop {
        let [_, high, low, kind, flags, ..] = head;
        let mut payload = vec![0; usize::from(u16::from_be_bytes([high, low]))];
        stream.read_exact(&mut payload).expect("the frame is complete");
        kinds.push(kind);
        // Who hears goodbye confirms it, so that the server knows that nothing else is under way.
        if (kind, flags) == (PING, 0) {
            let confirmation = [&[0, 0, 8, PING, 1, 0, 0, 0, 0], &payload[..]].concat();
            stream.write_all(&confirmation).expect("the server reads");
        }
        if stream.read_exact(&mut head).is_err() {
            break;
        }
    }
    assert!(kinds.contains(&GOAWAY), "{kinds:?}");
    assert!(server.wait().success());
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}
