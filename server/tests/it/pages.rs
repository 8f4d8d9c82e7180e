//! The page, as it comes from the server.

use image::ImageFormat;

use crate::{
    form::{Form, picture},
    program::{Server, sample},
};

#[test]
fn page_comes_with_a_policy_whose_nonce_its_scripts_carry() {
    let server = Server::start(&[]);
    let page = server.get("/playground");
    assert_eq!(page.status, 200);
    assert!(page.header("content-type").starts_with("text/html"));
    let policy = page.header("content-security-policy");
    let nonce =
        policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("the policy has a nonce");
    assert!(nonce.len() >= 16, "{policy}");
    let html = page.text();
    assert!(html.contains(&format!("nonce=\"{nonce}\"")), "{html}");
    for script in html.split("<script").skip(1) {
        let tag = script.split('>').next().unwrap_or("");
        assert!(tag.contains(nonce) || tag.contains("application/json"), "{tag}");
    }
    assert_ne!(server.get("/playground").header("content-security-policy"), policy);
    for (name, value) in [("x-content-type-options", "nosniff"), ("x-frame-options", "DENY")] {
        assert_eq!(page.header(name), value);
        assert_eq!(server.get("/health").header(name), value);
    }
}

#[test]
fn page_shows_the_samples_and_their_captions_without_scripts() {
    let server = Server::start(&["--num-beams", "1"]);
    let page = server.get("/playground").text();
    assert!(page.contains("/samples/scene-01.png"), "{page}");
    let picture = server.get("/samples/scene-01.png");
    assert_eq!(picture.header("content-type"), "image/png");
    assert_eq!(picture.body, std::fs::read(sample("scene-01.png")).expect("the sample is there"));
    let captioned = server.get("/playground?sample=scene-01.png&task=od");
    assert_eq!(captioned.status, 200);
    assert!(captioned.text().contains("&lt;OD&gt;") || captioned.text().contains("OD"), "{}", captioned.text());
    assert_eq!(server.get("/playground?sample=nothing.png").status, 404);
}

#[test]
fn address_holds_the_parameters_too() {
    let server = Server::start(&["--num-beams", "2"]);
    let page = server.get("/playground?num_beams=4&seed=7");
    assert_eq!(page.status, 200);
    let html = page.text();
    for field in ["name=\"num_beams\"", "value=\"4\"", "value=\"7\"", "placeholder=\"2\""] {
        assert!(html.contains(field), "no {field} in {html}");
    }
    assert_eq!(server.get("/playground?sample=scene-01.png&num_beams=1").status, 200);
    let refused = server.get("/playground?sample=scene-01.png&num_beams=99");
    assert_eq!(refused.status, 400);
    assert!(refused.text().contains("must be a whole number between 1 and 16"), "{}", refused.text());
}

#[test]
fn plain_form_is_answered_with_the_page_and_the_caption() {
    let server = Server::start(&["--num-beams", "1"]);
    let bytes = std::fs::read(sample("scene-01.png")).expect("the sample is there");
    let form = || Form::new().file("image", "scene.png", Some("image/png"), &bytes).field("task", "<CAPTION>");
    let api = server.post("/caption", Some(&Form::content_type()), &form().finish()).json();
    let page = server.post("/playground", Some(&Form::content_type()), &form().finish());
    assert_eq!(page.status, 200);
    let html = page.text();
    assert!(html.contains(api["caption"].as_str().expect("there is a caption")), "{html}");
    assert!(html.contains("data:image/jpeg;base64,"));
}

#[test]
fn form_that_is_refused_keeps_the_status_and_says_why() {
    let server = Server::start(&["--num-beams", "1"]);
    let post = |form: Form| server.post("/playground", Some(&Form::content_type()), &form.finish());
    let nothing = post(Form::new().file("image", "", Some("application/octet-stream"), b"").field("task", ""));
    assert_eq!(nothing.status, 400);
    assert!(nothing.header("content-type").starts_with("text/html"));
    let words = post(Form::new().file("image", "<b>x</b>.txt", None, b"<script>alert(1)</script>"));
    assert_eq!(words.status, 415);
    assert!(!words.text().contains("<script>alert(1)"));
    assert!(!words.text().contains("<b>x</b>"));
    let small = picture(8, 8, ImageFormat::Png);
    assert_eq!(post(Form::with_image(&small).field("task", "<VQA>")).status, 400);
}

#[test]
fn documentation_has_a_policy_of_its_own() {
    let site = tempfile::tempdir().expect("a temporary folder can be made");
    let book = site.path().join("docs/book");
    std::fs::create_dir_all(&book).expect("the folder can be made");
    std::fs::write(book.join("index.html"), "<h1>Vasari</h1>").expect("the page can be written");
    let server = Server::start(&["--site-root", &site.path().display().to_string()]);
    for address in ["/docs/book/index.html", "/docs/book", "/docs/book/"] {
        let page = server.get(address);
        assert_eq!((page.status, page.text().as_str()), (200, "<h1>Vasari</h1>"), "{address}");
        let policy = page.header("content-security-policy");
        assert!(policy.contains("script-src 'self'; style-src 'self'; ") && !policy.contains("unsafe"), "{policy}");
    }
    // What isn't there is a problem as everywhere, and the viewer beside it goes on.
    let missing = server.get("/docs/book/nothing.html");
    assert_eq!(missing.status, 404);
    assert!(!missing.header("content-security-policy").contains("script-src 'self';"));
    assert_eq!(server.get("/docs/").status, 200);
}
