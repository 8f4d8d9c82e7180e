//! The playground: pictures, and what the model says about them.

use leptos::prelude::*;

use crate::browser;
use crate::components::ask_form::AskForm;
use crate::components::code_card::CodeCard;
use crate::components::key_field::KeyField;
use crate::components::notice::DemoNotice;
use crate::components::result_card::ResultCard;
use crate::components::samples::Samples;
use crate::components::stage::Stage;
use crate::components::tray_list::TrayList;
use crate::part::view;
use crate::state::Page;
use crate::types::PageState;

/// The page as the server's [`PageState`] sets it.
#[component]
pub(crate) fn Playground(data: PageState) -> impl IntoView {
    let page = Page::new(data);
    Effect::new(move |_| browser::attach(page));
    let announcement = Memo::new(move |_| page.announcement());
    let model = page.given.with_value(|given| given.model.name.clone());
    view! {
        <main class="caption-page" class:has-many=move || page.tray.with(|tray| tray.entries.len() > 1)>
            <h1 class="visually-hidden">"Caption pictures"</h1>
            <div class="pictures">
                <Stage page />
                <TrayList page />
            </div>
            <div class="panel">
                {(!model.is_empty())
                    .then(|| view! { <p class="panel-model hint">"Captions by" " " <b>{model}</b></p> })}
                <KeyField page />
                <AskForm page />
                <ResultCard page />
                <CodeCard page />
                <DemoNotice page />
            </div>
            <Samples page />
        </main>
        <p class="visually-hidden" role="status" aria-live="polite">{announcement}</p>
    }
}
