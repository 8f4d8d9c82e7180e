//! Everybody who has an account, for administrators.

use leptos::prelude::*;

use crate::address::encode;
use crate::components::local_time::LocalTime;
use crate::components::shown_once::ShownOnce;
use crate::components::told::Told;
use crate::part::{Part, rich, view};
use crate::types::{Account, AdminData, OneTimeLink};

/// People, and what can be done for them.
#[component]
pub(crate) fn Admin(data: AdminData) -> impl IntoView {
    let AdminData { people, next, after, is_open, link, notice, problem } = data;
    let address = after.as_ref().map_or_else(|| "/admin".to_owned(), |after| format!("/admin?after={}", encode(after)));
    let is_empty = people.is_empty();
    let rows: Vec<_> =
        people.into_iter().map(|account| view! { <AccountRow account address=address.clone() /> }).collect();
    let next = next.map(|next| {
        view! { <a class="button" rel="next" href=format!("/admin?after={}", encode(&next))>"More people"</a> }
    });
    let invitation = if is_open {
        t!("Whoever reaches this server may make an account. A link of yours works as well.")
    } else {
        t!("Whoever gets an account needs a link, which works once, for seven days. Send it to them yourself.")
    };
    view! {
        <main class="settings-main">
            <header class="settings-head">
                <h1>"Administration"</h1>
                <nav class="segments" aria-label="Administration">
                    <a class="segment" href="/admin" aria-current="page">"People"</a>
                    <a class="segment" href="/admin/audit-log">"Audit log"</a>
                </nav>
            </header>
            <Told notice problem />
            {link.map(shown_link)}
            <section class="card settings-section" aria-labelledby="people-title">
                <div class="section-head">
                    <h2 id="people-title">"People"</h2>
                    {after.is_some().then(|| view! { <a class="button quiet-button" href="/admin">"From the start"</a> })}
                </div>
                {if is_empty {
                    view! { <p>"Nobody's name comes after this one."</p> }
                } else {
                    view! { <ul class="rows" aria-labelledby="people-title">{rows}</ul> }
                }}
                {next.map(|next| view! { <p>{next}</p> })}
                <form class="form settings-form" method="post" action=address>
                    <p class="hint">{invitation}</p>
                    <input type="hidden" name="action" value="invite" />
                    <p><button class="button primary-button" type="submit">"Invite somebody"</button></p>
                </form>
            </section>
        </main>
    }
}

fn shown_link(OneTimeLink { address, person, expires_at }: OneTimeLink) -> Part {
    let (title, does) = match &person {
        Some(name) => {
            (t!("A new password for {name}", name = name), t!("Whoever opens it chooses the password of this account."))
        }
        None => (t!("An invitation").to_owned(), t!("Whoever opens it makes an account.")),
    };
    let words = view! {
        {does} " "
        {rich!(
            "It works once, until {time}. Copy it now: it is shown this once.",
            time = view! { <LocalTime at=expires_at /> }
        )}
    };
    view! { <ShownOnce title label="Link" text=address words /> }
}

#[component]
fn AccountRow(account: Account, address: String) -> impl IntoView {
    let Account { id, name, is_admin, since, disabled_since, is_own } = account;
    let is_disabled = disabled_since.is_some();
    let button = |action: &'static str, words: &'static str| {
        view! {
            <form method="post" action=address.clone()>
                <input type="hidden" name="action" value=action />
                <input type="hidden" name="person" value=id.clone() />
                <button class="menu-item" type="submit">{words}</button>
            </form>
        }
    };
    let rights = if is_admin {
        button("unmake-administrator", t!("Make no administrator"))
    } else {
        button("make-administrator", t!("Make an administrator"))
    };
    let access =
        if is_disabled { button("enable", t!("Let in again")) } else { button("disable", t!("Disable the account")) };
    let change = if is_own {
        view! { <span class="badge">"You"</span> }
    } else {
        view! {
            <details class="menu list-menu">
                <summary aria-label=t!("Change {name}", name = name)>"Change"</summary>
                <div class="menu-list">
                    {button("reset-password", t!("Make a link for a new password"))}
                    {rights}
                    {access}
                </div>
            </details>
        }
    };
    view! {
        <li class="list-row">
            <div class="list-text">
                <p class="list-name">
                    {name.clone()}
                    {is_admin.then(|| view! { " " <span class="badge">"Administrator"</span> })}
                    {is_disabled.then(|| view! { " " <span class="badge wrong-badge">"Disabled"</span> })}
                </p>
                <p class="hint">
                    {match disabled_since {
                        Some(at) => rich!(
                            "Here since {start}, disabled since {end}",
                            start = view! { <LocalTime at=since /> },
                            end = view! { <LocalTime at /> }
                        ),
                        None => rich!("Here since {start}", start = view! { <LocalTime at=since /> }),
                    }}
                </p>
            </div>
            <div class="list-actions">{change}</div>
        </li>
    }
}
