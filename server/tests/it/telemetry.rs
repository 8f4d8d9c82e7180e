//! What is seen of the server from outside.

use std::{
    collections::{HashMap, HashSet},
    fs,
    io::{self, BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    sync::mpsc::{Receiver, Sender, channel},
    thread,
    time::Duration,
};

use serde_json::Value;

use crate::{
    form::Form,
    program::{Answer, Server, run_vasari, sample, text},
};

fn caption(server: &Server) {
    caption_with(server, "x-nothing: 1");
}

/// Captions a sample, with one more header.
fn caption_with(server: &Server, header: &str) {
    let body = Form::with_image(&fs::read(sample("scene-01.png")).expect("the sample is there")).finish();
    let kind = Form::content_type();
    let length = body.len();
    let mut stream = server.connect();
    write!(
        stream,
        "POST /caption HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: {kind}\r\n\
         content-length: {length}\r\n{header}\r\n\r\n"
    )
    .and_then(|()| stream.write_all(&body))
    .expect("the server reads");
    let answer = Answer::read(&mut stream);
    assert_eq!(answer.status, 200, "{}", answer.text());
}

/// A text in Prometheus' format, checked as strictly as its own tool does: the value of each sample.
fn parse_metrics(text: &str) -> HashMap<String, f64> {
    let (mut kinds, mut described, mut samples) = (HashMap::new(), HashSet::new(), HashMap::new());
    let mut current = String::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, help) = help.split_once(' ').expect("a description");
            assert!(described.insert(name.to_owned()), "{name} is described twice");
            assert!(help.ends_with('.'), "{help}");
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').expect("a kind");
            assert!(described.contains(name), "{name} isn't described");
            assert_eq!(kinds.insert(name.to_owned(), kind.to_owned()), None, "{name} has two kinds");
            assert_eq!(kind == "counter", name.ends_with("_total"), "{name} is a {kind}");
            name.clone_into(&mut current);
        } else {
            let (series, value) = line.rsplit_once(' ').expect("a value");
            let name = series.split('{').next().unwrap_or_default();
            let suffix = name.strip_prefix(&*current).unwrap_or_else(|| panic!("{name} stands under {current}"));
            let is_histogram = kinds[&current] == "histogram";
            assert!(if is_histogram { ["_bucket", "_sum", "_count"].contains(&suffix) } else { suffix.is_empty() });
            let value = value.parse().unwrap_or_else(|_| panic!("{line}"));
            assert_eq!(samples.insert(series.to_owned(), value), None, "{series} comes twice");
        }
    }
    samples
}

#[test]
fn metrics_are_not_found_unless_asked_for() {
    Server::start(&[]).get("/metrics").expect_problem(404, "not-found");
}

#[test]
fn metrics_tell_what_was_done() {
    let server = Server::start(&["--enable-metrics"]);
    let before = parse_metrics(&server.get("/metrics").text());
    // The model has captioned once to be warm.
    assert_eq!(before.get("vasari_captions_total"), Some(&1.0));
    assert_eq!(before.get("vasari_model_panics_total{isolated=\"true\"}"), Some(&0.0));
    assert_eq!(before.get("vasari_rejections_total{reason=\"overloaded\"}"), Some(&0.0));
    caption(&server);
    server.get("/samples/scene-01.png");
    server.get("/nothing/here");
    let answer = server.get("/metrics");
    assert_eq!(answer.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    let text = answer.text();
    let samples = parse_metrics(&text);
    for (series, value) in [
        ("vasari_captions_total", 2.0),
        ("vasari_http_requests_total{method=\"POST\",path=\"/caption\",status=\"200\"}", 1.0),
        ("vasari_http_requests_total{method=\"GET\",path=\"/samples/{name}\",status=\"200\"}", 1.0),
        ("vasari_http_requests_total{method=\"GET\",path=\"other\",status=\"404\"}", 1.0),
        ("vasari_http_request_duration_seconds_count{method=\"POST\",path=\"/caption\"}", 1.0),
        ("vasari_prepare_seconds_count", 1.0),
        ("vasari_queue_wait_seconds_count", 2.0),
        ("vasari_encode_batch_size_sum", 2.0),
        ("vasari_decode_seconds_count", 2.0),
        ("vasari_queue_depth", 0.0),
        // The one that asks.
        ("vasari_http_requests_in_flight", 1.0),
    ] {
        assert_eq!(samples.get(series), Some(&value), "{series}\n{text}");
    }
    assert!(samples["vasari_generated_tokens_total"] > 3.0, "{text}");
    assert!(samples["vasari_decode_step_seconds_sum"] > 0.0, "{text}");
    assert!(samples["process_cpu_seconds_total"] > 0.0, "{text}");
    assert!(samples["process_resident_memory_bytes"] > f64::from(1 << 20), "{text}");
    let version = format!("vasari_build_info{{version=\"{}\",", env!("CARGO_PKG_VERSION"));
    assert!(text.contains(&version) && text.contains("device=\"cpu\",precision=\"fp32\""), "{text}");
    assert!(text.contains("vasari_prepare_seconds_bucket{le=\"0.005\"}"), "{text}");
}

/// Takes what a collector is sent: first line and body of each request. Ends with the test.
fn start_collector() -> (String, Receiver<(String, Vec<u8>)>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it has an address");
    let (sender, received) = channel();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let sender = sender.clone();
            // Fails when the connection or the test ends.
            thread::spawn(move || drop(collect(stream, &sender)));
        }
    });
    (format!("http://{address}"), received)
}

