//! `vasari health`, which containers are looked after with.

use std::{
    io::{Read, Write},
    net::TcpListener,
    process::Output,
};

use crate::program::{Server, run_vasari, text};

fn health(server: &Server, arguments: &[&str]) -> Output {
    run_vasari(&[&["health", "--host", "127.0.0.1", "--port", &server.port.to_string()], arguments].concat())
}

#[test]
fn server_that_runs_is_found() {
    let server = Server::start(&["--queue-size", "1"]);
    for (arguments, word) in [(&[][..], "alive\n"), (&["--ready"], "ready\n")] {
        let output = health(&server, arguments);
        assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(0), word), "{}", text(&output.stderr));
    }
}

#[test]
fn nobody_and_somebody_else_are_no_server() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let port = listener.local_addr().expect("it listens").port().to_string();
    let answered = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("somebody asks");
        assert!(stream.read(&mut [0; 1024]).expect("it is asked") > 0);
        stream.write_all(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n").expect("it answers");
    });
    let refused = run_vasari(&["health", "--host", "127.0.0.1", "--port", &port]);
    answered.join().expect("it has answered");
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("/livez answers 503"), "{}", text(&refused.stderr));

    let absent = run_vasari(&["health", "--host", "127.0.0.1", "--port", &port]);
    assert_eq!(absent.status.code(), Some(1));
    assert!(text(&absent.stderr).contains("/livez doesn't answer"), "{}", text(&absent.stderr));
}
