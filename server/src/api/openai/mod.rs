//! The paths that programs written for OpenAI's API call: `/v1/chat/completions` and `/v1/models`.

pub(crate) mod chat;
mod chunks;
pub(crate) mod models;
mod prompt;

use axum::{extract::Request, middleware::Next, response::Response};

use super::problem::{Problem, ProblemKind};

/// Adds to a failing answer the `error` that these programs show their users.
pub(crate) async fn speak_openai(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        response.extensions_mut().insert(problem.with_error_object());
    }
    response
}

/// Whether `name` means the running model: its own name, or `florence-2`, whichever runs.
fn is_running_model(name: &str, running: &str) -> bool {
    name.eq_ignore_ascii_case(running) || name.eq_ignore_ascii_case("florence-2")
}

fn unknown_model(running: &str) -> Problem {
    let detail = format!("model: the model that runs here is {running:?}; florence-2 means it as well.");
    Problem::new(ProblemKind::UnknownModel, detail)
}
