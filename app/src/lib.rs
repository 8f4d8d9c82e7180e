//! Vasari's pages: rendered on the server (feature `ssr`), taken over in the browser (feature `hydrate`).
//!
//! # What the server does for a page
//!
//! 1. It answers `GET /` and `POST /`, and the same at `/playground`, with [`shell()`], through
//!    `leptos_axum::render_app_to_stream_with_context`, and provides a [`types::PageState`] as context on each render.
//!    The browser reads the same state out of the page.
//! 2. `GET /?task=od&sample=scene-01.png&num_beams=3`: [`tasks::find`] understands the task (slug or marker; an unknown
//!    one counts as absent); the parameters ([`parameters::Parameter::name`]) come back as they were written; a known
//!    sample is captioned and becomes [`types::Outcome::Captioned`] with the sample's own address as `picture.src` and
//!    its name as `picture.sample`.
//! 3. `POST /` is the plain form, multipart: `image` (a file; empty when none was chosen), `task`, `text`, the
//!    parameters, and `sample` (the sample on display, used when `image` is empty). The outcome is rendered into the
//!    page with the status that the API would give; an uploaded picture comes back as a `data:` URL, scaled down, in
//!    `picture.src`.
//! 4. With scripts, the page sends the same fields to `POST /caption` with `stream=true`, a few pictures at a time, each
//!    in a request of its own. It reads server-sent events (`text` with the words so far, then `caption` or `error`)
//!    or, where the server answers at once, [`types::CaptionResponse`] or [`types::Problem`]. A 429 or 503 is asked again
//!    after the `Retry-After` of the answer.
//! 5. The site folder is served under `/`: `/pkg/*` (scripts, style sheet, font), `/favicon.svg`. Samples live where
//!    [`types::SampleImage::src`] says.
//!
//! The pages keep to this content security policy, with leptos' nonce in the place of `N`:
//! `default-src 'none'; script-src 'self' 'nonce-N' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:;
//! font-src 'self'; connect-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`.

#![expect(unreachable_pub, reason = "leptos writes a public twin of each component, whatever its visibility")]

pub mod parameters;
pub mod tasks;
pub mod types;

mod browser;
mod components;
mod error;
mod events;
mod geometry;
mod labels;
mod pages;
mod phrases;
mod question;
#[cfg(feature = "ssr")]
mod shell;
mod snippets;
mod state;
mod tray;
mod words;

pub use pages::caption::App;
#[cfg(feature = "ssr")]
pub use shell::shell;
