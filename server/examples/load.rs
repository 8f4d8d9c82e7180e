//! The clients' half of `cargo xtask bench serve`: asks a running server, and says how it was answered.
//!
//! `load closed URL FOLDER CLIENTS SECONDS` has so many clients ask one picture after the other: that finds the most
//! that the server can do. `load open URL FOLDER RATE SECONDS` asks at a fixed rate whether or not earlier requests
//! are answered, as strangers do: latencies count from the moment a request was due, so a server that falls behind
//! can't hide it. `load alone URL TIMES` asks about a 1-megapixel JPEG, one at a time, and
//! tells what the server adds around the model.
//! Each prints one line of JSON.

use std::{
    error::Error,
    fs,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

const BOUNDARY: &str = "vasari-load-boundary";

/// How one request was answered.
struct Outcome {
    status: u16,
    latency: Duration,
    body: Value,
    retry_after: Option<u64>,
}

/// Asks one server about pictures.
#[derive(Clone)]
struct Client {
    agent: ureq::Agent,
    url: Arc<str>,
    bodies: Arc<[Vec<u8>]>,
    next: Arc<AtomicUsize>,
}

impl Client {
    fn new(url: &str, pictures: &[Vec<u8>]) -> Self {
        let config = ureq::Agent::config_builder().http_status_as_error(false);
        let config = config.timeout_global(Some(Duration::from_mins(2))).max_idle_connections_per_host(256);
        Self {
            agent: config.build().into(),
            url: format!("{url}/caption").into(),
            bodies: pictures.iter().map(|picture| form(picture)).collect(),
            next: Arc::default(),
        }
    }

    /// Asks about the next picture; the latency counts from `due`.
    fn ask(&self, due: Instant) -> Outcome {
        let body = &self.bodies[self.next.fetch_add(1, Ordering::Relaxed) % self.bodies.len()];
        let request = self.agent.post(&*self.url);
        let request = request.header("content-type", format!("multipart/form-data; boundary={BOUNDARY}"));
        match request.send(body.as_slice()) {
            Ok(mut response) => {
                let retry_after = response.headers().get("retry-after");
                let retry_after = retry_after.and_then(|value| value.to_str().ok()?.parse().ok());
                let body = response.body_mut().read_to_string().unwrap_or_default();
                let body = serde_json::from_str(&body).unwrap_or_default();
                Outcome { status: response.status().as_u16(), latency: due.elapsed(), body, retry_after }
            }
            Err(_) => Outcome { status: 0, latency: due.elapsed(), body: Value::Null, retry_after: None },
        }
    }
}

/// The form that a client posts.
fn form(picture: &[u8]) -> Vec<u8> {
    let part = |name: &str| format!("--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"");
    let mut form = format!("{}\r\n\r\ntrue\r\n{}; filename=\"a\"\r\n\r\n", part("timings"), part("image")).into_bytes();
    form.extend_from_slice(picture);
    form.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    form
}

fn closed(client: &Client, clients: usize, time: Duration) -> Vec<Outcome> {
    let until = Instant::now() + time;
    let outcomes = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..clients {
            scope.spawn(|| {
                while Instant::now() < until {
                    let outcome = client.ask(Instant::now());
                    outcomes.lock().expect("no client panics").push(outcome);
                }
            });
        }
    });
    outcomes.into_inner().expect("no client panics")
}

fn open(client: &Client, rate: f64, time: Duration) -> Result<Vec<Outcome>, Box<dyn Error>> {
    let (sender, outcomes) = mpsc::channel();
    let began = Instant::now();
    for number in 0..(rate * time.as_secs_f64()) as u32 {
        let due = began + Duration::from_secs_f64(f64::from(number) / rate);
        thread::sleep(due.saturating_duration_since(Instant::now()));
        let (client, sender) = (client.clone(), sender.clone());
        thread::Builder::new().stack_size(256 * 1024).spawn(move || sender.send(client.ask(due)))?;
    }
    drop(sender);
    Ok(outcomes.iter().collect())
}

