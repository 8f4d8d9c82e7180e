//! What is done to all chosen pictures, one request each, and undone.

use std::collections::BTreeSet;
use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::HtmlInputElement;

use super::super::api::{self, Refused};
use super::super::toast::{toast, toast_with_undo};
use super::super::{element, turn};
use super::{loading, selection};
use crate::pages::grid::state::GridState;
use crate::types::{Caption, ListedImage, Listing, Status};

/// Captions that are changed while one waits; a job changes more.
const MOST: usize = 1000;

/// Where it is written why captions are rejected.
pub(crate) const REASON_ID: &str = "bulk-reason";

/// Rejects the shown captions of all chosen pictures, for the reason that stands in its field.
pub(crate) fn reject(grid: GridState) {
    let reason = element::<HtmlInputElement>(REASON_ID).map(|field| field.value()).unwrap_or_default();
    set_status(grid, Status::Rejected, &reason);
}

/// Says of the shown captions of all chosen pictures how far their review is, and why.
pub(crate) fn set_status(grid: GridState, status: Status, reason: &str) {
    let verdict = verdict(status, reason);
    if grid.is_all_chosen.get_untracked() {
        // Those of the shown source, or all where no one source is shown.
        return set_status_by_job(grid, &verdict, &grid.listing.with_untracked(Listing::selection));
    }
    if grid.chosen.with_untracked(BTreeSet::len) > MOST {
        let ids = grid.chosen.with_untracked(|chosen| serde_json::to_string(chosen).unwrap_or_default());
        return set_status_by_job(grid, &verdict, &format!(r#"{{"images": {ids}}}"#));
    }
    let captions: Vec<Caption> = grid.images.with_untracked(|images| {
        let chosen =
            images.items.iter().filter(|image| grid.chosen.with_untracked(|chosen| chosen.contains(&image.id)));
        chosen.filter_map(|image| image.caption.clone()).filter(|caption| caption.status != status).collect()
    });
    if captions.is_empty() {
        return toast(t!("None of these pictures has a caption to change."));
    }
    let seen: Vec<_> = captions
        .iter()
        .map(|caption| format!(r#"{{"id": "{}", "version": {}}}"#, caption.id, caption.version))
        .collect();
    let body = format!(r#"{{{verdict}, "captions": [{}]}}"#, seen.join(","));
    spawn_local(async move {
        let path = format!("/api/v1/datasets/{}/captions", grid.slug());
        let answer = api::send("PATCH", &path, Some(&body)).await;
        let Changed { changed, unchanged } = match answer.and_then(|body| api::read(&body)) {
            Ok(changed) => changed,
            Err(Refused { problem, .. }) => return toast(&problem.detail.unwrap_or(problem.title)),
        };
        selection::clear(grid);
        put(grid, &changed);
        let mut words = if status == Status::Approved {
            plural!(changed.len(), "{n} caption approved", "{n} captions approved")
        } else {
            plural!(changed.len(), "{n} caption rejected", "{n} captions rejected")
        };
        if unchanged > 0 {
            words = t!("{done}; {number} changed by others meanwhile", done = words, number = unchanged);
        }
        match changed.into_iter().next() {
            Some(one) => toast_with_undo(&words, move || turn::undo_version(&one.id, one.version)),
            None => toast(&words),
        }
    });
}

/// The part of a body that says how far a review is.
fn verdict(status: Status, reason: &str) -> String {
    let reason = if reason.is_empty() { "null".into() } else { serde_json::to_string(reason).unwrap_or_default() };
    format!(r#""status": "{}", "reason": {reason}"#, status.name())
}

/// Has a job say how far the review of many captions is, and goes to its page.
fn set_status_by_job(grid: GridState, verdict: &str, images: &str) {
    let body = grid.listing.with_untracked(|listing| {
        let source = serde_json::to_string(&listing.captions).unwrap_or_default();
        let source = if listing.captions.is_empty() { "null".to_owned() } else { source };
        let edit = format!(r#"{{"operation": "set_status", {verdict}}}"#);
        format!(r#"{{"images": {images}, "of_source": {source}, "edit": {edit}}}"#)
    });
    spawn_local(async move {
        let path = format!("/api/v1/datasets/{}/bulk-edits", grid.slug());
        let answer = api::send("POST", &path, Some(&body)).await;
        match answer.and_then(|body| api::read::<Made>(&body)) {
            Ok(Made { id }) => drop(window().location().set_href(&format!("/jobs/{id}"))),
            Err(Refused { problem, .. }) => toast(&problem.detail.unwrap_or(problem.title)),
        }
    });
}

/// What came of a change of several captions.
#[derive(serde::Deserialize)]
struct Changed {
    changed: Vec<Caption>,
    unchanged: u32,
}

/// What was made.
#[derive(serde::Deserialize)]
pub(super) struct Made {
    pub(super) id: String,
}

/// Shows captions as they are now.
pub(super) fn put(grid: GridState, changed: &[Caption]) {
    grid.images.update(|images| {
        for image in &mut images.items {
            let now = changed.iter().find(|now| image.caption.as_ref().is_some_and(|caption| caption.id == now.id));
            if let Some(now) = now {
                *image = Arc::new(ListedImage { caption: Some(now.clone()), ..(**image).clone() });
            }
        }
    });
}

/// Deletes all chosen pictures. They can be taken back for seven days, and here at once.
pub(crate) fn delete(grid: GridState) {
    remove(grid, grid.chosen.get_untracked().into_iter().collect());
}

/// Deletes pictures that are loaded, and offers to take them back.
pub(super) fn remove(grid: GridState, ids: Vec<String>) {
    spawn_local(async move {
        let (mut deleted, mut failed) = (Vec::new(), None);
        for id in ids {
            match api::send("DELETE", &format!("/api/v1/images/{id}"), None).await {
                Ok(_) => deleted.push(id),
                Err(refused) => failed = Some(refused),
            }
        }
        selection::clear(grid);
        grid.images.update(|images| {
            images.items.retain(|image| !deleted.contains(&image.id));
            images.list += 1;
        });
        count(grid, -(deleted.len() as i64));
        let words = plural!(deleted.len(), "{n} picture deleted", "{n} pictures deleted");
        tell(&words, failed.as_ref());
        if deleted.is_empty() {
            return;
        }
        toast_with_undo(&words, move || {
            spawn_local(async move {
                let mut restored = 0;
                for id in deleted {
                    let answer = api::send("POST", &format!("/api/v1/images/{id}/restore"), None).await;
                    restored += i64::from(answer.is_ok());
                }
                count(grid, restored);
                toast(&plural!(restored, "{n} picture back again", "{n} pictures back again"));
                loading::reload(grid);
            });
        });
    });
}

/// Counts pictures that came or went.
pub(super) fn count(grid: GridState, more: i64) {
    grid.dataset.update(|dataset| dataset.images = dataset.images.saturating_add_signed(more));
}

fn tell(words: &str, failed: Option<&Refused>) {
    match failed {
        None => toast(words),
        Some(Refused { problem, .. }) => {
            let detail = problem.detail.clone().unwrap_or_else(|| problem.title.clone());
            toast(&t!("{done}; others were not: {detail}", done = words, detail = detail));
        }
    }
}
