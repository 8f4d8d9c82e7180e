//! The caption page: a picture, and what the model says about it.

use leptos::prelude::*;

use crate::browser;
use crate::components::ask_form::AskForm;
use crate::components::help::Help;
use crate::components::notice::DemoNotice;
use crate::components::result_card::ResultCard;
use crate::components::samples::Samples;
use crate::components::stage::Stage;
use crate::components::toast::Toast;
use crate::components::top_bar::TopBar;
use crate::state::Page;
use crate::types::PageState;

/// The page as the server's [`PageState`] sets it; the browser reads the same state out of the page.
#[component]
pub fn App() -> impl IntoView {
    let given = SharedValue::new(|| use_context::<PageState>().unwrap_or_default()).into_inner();
    let page = Page::new(given);
    Effect::new(move |_| browser::attach(page));
    view! {
        <TopBar page />
        <main class="caption-page">
            <h1 class="visually-hidden">"Caption a picture"</h1>
            <Stage page />
            <div class="panel">
                <AskForm page />
                <ResultCard page />
                <DemoNotice page />
            </div>
            <Samples page />
        </main>
        <p class="visually-hidden" role="status" aria-live="polite">{move || page.announcement()}</p>
        <Toast page />
        <Help />
    }
}
