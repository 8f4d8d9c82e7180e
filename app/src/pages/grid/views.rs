//! Views that were saved, and the form that saves another.

use leptos::prelude::*;

use super::state::GridState;
use crate::browser::grid::views;
use crate::part::{Part, handler, live, view};
use crate::types::{Listing, Role, SavedView};

/// Links to views; forms for who is signed in.
#[component]
pub(crate) fn Views(grid: GridState) -> impl IntoView {
    let (saved, is_signed_in) = (grid.views, grid.is_signed_in);
    let slug = grid.slug();
    let list = {
        let slug = slug.clone();
        live(move || {
            let items: Vec<Part> =
                saved.with(|views| views.iter().map(|saved| item(grid, &slug, saved.clone())).collect());
            (!items.is_empty()).then(|| view! { <ul>{items}</ul> })
        })
    };
    let can_share = grid.may(Role::Annotator);
    let query = move || grid.listing.with(|listing| listing.from_start().query_string());
    let form = is_signed_in.then(|| {
        view! {
            <details class="facet save-view">
                <summary>"Save this view"</summary>
                <form class="form" method="post" action=format!("/datasets/{slug}/views")>
                    <input type="hidden" name="query" prop:value=query value=query />
                    <div class="field">
                        <label for="view-name">"Name"</label>
                        <input id="view-name" name="name" type="text" required maxlength="100" autocomplete="off" />
                    </div>
                    {can_share
                        .then(|| {
                            view! {
                                <label class="switch">
                                    <input type="checkbox" name="shared" value="true" />
                                    "Share it with everybody here"
                                </label>
                            }
                        })}
                    <button class="button" type="submit">"Save the view"</button>
                </form>
            </details>
        }
    });
    (is_signed_in || saved.with_untracked(|views| !views.is_empty())).then(|| {
        view! {
            <section aria-labelledby="saved-views">
                <h2 id="saved-views">"Views"</h2>
                {list}
                {form}
            </section>
        }
    })
}

fn item(grid: GridState, slug: &str, saved: SavedView) -> Part {
    let SavedView { id, name, query, is_shared, owner, can_delete, .. } = saved.clone();
    let shared = is_shared.then(|| t!("Shared by {owner}", owner = owner));
    let label = t!("Delete the view {name}", name = name);
    let here = move || grid.listing.with(Listing::query_string);
    let delete = can_delete.then(|| {
        view! {
            <form
                method="post"
                action=format!("/datasets/{slug}/views/{id}/delete")
                on:submit=handler(move |event: leptos::ev::SubmitEvent| views::delete(grid, &saved, &event))
            >
                <input type="hidden" name="query" prop:value=here value=here />
                <button class="quiet-button view-delete" type="submit" aria-label=label title="Delete the view">"×"</button>
            </form>
        }
    });
    view! {
        <li class="filter saved-view">
            <a class="view-link" href=format!("/datasets/{slug}?{query}")>{name}</a>
            {shared.map(|shared| view! { <span class="hint">{shared}</span> })}
            {delete}
        </li>
    }
}
