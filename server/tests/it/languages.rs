//! The language that pages are written in: a reader whose browser asks for the pseudo-language en-XA finds nothing left in
//! English.

use std::{collections::BTreeSet, fs};

use serde_json::{Value, json};

use crate::{
    datasets::{add, caption, scene},
    gallery::{BROWSER, get, post, sign_in},
    jobs::{has_ended, wait_for},
    people::Instance,
    program::{Answer, sample},
};

const PSEUDO: (&str, &str) = ("accept-language", "en-XA,en;q=0.5");

/// What is data and no language: names that the test gave, what programs, fields and files are called, units.
const DATA: &str = "anna root R birds Birds found dog dogs nothing nightly ureq demo vasari Vasari JavaScript Python curl \
    caption read write admin file name image path text source model task confidence status num beams max length revision \
    CAPTION png PNG csv jsonl UTC s kB MB";

/// Elements whose text is no language.
const NO_LANGUAGE: [&str; 6] = ["code", "kbd", "pre", "script", "style", "textarea"];

/// What is read of an HTML document outside the brackets that the pseudo-language puts around its messages.
fn left_in_english(html: &str) -> BTreeSet<String> {
    let samples = fs::read_to_string(sample("captions.jsonl")).expect("the samples are described");
    let known: BTreeSet<&str> = DATA.split_whitespace().chain(words_of(&samples)).collect();
    let mut said: Vec<String> = Vec::new();
    let (mut depth, mut silent) = (0_i32, Vec::<String>::new());
    let mut outside = String::new();
    let mut rest = html;
    while let Some((text, tag, after)) = next_tag(rest) {
        rest = after;
        if silent.is_empty() {
            for letter in text.chars() {
                depth += i32::from(letter == '[') - i32::from(letter == ']');
                if depth == 0 && letter != ']' {
                    outside.push(letter);
                }
            }
        }
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap_or_default();
        if tag.starts_with('/') {
            if silent.last().is_some_and(|open| open == name) {
                silent.pop();
            }
        } else if !tag.ends_with('/') {
            // What the API says of a problem is English, and says so.
            let is_english = name != "html" && tag.contains("lang=\"en\"");
            if NO_LANGUAGE.contains(&name) || is_english || silent.last().is_some_and(|open| open == name) {
                silent.push(name.to_owned());
            }
        }
        for attribute in ["aria-label", "title", "placeholder", "alt"] {
            let value = tag.split(&format!(" {attribute}=\"")).nth(1).and_then(|rest| rest.split('"').next());
            said.extend(value.filter(|value| !value.starts_with('[')).map(str::to_owned));
        }
        if depth == 0 {
            said.push(std::mem::take(&mut outside));
        }
    }
    let words = said.iter().flat_map(|text| words_of(text));
    // Ids and sums have digits; numbers have no letters.
    let is_language = |word: &&str| word.contains(char::is_alphabetic) && !word.contains(|c: char| c.is_ascii_digit());
    words.filter(is_language).filter(|word| !known.contains(word)).map(str::to_owned).collect()
}

fn words_of(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric())
}

/// The text before the next tag, the tag without its brackets, and what follows. Entities count as signs.
fn next_tag(html: &str) -> Option<(String, &str, &str)> {
    let (text, after) = html.split_once('<')?;
    let mut in_quotes = false;
    let end = after.find(|letter| {
        in_quotes ^= letter == '"';
        letter == '>' && !in_quotes
    })?;
    let text = ["&amp;", "&lt;", "&gt;", "&quot;", "&#x27;"]
        .iter()
        .fold(text.to_owned(), |text, entity| text.replace(entity, " "));
    Some((text, &after[..end], &after[end + 1..]))
}

fn get_pseudo(instance: &Instance, path: &str, cookie: &str) -> Answer {
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: localhost\r\n{}: {}\r\n{}: {}\r\ncookie: {cookie}\r\nconnection: close\r\n\r\n",
        BROWSER.0, BROWSER.1, PSEUDO.0, PSEUDO.1
    );
    instance.server.exchange(request.as_bytes())
}

