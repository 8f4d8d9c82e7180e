//! The document around a page.

use std::fmt::Write;

use leptos::nonce::{provide_nonce, use_nonce};
use leptos::prelude::*;

use crate::frame::{KeySheet, TopBar};
use crate::pages;
use crate::part::view;
use crate::types::{GridData, PageData, PageView};
use crate::words::Language;

/// The font; the style sheet names it too.
const FONT: &str = "/pkg/figtree.woff2";

/// A page as HTML.
#[derive(Debug, Clone)]
pub struct Rendered {
    /// The whole document.
    pub html: String,
    /// What its scripts and styles carry, for the policy that lets them in.
    pub nonce: String,
}

/// Writes a page in one piece. The version tells one build of the static files from another, so that browsers may keep them.
pub fn render(version: &str, page: PageView) -> Rendered {
    let owner = Owner::new_root(None);
    let rendered = owner.with(|| {
        provide_nonce();
        let nonce = use_nonce().map(|nonce| nonce.to_string()).unwrap_or_default();
        let html = view! { <Document version=version.to_owned() page nonce=nonce.clone() /> }.to_html();
        Rendered { html: format!("<!DOCTYPE html>{html}"), nonce }
    });
    owner.unset_with_forced_cleanup();
    rendered
}

#[component]
fn Document(version: String, page: PageView, nonce: String) -> impl IntoView {
    let file = |name: &str| format!("/pkg/{name}?v={version}");
    let (script, module) = (file("vasari.js"), file("vasari_bg.wasm"));
    let start =
        format!("import init, {{ hydrate }} from {script:?};\ninit({{ module_or_path: {module:?} }}).then(hydrate);");
    let style_nonce = nonce.clone();
    let language = Language::of_reader();
    let PageView { title, description, frame, data } = page;
    let (kind, has_search) = (data.kind(), frame.dataset.is_some());
    let styles = if let PageData::Grid(data) = &data { shapes(data) } else { String::new() };
    let json = data.is_taken_over().then(|| in_a_script(&data));
    let sheet = data.clone();
    view! {
        <html lang=language.tag() dir=language.direction()>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <meta name="description" content=description />
                <title>{format!("{title} · Vasari")}</title>
                <link rel="icon" type="image/svg+xml" href="/favicon.svg" />
                <link rel="preload" href=FONT r#as="font" r#type="font/woff2" crossorigin="anonymous" />
                <link rel="stylesheet" href=file("vasari.css") />
                {(!styles.is_empty()).then(|| view! { <style nonce=style_nonce inner_html=styles></style> })}
                // The pictures come first: the page works before its scripts are there.
                <link rel="modulepreload" href=script fetchpriority="low" />
                <link
                    rel="preload"
                    href=module
                    r#as="fetch"
                    r#type="application/wasm"
                    crossorigin="anonymous"
                    fetchpriority="low"
                />
                <script type="module" nonce=nonce fetchpriority="low" inner_html=start></script>
            </head>
            <body>
                <a class="skip-link" href="#page">"Skip to the content"</a>
                <TopBar frame />
                // Nothing else may stand in here: the browser takes over what it finds.
                <div class=format!("page {kind}-page") id="page" data-page=kind>{pages::view(data)}</div>
                <div class="toast-place" id="toasts" role="status"></div>
                <KeySheet data=sheet has_search />
                {json.map(|json| view! { <script id="page-data" type="application/json" inner_html=json></script> })}
            </body>
        </html>
    }
}

/// The shapes and colours of a grid's pictures. Until scripts lay it out, the style sheet makes even rows of them.
fn shapes(data: &GridData) -> String {
    let mut styles = String::new();
    for (place, image) in data.part.images.iter().enumerate() {
        let ratio = pages::grid::layout::ratio(image.width, image.height);
        let _ = write!(styles, ".tile-{place}{{--ratio:{ratio:.4};--colour:{}}}", image.colour);
    }
    styles
}

/// A page's data as JSON that can't end the script that it stands in.
fn in_a_script(data: &PageData) -> String {
    let json = serde_json::to_string(data).expect("pages are plain data. This is a bug.");
    json.replace('<', "\\u003c")
}
