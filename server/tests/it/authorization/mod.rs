//! Every route, asked by everybody: who is let in, and what the others are told.
//!
//! The routes are those of the `OpenAPI` document and, for pages, those of the router's own text. One that has no row here
//! fails the test, and so does a row without a route.

mod api;
mod pages;
mod world;

use std::{collections::BTreeSet, fmt::Write};

use serde_json::Value;

use self::world::World;

/// Who asks. The rows' statuses are in this order.
const IDENTITIES: [&str; 9] = [
    "anonymous",
    "viewer",
    "annotator",
    "reviewer",
    "owner",
    "other user",
    "administrator",
    "revoked key",
    "expired token",
];

/// A route, what is asked of it, and who is answered what.
pub(crate) struct Row {
    /// Method and path, as the router has it.
    route: &'static str,
    /// The address that is asked, where it is not the route's own. What stands in braces is a [`World`]'s.
    address: &'static str,
    body: Body,
    who: Who,
    /// What those get who may.
    status: u16,
}

/// What is sent. What stands in braces is a [`World`]'s.
#[derive(Clone, Copy)]
pub(crate) enum Body {
    None,
    Json(&'static str),
    Form(&'static str),
    /// A multipart form with the file in this field: a picture, or rows for an import.
    Picture(&'static str),
    Rows(&'static str),
}

/// A role in the dataset, the least of them first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    Viewer,
    Annotator,
    Reviewer,
    Owner,
}

/// Who may.
#[derive(Clone, Copy)]
pub(crate) enum Who {
    /// Everybody, whatever they show.
    Everybody,
    /// Everybody who shows nothing that does not hold.
    Open,
    /// Whoever has an account.
    SignedIn,
    Administrators,
    /// Who has this role or a higher one. The dataset is not there for others; who shows nothing is asked to sign in.
    Member(Role),
    /// The same, and nobody is asked to sign in: it could be public.
    Reader(Role),
    /// A page for whoever has this role: who shows nothing is led to the sign-in.
    Visitor(Role),
    /// The owner of the dataset, whose thing it is; for others it is not there.
    ItsOwner,
    /// What each of [`IDENTITIES`] gets.
    Exactly([u16; 9]),
}

impl Row {
    /// What each of [`IDENTITIES`] is to get.
    fn expected(&self) -> [u16; 9] {
        let done = self.status;
        let with = |anonymous: u16, least: Role| {
            let [viewer, annotator, reviewer, owner] = [Role::Viewer, Role::Annotator, Role::Reviewer, Role::Owner]
                .map(|role| if role >= least { done } else { 403 });
            [anonymous, viewer, annotator, reviewer, owner, 404, done, 401, 401]
        };
        match self.who {
            Who::Everybody => [done; 9],
            Who::Open => [done, done, done, done, done, done, done, 401, 401],
            Who::SignedIn => [401, done, done, done, done, done, done, 401, 401],
            Who::Administrators => [401, 403, 403, 403, 403, 403, done, 401, 401],
            Who::Member(role) => with(401, role),
            Who::Reader(role) => with(404, role),
            Who::Visitor(role) => with(303, role),
            Who::ItsOwner => [401, 404, 404, 404, done, 404, 404, 401, 401],
            Who::Exactly(statuses) => statuses,
        }
    }
}

/// Asks each row in everybody's name. What was answered otherwise, a line each.
async fn ask_all(world: &World, rows: &[Row]) -> String {
    let mut wrong = String::new();
    for row in rows {
        let mut answered = [0; 9];
        for (place, identity) in IDENTITIES.iter().enumerate() {
            let answer = world.ask(row, place).await;
            answered[place] = answer.status;
            let is_document = answer.header("content-type") == "application/problem+json";
            if is_document && answer.json()["request_id"] != answer.header("x-request-id") {
                let _ = writeln!(wrong, "{} by {identity}: the problem names another request", row.route);
            }
        }
        if answered != row.expected() {
            let _ = writeln!(wrong, "{}\n    expected {:?}\n    answered {answered:?}", row.route, row.expected());
        }
    }
    wrong
}

/// Routes without a row, and rows without a route.
fn unmatched(routes: &BTreeSet<String>, rows: &[Row]) -> Vec<String> {
    let known: BTreeSet<_> = rows.iter().map(|row| row.route.to_owned()).collect();
    routes.symmetric_difference(&known).cloned().collect()
}

fn routes_of_document(document: &Value) -> BTreeSet<String> {
    let paths = document["paths"].as_object().expect("the document has paths");
    let of = |(path, methods): (&String, &Value)| {
        let methods = methods.as_object().expect("a path has methods").keys();
        methods.map(|method| format!("{} {path}", method.to_uppercase())).collect::<Vec<_>>()
    };
    paths.iter().flat_map(of).collect()
}

/// The routes that are in no document: `.route("/path", get(…).post(…))`.
fn routes_of_router() -> BTreeSet<String> {
    let text = include_str!("../../../src/router.rs");
    let of = |rest: &str| {
        let path = rest.split('"').nth(1).expect("a route begins with its path").to_owned();
        let end = rest.find(".layer(").into_iter().chain(rest.find(".fallback")).min().unwrap_or(rest.len());
        let methods = [("GET", "get("), ("POST", "post(")].into_iter();
        let methods = methods.filter(|(_, call)| rest[..end].contains(call));
        methods.map(|(method, _)| format!("{method} {path}")).collect::<Vec<_>>()
    };
    text.split(".route(").skip(1).flat_map(of).collect()
}

#[tokio::test]
async fn every_route_is_for_whom_its_row_says() {
    let world = World::make().await;
    let document = routes_of_document(&world.instance.server.get("/openapi.json").json());
    let (pages, api) = (pages::rows(), api::rows());
    let routes = routes_of_router();
    assert!(document.len() > 100 && routes.len() > 50, "{document:?} {routes:?}");
    let unmatched = [unmatched(&document, &api), unmatched(&routes, &pages)];
    let wrong = [ask_all(&world, &pages).await, ask_all(&world, &api).await].concat();
    assert!(unmatched.iter().all(Vec::is_empty) && wrong.is_empty(), "without a row: {unmatched:?}\n{wrong}");
    world.instance.end().await;
}
