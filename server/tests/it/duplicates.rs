//! Near-duplicates: found, worked off and given one caption, over HTTP, by plain forms and by commands.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, imageops::FilterType};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    datasets::{add, caption, scene},
    gallery::{get as page, post as submit, sign_in},
    jobs::{asked, has_ended, wait_for},
    people::Instance,
    program::{Server, sample, text},
    roles::{Cast, ask},
    transfer_commands::Place,
};

const DUPLICATES: &str = "/api/v1/datasets/birds/duplicates";
const KEEP: &str = "/api/v1/datasets/birds/duplicates/keep";
const DISMISSALS: &str = "/api/v1/datasets/birds/duplicates/dismissals";

/// The first scene, a little smaller and as another file.
fn smaller_scene() -> Vec<u8> {
    let picture = image::load_from_memory(&scene()).expect("it is a picture");
    let (width, height) = (picture.width() * 9 / 10, picture.height() * 9 / 10);
    png(&picture.resize_exact(width, height, FilterType::CatmullRom))
}

fn png(picture: &DynamicImage) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    picture.write_to(&mut file, ImageFormat::Png).expect("it can be written");
    file.into_inner()
}

/// A dataset with people of each role and three pictures: `a.png`, `b.png` that looks like it, and `c.png` that does not.
/// The pictures' ids.
fn set_up(instance: &Instance) -> (Cast, Vec<Uuid>) {
    let cast = Cast::gather(instance);
    let other = std::fs::read(sample("scene-02.png")).expect("the sample is there");
    let added = add(instance, &cast.owner, "birds", &[("b.png", &smaller_scene()), ("c.png", &other)]).json();
    let id = |number: usize| added["results"][number]["image"]["id"].as_str().and_then(|id| id.parse().ok());
    let images = vec![cast.image, id(0).expect("it is added"), id(1).expect("it is added")];
    (cast, images)
}

fn own(instance: &Instance, token: &str, image: Uuid, text: &str) {
    let path = format!("/api/v1/images/{image}/captions/mine");
    let written = instance.send("PUT", &path, token, &json!({ "text": text }).to_string());
    assert_eq!(written.status, 201, "{}", written.text());
}

/// What a picture's captions say, by source.
fn said(instance: &Instance, token: &str, image: Uuid) -> Vec<(String, String)> {
    let captions = instance.get(&format!("/api/v1/images/{image}/captions"), token).json();
    let member = |caption: &Value, name: &str| caption[name].as_str().unwrap_or_default().to_owned();
    captions.as_array().into_iter().flatten().map(|one| (member(one, "source"), member(one, "text"))).collect()
}

fn names(group: &Value) -> Vec<&str> {
    group["images"].as_array().into_iter().flatten().filter_map(|image| image["file_name"].as_str()).collect()
}

