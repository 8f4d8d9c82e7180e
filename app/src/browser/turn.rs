//! Undoing what was done to captions, and doing it again: the server knows each act, also those of other days.

use std::cell::RefCell;

use leptos::prelude::*;
use serde::Deserialize;
use wasm_bindgen_futures::spawn_local;

use super::api::{self, Refused};
use super::toast::toast;
use crate::types::Caption;

/// Shows captions as they are now.
type Show = Box<dyn Fn(Vec<Caption>)>;

thread_local! {
    /// Shows captions that have changed, where the page can; others are loaded anew.
    static SHOW: RefCell<Option<Show>> = const { RefCell::new(None) };
}

/// What came of it.
#[derive(Deserialize)]
struct Turned {
    captions: Vec<Caption>,
    job: Option<String>,
}

/// Has the page show captions that have changed by undoing, or by doing again.
pub(crate) fn on_turned(show: impl Fn(Vec<Caption>) + 'static) {
    SHOW.set(Some(Box::new(show)));
}

/// Undoes the act that made this version of a caption.
pub(crate) fn undo_version(caption: &str, version: i32) {
    turn("undo", format!(r#"{{"made": {{"caption": "{caption}", "version": {version}}}}}"#));
}

/// Undoes what the person did last in the page's dataset.
#[cfg(feature = "hydrate")]
pub(super) fn undo() {
    turn("undo", "{}".to_owned());
}

/// Does again what they undid last.
#[cfg(feature = "hydrate")]
pub(super) fn redo() {
    turn("redo", "{}".to_owned());
}

fn turn(way: &'static str, body: String) {
    let path = window().location().pathname().unwrap_or_default();
    let mut parts = path.split('/').skip(1);
    let (Some("datasets"), Some(slug)) = (parts.next(), parts.next()) else { return };
    let path = format!("/api/v1/datasets/{slug}/{way}");
    spawn_local(async move {
        let answer = api::send("POST", &path, Some(&body)).await;
        match answer.and_then(|body| api::read::<Turned>(&body)) {
            Ok(Turned { job: Some(job), .. }) => drop(window().location().set_href(&format!("/jobs/{job}"))),
            Ok(Turned { captions, .. }) => SHOW.with_borrow(|show| match show {
                Some(show) => {
                    show(captions);
                    toast(if way == "undo" { t!("Undone") } else { t!("Done again") });
                }
                None => drop(window().location().reload()),
            }),
            Err(Refused { problem, .. }) => toast(&problem.detail.unwrap_or(problem.title)),
        }
    });
}
