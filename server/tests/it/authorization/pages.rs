//! The pages' rows, and those of routes that the document leaves out.

use super::{
    Body::{self, Form, None, Picture, Rows},
    Role::{Annotator, Owner, Reviewer, Viewer},
    Row,
    Who::{self, Everybody, Exactly, ItsOwner, Member, Open, Reader, SignedIn, Visitor},
};

const fn row(route: &'static str, body: Body, who: Who, status: u16) -> Row {
    Row { route, address: "", body, who, status }
}

const fn row_at(route: &'static str, address: &'static str, body: Body, who: Who, status: u16) -> Row {
    Row { route, address, body, who, status }
}

/// A page for whoever is signed in, to whose sign-in others are led.
const AT_HOME: Who = Exactly([303, 200, 200, 200, 200, 200, 200, 401, 401]);

/// A page of administrators, which is not there for others. Who shows nothing could be one.
const fn administration(anonymous: u16, status: u16) -> Who {
    Exactly([anonymous, 404, 404, 404, 404, 404, status, 401, 401])
}

pub(super) fn rows() -> Vec<Row> {
    [people(), datasets(), work(), others()].into_iter().flatten().collect()
}

fn people() -> Vec<Row> {
    const ACCOUNT: &str = "name=viewer&password=correct+horse+battery";
    const NEW: &str = "token={invitation}&name={slug}&password=correct+horse+battery";
    vec![
        row("GET /", None, Open, 200),
        row("POST /", Form("name={slug}"), SignedIn, 303),
        // Who is signed in is led on.
        row("GET /sign-in", None, Exactly([200, 303, 303, 303, 303, 303, 303, 401, 401]), 200),
        row("POST /sign-in", Form(ACCOUNT), Open, 303),
        row_at("GET /sign-up", "/sign-up?token={invitation}", None, Open, 200),
        row("POST /sign-up", Form(NEW), Open, 303),
        row_at("GET /reset", "/reset?token=nothing", None, Open, 410),
        row("POST /reset", Form("token=nothing&password=correct+horse+battery"), Open, 410),
        row("POST /sign-out", None, Open, 303),
        row("GET /account", None, AT_HOME, 200),
        row("POST /account", Form("action=make-key&name=script&read=on"), SignedIn, 201),
        row("GET /admin", None, administration(303, 200), 200),
        row("POST /admin", Form("action=enable&person={guest}"), administration(401, 303), 303),
        row("GET /admin/audit-log", None, administration(303, 200), 200),
    ]
}

