//! Getting what a camera wrote into a picture's file, when somebody wants to see it.

use leptos::ev::Event;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::super::toast::toast;
use super::super::{api, is_open};
use crate::pages::image::state::ImageState;
use crate::types::ExifField;

/// The fold was opened or closed.
pub(crate) fn toggle(image: ImageState, fields: RwSignal<Option<Vec<ExifField>>>, event: &Event) {
    // Another picture may have come since it was open last.
    fields.set(None);
    if !is_open(event) {
        return;
    }
    let id = image.image.with_untracked(|file| file.image.id.clone());
    spawn_local(async move {
        match api::get(&format!("/api/v1/images/{id}/exif"), None).await {
            Some(Ok(found)) => fields.set(Some(found)),
            Some(Err(refused)) => toast(&refused.problem.detail.unwrap_or(refused.problem.title)),
            None => {}
        }
    });
}
