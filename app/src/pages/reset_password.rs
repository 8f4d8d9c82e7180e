//! A new password.

use leptos::prelude::*;

use crate::components::form_problem::FormProblem;
use crate::part::view;
use crate::types::ResetPasswordData;

/// A plain form to this page's own address.
#[component]
pub(crate) fn ResetPassword(data: ResetPasswordData) -> impl IntoView {
    let ResetPasswordData { token, problem } = data;
    view! {
        <main class="narrow-page">
            <form class="card form" method="post" action="/reset">
                <h1>"Choose a new password"</h1>
                <p>"It takes the place of the old one, and signs you out everywhere."</p>
                <FormProblem problem />
                <input type="hidden" name="token" value=token />
                <div class="field">
                    <label for="password">"New password"</label>
                    <input
                        id="password"
                        name="password"
                        type="password"
                        autocomplete="new-password"
                        required
                        minlength="12"
                        maxlength="256"
                        aria-describedby="password-hint"
                        autofocus
                    />
                    <p class="hint" id="password-hint">
                        "At least 12 characters. Several words are easier to keep than signs."
                    </p>
                </div>
                <button class="button primary-button" type="submit">"Change the password"</button>
            </form>
        </main>
    }
}
