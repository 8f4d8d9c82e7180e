//! The API's rows, in the order of the router. What ends sessions comes last.

use super::{
    Body::{self, Json, None, Picture, Rows},
    Role::{Annotator, Owner, Reviewer, Viewer},
    Row,
    Who::{self, Administrators, Everybody, Exactly, ItsOwner, Member, Open, Reader, SignedIn},
};

const fn row(route: &'static str, body: Body, who: Who, status: u16) -> Row {
    Row { route, address: "", body, who, status }
}

const fn row_at(route: &'static str, address: &'static str, body: Body, who: Who, status: u16) -> Row {
    Row { route, address, body, who, status }
}

/// Whoever may look at a job of the owner's: those who work in its dataset.
const fn coworkers(status: u16) -> Who {
    Exactly([401, 404, status, status, status, 404, status, 401, 401])
}

/// Whoever may stop such a job: the owner, and administrators.
const ITS_OWNERS: Who = Exactly([401, 404, 403, 403, 200, 404, 200, 401, 401]);

pub(super) fn rows() -> Vec<Row> {
    [captioning(), accounts(), datasets(), images(), review(), jobs(), ends_of_sessions()]
        .into_iter()
        .flatten()
        .collect()
}

fn captioning() -> Vec<Row> {
    vec![
        row("POST /caption", Picture("image"), SignedIn, 200),
        row("POST /detailed_caption", Picture("image"), SignedIn, 200),
        row("POST /batch_caption", Picture("images"), SignedIn, 200),
        row("GET /tasks", None, SignedIn, 200),
        row("GET /model_info", None, SignedIn, 200),
        row("POST /v1/chat/completions", Json("{chat}"), SignedIn, 200),
        row("GET /v1/models", None, SignedIn, 200),
        row_at("GET /v1/models/{id}", "/v1/models/vasari-demo", None, SignedIn, 200),
        row("GET /metrics", None, SignedIn, 200),
        row("GET /system_info", None, SignedIn, 200),
        row("GET /health", None, Everybody, 200),
        row("GET /livez", None, Everybody, 200),
        row("GET /readyz", None, Everybody, 200),
        // An administrator is not the operator, whose key is none of these.
        row("POST /api/v1/model/reload", None, Everybody, 401),
    ]
}

