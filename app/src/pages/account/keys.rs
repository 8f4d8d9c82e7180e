//! Keys for programs.

use leptos::prelude::*;

use crate::address::encode;
use crate::components::confirm::Confirm;
use crate::components::form_problem::FormProblem;
use crate::components::local_time::LocalTime;
use crate::part::{rich, view};
use crate::types::{ApiKey, NewKeyData};
use crate::words::translate;

/// What a key can be for, and what that means.
const SCOPES: [(&str, &str); 4] = [
    ("caption", message!("ask the model for captions")),
    ("read", message!("read the datasets that you may see")),
    ("write", message!("change what you may change")),
    ("admin", message!("administer this server")),
];

/// One's keys, and the form for another one.
#[component]
pub(super) fn Keys(keys: Vec<ApiKey>, next: Option<String>, new: NewKeyData, is_admin: bool) -> impl IntoView {
    let is_empty = keys.is_empty();
    let rows: Vec<_> = keys.into_iter().map(|key| view! { <KeyRow key=key /> }).collect();
    let next = next.map(|next| {
        view! { <p><a class="button" rel="next" href=format!("/account?after={}", encode(&next))>"More keys"</a></p> }
    });
    view! {
        <section class="card settings-section" aria-labelledby="keys-heading">
            <h2 id="keys-heading">"API keys"</h2>
            <p class="hint">
                {rich!(
                    "Scripts and programs show a key instead of your password. What they can do is in the {link}.",
                    link = view! { <a href="/docs/">"description of the API"</a> }
                )}
            </p>
            {if is_empty {
                view! { <p>"You have no keys."</p> }
            } else {
                view! { <ul class="rows" aria-labelledby="keys-heading">{rows}</ul> }
            }}
            {next}
            <NewKey new is_admin />
        </section>
    }
}

#[component]
fn KeyRow(key: ApiKey) -> impl IntoView {
    let ApiKey { id, name, prefix, scopes, since, expires_at, is_expired, last_used_at } = key;
    let label = t!("Revoke {name}", name = name);
    let form = view! {
        <form class="form" method="post" action="/account">
            <p>"Programs that show it are refused at once. It can't be taken back."</p>
            <input type="hidden" name="action" value="revoke-key" />
            <input type="hidden" name="key" value=id />
            <p><button class="button danger-button" type="submit">"Revoke the key"</button></p>
        </form>
    };
    let scopes: Vec<_> = scopes.into_iter().map(|scope| view! { <span class="badge">{scope}</span> }).collect();
    let ends = match (expires_at, is_expired) {
        (Some(at), true) => view! {
            <span class="wrong-words">{rich!("expired {time}", time = view! { <LocalTime at /> })}</span>
        },
        (Some(at), false) => rich!("ends {time}", time = view! { <LocalTime at /> }),
        (None, _) => view! { "never ends" },
    };
    let used = match last_used_at {
        Some(at) => rich!("last used {time}", time = view! { <LocalTime at /> }),
        None => view! { "never used" },
    };
    view! {
        <li class="list-row">
            <div class="list-text">
                <p class="list-name">{name} " " <code>{format!("{prefix}…")}</code></p>
                <p class="badges">{scopes}</p>
                <p class="hint">
                    {rich!("Made {time}", time = view! { <LocalTime at=since /> })} " · " {ends} " · " {used}
                </p>
            </div>
            <div class="list-actions"><Confirm words="Revoke…" label form /></div>
        </li>
    }
}

#[component]
fn NewKey(new: NewKeyData, is_admin: bool) -> impl IntoView {
    let NewKeyData { name, scopes: chosen, days, problem } = new;
    let is_wrong = problem.is_some();
    let offered = SCOPES.iter().filter(|(scope, _)| is_admin || *scope != "admin");
    let scopes: Vec<_> = offered
        .map(|(scope, about)| {
            let is_chosen = chosen.iter().any(|chosen| chosen == scope);
            view! {
                <label class="switch">
                    <input type="checkbox" name=*scope value="true" checked=is_chosen />
                    <span><b>{*scope}</b> <span class="hint">" " {translate(about)}</span></span>
                </label>
            }
        })
        .collect();
    let ends: Vec<_> = NewKeyData::DAYS
        .into_iter()
        .map(|offered| {
            let words =
                if offered == "365" { t!("in a year").to_owned() } else { t!("in {number} days", number = offered) };
            view! { <option value=offered selected={offered == days}>{words}</option> }
        })
        .collect();
    view! {
        <form class="form settings-form" method="post" action="/account" aria-labelledby="new-key-title">
            <h3 id="new-key-title">"Another key"</h3>
            <FormProblem problem />
            <input type="hidden" name="action" value="make-key" />
            <div class="field">
                <label for="key-name">"Name"</label>
                <input
                    id="key-name"
                    name="name"
                    type="text"
                    value=name
                    required
                    maxlength="64"
                    autocomplete="off"
                    aria-describedby="key-name-hint"
                    autofocus=is_wrong
                />
                <p class="hint" id="key-name-hint">"What it is for, so that you know it again: the program, the machine."</p>
            </div>
            <fieldset class="choices">
                <legend>"It may"</legend>
                {scopes}
            </fieldset>
            <div class="field">
                <label for="key-days">"It ends"</label>
                <select id="key-days" name="days">
                    {ends}
                    <option value="" selected={days.is_empty()}>"never"</option>
                </select>
            </div>
            <p><button class="button primary-button" type="submit">"Make the key"</button></p>
        </form>
    }
}
