//! Vasari's pages: rendered on the server (feature `ssr`), taken over in the browser (feature `hydrate`).
//!
//! # What the server does for a page
//!
//! 1. Each page has an address of its own. Its handler loads what it shows, in the reader's name, and makes a
//!    [`types::PageView`] of it, which `render` writes as HTML: what stands around every page ([`types::Frame`]), and what
//!    this one shows ([`types::PageData`]).
//! 2. Forms are plain forms that go to the page's own address, and are answered with the page again or with the way to
//!    another. The browser gets the data of those pages that its scripts take over, as JSON in the page, and hydrates the same
//!    component over the same markup. From then on the page asks the API.
//! 3. What stands around a page isn't hydrated: a few listeners do.
//! 4. The site folder is served under `/`: `/pkg/*` (scripts, style sheet, font), `/favicon.svg`. Samples live where
//!    [`types::SampleImage::src`] says.
//!
//! # The playground
//!
//! - `GET /playground?task=od&sample=scene-01.png&num_beams=3`: [`tasks::find`] understands the task (slug or marker; an
//!   unknown one counts as absent); the parameters ([`parameters::Parameter::name`]) come back as they were written; a known
//!   sample is captioned and becomes [`types::Outcome::Captioned`] with the sample's own address as `picture.src` and its
//!   name as `picture.sample`.
//! - `POST /playground` is the plain form, multipart: `image` (a file; empty when none was chosen), `task`, `text`, the
//!   parameters, and `sample` (the sample on display, used when `image` is empty). The outcome is rendered into the page with
//!   the status that the API would give; an uploaded picture comes back as a `data:` URL, scaled down, in `picture.src`.
//! - With scripts, the page sends the same fields to `POST /caption` with `stream=true`, a few pictures at a time, each in a
//!   request of its own. It reads server-sent events (`text` with the words so far, then `caption` or `error`) or, where the
//!   server answers at once, [`types::CaptionResponse`] or [`types::Problem`]. A 429 or 503 is asked again after the
//!   `Retry-After` of the answer.
//!
//! The pages keep to this content security policy, with their nonce in the place of `N`: `default-src 'none'; script-src 'self'
//! 'nonce-N' 'wasm-unsafe-eval'; style-src 'self' 'nonce-N'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'
//! data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`. So no element has a `style`; scripts set what must
//! move.

#![expect(unreachable_pub, reason = "leptos writes a public twin of each component, whatever its visibility")]

// Its macros are known to all that follows.
#[macro_use]
pub mod words;

pub mod parameters;
pub mod tasks;
pub mod types;

mod address;
mod browser;
#[cfg(any(feature = "hydrate", test))]
mod columns;
#[cfg(any(feature = "hydrate", test))]
mod completion;
mod components;
#[cfg(feature = "ssr")]
mod device;
mod error;
mod events;
#[cfg(feature = "ssr")]
mod frame;
mod geometry;
#[cfg(feature = "hydrate")]
mod hydrate;
mod job_words;
mod labels;
mod pages;
mod part;
mod phrases;
mod question;
#[cfg(feature = "ssr")]
mod shell;
mod snippets;
mod state;
mod terms;
mod text_area;
mod tray;

#[cfg(feature = "hydrate")]
pub use hydrate::hydrate;
#[cfg(feature = "ssr")]
pub use shell::{Rendered, render};
