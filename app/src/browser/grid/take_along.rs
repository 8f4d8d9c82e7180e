//! Taking the chosen pictures along to a page that works on them.

use leptos::prelude::*;
use web_sys::HtmlInputElement;

use super::super::element;
use crate::pages::grid::state::GridState;

/// The id of the field that tells which pictures.
pub(crate) const CHOSEN_ID: &str = "chosen-images";

/// Writes the ids of the chosen pictures into the form that is being sent.
pub(crate) fn fill(grid: GridState) {
    if let Some(field) = element::<HtmlInputElement>(CHOSEN_ID) {
        let ids: Vec<String> = grid.chosen.with_untracked(|chosen| chosen.iter().cloned().collect());
        field.set_value(&ids.join(","));
    }
}