fn collect(stream: TcpStream, sender: &Sender<(String, Vec<u8>)>) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if stream.read_line(&mut head)? == 0 {
                return Ok(());
            }
        }
        let lower = head.to_ascii_lowercase();
        let length = lower.lines().find_map(|line| line.strip_prefix("content-length:")).map(str::trim);
        let mut body = vec![0; length.and_then(|digits| digits.parse().ok()).unwrap_or(0)];
        stream.read_exact(&mut body)?;
        let first = head.lines().next().unwrap_or_default().to_owned();
        sender.send((first, body)).map_err(io::Error::other)?;
        stream.get_mut().write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")?;
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[cfg(unix)]
#[test]
fn traces_reach_the_collector_under_the_callers_own() {
    let (address, received) = start_collector();
    let server = Server::start(&["--otlp-endpoint", &address]);
    let trace_id: Vec<u8> = (1..=16).collect();
    caption_with(&server, "traceparent: 00-0102030405060708090a0b0c0d0e0f10-1112131415161718-01");
    let (status, _) = server.terminate();
    assert!(status.success());
    // What wasn't sent by then was sent before it stopped.
    let sent: Vec<_> = received.try_iter().collect();
    assert!(!sent.is_empty());
    assert!(sent.iter().all(|(path, _)| path == "POST /v1/traces HTTP/1.1"), "{sent:?}");
    let bodies: Vec<u8> = sent.into_iter().flat_map(|(_, body)| body).collect();
    for name in ["service.name", "vasari", "POST /caption", "prepare", "queue", "vision", "encoder", "decode"] {
        assert!(contains(&bodies, name.as_bytes()), "{name} is missing");
    }
    assert!(contains(&bodies, &trace_id), "the trace isn't the caller's");
    assert!(contains(&bodies, &(0x11..=0x18).collect::<Vec<u8>>()), "the caller's span isn't the parent");
}

#[cfg(unix)]
#[test]
fn collector_that_is_gone_harms_nothing() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let server = Server::start(&["--otlp-endpoint", &format!("http://127.0.0.1:{port}")]);
    for _ in 0..3 {
        caption(&server);
    }
    let (status, took) = server.terminate();
    assert!(status.success());
    assert!(took < Duration::from_secs(8), "{took:?}");
}

/// The contents of a folder's files that end so, by name.
#[cfg(unix)]
fn files(folder: &Path, extension: &str) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|found| found == extension));
    paths.sort();
    paths.iter().map(|path| fs::read_to_string(path).expect("the file can be read")).collect()
}

#[cfg(unix)]
#[test]
fn profiles_are_written_on_a_signal_and_at_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("profiles");
    let server = Server::start(&["--enable-profiling", "--profile-output", output.to_str().unwrap()]);
    (0..5).for_each(|_| caption(&server));
    server.signal("USR2");
    // The first trace is complete once the second one is there and the graph of the first.
    for _ in 0..300 {
        if files(&output, "svg").first().is_some_and(|graph| graph.trim_end().ends_with("</svg>")) {
            break;
        }
        thread::sleep(Duration::from_millis(100));
    }
    caption(&server);
    let (status, _) = server.terminate();
    assert!(status.success());

    let graphs = files(&output, "svg");
    assert_eq!(graphs.len(), 2);
    assert!(graphs[0].contains("vasari_model::"), "no function of the model was seen");
    let traces = files(&output, "json");
    assert_eq!(traces.len(), 2);
    for trace in traces {
        let Value::Array(events) = serde_json::from_str(&trace).expect("the trace is complete") else { panic!() };
        for stage in ["request", "prepare", "encode", "decode_step"] {
            let of_stage =
                |phase: &str| events.iter().filter(|event| event["name"] == *stage && event["ph"] == phase).count();
            assert!(of_stage("B") > 0 && of_stage("B") == of_stage("E"), "{stage}: {trace}");
        }
    }
}

#[cfg(unix)]
#[test]
fn folder_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let arguments = ["serve", "--port", "0", "--enable-profiling", "--profile-output", file.to_str().unwrap()];
    let output = run_vasari(&arguments);
    assert!(!output.status.success());
    assert!(text(&output.stderr).contains("--profile-output"), "{output:?}");
}

#[test]
fn system_is_described_without_giving_it_away() {
    let server = Server::start(&[]);
    let answer = server.get("/system_info");
    assert_eq!(answer.status, 200);
    let info = answer.json();
    assert_eq!(info["vasari"]["version"], env!("CARGO_PKG_VERSION"));
    assert!(info["vasari"]["target"].as_str().unwrap().contains('-'), "{info}");
    assert!(info["system"]["cpu_cores"].as_u64().unwrap() >= 1, "{info}");
    assert_eq!(info["model"]["name"], "vasari-demo");
    assert_eq!(info["model"]["precision"], "fp32");
    assert_eq!(info["queue"], serde_json::json!({ "admitted": 0, "waiting": 0 }));
    #[cfg(target_os = "linux")]
    {
        assert!(info["process"]["memory_used"].as_u64().unwrap() > 1 << 20, "{info}");
        assert!(info["system"]["memory_total"].as_u64().unwrap() > info["process"]["memory_used"].as_u64().unwrap());
        let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
        assert!(!answer.text().contains(&format!("\"{}\"", host.trim())), "{info}");
    }
    assert!(!answer.text().contains('/') || info["system"]["os"].as_str().unwrap().contains('/'), "{info}");
}