#[tokio::test]
async fn caption_is_kept_for_pictures_that_look_alike_and_taken_back() {
    let instance = Instance::start(&[]).await;
    let (cast, images) = set_up(&instance);
    let found = caption(&instance, "birds", images[0], "a bird <b>sings</b>").await;
    own(&instance, &cast.annotator, images[1], "a bird");
    let groups = instance.get(DUPLICATES, &cast.viewer).json();
    assert_eq!((&groups["groups"], &groups["images"], &groups["compared"]), (&json!(1), &json!(2), &json!(3)));
    assert_eq!((&groups["distance"], &groups["unhashed"], &groups["dismissed"]), (&json!(8), &json!(0), &json!(0)));
    assert_eq!(names(&groups["items"][0]), ["a.png", "b.png"]);
    let same = instance.get(&format!("{DUPLICATES}?distance=0"), &cast.viewer).json();
    assert!(same["groups"] == 0 || same["items"][0]["spread"] == 0, "{same}");
    let filtered = instance.get(&format!("{DUPLICATES}?missing=found"), &cast.viewer).json();
    assert_eq!((&filtered["groups"], &filtered["compared"]), (&json!(0), &json!(2)));

    // What would change is told first, with the versions that keeping takes.
    let asking = |versions: [Option<i32>; 2]| {
        let image = |place: usize| json!({ "id": images[place], "version": versions[place] });
        json!({ "caption": found, "version": 1, "images": [image(0), image(1)] })
    };
    let preview = instance.post(&format!("{KEEP}/preview"), &cast.annotator, &asking([None, None])).json();
    assert_eq!((&preview["added"], &preview["changed"], &preview["unchanged"]), (&json!(1), &json!(1), &json!(0)));
    assert_eq!((&preview["images"][1]["version"], &preview["images"][1]["before"]), (&json!(1), &json!("a bird")));
    assert_eq!(said(&instance, &cast.viewer, images[0]).len(), 1, "a preview writes nothing");

    // A caption of one's own that was not seen stays.
    let unseen = asked(&instance, &cast.annotator, KEEP, &asking([None, None]));
    let ended = wait_for(&instance.server, &unseen, &cast.annotator, has_ended);
    assert_eq!((&ended["kind"], &ended["done"], &ended["failed"]), (&json!("keep_caption"), &json!(1), &json!(1)));
    let errors = instance.get(&format!("/api/v1/jobs/{unseen}/errors"), &cast.annotator).json();
    assert!(errors["items"][0]["error"].as_str().unwrap().contains("since you saw it"), "{errors}");
    let own = |image: Uuid| said(&instance, &cast.viewer, image).into_iter().find(|(source, _)| source == "annotator");
    assert_eq!(own(images[0]).unwrap().1, "a bird <b>sings</b>");
    assert_eq!(own(images[1]).unwrap().1, "a bird");

    let job = asked(&instance, &cast.annotator, KEEP, &asking([Some(1), Some(1)]));
    let ended = wait_for(&instance.server, &job, &cast.annotator, has_ended);
    assert_eq!((&ended["done"], &ended["failed"]), (&json!(2), &json!(0)));
    assert_eq!(own(images[1]).unwrap().1, "a bird <b>sings</b>");
    let others = said(&instance, &cast.viewer, images[0]);
    assert!(others.contains(&("found".into(), "a bird <b>sings</b>".into())), "what others say stays: {others:?}");

    // Rolled back, both become what they were: nothing, and what it said.
    let path = format!("/api/v1/jobs/{job}/rollback");
    instance.post(&path, &cast.viewer, &json!({})).expect_problem(404, "not-found");
    let rollback = asked(&instance, &cast.annotator, &path, &json!({}));
    wait_for(&instance.server, &rollback, &cast.annotator, has_ended);
    assert_eq!(own(images[1]).unwrap().1, "a bird");
    let first = asked(&instance, &cast.annotator, &format!("/api/v1/jobs/{unseen}/rollback"), &json!({}));
    wait_for(&instance.server, &first, &cast.annotator, has_ended);
    assert_eq!(own(images[0]), None, "there was none before");
    instance.end().await;
}

#[tokio::test]
async fn everybody_may_do_what_their_role_says() {
    let instance = Instance::start(&[]).await;
    let (cast, images) = set_up(&instance);
    let found = caption(&instance, "birds", images[0], "a bird").await;
    let send =
        |method: &str, path: &str, body: Value| cast.statuses(|token| ask(&instance, method, path, token, &body));
    // Nobody, a stranger, a viewer, an annotator, a reviewer, the owner.
    assert_eq!(send("GET", DUPLICATES, Value::Null), [404, 404, 200, 200, 200, 200]);
    assert_eq!(send("GET", DISMISSALS, Value::Null), [404, 404, 200, 200, 200, 200]);
    let kept = json!({ "caption": found, "version": 1, "images": [{ "id": images[1] }] });
    assert_eq!(send("POST", &format!("{KEEP}/preview"), kept.clone()), [401, 404, 403, 200, 200, 200]);
    assert_eq!(send("POST", KEEP, kept), [401, 404, 403, 202, 202, 202]);
    let group = json!({ "by": "image", "images": images[..2] });
    assert_eq!(send("POST", DISMISSALS, group), [401, 404, 403, 201, 201, 201]);
    let list = instance.get(DISMISSALS, &cast.viewer).json();
    let dismissal = format!("/api/v1/dismissals/{}", list["items"][0]["id"].as_str().expect("it has an id"));
    assert_eq!(send("DELETE", &dismissal, Value::Null), [401, 404, 403, 204, 404, 404]);

    // What belongs to another dataset is not there, whoever asks.
    assert_eq!(instance.post("/api/v1/datasets", &cast.stranger, &json!({ "slug": "boats", "name": "B" })).status, 201);
    let added = add(&instance, &cast.stranger, "boats", &[("boat.png", &scene())]).json();
    let boat = added["results"][0]["image"]["id"].clone();
    for body in [
        json!({ "caption": found, "version": 1, "images": [{ "id": images[0] }, { "id": boat }] }),
        json!({ "caption": boat, "version": 1, "images": [{ "id": images[0] }] }),
    ] {
        instance.post(KEEP, &cast.owner, &body).expect_problem(404, "not-found");
    }
    let foreign = format!("{}/keep", DUPLICATES.replace("birds", "boats"));
    let body = json!({ "caption": found, "version": 1, "images": [{ "id": boat }] });
    instance.post(&foreign, &cast.stranger, &body).expect_problem(404, "not-found");
    let mixed = json!({ "by": "image", "images": [images[0], boat] });
    instance.post(DISMISSALS, &cast.owner, &mixed).expect_problem(404, "not-found");
    // A key that only reads writes nothing.
    let key = instance.post("/api/v1/keys", &cast.owner, &json!({ "name": "look", "scopes": ["read"] })).json();
    let key = key["key"].as_str().expect("a key was made");
    assert_eq!(ask(&instance, "GET", DUPLICATES, key, &Value::Null).status, 200);
    let group = json!({ "by": "image", "images": images[..2] });
    assert_eq!(ask(&instance, "POST", DISMISSALS, key, &group).status, 403);
    instance.end().await;
}

