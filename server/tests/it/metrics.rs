//! Captions in numbers: over HTTP and on pages.

use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;
use vasari_storage::{
    Reader,
    captions::{NewCaption, NewSource, NewSourceKind},
};

use crate::{
    datasets::{add, scene},
    gallery::{get, sign_in},
    people::Instance,
    program::text,
    roles::Cast,
    transfer_commands::Place,
};

const METRICS: &str = "/api/v1/datasets/birds/metrics";

/// What three sources say of three pictures; the second has nothing to say of the last.
pub(crate) const SAID: [(&str, &[&str]); 3] = [
    ("human", &["a red bird sings on a wire", "two boats on a lake", "a cat sleeps"]),
    ("model", &["a red bird sings on a wire", "it appears to be a boat, possibly a boat on a lake"]),
    ("short", &["a bird", "a boat", "a cat"]),
];

/// Adds those sources and captions to a dataset. The pictures' ids.
pub(crate) async fn set_up(instance: &Instance, token: &str, dataset: &str) -> Vec<Uuid> {
    let names = ["one.png", "two.png", "three.png"];
    let files: Vec<_> = names.iter().map(|name| (*name, scene())).collect();
    let files: Vec<_> = files.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
    let added = add(instance, token, dataset, &files).json();
    let id = |place: usize| added["results"][place]["image"]["id"].as_str().and_then(|id| id.parse().ok());
    let images: Vec<Uuid> = (0..3).map(|place| id(place).expect("it is added")).collect();
    for (slug, texts) in SAID {
        say(instance, dataset, slug, &images, texts).await;
    }
    images
}

/// Has a new source say something of each of these pictures.
async fn say(instance: &Instance, dataset: &str, slug: &str, images: &[Uuid], texts: &[&str]) {
    let (database, operator, now) = (instance.database(), Reader::operator(), OffsetDateTime::now_utc());
    let source = NewSource { id: Uuid::now_v7(), slug: slug.into(), kind: NewSourceKind::Import };
    database.create_source(&operator, dataset, &source, now).await.expect("it can be written");
    for (image, text) in images.iter().zip(texts) {
        let new = NewCaption { text: (*text).into(), ..NewCaption::default() };
        database.add_caption(&operator, *image, source.id, &new, now).await.expect("it can be written");
    }
}

fn close(value: &Value, right: f64) -> bool {
    value.as_f64().is_some_and(|value| (value - right).abs() < 1e-4)
}

