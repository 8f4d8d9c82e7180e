//! Why a plain form was not taken.

use leptos::prelude::*;

use crate::part::view;
use crate::types::Problem;

/// What is wrong and what would be right, above the form's fields.
#[component]
pub(crate) fn FormProblem(problem: Option<Problem>) -> impl IntoView {
    problem.map(|problem| {
        view! {
            <div class="form-problem" role="alert">
                <p class="form-problem-title">{problem.title}</p>
                {problem.detail.map(|detail| view! { <p lang="en">{detail}</p> })}
            </div>
        }
    })
}