fn accounts() -> Vec<Row> {
    const ACCOUNT: &str = r#"{"name": "viewer", "password": "correct horse battery", "tokens": true}"#;
    const NEW: &str = r#"{"name": "{slug}", "password": "correct horse battery", "token": "{invitation}"}"#;
    vec![
        row("POST /api/v1/auth/sign-in", Json(ACCOUNT), Everybody, 200),
        row("POST /api/v1/auth/refresh", Json(r#"{"refresh_token": "nothing"}"#), Everybody, 401),
        row("GET /api/v1/sessions", None, SignedIn, 200),
        row_at("DELETE /api/v1/sessions/{id}", "/api/v1/sessions/{session}", None, ItsOwner, 204),
        row("POST /api/v1/sign-up", Json(NEW), Everybody, 200),
        row(
            "POST /api/v1/auth/reset-password",
            Json(r#"{"token": "x", "password": "another horse battery"}"#),
            Everybody,
            410,
        ),
        row("GET /api/v1/me", None, SignedIn, 200),
        // Refused for the new password, after the question who asks.
        row(
            "POST /api/v1/me/password",
            Json(r#"{"password": "correct horse battery", "new_password": "x"}"#),
            SignedIn,
            400,
        ),
        row("GET /api/v1/keys", None, SignedIn, 200),
        row("POST /api/v1/keys", Json(r#"{"name": "script", "scopes": ["read"]}"#), SignedIn, 201),
        row_at(
            "DELETE /api/v1/keys/{id}",
            "/api/v1/keys/{key}",
            None,
            // Administrators may end everybody's.
            Exactly([401, 404, 404, 404, 204, 404, 204, 401, 401]),
            204,
        ),
        row("POST /api/v1/invitations", None, Administrators, 201),
        row("GET /api/v1/users", None, Administrators, 200),
        row_at(
            "PATCH /api/v1/users/{id}",
            "/api/v1/users/{guest}",
            Json(r#"{"disabled": false}"#),
            Administrators,
            200,
        ),
        row_at(
            "POST /api/v1/users/{id}/password-reset",
            "/api/v1/users/{guest}/password-reset",
            None,
            Administrators,
            201,
        ),
        row("GET /api/v1/audit-log", None, Administrators, 200),
    ]
}

fn datasets() -> Vec<Row> {
    const GROUP: &str = r#"{"by": "image", "images": ["{image}", "{second image}"]}"#;
    const KEPT: &str = r#"{"caption": "{caption}", "version": 1, "images": [{"id": "{second image}"}]}"#;
    const MEMBER: &str = "/api/v1/datasets/birds/members/{guest}";
    vec![
        row("GET /api/v1/datasets", None, Open, 200),
        row("POST /api/v1/datasets", Json(r#"{"slug": "{slug}", "name": "Boats"}"#), SignedIn, 201),
        row("GET /api/v1/datasets/{dataset}", None, Reader(Viewer), 200),
        row("PATCH /api/v1/datasets/{dataset}", Json(r#"{"name": "Birds"}"#), Member(Owner), 200),
        row_at("DELETE /api/v1/datasets/{dataset}", "/api/v1/datasets/{shared dataset}", None, Member(Owner), 204),
        row("GET /api/v1/datasets/{dataset}/members", None, Member(Viewer), 200),
        row_at(
            "POST /api/v1/datasets/{dataset}/members",
            "/api/v1/datasets/{shared dataset}/members",
            Json(r#"{"name": "guest", "role": "viewer"}"#),
            Member(Owner),
            201,
        ),
        row_at(
            "PUT /api/v1/datasets/{dataset}/members/{user}",
            MEMBER,
            Json(r#"{"role": "viewer"}"#),
            Member(Owner),
            204,
        ),
        row_at(
            "DELETE /api/v1/datasets/{dataset}/members/{user}",
            "/api/v1/datasets/{shared dataset}/members/{annotator}",
            None,
            Member(Owner),
            204,
        ),
        row("GET /api/v1/datasets/{dataset}/search", None, Reader(Viewer), 200),
        row("GET /api/v1/datasets/{dataset}/search/fields", None, Reader(Viewer), 200),
        row("GET /api/v1/datasets/{dataset}/facets", None, Reader(Viewer), 200),
        row("GET /api/v1/datasets/{dataset}/views", None, Reader(Viewer), 200),
        row("POST /api/v1/datasets/{dataset}/views", Json(r#"{"name": "{slug}", "query": ""}"#), Member(Viewer), 201),
        row_at("DELETE /api/v1/views/{id}", "/api/v1/views/{view}", None, ItsOwner, 204),
        row("POST /api/v1/datasets/{dataset}/arena/next", Json("{}"), Member(Annotator), 200),
        row("PUT /api/v1/comparisons/{comparison}/vote", Json(r#"{"outcome": "left"}"#), ItsOwner, 200),
        row("DELETE /api/v1/comparisons/{comparison}/vote", None, ItsOwner, 200),
        row("GET /api/v1/datasets/{dataset}/board", None, Reader(Viewer), 200),
        row("GET /api/v1/datasets/{dataset}/votes", None, Reader(Viewer), 200),
        row("GET /api/v1/datasets/{dataset}/metrics", None, Reader(Viewer), 200),
        row("GET /api/v1/datasets/{dataset}/metrics/captions", None, Reader(Viewer), 200),
        row("GET /api/v1/datasets/{dataset}/duplicates", None, Reader(Viewer), 200),
        row("GET /api/v1/datasets/{dataset}/duplicates/dismissals", None, Reader(Viewer), 200),
        row("POST /api/v1/datasets/{dataset}/duplicates/dismissals", Json(GROUP), Member(Annotator), 201),
        row("DELETE /api/v1/dismissals/{dismissal}", None, Member(Annotator), 204),
        row("POST /api/v1/datasets/{dataset}/duplicates/keep/preview", Json(KEPT), Member(Annotator), 200),
        row("POST /api/v1/datasets/{dataset}/duplicates/keep", Json(KEPT), Member(Annotator), 202),
        row("GET /api/v1/datasets/{dataset}/sources", None, Reader(Viewer), 200),
        row(
            "POST /api/v1/datasets/{dataset}/sources",
            Json(r#"{"slug": "{slug}", "kind": "import"}"#),
            Member(Annotator),
            201,
        ),
        row("PATCH /api/v1/datasets/{dataset}/sources/{source}", Json(r#"{"slug": "{slug}"}"#), Member(Owner), 200),
        row_at(
            "DELETE /api/v1/datasets/{dataset}/sources/{source}",
            "/api/v1/datasets/birds/sources/{source}?confirm={source}",
            None,
            Member(Owner),
            204,
        ),
    ]
}

fn images() -> Vec<Row> {
    const CHOSEN: &str = r#"{"images": {"images": ["{image}"]}, "edit": {"operation": "trim"}}"#;
    const APPROVED: &str = r#"{"captions": [{"id": "{new caption}", "version": 1}], "status": "approved"}"#;
    const CHANGED: &str = r#"{"version": 1, "text": "a bird"}"#;
    vec![
        row("GET /api/v1/datasets/{dataset}/images", None, Reader(Viewer), 200),
        row("POST /api/v1/datasets/{dataset}/images", Picture("images"), Member(Owner), 200),
        row("GET /api/v1/images/{image}", None, Reader(Viewer), 200),
        row_at("DELETE /api/v1/images/{image}", "/api/v1/images/{new image}", None, Member(Owner), 204),
        row_at(
            "POST /api/v1/images/{image}/restore",
            "/api/v1/images/{deleted image}/restore",
            None,
            Member(Owner),
            204,
        ),
        row("GET /api/v1/images/{image}/exif", None, Reader(Viewer), 200),
        row("GET /api/v1/images/{image}/file", None, Reader(Viewer), 200),
        row_at(
            "GET /api/v1/images/{image}/thumbnails/{pixels}",
            "/api/v1/images/{image}/thumbnails/256",
            None,
            Reader(Viewer),
            200,
        ),
        row("GET /api/v1/images/{image}/neighbours", None, Reader(Viewer), 200),
        row("GET /api/v1/images/{image}/captions", None, Reader(Viewer), 200),
        row_at(
            "POST /api/v1/images/{image}/captions",
            "/api/v1/images/{new image}/captions",
            Json(r#"{"source": "found", "text": "a bird"}"#),
            Member(Annotator),
            201,
        ),
        row_at(
            "PUT /api/v1/images/{image}/captions/mine",
            "/api/v1/images/{new image}/captions/mine",
            Json(r#"{"text": "a bird"}"#),
            Member(Annotator),
            201,
        ),
        row_at(
            "DELETE /api/v1/images/{image}/captions/mine",
            "/api/v1/images/{written image}/captions/mine?version=1",
            None,
            // Who has written none has none to take away.
            Exactly([401, 403, 404, 404, 204, 404, 404, 401, 401]),
            204,
        ),
        row_at(
            "PATCH /api/v1/captions/{caption}",
            "/api/v1/captions/{new caption}",
            Json(CHANGED),
            Member(Annotator),
            200,
        ),
        row("GET /api/v1/captions/{caption}/versions", None, Reader(Viewer), 200),
        row_at(
            "POST /api/v1/captions/{caption}/versions/{version}/restore",
            "/api/v1/captions/{changed caption}/versions/1/restore",
            Json(r#"{"version": 2}"#),
            Member(Annotator),
            200,
        ),
        row("PATCH /api/v1/datasets/{dataset}/captions", Json(APPROVED), Member(Reviewer), 200),
        row("GET /api/v1/datasets/{dataset}/actions", None, Reader(Viewer), 200),
        row("POST /api/v1/datasets/{dataset}/undo", Json("{}"), Member(Annotator), 200),
        row("POST /api/v1/datasets/{dataset}/redo", None, Member(Annotator), 200),
        row("POST /api/v1/datasets/{dataset}/bulk-edits/preview", Json(CHOSEN), Member(Annotator), 200),
        row("POST /api/v1/datasets/{dataset}/bulk-edits", Json(CHOSEN), Member(Annotator), 202),
    ]
}

fn review() -> Vec<Row> {
    const DECIDED: &str = r#"{"version": 2, "decision": "approved"}"#;
    const TO_REVIEWER: &str = r#"{"to": ["reviewer"]}"#;
    vec![
        row_at(
            "PUT /api/v1/captions/{caption}/decision",
            "/api/v1/captions/{submitted caption}/decision",
            Json(DECIDED),
            Member(Reviewer),
            200,
        ),
        row_at(
            "DELETE /api/v1/captions/{caption}/decision",
            "/api/v1/captions/{decided caption}/decision?version=3",
            None,
            // The owner's word is the owner's to take back.
            Exactly([401, 403, 403, 404, 200, 404, 404, 401, 401]),
            200,
        ),
        row("POST /api/v1/datasets/{dataset}/review/next", Json("{}"), Member(Reviewer), 200),
        row("PUT /api/v1/review-leases/{lease}", None, ItsOwner, 200),
        row("POST /api/v1/review-leases/{lease}/skip", None, ItsOwner, 204),
        row("DELETE /api/v1/review-leases/{lease}", None, ItsOwner, 204),
        row("DELETE /api/v1/datasets/{dataset}/review/skips", None, Member(Reviewer), 204),
        row("GET /api/v1/datasets/{dataset}/review/decisions", None, Member(Reviewer), 200),
        row("GET /api/v1/datasets/{dataset}/review/assignments", None, Member(Reviewer), 200),
        row("POST /api/v1/datasets/{dataset}/review/assignments", Json(TO_REVIEWER), Member(Reviewer), 200),
        row(
            "POST /api/v1/datasets/{dataset}/review/assignments/end",
            Json(r#"{"of": "reviewer"}"#),
            Member(Reviewer),
            200,
        ),
        row("GET /api/v1/datasets/{dataset}/review/progress", None, Member(Reviewer), 200),
    ]
}

fn jobs() -> Vec<Row> {
    vec![
        row("POST /api/v1/datasets/{dataset}/imports", Rows("file"), Member(Owner), 202),
        row_at(
            "POST /api/v1/datasets/{dataset}/imports/{job}/apply",
            "/api/v1/datasets/birds/imports/{import}/apply",
            None,
            // Who only looks may not see the job either.
            Exactly([401, 404, 403, 403, 202, 404, 202, 401, 401]),
            202,
        ),
        row("POST /api/v1/datasets/{dataset}/exports", Json(r#"{"format": "csv"}"#), Member(Viewer), 202),
        row(
            "POST /api/v1/datasets/{dataset}/caption-jobs",
            Json(r#"{"images": {"images": ["{image}"]}}"#),
            Member(Annotator),
            202,
        ),
        row("GET /api/v1/jobs", None, SignedIn, 200),
        row("GET /api/v1/jobs/{job}", None, coworkers(200), 200),
        row("GET /api/v1/jobs/{job}/errors", None, coworkers(200), 200),
        row("GET /api/v1/jobs/{job}/events", None, coworkers(200), 200),
        row("GET /api/v1/jobs/{job}/file", None, coworkers(200), 200),
        // It has ended, so that nothing is changed by those who may.
        row("POST /api/v1/jobs/{job}/cancel", None, ITS_OWNERS, 200),
        row("POST /api/v1/jobs/{job}/resume", None, ITS_OWNERS, 200),
        // An export has changed nothing that could be taken back.
        row("POST /api/v1/jobs/{job}/rollback", None, coworkers(409), 409),
        row("POST /api/v1/search/reindex", None, Administrators, 202),
    ]
}

fn ends_of_sessions() -> Vec<Row> {
    vec![
        row("POST /api/v1/auth/sign-out", None, Open, 204),
        row("POST /api/v1/auth/sign-out-everywhere", None, SignedIn, 204),
    ]
}
