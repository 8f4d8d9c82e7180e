//! What is done to all chosen pictures, one request each, and undone.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::super::api::{self, Refused};
use super::super::toast::{toast, toast_with_undo};
use super::{loading, selection};
use crate::pages::grid::state::GridState;
use crate::types::{Caption, ListedImage, Status};

/// Says of the shown captions of all chosen pictures how far their review is.
pub(crate) fn set_status(grid: GridState, status: Status) {
    let captions: Vec<Caption> = grid.images.with_untracked(|images| {
        let chosen =
            images.items.iter().filter(|image| grid.chosen.with_untracked(|chosen| chosen.contains(&image.id)));
        chosen.filter_map(|image| image.caption.clone()).filter(|caption| caption.status != status).collect()
    });
    if captions.is_empty() {
        return toast(t!("None of these pictures has a caption to change."));
    }
    spawn_local(async move {
        let before: Vec<_> = captions.iter().map(|caption| (caption.id.clone(), caption.status)).collect();
        let (changed, failed) = set_all(grid, captions, |_| status).await;
        selection::clear(grid);
        let words = if status == Status::Approved {
            plural!(changed.len(), "{n} caption approved", "{n} captions approved")
        } else {
            plural!(changed.len(), "{n} caption rejected", "{n} captions rejected")
        };
        tell(&words, failed.as_ref());
        if changed.is_empty() {
            return;
        }
        toast_with_undo(&words, move || {
            spawn_local(async move {
                let was =
                    |id: &str| before.iter().find(|(known, _)| known == id).map_or(Status::Draft, |(_, was)| *was);
                let (changed, failed) = set_all(grid, changed, |caption| was(&caption.id)).await;
                tell(&plural!(changed.len(), "{n} caption as before", "{n} captions as before"), failed.as_ref());
            });
        });
    });
}

/// Has a job say of the captions of all pictures that match how far their review is: those of the shown source, or all
/// where no one source is shown. Goes to the job's page.
pub(crate) fn set_status_of_matching(grid: GridState, status: Status) {
    let body = grid.listing.with_untracked(|listing| {
        let source = serde_json::to_string(&listing.captions).unwrap_or_default();
        let source = if listing.captions.is_empty() { "null".to_owned() } else { source };
        let edit = format!(r#"{{"operation": "set_status", "status": "{}"}}"#, status.name());
        format!(r#"{{"images": {}, "of_source": {source}, "edit": {edit}}}"#, listing.selection())
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

/// What was made.
#[derive(serde::Deserialize)]
struct Made {
    id: String,
}

/// The captions as they are now, and why one could not be changed.
async fn set_all(
    grid: GridState,
    captions: Vec<Caption>,
    status: impl Fn(&Caption) -> Status,
) -> (Vec<Caption>, Option<Refused>) {
    let (mut changed, mut failed) = (Vec::new(), None);
    for caption in captions {
        let body = format!(r#"{{"version": {}, "status": "{}"}}"#, caption.version, status(&caption).name());
        let answer = api::send("PATCH", &format!("/api/v1/captions/{}", caption.id), Some(&body)).await;
        match answer.and_then(|body| api::read::<Caption>(&body)) {
            Ok(caption) => changed.push(caption),
            Err(refused) => failed = Some(refused),
        }
    }
    grid.images.update(|images| {
        for image in &mut images.items {
            let now = changed.iter().find(|now| image.caption.as_ref().is_some_and(|caption| caption.id == now.id));
            if let Some(now) = now {
                let regions = image.caption.as_ref().map(|caption| caption.regions.clone()).unwrap_or_default();
                *image =
                    Arc::new(ListedImage { caption: Some(Caption { regions, ..now.clone() }), ..(**image).clone() });
            }
        }
    });
    (changed, failed)
}

/// Deletes all chosen pictures. They can be taken back for seven days, and here at once.
pub(crate) fn delete(grid: GridState) {
    let ids: Vec<String> = grid.chosen.get_untracked().into_iter().collect();
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
