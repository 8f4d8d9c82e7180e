//! Name and password.

use leptos::prelude::*;

use crate::components::form_problem::FormProblem;
use crate::part::{IntoPart, rich, view};
use crate::types::SignInData;

/// A plain form to this page's own address.
#[component]
pub(crate) fn SignIn(data: SignInData) -> impl IntoView {
    let SignInData { name, next, is_open, notice, problem } = data;
    let is_tried = !name.is_empty();
    view! {
        <main class="narrow-page">
            <form class="card form" method="post" action="/sign-in">
                <h1>"Sign in"</h1>
                {notice.map(|notice| view! { <p class="note" role="status">{notice}</p> })}
                <FormProblem problem />
                <input type="hidden" name="next" value=next />
                <div class="field">
                    <label for="name">"Name"</label>
                    <input
                        id="name"
                        name="name"
                        type="text"
                        value=name
                        autocomplete="username"
                        autocapitalize="none"
                        spellcheck="false"
                        required
                        maxlength="64"
                        autofocus=!is_tried
                    />
                </div>
                <div class="field">
                    <label for="password">"Password"</label>
                    <input
                        id="password"
                        name="password"
                        type="password"
                        autocomplete="current-password"
                        required
                        maxlength="256"
                        autofocus=is_tried
                    />
                </div>
                <button class="button primary-button" type="submit">"Sign in"</button>
                <p class="hint">
                    {if is_open {
                        rich!("No account yet? {link}.", link = view! { <a href="/sign-up">"Make one"</a> })
                    } else {
                        t!("An account takes an invitation from an administrator, who can also give you a link for a new \
                         password.")
                            .into_part()
                    }}
                </p>
            </form>
        </main>
    }
}
