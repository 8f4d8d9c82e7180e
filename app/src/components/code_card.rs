//! The question as code.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

use crate::browser::{self, clipboard};
use crate::part::{handler, live, view};
use crate::snippets::{self, Ask, Language};
use crate::state::Page;

/// The equivalent of the form in curl, Python and JavaScript, folded away until wanted.
#[component]
pub(crate) fn CodeCard(page: Page) -> impl IntoView {
    let language = RwSignal::new(Language::default());
    let server = RwSignal::new(String::new());
    Effect::new(move |_| server.set(browser::server()));
    let code = Memo::new(move |_| {
        let file = page.picture.with(|picture| picture.as_ref().map(|picture| picture.name.clone()));
        let file = file.filter(|name| !name.is_empty()).unwrap_or_else(|| "photo.jpg".into());
        let (server, question) = (server.get(), page.question());
        let ask = Ask { server: &server, file: &file, question: &question, with_key: page.wants_key.get() };
        snippets::snippet(language.get(), &ask)
    });
    let tabs = Language::ALL.map(|own| view! { <Tab language=own chosen=language /> });
    view! {
        <details class="card code needs-script">
            <summary>"Code for this"</summary>
            <div class="code-head">
                <div class="tabs" role="tablist" aria-label="Language" on:keydown=handler(move |event: leptos::ev::KeyboardEvent| walk(language, &event))>
                    {tabs}
                </div>
                <button
                    class="button quiet-button"
                    type="button"
                    on:click=handler(move |_| clipboard::copy(&code.get_untracked(), t!("Code copied")))
                >
                    "Copy code"
                </button>
            </div>
            <pre id="code" role="tabpanel" tabindex="0" aria-labelledby=move || tab_id(language.get())>
                <code>{code}</code>
            </pre>
            {live(move || {
                page.wants_key
                    .get()
                    .then(|| view! { <p class="hint">"Put the key into API_KEY. The code never contains it."</p> })
            })}
        </details>
    }
}

#[component]
fn Tab(language: Language, chosen: RwSignal<Language>) -> impl IntoView {
    let is_chosen = move || chosen.get() == language;
    view! {
        <button
            class="tab"
            id=tab_id(language)
            type="button"
            role="tab"
            aria-controls="code"
            aria-selected=move || is_chosen().to_string()
            tabindex=move || if is_chosen() { "0" } else { "-1" }
            on:click=handler(move |_| chosen.set(language))
        >
            {language.name()}
        </button>
    }
}

/// The arrow keys go from tab to tab, around the ends.
fn walk(chosen: RwSignal<Language>, event: &KeyboardEvent) {
    let places = match event.key().as_str() {
        "ArrowRight" => 1,
        "ArrowLeft" => Language::ALL.len() - 1,
        _ => return,
    };
    event.prevent_default();
    let now = Language::ALL.iter().position(|language| *language == chosen.get_untracked()).unwrap_or(0);
    let next = Language::ALL[(now + places) % Language::ALL.len()];
    chosen.set(next);
    browser::focus(&tab_id(next));
}

fn tab_id(language: Language) -> String {
    format!("tab-{}", language.name())
}
