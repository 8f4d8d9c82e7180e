//! A new account.

use leptos::prelude::*;

use crate::components::form_problem::FormProblem;
use crate::part::{rich, view};
use crate::types::SignUpData;

/// A plain form to this page's own address.
#[component]
pub(crate) fn SignUp(data: SignUpData) -> impl IntoView {
    let SignUpData { token, is_first, name, problem } = data;
    let (title, words) = if is_first {
        (
            t!("The first administrator"),
            t!(
                "Nobody has an account here yet. Whoever makes this one runs the place: invites others, and sees every dataset."
            ),
        )
    } else {
        (t!("Make an account"), t!("Choose what others call you, and a password."))
    };
    view! {
        <main class="narrow-page">
            <form class="card form" method="post" action="/sign-up">
                <h1>{title}</h1>
                <p>{words}</p>
                <FormProblem problem />
                <input type="hidden" name="token" value=token />
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
                        aria-describedby="name-hint"
                        autofocus
                    />
                    <p class="hint" id="name-hint">"Up to 64 characters. It stands beside what you write."</p>
                </div>
                <div class="field">
                    <label for="password">"Password"</label>
                    <input
                        id="password"
                        name="password"
                        type="password"
                        autocomplete="new-password"
                        required
                        minlength="12"
                        maxlength="256"
                        aria-describedby="password-hint"
                    />
                    <p class="hint" id="password-hint">
                        "At least 12 characters. Several words are easier to keep than signs."
                    </p>
                </div>
                <button class="button primary-button" type="submit">"Make the account"</button>
                <p class="hint">{rich!("You have one? {link}.", link = view! { <a href="/sign-in">"Sign in"</a> })}</p>
            </form>
        </main>
    }
}
