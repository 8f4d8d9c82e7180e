//! The bar on top of every page.

use leptos::prelude::*;

use super::jobs_link::JobsLink;
use crate::address::encode;
use crate::browser::keys::{OPTIONS_ID, SEARCH_ID};
use crate::part::view;
use crate::types::{DatasetLink, Frame, Person};

/// The name of the place, the dataset, the search, and who is here.
#[component]
pub(crate) fn TopBar(frame: Frame) -> impl IntoView {
    let Frame { person, keeps, address, dataset, datasets, query, listing, jobs } = frame;
    let jobs = person.as_ref().map(|_| view! { <JobsLink jobs /> });
    let search = dataset.clone().map(|dataset| view! { <Search dataset query listing /> });
    let switcher = dataset.map(|dataset| view! { <Switcher dataset datasets /> });
    view! {
        <header class="top-bar">
            <a class="wordmark" href="/" aria-label="Vasari, all datasets">
                <svg class="wordmark-sign" viewBox="0 0 32 32" aria-hidden="true">
                    <path d="M4 28V17a12 12 0 0 1 24 0v11" />
                    <path d="M11 28V18a5 5 0 0 1 10 0v10" />
                    <path d="M16 5V2" />
                </svg>
                <span class="wordmark-name">"Vasari"</span>
            </a>
            {switcher}
            <div class="top-bar-middle">{search}</div>
            <div class="top-bar-jobs" id="jobs">{jobs}</div>
            <nav class="top-bar-end" aria-label="Vasari">
                <a class="button quiet-button top-bar-playground" href="/playground">"Playground"</a>
                <button class="button quiet-button needs-script" id="open-keys" type="button" aria-haspopup="dialog">
                    "Keys"
                    <kbd aria-hidden="true">"?"</kbd>
                </button>
                {keeps.then(|| who_is_here(person, &address))}
            </nav>
        </header>
    }
}

fn who_is_here(person: Option<Person>, address: &str) -> impl IntoView + use<> {
    match person {
        Some(person) => view! { <PersonMenu person /> },
        None => view! { <a class="button" href=format!("/sign-in?next={}", encode(address))>"Sign in"</a> },
    }
}

/// A menu that opens without scripts. With them it closes when one turns away.
#[component]
fn PersonMenu(person: Person) -> impl IntoView {
    let is_admin = person.is_admin;
    let initial: String = person.name.chars().take(1).flat_map(char::to_uppercase).collect();
    view! {
        <details class="menu person-menu">
            <summary aria-label=t!("{name}, your menu", name = person.name)>
                <span class="person-sign" aria-hidden="true">{initial}</span>
                <span class="person-name" aria-hidden="true">{person.name.clone()}</span>
            </summary>
            <div class="menu-list">
                <p class="menu-head">
                    {person.name} {is_admin.then(|| view! { <span class="hint">" · " "administrator"</span> })}
                </p>
                <a class="menu-item" href="/account">"Account"</a>
                {is_admin.then(|| view! { <a class="menu-item" href="/admin">"Administration"</a> })}
                <a class="menu-item" href="/">"Datasets"</a>
                <a class="menu-item" href="/playground">"Playground"</a>
                <a class="menu-item" href="/docs/book/index.html">"Documentation"</a>
                <a class="menu-item" href="/docs/">"API"</a>
                <form method="post" action="/sign-out">
                    <button class="menu-item" type="submit">"Sign out"</button>
                </form>
            </div>
        </details>
    }
}

#[component]
fn Switcher(dataset: DatasetLink, datasets: Vec<DatasetLink>) -> impl IntoView {
    let items: Vec<_> = datasets
        .into_iter()
        .map(|other| {
            let is_here = other.slug == dataset.slug;
            view! {
                <a
                    class="menu-item"
                    href=format!("/datasets/{}", other.slug)
                    aria-current=is_here.then_some("true")
                >
                    {other.name}
                </a>
            }
        })
        .collect();
    view! {
        <details class="menu switcher">
            <summary>
                <span class="visually-hidden">"Dataset"</span>
                " "
                <span class="switcher-name">{dataset.name}</span>
            </summary>
            <div class="menu-list">
                {items}
                <a class="menu-item menu-last" href="/">"All datasets"</a>
            </div>
        </details>
    }
}

#[component]
fn Search(dataset: DatasetLink, query: String, listing: Vec<(String, String)>) -> impl IntoView {
    let kept: Vec<_> =
        listing.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value /> }).collect();
    view! {
        <form class="search" role="search" method="get" action=format!("/datasets/{}", dataset.slug)>
            <svg class="search-sign" viewBox="0 0 16 16" aria-hidden="true">
                <circle cx="7" cy="7" r="4.5" />
                <path d="M10.5 10.5L14 14" />
            </svg>
            <input
                id=SEARCH_ID
                name="q"
                type="search"
                value=query
                placeholder="Search captions"
                aria-label=t!("Search the captions of {dataset}", dataset = dataset.name)
                autocomplete="off"
                spellcheck="false"
            />
            <kbd aria-hidden="true" class="needs-script">"/"</kbd>
            {kept}
            <ul class="search-options" id=OPTIONS_ID role="listbox" aria-label="Suggestions" hidden></ul>
        </form>
    }
}