#[tokio::test]
async fn groups_are_dismissed_until_another_picture_comes() {
    let instance = Instance::start(&[]).await;
    let (cast, images) = set_up(&instance);
    let dismissed = instance.post(DISMISSALS, &cast.annotator, &json!({ "by": "image", "images": images[..2] }));
    assert_eq!(dismissed.status, 201, "{}", dismissed.text());
    let groups = instance.get(DUPLICATES, &cast.viewer).json();
    assert_eq!((&groups["groups"], &groups["dismissed"]), (&json!(0), &json!(1)));
    let again = add(&instance, &cast.owner, "birds", &[("again.png", &scene())]).json();
    assert_eq!(again["results"][0]["image"]["file_name"], "again.png");
    let groups = instance.get(DUPLICATES, &cast.viewer).json();
    assert_eq!(names(&groups["items"][0]), ["a.png", "b.png", "again.png"], "it is another group");
    let path = format!("/api/v1/dismissals/{}", dismissed.json()["id"].as_str().unwrap());
    assert_eq!(instance.send("DELETE", &path, &cast.reviewer, "").status, 204);
    assert_eq!(instance.get(DUPLICATES, &cast.viewer).json()["dismissed"], 0);
    instance.end().await;
}

#[tokio::test]
async fn captions_that_are_nearly_the_same_of_different_pictures_are_found() {
    let instance = Instance::start(&[]).await;
    let (cast, images) = set_up(&instance);
    for (image, text) in [(0, "A dog on the grass."), (1, "two cats"), (2, "a dog on the green grass")] {
        own(&instance, &cast.annotator, images[image], text);
    }
    let find = |query: &str| instance.get(&format!("{DUPLICATES}?by=caption{query}"), &cast.viewer).json();
    let near = find("&distance=10");
    assert_eq!((&near["captions"], &near["compared"]), (&json!("annotator"), &json!(3)));
    assert_eq!((names(&near["items"][0]), &near["items"][0]["spread"]), (vec!["a.png", "c.png"], &json!(10)));
    assert_eq!(near["items"][0]["images"][0]["caption"]["text"], "A dog on the grass.");
    assert_eq!(find("&distance=9")["groups"], 0);
    assert_eq!(find("&captions=nobody")["compared"], 0);
    assert_eq!(find("&distance=10&status=approved")["groups"], 0);
    instance.end().await;
}

