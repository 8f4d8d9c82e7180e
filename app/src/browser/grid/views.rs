//! Deleting a view, and the way back.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::super::api::{self, Refused};
use super::super::toast::{toast, toast_with_undo};
use super::bulk::Made;
use crate::pages::grid::state::GridState;
use crate::types::SavedView;

/// Deletes a view. One of one's own can be taken back; somebody else's would not be theirs again.
pub(crate) fn delete(grid: GridState, view: &SavedView, event: &SubmitEvent) {
    event.prevent_default();
    let view = view.clone();
    spawn_local(async move {
        match api::send("DELETE", &format!("/api/v1/views/{}", view.id), None).await {
            Ok(_) => {
                grid.views.update(|views| views.retain(|other| other.id != view.id));
                if view.is_own {
                    toast_with_undo(t!("View deleted"), move || save(grid, view));
                } else {
                    toast(t!("View deleted"));
                }
            }
            Err(Refused { problem, .. }) => toast(&problem.detail.unwrap_or(problem.title)),
        }
    });
}

/// Saves a view that was there before.
fn save(grid: GridState, view: SavedView) {
    let text = |text: &str| serde_json::to_string(text).unwrap_or_default();
    let (name, query, shared) = (text(&view.name), text(&view.query), view.is_shared);
    let body = format!(r#"{{"name": {name}, "query": {query}, "shared": {shared}}}"#);
    spawn_local(async move {
        let answer = api::send("POST", &format!("/api/v1/datasets/{}/views", grid.slug()), Some(&body)).await;
        match answer.and_then(|body| api::read::<Made>(&body)) {
            Ok(Made { id }) => grid.views.update(|views| views.push(SavedView { id, ..view })),
            Err(Refused { problem, .. }) => toast(&problem.detail.unwrap_or(problem.title)),
        }
    });
}