#[tokio::test]
async fn sources_are_measured_by_themselves_and_against_a_reference() {
    let instance = Instance::start(&[]).await;
    let cast = Cast::gather(&instance);
    let images = set_up(&instance, &cast.owner, "birds").await;
    let found = instance.get(METRICS, &cast.viewer).json();
    assert_eq!((&found["images"], &found["captions"]), (&json!(4), &json!(8)), "{found}");
    assert_eq!((&found["reference"], found["tokenizer"].as_str()), (&Value::Null, Some("vasari-demo")));
    let [human, model, short] = &found["sources"].as_array().expect("a list")[..] else { panic!("{found}") };
    assert_eq!(
        (&human["source"], &model["source"], &short["source"]),
        (&json!("human"), &json!("model"), &json!("short"))
    );
    let words = &human["summaries"]["words"];
    assert_eq!((&words["min"], &words["median"], &words["max"]), (&json!(3.0), &json!(5.0), &json!(7.0)));
    assert!(model["summaries"]["tokens"]["min"].as_f64() >= Some(7.0), "{model}");
    // Of twelve words "a" stands there three times and "boat" twice.
    assert!(close(&model["summaries"]["variety"]["min"], 9.0 / 12.0), "{model}");
    assert_eq!(short["vocabulary"], json!({ "words": 6, "distinct_words": 4, "type_token_ratio": 4.0 / 6.0 }));
    let phrases = json!([{ "phrase": "it appears", "captions": 1 }, { "phrase": "possibly", "captions": 1 }]);
    let hedging = &model["hedging"];
    assert_eq!((&hedging["captions"], &hedging["share"]), (&json!(1), &json!(0.5)), "{hedging}");
    assert_eq!(hedging["phrases"], phrases);
    assert_eq!((&human["against_reference"], human["summaries"].get("bleu_4")), (&Value::Null, None));

    let found = instance.get(&format!("{METRICS}?reference=human"), &cast.viewer).json();
    let [human, model, short] = &found["sources"].as_array().expect("a list")[..] else { panic!("{found}") };
    assert_eq!((&found["reference"], &human["against_reference"]), (&json!("human"), &Value::Null));
    assert_eq!((&model["against_reference"]["images"], &short["against_reference"]["images"]), (&json!(2), &json!(3)));
    assert_eq!(model["summaries"]["rouge_l"]["max"], json!(1.0), "one caption is the reference's word for word");
    let (near, far) = (&model["against_reference"], &short["against_reference"]);
    for measure in ["bleu_4", "rouge_l", "meteor", "cider"] {
        assert!(near[measure].as_f64() > far[measure].as_f64(), "{measure}: {near} {far}");
    }
    for histogram in found["histograms"].as_array().expect("a list") {
        for source in histogram["sources"].as_array().expect("a list") {
            let counts = source["counts"].as_array().expect("a list");
            assert_eq!(Some(counts.len()), histogram["bins"].as_array().map(Vec::len));
            let all: u64 = counts.iter().filter_map(Value::as_u64).sum();
            let against = histogram["metric"].as_str().is_some_and(|name| "bleu_4 rouge_l meteor cider".contains(name));
            let right = match (source["source"].as_str(), against) {
                (Some("model"), _) => 2,
                (Some("short"), _) | (Some("human"), false) => 3,
                _ => 0,
            };
            assert_eq!(all, right, "{histogram}");
        }
    }

    // By search and filters.
    let boats = format!("{METRICS}?q=boat&reference=human");
    let boats = || instance.get(&boats, &cast.viewer).json();
    for _ in 0..100 {
        if boats()["images"] == 1 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    let found = boats();
    assert_eq!((&found["images"], &found["captions"]), (&json!(1), &json!(3)), "{found}");
    let missing = instance.get(&format!("{METRICS}?missing=model&source=short"), &cast.viewer).json();
    assert_eq!((&missing["images"], &missing["captions"]), (&json!(1), &json!(2)), "{missing}");
    let none = instance.get(&format!("{METRICS}?status=approved"), &cast.viewer).json();
    assert_eq!((&none["captions"], &none["sources"], &none["histograms"]), (&json!(0), &json!([]), &json!([])));

    // What changes is measured anew.
    let own = format!("/api/v1/images/{}/captions/mine", images[2]);
    let written = instance.send("PUT", &own, &cast.annotator, r#"{"text": "one two three four five six seven eight"}"#);
    assert_eq!(written.status, 201, "{}", written.text());
    let found = instance.get(METRICS, &cast.viewer).json();
    assert_eq!((&found["captions"], &found["sources"][0]["source"]), (&json!(9), &json!("annotator")), "{found}");
    assert_eq!(found["sources"][0]["summaries"]["words"]["max"], json!(8.0));
    let gone = format!("/api/v1/images/{}", images[0]);
    assert_eq!(instance.send("DELETE", &gone, &cast.owner, "").status, 204);
    assert_eq!(instance.get(METRICS, &cast.viewer).json()["captions"], json!(6));
    instance.end().await;
}

#[tokio::test]
async fn captions_are_listed_by_their_numbers() {
    let instance = Instance::start(&[]).await;
    let cast = Cast::gather(&instance);
    let images = set_up(&instance, &cast.owner, "birds").await;
    let list = |query: &str| {
        let answer = instance.get(&format!("{METRICS}/captions?{query}"), &cast.viewer);
        assert_eq!(answer.status, 200, "{query}: {}", answer.text());
        answer.json()
    };
    let texts = |query: &str| -> Vec<String> {
        let items = list(query)["items"].as_array().cloned().unwrap_or_default();
        items.iter().map(|item| item["text"].as_str().unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(texts("words_from=3&words_below=6"), ["two boats on a lake", "a cat sleeps"]);
    assert_eq!(texts("of=short&order=-words&limit=1"), ["a bird"]);
    assert_eq!(texts("of=human&order=words"), ["a cat sleeps", "two boats on a lake", "a red bird sings on a wire"]);
    assert_eq!(texts("reference=human&rouge_l_from=1"), ["a red bird sings on a wire"]);
    assert_eq!(texts(&format!("image={}&of=short", images[1])), ["a boat"]);
    let page = list("limit=2&of=short");
    assert_eq!((page["items"].as_array().map(Vec::len), &page["next_cursor"]), (Some(2), &json!("2")));
    let rest = list("limit=2&of=short&cursor=2");
    assert_eq!((&rest["items"][0]["file_name"], &rest["next_cursor"]), (&json!("three.png"), &Value::Null));
    let metrics = &list("of=short&reference=human")["items"][0]["metrics"];
    assert!(metrics["words"] == 2.0 && close(&metrics["repetition"], 0.0) && metrics["cider"].is_number(), "{metrics}");

    // Every bin of every histogram has behind it what it counts: over HTTP, and on the page that its bar leads to.
    let found = instance.get(&format!("{METRICS}?reference=human"), &cast.viewer).json();
    let mut bars = 0;
    for histogram in found["histograms"].as_array().expect("a list") {
        let metric = histogram["metric"].as_str().expect("it has a name");
        for source in histogram["sources"].as_array().expect("a list") {
            for (bin, count) in histogram["bins"].as_array().unwrap().iter().zip(source["counts"].as_array().unwrap()) {
                let below = bin["below"].as_f64().map_or_else(String::new, |below| format!("&{metric}_below={below}"));
                let of = source["source"].as_str().expect("it has a name");
                let query = format!("of={of}&reference=human&{metric}_from={}{below}", bin["from"]);
                assert_eq!(texts(&query).len() as u64, count.as_u64().unwrap(), "{query}");
                bars += usize::from(count.as_u64() > Some(0));
            }
        }
    }
    assert!(bars > 25, "{bars}");
    let cookie = sign_in(&instance, "viewer");
    let page = get(&instance, "/datasets/birds/metrics?reference=human&metric=rouge_l", &cookie).text();
    let links = page.split("<a href=\"").skip(1).filter_map(|link| link.split_once('"'));
    let mut followed = 0;
    for (address, rest) in links.filter(|(address, _)| address.starts_with("/datasets/birds/metrics/captions")) {
        let label = rest.split('>').next().and_then(|tag| tag.split("aria-label=\"").nth(1));
        // The table's links are words themselves.
        let Some(counted) = label.map(|label| label.split(" caption").next()) else { continue };
        let counted: u64 = counted.and_then(|number| number.parse().ok()).expect("the label tells how many");
        let list = get(&instance, &address.replace("&amp;", "&"), &cookie).text();
        assert_eq!(list.matches("class=\"card measured\"").count() as u64, counted, "{address}");
        followed += 1;
    }
    assert!(followed >= 7, "{followed}: bars and marks: {page}");
    instance.end().await;
}

#[tokio::test]
async fn numbers_are_for_who_may_see_the_dataset() {
    let instance = Instance::start(&[]).await;
    let cast = Cast::gather(&instance);
    set_up(&instance, &cast.owner, "birds").await;
    for path in [METRICS.to_owned(), format!("{METRICS}/captions")] {
        let statuses = cast.statuses(|token| instance.get(&path, token));
        assert_eq!(statuses, [404, 404, 200, 200, 200, 200], "{path}");
        // What is kept of who may is nobody else's.
        assert_eq!(instance.get(&path, &cast.stranger).status, 404);
    }
    for path in ["/datasets/birds/metrics", "/datasets/birds/metrics/captions"] {
        assert_eq!(get(&instance, path, "").status, 404);
        assert_eq!(get(&instance, path, &sign_in(&instance, "stranger")).status, 404);
        assert_eq!(get(&instance, path, &sign_in(&instance, "viewer")).status, 200);
    }
    for (query, name) in [
        ("?reference=nobody", "reference"),
        ("?q=(bird", "parenthesis"),
        ("?status=good", "status"),
        ("?reference=%00", "reference"),
    ] {
        let wrong = instance.get(&format!("{METRICS}{query}"), &cast.viewer);
        assert!(wrong.status == 400 && wrong.text().contains(name), "{query}: {}", wrong.text());
    }
    for (query, name) in [
        ("?of=nobody", "of"),
        ("?words_from=many", "words_from"),
        ("?order=best", "order"),
        ("?image=x", "image"),
        ("?cursor=x", "cursor"),
        ("?limit=0", "limit"),
    ] {
        let wrong = instance.get(&format!("{METRICS}/captions{query}"), &cast.viewer);
        assert!(wrong.status == 400 && wrong.text().contains(name), "{query}: {}", wrong.text());
    }
    let cookie = sign_in(&instance, "viewer");
    let page = get(&instance, "/datasets/birds/metrics?q=(bird&reference=human", &cookie);
    assert!(page.status == 400 && page.text().contains("role=\"alert\""), "{}", page.text());
    let old = get(&instance, "/datasets/birds/metrics?metric=size&x=size&of=nobody", &cookie);
    assert!(old.status == 200 && old.text().contains("scatter-chart"), "what can't be shown counts as absent");
    instance.end().await;
}

#[tokio::test]
async fn commands_tell_the_same_here_and_on_a_server() {
    let instance = Instance::start(&[]).await;
    let cast = Cast::gather(&instance);
    set_up(&instance, &cast.owner, "birds").await;
    let ask = json!({ "sources": ["model", "short"] });
    for _ in 0..2 {
        let shown = instance.post("/api/v1/datasets/birds/arena/next", &cast.owner, &ask).json();
        let left_is_long = shown["comparison"]["left"]["text"].as_str().map(str::len)
            > shown["comparison"]["right"]["text"].as_str().map(str::len);
        let vote = format!("/api/v1/comparisons/{}/vote", shown["comparison"]["id"].as_str().expect("it has an id"));
        let outcome = if left_is_long { "left" } else { "right" };
        assert_eq!(instance.send("PUT", &vote, &cast.owner, &json!({ "outcome": outcome }).to_string()).status, 200);
    }
    let key = instance.post("/api/v1/keys", &cast.owner, &json!({ "name": "commands", "scopes": ["read"] })).json();
    let key = key["key"].as_str().expect("a key was made").to_owned();
    let (_, url) = instance.contents().await;
    let data = tempfile::tempdir().expect("a temporary folder can be made");
    let mut told = Vec::new();
    for place in [Place::Here(url), Place::There(instance.server.url(""), key)] {
        let run = |arguments: &[&str]| place.json(data.path(), 0, arguments);
        let says = |code: i32, arguments: &[&str]| {
            let output = place.run(data.path(), arguments);
            assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", text(&output.stderr));
            text(&output.stdout) + &text(&output.stderr)
        };
        let mut metrics = run(&["metrics", "birds", "--reference", "human"]).remove(0);
        assert_eq!(metrics["captions"], 8, "{metrics}");
        // A server counts the tokens of its model.
        metrics["tokenizer"] = Value::Null;
        for source in metrics["sources"].as_array_mut().expect("a list") {
            source["summaries"].as_object_mut().expect("an object").remove("tokens");
        }
        metrics["histograms"].as_array_mut().expect("a list").retain(|histogram| histogram["metric"] != "tokens");
        let board = run(&["arena", "board", "birds"]);
        assert_eq!((&board[0]["votes"], &board[0]["sources"][0]["source"]), (&json!(2), &json!("model")), "{board:?}");
        let votes = run(&["arena", "votes", "birds"]);
        assert_eq!((votes.len(), &votes[0]["voter_name"]), (2, &json!("owner")));
        told.push((metrics, board, votes));
        assert_eq!(run(&["metrics", "birds", "--query", "boat"])[0]["captions"], 3);
        assert_eq!(run(&["arena", "board", "birds", "--query", "nothing"])[0]["votes"], 0);
        let table = says(0, &["metrics", "birds", "--reference", "human"]);
        for words in ["8 captions of 4 images", "VOCABULARY", "Against human:", "CIDER"] {
            assert!(table.contains(words), "{words}: {table}");
        }
        let table = says(0, &["arena", "board", "birds"]);
        assert!(table.contains("2 votes from 1 person") && table.contains("100 %"), "{table}");
        for wrong in [&["metrics", "boats"][..], &["arena", "board", "boats"], &["arena", "votes", "boats"]] {
            assert!(says(1, wrong).contains("no dataset \"boats\""), "{wrong:?}");
        }
        assert!(says(1, &["metrics", "birds", "--reference", "nobody"]).contains("there is no source"));
        assert!(says(1, &["metrics", "birds", "--query", "(boat"]).contains("parenthes"));
    }
    assert_eq!(told[0], told[1]);
    instance.end().await;
}

#[tokio::test]
async fn tokens_are_counted_by_the_tokenizer_that_is_named() {
    let instance = Instance::start(&[]).await;
    let cast = Cast::gather(&instance);
    set_up(&instance, &cast.owner, "birds").await;
    let (_, url) = instance.contents().await;
    let (here, data) = (Place::Here(url), tempfile::tempdir().expect("a temporary folder can be made"));
    let plain = here.json(data.path(), 0, &["metrics", "birds"]).remove(0);
    assert_eq!((&plain["tokenizer"], plain["sources"][0]["summaries"].get("tokens")), (&Value::Null, None));
    let unpacked = std::fs::read_dir(instance.server.data()).expect("the folder is there");
    let unpacked = unpacked.filter_map(|entry| entry.ok()?.path().to_str().map(str::to_owned));
    let demo = unpacked.into_iter().find(|path| path.contains("demo-model-")).expect("the demo model is unpacked");
    let demo = demo.as_str();
    let counted = here.json(data.path(), 0, &["metrics", "birds", "--tokenizer", demo]).remove(0);
    let served = instance.get(METRICS, &cast.viewer).json();
    assert_eq!(counted["sources"], served["sources"], "the same as the server's own");
    let output = here.run(data.path(), &["metrics", "birds", "--tokenizer", "/nothing/there"]);
    assert!(output.status.code() == Some(1) && text(&output.stderr).contains("/nothing/there"));
    instance.end().await;
}