/// Counts, captions a second and milliseconds at the percentiles.
fn summary(outcomes: &[Outcome], time: Duration) -> Value {
    let latencies = |wanted: &dyn Fn(u16) -> bool| {
        let matching = outcomes.iter().filter(|outcome| wanted(outcome.status));
        let mut latencies: Vec<f64> = matching.map(|outcome| outcome.latency.as_secs_f64() * 1000.0).collect();
        latencies.sort_by(f64::total_cmp);
        latencies
    };
    let answered = latencies(&|status| status == 200);
    let refused = latencies(&|status| matches!(status, 429 | 503));
    let advised = outcomes.iter().filter(|outcome| matches!(outcome.status, 429 | 503));
    json!({
        "answered": answered.len(),
        "refused": refused.len(),
        "refused_without_advice": advised.filter(|outcome| outcome.retry_after.is_none_or(|seconds| seconds == 0)).count(),
        "failed": outcomes.len() - answered.len() - refused.len(),
        "per_second": answered.len() as f64 / time.as_secs_f64(),
        "p50_ms": percentile(&answered, 0.5),
        "p99_ms": percentile(&answered, 0.99),
        "refused_p50_ms": percentile(&refused, 0.5),
        "refused_p99_ms": percentile(&refused, 0.99),
    })
}

/// What the server adds to the model's own time, one request at a time.
fn alone(client: &Client, times: usize) -> Value {
    let (mut added, mut prepared) = (Vec::new(), Vec::new());
    for _ in 0..times {
        let outcome = client.ask(Instant::now());
        let stage = |name: &str| outcome.body["timings"][name].as_f64().unwrap_or(f64::NAN);
        let model = stage("vision_ms") + stage("encoder_ms") + stage("decode_ms");
        added.push(outcome.latency.as_secs_f64() * 1000.0 - model);
        prepared.push(stage("prepare_ms"));
    }
    added.sort_by(f64::total_cmp);
    prepared.sort_by(f64::total_cmp);
    json!({ "added_p50_ms": percentile(&added, 0.5), "added_p99_ms": percentile(&added, 0.99),
        "prepare_p50_ms": percentile(&prepared, 0.5) })
}

/// Of sorted values; `null` of none.
fn percentile(sorted: &[f64], part: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    sorted.get((last as f64 * part).round() as usize).copied()
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments.as_slice() {
        ["closed", url, folder, clients, seconds] => {
            let time = Duration::from_secs_f64(seconds.parse()?);
            summary(&closed(&Client::new(url, &pictures(folder)?), clients.parse()?, time), time)
        }
        ["open", url, folder, rate, seconds] => {
            let time = Duration::from_secs_f64(seconds.parse()?);
            let client = Client::new(url, &pictures(folder)?);
            let began = Instant::now();
            let outcomes = open(&client, rate.parse()?, time)?;
            // What was asked towards the end is answered after it.
            summary(&outcomes, began.elapsed())
        }
        ["alone", url, times] => alone(&Client::new(url, &[megapixel_photo()?]), times.parse()?),
        _ => return Err("usage: load closed|open|alone URL …; see the top of its source".into()),
    };
    println!("{result}");
    Ok(())
}

/// Every picture of a folder.
fn pictures(folder: &str) -> Result<Vec<Vec<u8>>, Box<dyn Error>> {
    let files = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, std::io::Error>>()?;
    let pictures = files.iter().filter(|file| file.extension().is_some_and(|kind| kind == "png" || kind == "jpg"));
    let pictures = pictures.map(fs::read).collect::<Result<Vec<_>, _>>()?;
    if pictures.is_empty() { Err(format!("{folder} has no pictures").into()) } else { Ok(pictures) }
}

/// A JPEG of 1152 × 868 pixels with as much detail as a photo has: about 300 kB.
fn megapixel_photo() -> Result<Vec<u8>, Box<dyn Error>> {
    let mut noise = 1u32;
    let picture = image::RgbImage::from_fn(1152, 868, |x, y| {
        // Xorshift (Marsaglia 2003) over slow waves.
        noise ^= noise << 13;
        noise ^= noise >> 17;
        noise ^= noise << 5;
        let wave = |period: f32| 96.0 + 80.0 * ((x as f32 / period).sin() + (y as f32 / period).cos()) / 2.0;
        let grain = (noise % 24) as f32;
        image::Rgb([61.0, 97.0, 41.0].map(|period| (wave(period) + grain) as u8))
    });
    let mut jpeg = std::io::Cursor::new(Vec::new());
    picture.write_with_encoder(image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 90))?;
    Ok(jpeg.into_inner())
}
