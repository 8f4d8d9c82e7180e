//! The form for another password.

use leptos::prelude::*;

use crate::components::form_problem::FormProblem;
use crate::part::view;
use crate::types::Problem;

/// The password, old and new. What was written is never sent back.
#[component]
pub(super) fn Password(name: String, problem: Option<Problem>) -> impl IntoView {
    let is_wrong = problem.is_some();
    view! {
        <section class="card settings-section" aria-labelledby="password-title">
            <h2 id="password-title">"Password"</h2>
            <form class="form" method="post" action="/account">
                <FormProblem problem />
                <input type="hidden" name="action" value="change-password" />
                // Tells whatever keeps passwords whose it is.
                <input type="text" name="username" value=name autocomplete="username" readonly hidden />
                <div class="field">
                    <label for="password">"Present password"</label>
                    <input
                        id="password"
                        name="password"
                        type="password"
                        autocomplete="current-password"
                        required
                        autofocus=is_wrong
                    />
                </div>
                <div class="field">
                    <label for="new-password">"New password"</label>
                    <input
                        id="new-password"
                        name="new_password"
                        type="password"
                        autocomplete="new-password"
                        required
                        minlength="12"
                        maxlength="256"
                        aria-describedby="new-password-hint"
                    />
                    <p class="hint" id="new-password-hint">
                        "At least 12 characters. Several words are easier to keep than signs. All other devices are signed out."
                    </p>
                </div>
                <p><button class="button" type="submit">"Change the password"</button></p>
            </form>
        </section>
    }
}
