//! What came of what a page was asked to do.

use leptos::prelude::*;

use super::form_problem::FormProblem;
use crate::part::view;
use crate::types::Problem;

/// What was just done, or why it was not, above everything else on the page.
#[component]
pub(crate) fn Told(notice: Option<String>, problem: Option<Problem>) -> impl IntoView {
    view! {
        {notice.map(|notice| view! { <p class="told" role="status">{notice}</p> })}
        <FormProblem problem />
    }
}
