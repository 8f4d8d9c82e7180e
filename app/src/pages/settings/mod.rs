//! What a dataset is, who works on it, where its captions come from, and its end.

mod about;
mod end;
mod members;
mod sources;

use leptos::prelude::*;

use self::{about::About, end::End, members::Members, sources::Sources};
use crate::components::told::Told;
use crate::part::view;
use crate::types::{Role, SettingsData};

/// The settings of a dataset. Only owners get forms.
#[component]
pub(crate) fn Settings(data: SettingsData) -> impl IntoView {
    let SettingsData { dataset, about, members, new_member, source_attempt, confirmation, notice, problem } = data;
    let may_change = dataset.role == Role::Owner;
    let address = dataset.settings_address();
    let is_member = members.iter().any(|member| member.is_own);
    let end = may_change.then(|| {
        let (slug, address) = (dataset.slug.clone(), address.clone());
        view! { <End slug address confirmation images=dataset.images /> }
    });
    view! {
        <main class="settings-main">
            <header class="settings-head">
                <h1>{t!("Settings of {dataset}", dataset = dataset.name)}</h1>
                <p><a class="button quiet-button" href=dataset.address()>"Back to the pictures"</a></p>
            </header>
            <Told notice problem />
            <About dataset=dataset.clone() about is_member may_change />
            <Members members new=new_member address=address.clone() may_change />
            <Sources dataset=dataset.clone() attempt=source_attempt address may_change />
            {end}
        </main>
    }
}
