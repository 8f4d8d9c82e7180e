//! All datasets.

use leptos::prelude::*;

use crate::address::encode;
use crate::components::form_problem::FormProblem;
use crate::part::view;
use crate::text_area;
use crate::types::{Dataset, DatasetCard, DatasetsData, NewDatasetData};

/// Datasets as cards, and the form for another one.
#[component]
pub(crate) fn Datasets(data: DatasetsData) -> impl IntoView {
    let DatasetsData { datasets, next_cursor, is_continued, is_new, new } = data;
    let is_empty = datasets.is_empty();
    let can_make = new.is_some();
    let is_open = is_empty && !is_continued || new.as_ref().is_some_and(|new| new.problem.is_some());
    let cards: Vec<_> = datasets.into_iter().map(|card| view! { <Card card /> }).collect();
    let next = next_cursor.map(|cursor| {
        view! { <a class="button" rel="next" href=format!("/?after={}", encode(&cursor))>"More datasets"</a> }
    });
    view! {
        <main class="datasets-main">
            <header class="page-head">
                <h1>"Datasets"</h1>
                {is_continued.then(|| view! { <a class="button quiet-button" href="/">"From the start"</a> })}
            </header>
            {is_empty.then(|| view! { <Empty can_make is_new /> })}
            <ul class="dataset-cards">{cards}</ul>
            {next}
            {new.map(|new| view! { <NewDataset new is_open /> })}
        </main>
    }
}

#[component]
fn Empty(can_make: bool, is_new: bool) -> impl IntoView {
    let words = if can_make {
        t!(
            "A dataset is pictures with their captions, from as many sources as you like. Make the first one below, and drop \
         pictures into it."
        )
    } else if is_new {
        t!(
            "Nobody has an account here yet. When this server started, it printed a link that makes the first administrator's: \
         open it."
        )
    } else {
        t!("Nothing here is public. Sign in to see your datasets, or try a picture in the playground.")
    };
    view! {
        <section class="empty">
            <h2>"No datasets yet"</h2>
            <p>{words}</p>
            {(!can_make).then(|| view! { <p><a class="button" href="/playground">"Open the playground"</a></p> })}
            <p><a href="/docs/book/index.html">"Documentation"</a></p>
        </section>
    }
}

#[component]
fn Card(card: DatasetCard) -> impl IntoView {
    let DatasetCard { address, dataset, captions, covers } = card;
    let Dataset { name, description, is_public, role, images, .. } = dataset;
    let covers: Vec<_> = covers
        .into_iter()
        .map(|(id, colour)| {
            view! {
                <span class="cover">
                    <svg class="cover-colour" aria-hidden="true"><rect width="100%" height="100%" fill=colour /></svg>
                    <img src=format!("/api/v1/images/{id}/thumbnails/256") alt="" loading="lazy" decoding="async" />
                </span>
            }
        })
        .collect();
    let number = covers.len();
    view! {
        <li class="dataset-card">
            <a class="dataset-link" href=address>
                <span class="covers" class:has-none={number == 0} data-number=number>{covers}</span>
                <span class="dataset-name">{name}</span>
            </a>
            <p class="dataset-counts number">
                {plural!(images, "{n} image", "{n} images")} " · " {plural!(captions, "{n} caption", "{n} captions")}
            </p>
            {(!description.is_empty()).then(|| view! { <p class="dataset-about hint">{description}</p> })}
            <p class="badges">
                <span class="badge">{if is_public { t!("Public") } else { t!("Private") }}</span>
                <span class="badge">{role.yours()}</span>
            </p>
        </li>
    }
}

#[component]
fn NewDataset(new: NewDatasetData, is_open: bool) -> impl IntoView {
    let NewDatasetData { name, slug, description, is_public, problem } = new;
    view! {
        <details class="card new-dataset" open=is_open>
            <summary>"New dataset"</summary>
            <form class="form" method="post" action="/">
                <FormProblem problem />
                <div class="field">
                    <label for="name">"Name"</label>
                    <input id="name" name="name" type="text" value=name required maxlength="200" autocomplete="off" />
                </div>
                <div class="field">
                    <label for="slug">"Short name"</label>
                    <input
                        id="slug"
                        name="slug"
                        type="text"
                        value=slug
                        maxlength="64"
                        pattern="[a-z0-9]+(-[a-z0-9]+)*"
                        autocomplete="off"
                        autocapitalize="none"
                        spellcheck="false"
                        aria-describedby="slug-hint"
                    />
                    <p class="hint" id="slug-hint">
                        "For addresses and command lines: small letters, digits and dashes. Left empty, it is made from the name."
                    </p>
                </div>
                <div class="field">
                    <label for="description">"What it is about"</label>
                    <textarea id="description" name="description" rows="2" maxlength="10000">
                        {text_area::content(&description)}
                    </textarea>
                </div>
                <label class="switch">
                    <input type="checkbox" name="public" value="true" checked=is_public />
                    "Everybody may look at it"
                </label>
                <button class="button primary-button" type="submit">"Make the dataset"</button>
            </form>
        </details>
    }
}
