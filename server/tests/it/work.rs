//! The pages of jobs: their plain forms, and what they show to whom.

use std::fs;

use serde_json::{Value, json};

use crate::{
    datasets::{add, scene},
    form::Form,
    gallery::{get, post, sign_in},
    jobs::{has_ended, wait_for},
    people::Instance,
    program::Answer,
};

const FOREIGN: (&str, &str) = ("origin", "https://evil.example");

/// A dataset of anna's with pictures; eve looks at it, mallory doesn't know of it. Who may what: tokens and cookies.
struct Place {
    instance: Instance,
    anna: String,
    cookie: String,
    eve: String,
    mallory: String,
    /// The pictures' ids, by name.
    images: Vec<String>,
}

async fn place(names: &[&str]) -> Place {
    let instance = Instance::start(&[]).await;
    let (_, anna, _) = instance.invite("anna");
    let (eve, _, _) = instance.invite("eve");
    instance.invite("mallory");
    assert_eq!(instance.post("/api/v1/datasets", &anna, &json!({ "slug": "birds", "name": "Birds" })).status, 201);
    let member = format!("/api/v1/datasets/birds/members/{eve}");
    assert_eq!(instance.send("PUT", &member, &anna, r#"{"role": "viewer"}"#).status, 204);
    let scene = scene();
    let files: Vec<_> = names.iter().map(|name| (*name, &*scene)).collect();
    let added = if files.is_empty() { json!({ "results": [] }) } else { add(&instance, &anna, "birds", &files).json() };
    let results = added["results"].as_array().expect("there are results").clone();
    let images = results.iter().map(|result| text_of(&result["image"]["id"])).collect();
    let [cookie, eve, mallory] = ["anna", "eve", "mallory"].map(|name| sign_in(&instance, name));
    Place { instance, anna, cookie, eve, mallory, images }
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("it is a text: {value}")).to_owned()
}

/// The job that a form led to, once it has ended.
fn job_of(place: &Place, answer: &Answer) -> (String, Value) {
    assert_eq!(answer.status, 303, "{}", answer.text());
    let address = answer.header("location").to_owned();
    let id = address.strip_prefix("/jobs/").unwrap_or_else(|| panic!("{address} is a job's"));
    (address.clone(), wait_for(&place.instance.server, id, &place.anna, has_ended))
}

fn send_file(place: &Place, cookie: &str, form: Form, more: &[(&str, &str)]) -> Answer {
    let headers = [("content-type", &*Form::content_type()), ("cookie", cookie), ("accept", "text/html")];
    // What comes later takes the place of what came before.
    let kept = headers.iter().filter(|(name, _)| more.iter().all(|(other, _)| other != name));
    let headers: Vec<_> = kept.chain(more).copied().collect();
    let body = form.finish();
    let headers = headers.iter().fold(String::new(), |text, (name, value)| format!("{text}{name}: {value}\r\n"));
    let head = format!(
        "POST /datasets/birds/import HTTP/1.1\r\nhost: localhost\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    place.instance.server.exchange(&[head.as_bytes(), &body].concat())
}

#[tokio::test]
async fn export_form_writes_what_was_chosen_and_keeps_what_was_written() {
    let place = place(&["a.png", "b.png", "c.png"]).await;
    let Place { instance, cookie, eve, mallory, images, .. } = &place;
    let own = |image: &str, text: &str| {
        let answer = instance.send(
            "PUT",
            &format!("/api/v1/images/{image}/captions/mine"),
            &place.anna,
            &json!({ "text": text }).to_string(),
        );
        assert!(answer.status < 300, "{}", answer.text());
    };
    own(&images[0], "a <b>duck</b>");
    own(&images[1], "a goose");
    let path = "/datasets/birds/export";
    let page = get(instance, path, cookie).text();
    for words in ["All of the dataset: 3 images", "Export 2 captions", "Export 3 images, one caption each"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let signed_out = get(instance, path, "");
    assert_eq!(signed_out.header("location"), "/sign-in?next=%2Fdatasets%2Fbirds%2Fexport");
    assert_eq!(get(instance, path, mallory).status, 404);
    assert_eq!(get(instance, path, eve).status, 200, "who looks may take along");

    let form = "scope=filter&captions=source&source=anna&format=csv";
    assert_eq!(post(instance, path, "", form, &[]).status, 401);
    assert_eq!(post(instance, path, mallory, form, &[]).status, 404);
    assert_eq!(post(instance, path, cookie, form, &[FOREIGN]).status, 403);
    let wrong = post(instance, &format!("{path}?source=anna"), cookie, &form.replace("csv", "pdf"), &[]);
    let text = wrong.text();
    assert!(
        wrong.status == 400 && text.contains("&quot;pdf&quot; is no format") || text.contains("\"pdf\" is no format")
    );
    assert!(text.contains("Has a caption of") && text.contains("value=\"filter\" checked"), "{text}");
    assert!(text.contains("value=\"source\" checked") && text.contains("value=\"anna\" selected"), "{text}");
    let sidecars = post(instance, path, cookie, "scope=all&captions=all&format=sidecars", &[]);
    assert!(sidecars.status == 400 && sidecars.text().contains("holds one caption"), "{}", sidecars.text());
    let nothing = post(instance, path, cookie, "scope=chosen&images=&captions=all&format=csv", &[]);
    assert!(nothing.status == 400 && nothing.text().contains("select at least one"), "{}", nothing.text());

    // Exactly what the filter finds, and it can be downloaded.
    let (address, ended) = job_of(&place, &post(instance, &format!("{path}?source=anna"), cookie, form, &[]));
    assert_eq!(ended["result"]["counts"]["images"], 2, "{ended}");
    let page = get(instance, &address, cookie).text();
    for words in ["Export: CSV table", "Download birds-", "2 captions in it", "those of anna", "Has a caption of"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let file = get(instance, &format!("/api/v1{address}/file"), cookie);
    assert!(file.status == 200 && file.text().contains("a <b>duck</b>"), "{}", file.text());
    assert_eq!(get(instance, &address, mallory).status, 404);
    assert_eq!(get(instance, &address, eve).status, 404, "it is anna's");

    // The grid's selection comes by a form, and goes on in the page's.
    let ids = format!("{},{}", images[0], images[2]);
    let page = post(instance, path, cookie, &format!("step=choose&images={ids}"), &[]);
    let text = page.text();
    assert!(page.status == 200 && text.contains("The selection: 2 images"), "{text}");
    assert!(text.contains(&images[0]) && text.contains(&images[2]) && !text.contains(&images[1]), "{text}");
    let form = format!("scope=chosen&images={ids}&captions=all&format=jsonl");
    let (_, ended) = job_of(&place, &post(instance, path, cookie, &form, &[]));
    assert_eq!(ended["result"]["counts"]["images"], 2, "{ended}");
    place.instance.end().await;
}

#[tokio::test]
async fn caption_form_asks_the_model_and_keeps_what_was_written() {
    let place = place(&["a.png", "b.png"]).await;
    let Place { instance, cookie, eve, mallory, .. } = &place;
    let path = "/datasets/birds/caption";
    let page = get(instance, path, cookie).text();
    assert!(page.contains("Caption 2 images") && page.contains("never overwritten"), "{page}");
    assert!(page.contains("&lt;OD&gt;") || page.contains("<OD>"), "{page}");
    assert!(!page.contains("REGION_TO_OCR"), "tasks about a place in one image are left out");
    assert_eq!(get(instance, path, "").status, 303);
    for (who, status) in [(mallory, 404), (eve, 403)] {
        assert_eq!(get(instance, path, who).status, status);
        assert_eq!(post(instance, path, who, "scope=all&task=%3CCAPTION%3E", &[]).status, status);
    }
    assert_eq!(post(instance, path, "", "scope=all", &[]).status, 401);
    assert_eq!(post(instance, path, cookie, "scope=all", &[FOREIGN]).status, 403);
    let form = "scope=all&task=%3COPEN_VOCABULARY_DETECTION%3E&text=a+%3Cred%3E+apple&seed=7&num_beams=99";
    let wrong = post(instance, path, cookie, form, &[]);
    let text = wrong.text();
    assert!(wrong.status == 400 && text.contains("num_beams"), "{text}");
    assert!(text.contains("value=\"a &lt;red&gt; apple\"") && text.contains("value=\"99\""), "nothing is lost: {text}");
    let missing = post(instance, path, cookie, "scope=all&task=%3COPEN_VOCABULARY_DETECTION%3E&text=+", &[]);
    assert!(missing.status == 400 && missing.text().contains("needs words"), "{}", missing.text());

    let asked = post(instance, path, cookie, "scope=all&task=%3CCAPTION%3E&text=left+over&num_beams=", &[]);
    let (address, ended) = job_of(&place, &asked);
    assert_eq!((&ended["state"], &ended["done"]), (&json!("succeeded"), &json!(2)));
    let page = get(instance, &address, cookie).text();
    assert!(page.contains("Show the captions in the grid") && page.contains("2 images"), "{page}");
    let source = page.split("/datasets/birds?source=").nth(1).and_then(|rest| rest.split(['&', '"']).next());
    let source = source.expect("the page leads to the captions").to_owned();
    let grid = get(instance, &format!("/datasets/birds?source={source}"), cookie).text();
    assert!(grid.contains("a.png") && grid.contains("b.png"), "{grid}");
    place.instance.end().await;
}

#[tokio::test]
async fn import_form_is_tried_told_and_applied() {
    let place = place(&["a.png"]).await;
    let Place { instance, cookie, eve, mallory, .. } = &place;
    let path = "/datasets/birds/import";
    let page = get(instance, path, cookie).text();
    assert!(page.contains("Check the file") && page.contains("name=\"column_caption\""), "{page}");
    for (who, status) in [("", 303), (mallory, 404), (eve, 403)] {
        assert_eq!(get(instance, path, who).status, status);
    }
    let table = b"img,prompt\na.png,a <i>duck</i>\ngone.png,nothing\n";
    let form = |columns: [&str; 2], source: &str| {
        // As browsers send it: the file where it stands in the form.
        let form = Form::new().file("file", "birds.csv", Some("text/csv"), table).field("format", "");
        let form =
            form.field("source", source).field("column_file_name", columns[0]).field("column_caption", columns[1]);
        form.field("column_status", "").field("dry_run", "true")
    };
    let right = || form(["img", "prompt"], "Bert's prompts");
    for (who, status) in [("", 401), (mallory.as_str(), 404), (eve.as_str(), 403)] {
        assert_eq!(send_file(&place, who, right(), &[]).status, status);
    }
    assert_eq!(send_file(&place, cookie, right(), &[FOREIGN]).status, 403);
    let wrong = send_file(&place, cookie, form(["img", "a<b"], "??"), &[]);
    let text = wrong.text();
    assert!(wrong.status == 400 && text.contains("letters or digits"), "{text}");
    assert!(text.contains("value=\"??\"") && text.contains("value=\"a&lt;b\""), "nothing is lost: {text}");
    let none = send_file(&place, cookie, Form::new().file("file", "", None, b"").field("dry_run", "true"), &[]);
    assert!(none.status == 400 && none.text().contains("Choose a file"), "{}", none.text());
    let told = send_file(&place, cookie, form(["img", "prompt"], "??"), &[("accept", "application/json")]);
    told.expect_problem(400, "invalid-field");

    let (dry, ended) = job_of(&place, &send_file(&place, cookie, right(), &[]));
    assert_eq!((&ended["done"], &ended["failed"]), (&json!(1), &json!(1)), "{ended}");
    let page = get(instance, &dry, cookie).text();
    for words in
        ["Check birds.csv", "1 caption new", "Import 1 caption<", "Row 2", "gone.png", "1 row can't be taken in"]
    {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(page.contains("Nothing has been changed yet"));
    let before = get(instance, "/datasets/birds?source=bert-s-prompts&captions=bert-s-prompts", cookie).text();
    assert!(!before.contains("duck"), "a dry run changes nothing: {before}");
    assert_eq!(post(instance, &dry, eve, "action=apply", &[]).status, 404, "eve may not know of it");
    assert_eq!(post(instance, &dry, cookie, "action=apply", &[FOREIGN]).status, 403);
    let unknown = post(instance, &dry, cookie, "action=explode", &[]);
    assert!(
        unknown.status == 400 && unknown.text().contains("cancel, resume, rollback or apply"),
        "{}",
        unknown.text()
    );
    let (applied, ended) = job_of(&place, &post(instance, &dry, cookie, "action=apply", &[]));
    assert_eq!(ended["result"]["counts"]["captions_added"], 1, "{ended}");
    assert_ne!(applied, dry);
    let page = get(instance, &applied, cookie).text();
    assert!(page.contains("What the import changed") && !page.contains("value=\"apply\""), "{page}");
    let grid = get(instance, "/datasets/birds?captions=bert-s-prompts", cookie).text();
    assert!(grid.contains("a &lt;i&gt;duck&lt;/i&gt;"), "{grid}");
    let again = post(instance, &applied, cookie, "action=apply", &[]);
    assert!(again.status == 409 && again.text().contains("no dry run"), "{}", again.text());

    // Its file is kept for a while only.
    let kept = instance.server.data().join("objects/imports");
    fs::remove_dir_all(kept).expect("the files are there");
    let late = post(instance, &dry, cookie, "action=apply", &[]);
    assert!(late.status == 409 && late.text().contains("Send it again"), "{}", late.text());

    let scripts = send_file(&place, cookie, right(), &[("accept", "application/json")]);
    assert!(scripts.status == 200 && text_of(&scripts.json()["address"]).starts_with("/jobs/"), "{}", scripts.text());
    place.instance.end().await;
}

#[tokio::test]
async fn jobs_are_listed_stopped_and_taken_up_again() {
    let names: Vec<_> = (0..60).map(|number| format!("{number:02}.png")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let place = place(&names[..20]).await;
    let Place { instance, cookie, eve, mallory, anna, .. } = &place;
    let scene = scene();
    for names in names[20..].chunks(20) {
        let files: Vec<_> = names.iter().map(|name| (*name, &*scene)).collect();
        assert_eq!(add(instance, anna, "birds", &files).status, 200);
    }
    assert_eq!(get(instance, "/jobs", "").header("location"), "/sign-in?next=%2Fjobs");
    let empty = get(instance, "/jobs", cookie).text();
    assert!(empty.contains("No jobs yet") && empty.contains("data-running=\"0\""), "{empty}");
    let asked = post(instance, "/datasets/birds/caption", cookie, "scope=all&task=%3CDETAILED_CAPTION%3E", &[]);
    let address = asked.header("location").to_owned();
    let id = address.trim_start_matches("/jobs/").to_owned();
    wait_for(&instance.server, &id, anna, |job| job["done"].as_i64() > Some(1));
    let running = get(instance, &address, cookie).text();
    for words in ["Running", "of 60 images", "It goes on when this tab is closed", "Reload to see", "Stop it", "1 job"]
    {
        assert!(running.contains(words), "{words}: {running}");
    }
    let part = format!(
        "GET /jobs HTTP/1.1\r\nhost: localhost\r\naccept: application/json\r\ncookie: {cookie}\r\nconnection: close\r\n\r\n"
    );
    let part = instance.server.exchange(part.as_bytes()).json();
    assert!(part["running"] == 1 && part["share"].as_f64() > Some(0.0), "{part}");
    assert!(get(instance, "/jobs", mallory).text().contains("No jobs yet"));
    assert_eq!(post(instance, &address, mallory, "action=cancel", &[]).status, 404);
    assert_eq!(post(instance, &address, eve, "action=cancel", &[]).status, 404);
    assert_eq!(post(instance, &address, "", "action=cancel", &[]).status, 401);
    assert_eq!(post(instance, &address, cookie, "action=cancel", &[FOREIGN]).status, 403);

    let stopped = post(instance, &address, cookie, "action=cancel", &[]);
    assert_eq!((stopped.status, stopped.header("location")), (303, &*address));
    let page = get(instance, &address, cookie).text();
    assert!(page.contains("Stopped after") && page.contains("Go on with it"), "{page}");
    let root = sign_in(instance, "root");
    let list = get(instance, "/jobs?dataset=birds", &root).text();
    assert!(
        list.contains("Jobs of Birds") && list.contains("anna") && list.contains("Caption images: Detailed"),
        "{list}"
    );
    assert_eq!(get(instance, "/jobs?dataset=nothing", cookie).status, 404);
    assert_eq!(get(instance, "/jobs?dataset=birds", mallory).status, 404);
    assert_eq!(get(instance, "/jobs?cursor=x", cookie).status, 400);
    assert_eq!(get(instance, &format!("{address}?after=x"), cookie).status, 400);
    let resumed = post(instance, &address, cookie, "action=resume", &[]);
    let (_, ended) = job_of(&place, &resumed);
    assert_eq!((&ended["state"], &ended["done"]), (&json!("succeeded"), &json!(60)));
    let page = get(instance, &address, cookie).text();
    assert!(page.contains("60 images") && !page.contains("Go on with it") && !page.contains("Stop it"), "{page}");
    place.instance.end().await;
}