/// A dataset with a picture, captions, a vote, and jobs of every kind; the picture's id and the jobs'.
async fn fill(instance: &Instance, cookie: &str) -> (String, Vec<String>) {
    let new = json!({ "slug": "birds", "name": "Birds", "visibility": "public" });
    assert_eq!(instance.post("/api/v1/datasets", &instance.root, &new).status, 201);
    let added = add(instance, &instance.root, "birds", &[("a.png", &scene())]);
    let image = added.json()["results"][0]["image"]["id"].as_str().expect("it is added").to_owned();
    caption(instance, "birds", image.parse().expect("it is an id"), "dog").await;
    let own = format!("/api/v1/images/{image}/captions/mine");
    assert_eq!(instance.send("PUT", &own, &instance.root, r#"{"text": "dogs"}"#).status, 201);
    let shown = instance.post("/api/v1/datasets/birds/arena/next", &instance.root, &json!({})).json();
    let vote = format!("/api/v1/comparisons/{}/vote", shown["comparison"]["id"].as_str().expect("it has an id"));
    assert_eq!(instance.send("PUT", &vote, &instance.root, r#"{"outcome": "left"}"#).status, 200);
    let job = |path: &str, form: &str| {
        let led = post(instance, path, cookie, form, &[]);
        assert_eq!(led.status, 303, "{path}: {}", led.text());
        let id = led.header("location").trim_start_matches("/jobs/").to_owned();
        wait_for(&instance.server, &id, &instance.root, has_ended);
        id
    };
    let jobs = vec![
        job("/datasets/birds/export", "scope=all&captions=all&format=csv"),
        job("/datasets/birds/caption", "scope=all&task=%3CCAPTION%3E"),
        job("/datasets/birds/edit", "scope=all&operation=suffix&text=%2B&step=apply"),
    ];
    (image, jobs)
}

/// The picture is assigned, two of its captions are submitted and one of them is rejected: the queue, with what was decided
/// last, and what was decided.
fn review(instance: &Instance, cookie: &str, image: &str) -> [String; 2] {
    let captions = instance.get(&format!("/api/v1/images/{image}/captions"), &instance.root).json();
    let captions = captions.as_array().expect("they are a list");
    let submitted: Vec<_> = captions.iter().filter(|caption| caption["source"] != "found").take(2).collect();
    assert_eq!(submitted.len(), 2, "{captions:?}");
    let change = |method: &str, caption: &Value, what: &str, mut body: Value, later: i64| {
        body["version"] = (caption["version"].as_i64().expect("it has a version") + later).into();
        let path = format!("/api/v1/captions/{}{what}", caption["id"].as_str().expect("it has an id"));
        let answer = instance.send(method, &path, &instance.root, &body.to_string());
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    };
    for caption in &submitted {
        change("PATCH", caption, "", json!({ "status": "submitted" }), 0);
    }
    let assigned = post(instance, "/datasets/birds/review/assign", cookie, "step=assign&scope=all&to=root", &[]);
    assert_eq!(assigned.status, 303, "{}", assigned.text());
    let reject = json!({ "decision": "rejected", "reason": "nothing" });
    let decided = change("PUT", submitted[0], "/decision", reject, 1);
    let decision = format!("{}.{}", decided["id"].as_str().expect("it has an id"), decided["version"]);
    ["last", "at"].map(|name| format!("/datasets/birds/review?{name}={decision}"))
}

#[tokio::test]
async fn pages_leave_no_word_in_english() {
    let instance = Instance::start(&["--num-beams", "1"]).await;
    let (_, _, _) = instance.invite("anna");
    let root = sign_in(&instance, "root");
    let (image, jobs) = fill(&instance, &root).await;
    let key = json!({ "name": "nightly", "scopes": ["caption", "read"] });
    assert_eq!(instance.post("/api/v1/keys", &instance.root, &key).status, 201);
    let mut paths: Vec<String> = [
        "/",
        "/playground",
        "/playground?sample=scene-01.png",
        "/account",
        "/admin",
        "/admin/audit-log",
        "/jobs",
        "/jobs?dataset=birds",
        "/datasets/birds",
        "/datasets/birds?page_size=1&q=dog&source=found&status=draft",
        "/datasets/birds?q=nothing",
        "/datasets/birds?q=(dog",
        "/datasets/birds/settings",
        "/datasets/birds/edit",
        "/datasets/birds/compare?reference=found",
        "/datasets/birds/arena",
        "/datasets/birds/board",
        "/datasets/birds/metrics",
        "/datasets/birds/metrics?q=dog&reference=found&metric=rouge_l&x=repetition&y=hedges",
        "/datasets/birds/metrics?q=(dog",
        "/datasets/birds/metrics?status=approved",
        "/datasets/birds/metrics/captions?of=found&words_from=1&words_below=2&order=-words",
        "/datasets/birds/metrics/captions?reference=found&rouge_l_below=2&repetition_from=0&variety_from=0&variety_below=2",
        "/datasets/birds/metrics/captions?words_from=99",
        "/datasets/birds/review/progress?assigned=1",
        "/datasets/birds/review/progress?of=root&taken_back=2",
        "/datasets/birds/review/assign",
        "/datasets/birds/review?q=nothing",
        "/datasets/birds/changes",
        "/datasets/birds/export?q=dog",
        "/datasets/birds/caption",
        "/datasets/birds/import",
        "/nowhere",
    ]
    .map(str::to_owned)
    .into();
    paths.push(format!("/datasets/birds/images/{image}?captions=found"));
    paths.extend(jobs.iter().map(|job| format!("/jobs/{job}")));
    paths.extend(review(&instance, &root, &image));
    let mut left = Vec::new();
    let mut read = |what: &str, page: &Answer| {
        let html = page.text();
        assert!(html.contains("<html lang=\"en-XA\" dir=\"ltr\">"), "{what}: {}", page.status);
        let words = left_in_english(&html);
        left.extend((!words.is_empty()).then(|| format!("{what}: {words:?}")));
    };
    for path in paths {
        read(&path, &get_pseudo(&instance, &path, &root));
    }
    for path in ["/", "/sign-in", "/sign-up", "/reset?token=x", "/datasets/birds", "/datasets/nothing"] {
        read(&format!("{path} for nobody"), &get_pseudo(&instance, path, ""));
    }
    for (path, cookie, form) in [
        ("/sign-in", "", "name=anna&password=wrong&next=/"),
        ("/datasets/birds/edit", &*root, "scope=all&operation=prefix&text=%2B&step=preview"),
        ("/admin", &*root, "action=invite"),
    ] {
        read(&format!("{path} with {form}"), &post(&instance, path, cookie, form, &[PSEUDO]));
    }
    assert!(left.is_empty(), "{left:#?}");
    instance.end().await;
}

#[tokio::test]
async fn readers_have_languages_and_programs_have_english() {
    let instance = Instance::start(&[]).await;
    let english = get(&instance, "/sign-in", "").text();
    assert!(english.contains("<html lang=\"en\" dir=\"ltr\">") && english.contains("<h1>Sign in</h1>"), "{english}");
    let other = instance
        .server
        .exchange(b"GET /sign-in HTTP/1.1\r\nhost: localhost\r\naccept-language: tlh\r\nconnection: close\r\n\r\n");
    assert!(other.text().contains("<h1>Sign in</h1>"), "what there is no language of is English");
    let problem = instance.server.exchange(
        b"GET /api/v1/datasets/nothing HTTP/1.1\r\nhost: localhost\r\naccept-language: en-XA\r\nconnection: close\r\n\r\n",
    );
    assert_eq!(problem.json()["title"], Value::from("There is nothing here"));
    instance.end().await;
}

#[test]
fn english_is_found_where_it_was_left() {
    let html = r#"<p title="[Åñé]">[Öñé <b>two</b> one] <i lang="en">three</i> 12 <code>four</code></p><a aria-label="five">six</a>"#;
    assert_eq!(left_in_english(html), BTreeSet::from(["five", "six"].map(str::to_owned)));
}