#[tokio::test]
async fn what_cannot_be_understood_is_refused() {
    let instance = Instance::start(&[]).await;
    let (cast, images) = set_up(&instance);
    let found = caption(&instance, "birds", images[0], "a bird").await;
    for (query, name) in [
        ("by=sound", "by"),
        ("distance=17", "distance"),
        ("distance=-1", "distance"),
        ("by=caption&distance=31", "distance"),
        ("order=random", "order"),
        ("captions=%00", "captions"),
        ("q=(dog", "parenthesis"),
        ("cursor=last", "cursor"),
        ("limit=0", "limit"),
    ] {
        let refused = instance.get(&format!("{DUPLICATES}?{query}"), &cast.viewer);
        assert_eq!(refused.status, 400, "{query}: {}", refused.text());
        assert!(refused.text().contains(name), "{query}: {}", refused.text());
    }
    let image = json!({ "id": images[0] });
    for (body, status) in [
        (json!({ "caption": found, "version": 1, "images": [] }), 400),
        (json!({ "caption": found, "version": 1, "images": [image, image] }), 400),
        (json!({ "caption": found, "version": 1, "images": vec![image.clone(); 1001] }), 400),
        (json!({ "caption": "x", "version": 1, "images": [image] }), 400),
        (json!({ "caption": found, "images": [image] }), 400),
        (json!({ "caption": found, "version": 1, "images": [image], "text": "mine" }), 400),
        (json!({ "caption": found, "version": 2, "images": [image] }), 409),
        (json!({ "caption": images[0], "version": 1, "images": [image] }), 404),
    ] {
        for path in [KEEP.to_owned(), format!("{KEEP}/preview")] {
            let refused = instance.post(&path, &cast.annotator, &body);
            assert_eq!(refused.status, status, "{body}: {}", refused.text());
        }
    }
    for body in [
        json!({ "by": "image", "images": [images[0]] }),
        json!({ "by": "image", "images": [images[0], images[0]] }),
        json!({ "by": "sound", "images": images }),
        json!({ "images": images }),
    ] {
        let refused = instance.post(DISMISSALS, &cast.annotator, &body);
        assert_eq!(refused.status, 400, "{body}: {}", refused.text());
    }
    instance.get("/api/v1/datasets/boats/duplicates", &cast.owner).expect_problem(404, "not-found");
    assert_eq!(instance.send("DELETE", "/api/v1/dismissals/x", &cast.owner, "").status, 404);
    instance.end().await;
}

