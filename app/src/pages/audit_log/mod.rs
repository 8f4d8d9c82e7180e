//! Who did what, for administrators.

mod words;

use leptos::prelude::*;

use self::words::{ACTIONS, sentence};
use crate::address::Query;
use crate::components::form_problem::FormProblem;
use crate::components::local_time::LocalTime;
use crate::part::view;
use crate::types::{AuditEntry, AuditLogData};
use crate::words::translate;

/// The address of the log.
const ADDRESS: &str = "/admin/audit-log";

/// The log, the newest first, with a filter that is a plain form.
#[component]
pub(crate) fn AuditLog(data: AuditLogData) -> impl IntoView {
    let AuditLogData { entries, next, is_continued, who, action, problem } = data;
    let is_filtered = !who.is_empty() || !action.is_empty();
    let address = |before: Option<&String>| {
        let mut query = Query::default();
        query.add_if("who", &who);
        query.add_if("action", &action);
        query.add_if("before", before.map(String::as_str).unwrap_or_default());
        format!("{ADDRESS}{}", query.finish())
    };
    let next = next.map(|next| {
        view! { <p><a class="button" rel="next" href=address(Some(&next))>"Earlier entries"</a></p> }
    });
    let newest =
        is_continued.then(|| view! { <a class="button quiet-button" href=address(None)>"From the newest"</a> });
    let is_empty = entries.is_empty() && problem.is_none();
    let nothing = if is_filtered { t!("Nothing of the kind was done.") } else { t!("Nothing was done yet.") };
    let rows: Vec<_> = entries.into_iter().map(|entry| view! { <Entry entry /> }).collect();
    view! {
        <main class="settings-main">
            <header class="settings-head">
                <h1>"Administration"</h1>
                <nav class="segments" aria-label="Administration">
                    <a class="segment" href="/admin">"People"</a>
                    <a class="segment" href=ADDRESS aria-current="page">"Audit log"</a>
                </nav>
            </header>
            <section class="card settings-section" aria-labelledby="log-title">
                <div class="section-head"><h2 id="log-title">"Audit log"</h2> {newest}</div>
                <Filter who=who.clone() action=action.clone() is_filtered />
                <FormProblem problem />
                {is_empty.then(|| view! { <p>{nothing}</p> })}
                <ol class="rows log" aria-labelledby="log-title">{rows}</ol>
                {next}
            </section>
        </main>
    }
}

#[component]
fn Filter(who: String, action: String, is_filtered: bool) -> impl IntoView {
    let is_known = ACTIONS.iter().any(|(known, _)| *known == action);
    let unknown = (!action.is_empty() && !is_known)
        .then(|| view! { <option value=action.clone() selected>{action.clone()}</option> });
    let options: Vec<_> = ACTIONS
        .iter()
        .map(|(known, words)| view! { <option value=*known selected={*known == action}>{translate(words)}</option> })
        .collect();
    view! {
        <form class="filter-row" method="get" action=ADDRESS role="search" aria-label="Filter the audit log">
            <div class="field">
                <label for="who">"Who"</label>
                <input
                    id="who"
                    name="who"
                    type="text"
                    value=who
                    placeholder="everybody"
                    maxlength="64"
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                />
            </div>
            <div class="field">
                <label for="action">"What"</label>
                <select id="action" name="action">
                    <option value="">"everything"</option>
                    {unknown}
                    {options}
                </select>
            </div>
            <button class="button" type="submit">"Show"</button>
            {is_filtered.then(|| view! { <a class="button quiet-button" href=ADDRESS>"Show everything"</a> })}
        </form>
    }
}

#[component]
fn Entry(entry: AuditEntry) -> impl IntoView {
    let words = sentence(&entry);
    let AuditEntry { at, key, action, request_id, .. } = entry;
    view! {
        <li class="list-row">
            <div class="list-text">
                <p class="log-words">{words.into_part()}</p>
                <p class="hint">
                    <LocalTime at /> " · " <code>{action}</code>
                    {key.map(|key| view! { " · " {t!("with the key {key}", key = key)} })}
                    {request_id.map(|id| view! { " · " "request" " " <code>{id}</code> })}
                </p>
            </div>
        </li>
    }
}
