//! The settings of a dataset, on their page and over the API.

use serde_json::{Value, json};

use crate::{
    datasets::caption,
    gallery::{get, post, sign_in},
    people::Instance,
    program::Answer,
    roles::{Cast, ask},
};

const FOREIGN: (&str, &str) = ("origin", "https://evil.example");
const PAGE: &str = "/datasets/birds/settings";

/// A dataset with somebody of each role.
async fn gather() -> (Instance, Cast) {
    let instance = Instance::start(&[]).await;
    let cast = Cast::gather(&instance);
    (instance, cast)
}

fn is_done(answer: &Answer, done: &str) {
    let place = format!("{PAGE}?done={done}");
    assert_eq!((answer.status, answer.header("location")), (303, &*place), "{}", answer.text());
}

fn member_id(instance: &Instance, token: &str, name: &str) -> String {
    let members = instance.get("/api/v1/datasets/birds/members", token).json();
    let member = members.as_array().into_iter().flatten().find(|member| member["name"] == name);
    member.and_then(|member| member["user"].as_str()).unwrap_or_else(|| panic!("{name} is one: {members}")).to_owned()
}

#[tokio::test]
async fn everybody_sees_what_their_role_shows() {
    let (instance, cast) = gather().await;
    caption(&instance, "birds", cast.image, "a duck").await;
    assert_eq!(
        [get(&instance, PAGE, "").status, get(&instance, PAGE, &sign_in(&instance, "stranger")).status],
        [404; 2]
    );
    for role in ["viewer", "annotator", "reviewer"] {
        let page = get(&instance, PAGE, &sign_in(&instance, role)).words();
        assert!(page.contains("owner") && !page.contains("stranger"), "members see one another: {page}");
        assert!(page.contains("found") && page.contains("1 caption</span> by an import"), "{page}");
        assert!(!page.contains(&format!("action=\"{PAGE}\"")), "{role} gets no form: {page}");
    }
    let page = get(&instance, PAGE, &sign_in(&instance, "owner")).text();
    for words in ["Save", "Add somebody", "Rename the source", "Delete the dataset", "The only owner stays"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let grid = get(&instance, "/datasets/birds", &sign_in(&instance, "viewer")).text();
    assert!(grid.contains(&format!("href=\"{PAGE}\"")), "the pictures' page leads there");

    // Everybody may look at a public one, and sees no member.
    let body = r#"{"visibility":"public"}"#;
    assert_eq!(instance.send("PATCH", "/api/v1/datasets/birds", &cast.owner, body).status, 200);
    let page = get(&instance, PAGE, "").text();
    assert!(page.contains("Only members see who the members are") && !page.contains("reviewer</p>"), "{page}");
    instance.end().await;
}

#[tokio::test]
async fn forms_are_for_owners_and_for_this_site_alone() {
    let (instance, cast) = gather().await;
    let viewer = member_id(&instance, &cast.owner, "viewer");
    let forms = [
        "action=change&name=Mine&description=".to_owned(),
        "action=add-member&name=stranger&role=owner".to_owned(),
        format!("action=set-role&member={viewer}&role=owner"),
        format!("action=remove-member&member={viewer}"),
        "action=rename-source&source=found&name=other".to_owned(),
        "action=delete-source&source=found&confirm=found".to_owned(),
        "action=delete&confirm=birds".to_owned(),
    ];
    let cookies = ["stranger", "viewer", "annotator", "reviewer", "owner"].map(|name| sign_in(&instance, name));
    for form in forms {
        let statuses = |cookie: &String| post(&instance, PAGE, cookie, &form, &[]).status;
        assert_eq!(post(&instance, PAGE, "", &form, &[]).status, 401, "{form}");
        assert_eq!(cookies[..4].iter().map(statuses).collect::<Vec<_>>(), [404, 403, 403, 403], "{form}");
        assert_eq!(post(&instance, PAGE, &cookies[4], &form, &[FOREIGN]).status, 403, "{form}");
    }
    let dataset = instance.get("/api/v1/datasets/birds", &cast.owner).json();
    assert_eq!(dataset["name"], "Birds");
    instance.end().await;
}

#[tokio::test]
async fn owner_changes_what_a_dataset_is() {
    let (instance, cast) = gather().await;
    let owner = sign_in(&instance, "owner");
    let refused =
        post(&instance, PAGE, &owner, "action=change&name=+&description=two%0D%0Alines+%3Cb%3E&public=true", &[]);
    let text = refused.text();
    assert!(refused.status == 400 && text.contains("name: it must have 1 to 200 characters"), "{text}");
    assert!(text.contains("lines &lt;b>") && text.contains(" checked"), "nothing is lost: {text}");
    let form = "action=change&name=Ducks&description=two%0D%0Alines&public=true";
    is_done(&post(&instance, PAGE, &owner, form, &[]), "changed");
    let dataset = instance.get("/api/v1/datasets/birds", &cast.owner).json();
    assert_eq!(
        [&dataset["name"], &dataset["description"], &dataset["visibility"]],
        [&json!("Ducks"), &json!("two\nlines"), &json!("public")]
    );
    is_done(&post(&instance, PAGE, &owner, "action=change&name=Ducks&description=", &[]), "changed");
    assert_eq!(instance.get("/api/v1/datasets/birds", &cast.owner).json()["visibility"], "private");
    assert!(get(&instance, &format!("{PAGE}?done=changed"), &owner).text().contains("The changes are saved"));
    instance.end().await;
}

#[tokio::test]
async fn owner_adds_people_by_name_and_changes_their_roles() {
    let (instance, cast) = gather().await;
    let owner = sign_in(&instance, "owner");
    let send = |form: &str| post(&instance, PAGE, &owner, form, &[]);
    let nobody = send("action=add-member&name=nob%3Cb%3E&role=reviewer");
    let text = nobody.text();
    assert!(nobody.status == 400 && text.contains("nobody with an account here is called so"), "{text}");
    assert!(text.contains("value=\"nob&lt;b&gt;\"") && !text.contains("nob<b>"), "{text}");
    let twice = send("action=add-member&name=viewer&role=owner");
    assert!(twice.status == 409 && twice.text().contains("a member of this dataset already"), "{}", twice.text());
    is_done(&send("action=add-member&name=STRANGER&role=annotator"), "added");
    assert_eq!(get(&instance, PAGE, &sign_in(&instance, "stranger")).status, 200);
    let stranger = member_id(&instance, &cast.owner, "stranger");
    is_done(&send(&format!("action=set-role&member={stranger}&role=owner")), "role");
    assert!(!get(&instance, PAGE, &owner).text().contains("The only owner stays"));
    is_done(&send(&format!("action=set-role&member={stranger}&role=viewer")), "role");
    is_done(&send(&format!("action=remove-member&member={stranger}")), "removed");
    let gone = send(&format!("action=remove-member&member={stranger}"));
    assert!(gone.status == 404 && gone.text().contains("Members"), "{}", gone.text());
    let own = member_id(&instance, &cast.owner, "owner");
    for form in [format!("action=remove-member&member={own}"), format!("action=set-role&member={own}&role=viewer")] {
        let last = send(&form);
        assert!(
            last.status == 409 && last.text().contains("last owner. Make somebody else one first"),
            "{}",
            last.text()
        );
    }
    // Who leaves a private dataset is led to where there is something to see.
    let viewer = member_id(&instance, &cast.owner, "viewer");
    is_done(&send(&format!("action=set-role&member={viewer}&role=owner")), "role");
    let left = send(&format!("action=remove-member&member={own}"));
    assert_eq!((left.status, left.header("location")), (303, "/"));

    let path = "/api/v1/datasets/birds/members";
    let body = |name: &str| json!({ "name": name, "role": "viewer" });
    let add = |token: &str, name: &str| ask(&instance, "POST", path, token, &body(name));
    assert_eq!(cast.statuses(|token| add(token, "root")), [401, 404, 201, 403, 403, 404], "the viewer owns it now");
    add(&cast.viewer, "nobody").expect_problem(400, "invalid-field");
    add(&cast.viewer, "root").expect_problem(409, "conflict");
    assert_eq!(add(&cast.viewer, "stranger").json()["name"], "stranger");
    instance.end().await;
}

#[tokio::test]
async fn owner_renames_and_deletes_sources() {
    let (instance, cast) = gather().await;
    caption(&instance, "birds", cast.image, "a duck").await;
    let owner = sign_in(&instance, "owner");
    let send = |form: &str| post(&instance, PAGE, &owner, form, &[]);
    let wrong = send("action=rename-source&source=found&name=No+%3Cb%3E");
    let text = wrong.text();
    assert!(wrong.status == 400 && text.contains("value=\"No &lt;b&gt;\""), "{text}");
    let confirm = |slug: &str, confirm: &str| send(&format!("action=delete-source&source={slug}&confirm={confirm}"));
    is_done(&send("action=rename-source&source=found&name=old-file"), "renamed");
    let unsure = confirm("old-file", "found");
    assert!(unsure.status == 400 && unsure.text().contains("value=\"found\""), "{}", unsure.text());
    assert_eq!(confirm("found", "found").status, 404);
    is_done(&confirm("old-file", "old-file"), "source");
    let sources = instance.get("/api/v1/datasets/birds/sources", &cast.owner).json();
    assert_eq!(sources["items"], Value::Array(Vec::new()));
    instance.end().await;
}

#[tokio::test]
async fn owner_deletes_a_dataset_whose_name_they_wrote() {
    let (instance, cast) = gather().await;
    let owner = sign_in(&instance, "owner");
    let unsure = post(&instance, PAGE, &owner, "action=delete&confirm=bird%3Cb%3E", &[]);
    let text = unsure.text();
    assert!(unsure.status == 400 && text.contains("value=\"bird&lt;b&gt;\""), "{text}");
    let gone = post(&instance, PAGE, &owner, "action=delete&confirm=birds", &[]);
    assert_eq!((gone.status, gone.header("location")), (303, "/"));
    instance.get("/api/v1/datasets/birds", &cast.owner).expect_problem(404, "not-found");
    assert_eq!(get(&instance, PAGE, &owner).status, 404);
    instance.end().await;
}
