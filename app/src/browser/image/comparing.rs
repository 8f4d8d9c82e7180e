//! What the other captions have that the active one has not.

use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::Deserialize;

use super::super::api::{self, Refused};
use super::super::toast::toast;
use crate::pages::image::state::ImageState;
use crate::types::DiffPiece;

/// A caption, as far as it is compared.
#[derive(Deserialize)]
struct Compared {
    id: String,
    diff: Option<Vec<DiffPiece>>,
}

/// Marks how the other captions differ from the one that keys are about, or takes the marks away.
pub(crate) fn toggle(image: ImageState) {
    if image.diffs.with_untracked(|diffs| !diffs.is_empty()) {
        return image.diffs.set(Vec::new());
    }
    let Some(caption) = image.active_caption_untracked() else { return };
    if image.captions.with_untracked(Vec::len) < 2 {
        return toast(t!("There is nothing to compare: one source alone has a caption."));
    }
    let id = image.image.with_untracked(|file| file.image.id.clone());
    spawn_local(async move {
        let path = format!("/api/v1/images/{id}/captions?against={}", caption.id);
        match api::get::<Vec<Compared>>(&path, None).await {
            Some(Ok(captions)) => {
                let compared = captions.into_iter().filter_map(|compared| Some((compared.id, compared.diff?)));
                image.diffs.set(compared.collect());
                toast(&t!("Compared with {source}", source = caption.source));
            }
            Some(Err(Refused { problem, .. })) => toast(&problem.detail.unwrap_or(problem.title)),
            None => {}
        }
    });
}
