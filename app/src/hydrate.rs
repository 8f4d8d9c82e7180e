//! Takes over the page that the server wrote.

use leptos::mount::hydrate_from;
use leptos::prelude::*;
use serde::de::DeserializeOwned;
use web_sys::HtmlElement;

use crate::browser::{self, compare, frame, jobs, numbers, plain};
use crate::pages::grid::{Grid, GridProps};
use crate::pages::image::{Image, ImageProps};
use crate::pages::playground::{Playground, PlaygroundProps};

/// Brings what stands around the page to life, and hydrates the page itself if it wants that.
pub fn hydrate() {
    let page = browser::element::<HtmlElement>("page");
    let kind = page.as_ref().and_then(|page| page.get_attribute("data-page"));
    if let Some(page) = page {
        match kind.as_deref() {
            Some("playground") => take_over(page, |data| Playground(PlaygroundProps { data })),
            Some("grid") => take_over(page, |data| Grid(GridProps { data })),
            Some("image") => take_over(page, |data| Image(ImageProps { data })),
            Some("compare") => {
                plain::attach();
                compare::attach();
            }
            _ => plain::attach(),
        }
    }
    numbers::localize();
    frame::attach();
    jobs::attach(kind.as_deref().unwrap_or_default());
}

fn take_over<T, V>(page: HtmlElement, view: impl FnOnce(T) -> V + 'static)
where
    T: DeserializeOwned + 'static,
    V: IntoView + 'static,
{
    let json = document().get_element_by_id("page-data").and_then(|element| element.text_content());
    let data = json.and_then(|json| serde_json::from_str(&json).ok());
    let data: T = data.expect("the server writes what this reads: both have the type. This is a bug.");
    hydrate_from(page, move || view(data)).forget();
}
