//! A short word on what was just done.

use leptos::prelude::*;

use crate::state::Page;

/// Shows the page's toast, while there is one.
#[component]
pub(crate) fn Toast(page: Page) -> impl IntoView {
    view! {
        <div class="toast-place" role="status">
            {move || page.toast.get().map(|words| view! { <p class="toast">{words}</p> })}
        </div>
    }
}
