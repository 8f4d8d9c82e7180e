//! A chat completion in chunks.

use axum::response::{Response, sse::Event};
use futures_util::stream;
use serde::Serialize;
use serde_json::{Value, json};

use super::chat::{Header, Usage, content_of, finish_reason};
use crate::{
    api::{events, problem::Problem},
    captioning::{CaptionAnswer, Running, RunningUpdate},
    middleware::RequestId,
    shutdown::Shutdown,
    state::AppState,
};

/// What is still to come.
struct Chunks {
    shutdown: Shutdown,
    running: Running,
    header: Header,
    max_length: Option<u32>,
    include_usage: bool,
    id: RequestId,
    /// The words that were sent.
    sent: String,
    has_begun: bool,
    is_over: bool,
}

/// One piece of a completion.
#[derive(Serialize)]
struct Chunk<'a> {
    id: &'a str,
    object: &'static str,
    created: u64,
    model: &'a str,
    choices: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Usage>,
}

/// The chunks of a completion under way. Where the answer is words, they come as they are certain; regions come at the
/// end, as JSON.
pub(super) fn answer(
    state: &AppState,
    running: Running,
    header: Header,
    max_length: Option<u32>,
    include_usage: bool,
    id: RequestId,
) -> Response {
    let chunks = Chunks {
        shutdown: state.shutdown.clone(),
        running,
        header,
        max_length,
        include_usage,
        id,
        sent: String::new(),
        has_begun: false,
        is_over: false,
    };
    let batches = stream::unfold(chunks, |mut chunks| async move {
        let events = chunks.next().await?;
        Some((stream::iter(events.into_iter().map(Ok)), chunks))
    });
    events::respond(futures_util::StreamExt::flatten(batches))
}

impl Chunks {
    /// The next events, or nothing after the end.
    async fn next(&mut self) -> Option<Vec<Event>> {
        if self.is_over {
            return None;
        }
        if !self.has_begun {
            self.has_begun = true;
            return Some(vec![self.piece(&json!({ "role": "assistant", "content": "" }), None)]);
        }
        match events::next(&self.shutdown, &mut self.running).await {
            RunningUpdate::Text(text) if self.running.answers_with_text() => {
                let event = self.piece(&json!({ "content": text }), None);
                self.sent.push_str(&text);
                Some(vec![event])
            }
            // Regions are written as JSON at the end.
            RunningUpdate::Text(_) => Some(Vec::new()),
            RunningUpdate::Done(done) => {
                self.is_over = true;
                Some(match *done {
                    Ok(answer) => self.end(&answer),
                    Err(problem) => vec![self.failure(problem)],
                })
            }
        }
    }

    fn end(&self, answer: &CaptionAnswer) -> Vec<Event> {
        let content = content_of(answer);
        let rest = content.strip_prefix(self.sent.as_str()).unwrap_or_default();
        let mut events = Vec::new();
        if !rest.is_empty() {
            events.push(self.piece(&json!({ "content": rest }), None));
        }
        events.push(self.piece(&json!({}), Some(finish_reason(answer, self.max_length))));
        if self.include_usage {
            events.push(self.event(json!([]), Some(Usage::of(answer))));
        }
        events.push(Event::default().data("[DONE]"));
        events
    }

    fn failure(&self, problem: Problem) -> Event {
        let document = problem.with_error_object().json(&self.id.0);
        Event::default().json_data(document).expect("a problem can be written as JSON. This is a bug.")
    }

    fn piece(&self, delta: &Value, finish_reason: Option<&str>) -> Event {
        self.event(json!([{ "index": 0, "delta": delta, "finish_reason": finish_reason }]), None)
    }

    fn event(&self, choices: Value, usage: Option<Usage>) -> Event {
        let Header { id, created, model } = &self.header;
        let chunk = Chunk { id, object: "chat.completion.chunk", created: *created, model, choices, usage };
        Event::default().json_data(chunk).expect("a chunk can be written as JSON. This is a bug.")
    }
}