#[tokio::test]
async fn groups_are_worked_off_by_plain_forms() {
    let instance = Instance::start(&[]).await;
    let (cast, images) = set_up(&instance);
    let found = caption(&instance, "birds", images[0], "a bird <b>sings</b>").await;
    let path = "/datasets/birds/duplicates?by=image&distance=8";
    assert_eq!(page(&instance, path, "").status, 404, "nobody knows of the dataset");
    let viewer = sign_in(&instance, "viewer");
    let seen = page(&instance, path, &viewer).text();
    assert!(seen.contains("1 group of 2 images, of 3 images that were compared."), "{seen}");
    assert!(seen.contains("a bird &lt;b&gt;sings&lt;/b&gt;") && !seen.contains("Keep this caption"), "{seen}");
    let ids = format!("{},{}", images[0], images[1]);
    let keep = format!("keep={found}.1&images={ids}&by=image");
    assert_eq!(submit(&instance, path, &viewer, &keep, &[]).status, 403);
    assert_eq!(submit(&instance, path, "", &keep, &[]).status, 401);

    let cookie = sign_in(&instance, "annotator");
    assert!(page(&instance, path, &cookie).text().contains("Keep this caption for all"));
    let foreign = ("origin", "https://evil.example");
    assert_eq!(submit(&instance, path, &cookie, &keep, &[foreign]).status, 403);
    let shown = submit(&instance, path, &cookie, &keep, &[]).text();
    assert!(shown.contains("2 captions would be new.") && shown.contains("Write 2 captions"), "{shown}");
    assert!(!shown.contains("<b>sings"), "captions stay text");
    assert_eq!(said(&instance, &cast.viewer, images[1]), [], "nothing is written before it was seen");
    let done = submit(&instance, path, &cookie, &format!("{keep}&step=apply"), &[]);
    assert_eq!(done.status, 303, "{}", done.text());
    let job = done.header("location").trim_start_matches("/jobs/").to_owned();
    wait_for(&instance.server, &job, &cast.annotator, has_ended);
    assert_eq!(said(&instance, &cast.viewer, images[1])[0].1, "a bird <b>sings</b>");
    let told = page(&instance, &format!("/jobs/{job}"), &cookie).text();
    assert!(told.contains("Keep a caption for 2 images") && told.contains("2 captions written"), "{told}");
    let back = submit(&instance, &format!("/jobs/{job}"), &cookie, "action=rollback", &[]);
    let rollback = back.header("location").trim_start_matches("/jobs/").to_owned();
    wait_for(&instance.server, &rollback, &cast.annotator, has_ended);
    let told = page(&instance, &format!("/jobs/{rollback}"), &cookie).text();
    assert!(told.contains("2 captions taken away"), "{told}");

    let dismissed = submit(&instance, path, &cookie, &format!("step=dismiss&by=image&images={ids}"), &[]);
    assert_eq!((dismissed.status, dismissed.header("location")), (303, path));
    let empty = page(&instance, path, &cookie).text();
    assert!(empty.contains("No near-duplicates") && empty.contains("1 group dismissed"), "{empty}");
    let list = page(&instance, &format!("{path}&dismissed=true"), &cookie).text();
    let id = list.split("name=\"take_back\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let id = id.expect("it can be taken back");
    submit(&instance, path, &cookie, &format!("take_back={id}"), &[]);
    assert!(page(&instance, path, &cookie).text().contains("1 group of 2 images"));
    for wrong in ["keep=x", "keep=x.1&images=", "step=dismiss&images=cat", "take_back=x"] {
        let refused = submit(&instance, path, &cookie, wrong, &[]);
        assert!(refused.status == 400 || refused.status == 404, "{wrong}: {}", refused.status);
    }
    let wrong = page(&instance, "/datasets/birds/duplicates?by=image&distance=99", &cookie);
    assert!(wrong.status == 200 && wrong.text().contains("role=\"alert\""), "{}", wrong.text());
    instance.end().await;
}

#[tokio::test]
async fn duplicates_are_listed_by_a_command_here_and_there() {
    let instance = Instance::start(&[]).await;
    let (cast, images) = set_up(&instance);
    own(&instance, &cast.owner, images[0], "a bird");
    let key = instance.post("/api/v1/keys", &cast.owner, &json!({ "name": "commands", "scopes": ["read"] })).json();
    let key = key["key"].as_str().expect("a key was made").to_owned();
    let (_, url) = instance.contents().await;
    let data = tempfile::tempdir().expect("a temporary folder can be made");
    for place in [Place::Here(url.clone()), Place::There(instance.server.url(""), key.clone())] {
        let groups = place.json(data.path(), 0, &["duplicates", "birds"]);
        assert_eq!((groups.len(), names(&groups[0])), (1, vec!["a.png", "b.png"]));
        assert_eq!(groups[0]["images"][0]["caption"]["text"], "a bird");
        let told = text(&place.run(data.path(), &["duplicates", "birds", "--order", "closest"]).stdout);
        assert!(told.starts_with("2 images, up to ") && told.contains("  a.png  a bird\n  b.png\n"), "{told}");
        let none = place.run(data.path(), &["duplicates", "birds", "--by", "caption", "--captions", "owner"]);
        assert_eq!(text(&none.stdout), "Nothing is there nearly twice.\n", "{}", text(&none.stderr));
        assert_eq!(place.json(data.path(), 0, &["duplicates", "birds", "--query", "has:owner"]), [] as [Value; 0]);
        let wrong = place.run(data.path(), &["duplicates", "birds", "--distance", "17"]);
        assert!(!wrong.status.success() && text(&wrong.stderr).contains("0 to 16"), "{}", text(&wrong.stderr));
        let unknown = place.run(data.path(), &["duplicates", "boats"]);
        assert_eq!(unknown.status.code(), Some(1), "{}", text(&unknown.stderr));
    }
    instance.end().await;
}

#[tokio::test]
async fn pictures_that_came_before_get_their_hashes() {
    let instance = Instance::start(&[]).await;
    let (cast, _) = set_up(&instance);
    let looked = |instance: &Instance| instance.get(DUPLICATES, &cast.viewer).json();
    let before = looked(&instance)["items"].clone();
    instance.test().execute("UPDATE images SET perceptual_hash = NULL").await;
    assert_eq!(looked(&instance)["groups"], 0, "nothing can be compared");
    // A server looks for them soon after its start. This one has the same folder.
    let (url, data) = (instance.test().url(), instance.server.data().to_str().expect("it is text").to_owned());
    let beside = Server::start(&["--database-url", &url, "--data-dir", &data]);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while looked(&instance)["unhashed"] != 0 {
        assert!(std::time::Instant::now() < deadline, "the hashes are made: {}", looked(&instance));
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    assert_eq!(looked(&instance)["items"], before, "the same as when they came");
    assert!(beside.terminate().0.success());
    instance.end().await;
}