fn datasets() -> Vec<Row> {
    const GROUP: &str = "step=dismiss&by=image&images={image},{second image}";
    const ADD: &str = "action=change&name=Birds";
    vec![
        row("GET /datasets/{slug}", None, Reader(Viewer), 200),
        row("POST /datasets/{slug}/upload", Picture("images"), Member(Owner), 303),
        row("POST /datasets/{slug}/views", Form("name={slug}"), Member(Viewer), 303),
        row_at(
            "POST /datasets/{slug}/views/{id}/delete",
            "/datasets/birds/views/{view}/delete",
            Form("query="),
            ItsOwner,
            303,
        ),
        row("GET /datasets/{slug}/settings", None, Reader(Viewer), 200),
        row("POST /datasets/{slug}/settings", Form(ADD), Member(Owner), 303),
        row_at("GET /datasets/{slug}/images/{id}", "/datasets/birds/images/{image}", None, Reader(Viewer), 200),
        row_at(
            "POST /datasets/{slug}/images/{id}",
            "/datasets/birds/images/{new image}",
            Form("text=a+bird"),
            Member(Annotator),
            303,
        ),
        row_at(
            "POST /datasets/{slug}/images/{id}/run",
            "/datasets/birds/images/{image}/run",
            Form("task=%3CCAPTION%3E"),
            Member(Annotator),
            303,
        ),
        row("GET /datasets/{slug}/compare", None, Reader(Viewer), 200),
        row("POST /datasets/{slug}/compare", Form("caption={new caption}&version=1"), Member(Reviewer), 303),
        row("GET /datasets/{slug}/arena", None, Visitor(Annotator), 200),
        row("POST /datasets/{slug}/arena", Form("comparison={comparison}&outcome=left"), ItsOwner, 303),
        row("GET /datasets/{slug}/board", None, Reader(Viewer), 200),
        row("GET /datasets/{slug}/votes.jsonl", None, Reader(Viewer), 200),
        row("GET /datasets/{slug}/duplicates", None, Reader(Viewer), 200),
        row("POST /datasets/{slug}/duplicates", Form(GROUP), Member(Annotator), 303),
        row("GET /datasets/{slug}/metrics", None, Reader(Viewer), 200),
        row("GET /datasets/{slug}/metrics/captions", None, Reader(Viewer), 200),
        row("GET /datasets/{slug}/review", None, Visitor(Reviewer), 200),
        row("POST /datasets/{slug}/review", Form("step=unskip"), Member(Reviewer), 303),
        row("GET /datasets/{slug}/review/progress", None, Visitor(Reviewer), 200),
        row("GET /datasets/{slug}/review/assign", None, Visitor(Reviewer), 200),
        row("POST /datasets/{slug}/review/assign", Form("step=assign&scope=all&to=reviewer"), Member(Reviewer), 303),
        row("POST /datasets/{slug}/review/unassign", Form("of=reviewer"), Member(Reviewer), 303),
    ]
}

fn work() -> Vec<Row> {
    const EDIT: &str = "step=preview&scope=chosen&images={image}&operation=trim";
    const CAPTION: &str = "scope=chosen&images={image}&task=%3CCAPTION%3E";
    vec![
        row("GET /jobs", None, AT_HOME, 200),
        // Those who work in its dataset see it.
        row_at("GET /jobs/{id}", "/jobs/{job}", None, Exactly([303, 404, 200, 200, 200, 404, 200, 401, 401]), 200),
        row_at(
            "POST /jobs/{id}",
            "/jobs/{job}",
            Form("action=cancel"),
            // Its owner may stop it, which changes nothing once it has ended.
            Exactly([401, 404, 403, 403, 303, 404, 303, 401, 401]),
            303,
        ),
        row("GET /datasets/{slug}/edit", None, Visitor(Annotator), 200),
        row("POST /datasets/{slug}/edit", Form(EDIT), Member(Annotator), 200),
        row("GET /datasets/{slug}/changes", None, Reader(Viewer), 200),
        row(
            "POST /datasets/{slug}/changes",
            Form("step=undo"),
            // The annotator has done nothing yet that could be undone.
            Exactly([401, 403, 409, 303, 303, 404, 303, 401, 401]),
            303,
        ),
        row("GET /datasets/{slug}/export", None, Visitor(Viewer), 200),
        row("POST /datasets/{slug}/export", Form("scope=all&captions=all&format=csv"), Member(Viewer), 303),
        row("GET /datasets/{slug}/caption", None, Visitor(Annotator), 200),
        row("POST /datasets/{slug}/caption", Form(CAPTION), Member(Annotator), 303),
        row("GET /datasets/{slug}/import", None, Visitor(Owner), 200),
        row("POST /datasets/{slug}/import", Rows("file"), Member(Owner), 303),
    ]
}

fn others() -> Vec<Row> {
    vec![
        row("GET /docs/book", None, Everybody, 307),
        row("GET /docs/book/", None, Everybody, 307),
        row("GET /playground", None, Open, 200),
        row("POST /playground", Picture("image"), SignedIn, 200),
        row_at("GET /samples/{name}", "/samples/scene-01.png", None, Everybody, 200),
        row_at("GET /v1/models/{owner}/{name}", "/v1/models/somebody/nothing", None, SignedIn, 404),
    ]
}
