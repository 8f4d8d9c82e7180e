//! One's own account: the password, where one is signed in, keys for programs.

mod devices;
mod keys;
mod password;

use leptos::prelude::*;

use self::{devices::Devices, keys::Keys, password::Password};
use crate::components::local_time::LocalTime;
use crate::components::shown_once::ShownOnce;
use crate::components::told::Told;
use crate::part::{rich, view};
use crate::types::AccountData;

/// Everything about one's account, in plain forms to this page's own address.
#[component]
pub(crate) fn Account(data: AccountData) -> impl IntoView {
    let AccountData { name, is_admin, since, notice, problem, made_key, .. } = data.clone();
    let made = made_key.map(|(name, key)| {
        let title = t!("The key {name}", name = name);
        let words = rich!(
            "Copy it now: it is shown this once. Programs send it in the header {header}.",
            header = view! { <code>"Authorization: Bearer"</code> }
        );
        view! { <ShownOnce title label="Key" text=key words /> }
    });
    view! {
        <main class="settings-main">
            <header class="settings-head">
                <h1>"Account"</h1>
                <p class="hint">
                    {name.clone()} " · " {is_admin.then(|| view! { "administrator" " · " })}
                    {rich!("here since {time}", time = view! { <LocalTime at=since /> })}
                </p>
            </header>
            <Told notice problem />
            {made}
            <Password name problem=data.password_problem />
            <Devices devices=data.devices has_more=data.has_more_devices />
            <Keys keys=data.keys next=data.next_keys new=data.new_key is_admin />
        </main>
    }
}
