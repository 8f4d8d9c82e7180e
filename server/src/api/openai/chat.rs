//! `POST /v1/chat/completions`: a picture and words in, words out, as OpenAI's API has it.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use axum::{
    Extension, Json,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{chunks, is_running_model, prompt::read_messages, unknown_model};
use crate::{
    api::{
        ask::{Pictures, content_type, in_time, missing_image, no_stream_with_key, parse_json, read_body},
        docs::{CaptionErrors, IDEMPOTENCY_KEY as KEY_HELP, ServerSentEvent},
        fields::{Field, Fields, invalid, shortened},
        problem::{Problem, ProblemKind},
    },
    auth::Caller,
    captioning::{self, CaptionAnswer},
    middleware::{IDEMPOTENCY_KEY, RequestId},
    state::AppState,
};

/// A conversation about a picture. Fields of other names are passed over.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
pub(crate) struct ChatRequest {
    /// The running model's name, or `florence-2`.
    #[schema(value_type = String, required)]
    model: Value,
    /// The last picture among the user's messages is asked about, with the user's last words: a task's marker and its
    /// input, such as `<OD>` or `<CAPTION_TO_PHRASE_GROUNDING> a red car`, or a plain prompt, which asks for a caption
    /// (in one sentence if it says short or brief, in a paragraph if it says so, else in detail).
    #[schema(value_type = Vec<ChatMessage>, required, min_items = 1, max_items = 1000)]
    messages: Value,
    /// Whether the answer comes in chunks.
    #[schema(value_type = Option<bool>)]
    stream: Value,
    #[schema(value_type = Option<StreamOptions>)]
    stream_options: Value,
    /// Most tokens in the answer.
    #[schema(value_type = Option<u32>, minimum = 2)]
    max_tokens: Value,
    /// The same, and wins.
    #[schema(value_type = Option<u32>, minimum = 2)]
    max_completion_tokens: Value,
    /// 0 and 1 take the likeliest words; anything else draws at random.
    #[schema(value_type = Option<f32>, minimum = 0, maximum = 10)]
    temperature: Value,
    /// Anything but 1 draws at random.
    #[schema(value_type = Option<f32>, exclusive_minimum = 0, maximum = 1)]
    top_p: Value,
    /// Makes a drawn answer come again.
    #[schema(value_type = Option<u64>, minimum = 0)]
    seed: Value,
    /// There is one answer to a question.
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 1)]
    n: Value,
}

/// One thing that was said.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ChatMessage {
    /// `user`; messages of other roles are passed over.
    role: &'static str,
    /// A text, or parts: `{"type": "text", "text": …}` and `{"type": "image_url", "image_url": {"url": …}}` with a
    /// `data:` URL or an address that the server may fetch.
    #[schema(schema_with = super::super::docs::chat_content)]
    content: String,
}

/// The answer to a conversation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChatCompletion {
    id: String,
    object: &'static str,
    /// Seconds since 1970.
    created: u64,
    model: String,
    choices: Vec<Choice>,
    usage: Usage,
}

#[derive(Debug, Serialize, ToSchema)]
struct Choice {
    index: u32,
    message: ChatMessage,
    /// `stop`, or `length` for an answer that was cut off.
    finish_reason: &'static str,
}

/// How long the answer is. What the picture costs isn't counted in tokens: `prompt_tokens` is 0.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "the names are OpenAI's")]
pub(super) struct Usage {
    prompt_tokens: u32,
    completion_tokens: u32,
    total_tokens: u32,
}

/// What a stream brings besides words.
#[derive(Debug, Serialize, ToSchema)]
struct StreamOptions {
    /// Whether the last chunk tells how long the answer is.
    include_usage: Option<bool>,
}

/// What all pieces of an answer carry.
#[derive(Debug, Clone)]
pub(super) struct Header {
    pub(super) id: String,
    pub(super) created: u64,
    pub(super) model: String,
}

/// Chat about a picture
///
/// For programs written for OpenAI's API. Tasks that answer with regions answer with their JSON as text. Failing
/// answers are problem documents with an `error` object beside.
#[utoipa::path(
    post, path = "/v1/chat/completions", tag = "OpenAI",
    params(("Idempotency-Key" = Option<String>, Header, description = KEY_HELP)),
    request_body(content((ChatRequest = "application/json"))),
    responses(
        (status = 200, description = "The answer", content(
            (ChatCompletion = "application/json"), (ServerSentEvent = "text/event-stream"))),
        CaptionErrors,
    ),
)]
pub(crate) async fn create_chat_completion(
    State(state): State<AppState>,
    caller: Caller,
    Extension(id): Extension<RequestId>,
    request: Request,
) -> Result<Response, Problem> {
    let deadline = Instant::now() + state.timeout;
    let client = caller.id();
    state.engines.check(&client)?;
    if !content_type(request.headers()).eq_ignore_ascii_case("application/json") {
        return Err(Problem::new(ProblemKind::UnsupportedMediaType, "Send JSON, as application/json."));
    }
    let has_key = request.headers().contains_key(IDEMPOTENCY_KEY);
    let chat: ChatRequest = parse_json(&in_time(deadline, read_body(request)).await?)?;
    let running_name = state.engines.current()?.model.description.name.clone();
    let model = chat.model.as_str().ok_or_else(|| invalid("model", "it must be a model's name"))?;
    if !is_running_model(model, &running_name) {
        return Err(unknown_model(&running_name));
    }
    let include_usage = chat.includes_usage()?;
    let mut fields = chat.fields()?;
    if fields.stream && has_key {
        return Err(no_stream_with_key("stream"));
    }
    let prompt = read_messages(&chat.messages)?;
    (fields.task, fields.text) = (Some(prompt.task), prompt.text);
    fields.check(&state)?;
    let image = prompt.image.ok_or_else(|| missing_image(Pictures::InMessages))?;
    let file = image.read(&state, "image_url", deadline).await?.bytes;
    let (stream, max_length) = (fields.stream, fields.parameters.max_length.or(state.defaults.max_length));
    let running = captioning::begin(&state, &client, fields.about(file), deadline).await?;
    let created = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    let header = Header { id: format!("chatcmpl-{}", Uuid::now_v7().simple()), created, model: running_name };
    if stream {
        return Ok(chunks::answer(&state, running, header, max_length, include_usage, id));
    }
    let answer = running.finish().await?;
    let message = ChatMessage { role: "assistant", content: content_of(&answer) };
    let choice = Choice { index: 0, message, finish_reason: finish_reason(&answer, max_length) };
    let Header { id, created, model } = header;
    let (choices, usage) = (vec![choice], Usage::of(&answer));
    Ok(Json(ChatCompletion { id, object: "chat.completion", created, model, choices, usage }).into_response())
}

impl ChatRequest {
    fn fields(&self) -> Result<Fields, Problem> {
        let mut fields = Fields::default();
        // To OpenAI, 0 means what is likeliest.
        let is_greedy = self.temperature.as_f64() == Some(0.0);
        let temperature = if is_greedy { &Value::Null } else { &self.temperature };
        for (name, target, value) in [
            ("stream", "stream", &self.stream),
            ("max_tokens", "max_length", &self.max_tokens),
            ("max_completion_tokens", "max_length", &self.max_completion_tokens),
            ("temperature", "temperature", temperature),
            ("top_p", "top_p", &self.top_p),
            ("seed", "seed", &self.seed),
        ] {
            let field = Field::find(target).expect("the table has these fields. This is a bug.");
            fields.set_json_as(name, field, value)?;
        }
        if is_greedy {
            fields.parameters.do_sample = Some(false);
        }
        if !self.n.is_null() && self.n.as_f64() != Some(1.0) {
            return Err(invalid("n", &format!("it is {}, but it must be 1", shortened(&self.n))));
        }
        Ok(fields)
    }

    fn includes_usage(&self) -> Result<bool, Problem> {
        let wrong = || invalid("stream_options", "it must be an object with include_usage, true or false");
        match &self.stream_options {
            Value::Null => Ok(false),
            Value::Object(options) => match options.get("include_usage") {
                None | Some(Value::Null) => Ok(false),
                Some(included) => included.as_bool().ok_or_else(wrong),
            },
            _ => Err(wrong()),
        }
    }
}

impl Usage {
    pub(super) fn of(answer: &CaptionAnswer) -> Self {
        let tokens = answer.timings.tokens;
        Self { prompt_tokens: 0, completion_tokens: tokens, total_tokens: tokens }
    }
}

/// The answer as words: the caption, or the JSON of the regions.
pub(super) fn content_of(answer: &CaptionAnswer) -> String {
    answer.answer.as_str().map_or_else(|| answer.answer.to_string(), str::to_owned)
}

/// Why the answer ends. Its longest has two tokens less than `max_length`, which counts those of the start and the end.
pub(super) fn finish_reason(answer: &CaptionAnswer, max_length: Option<u32>) -> &'static str {
    let is_cut = max_length.is_some_and(|longest| answer.timings.tokens.saturating_add(2) >= longest);
    if is_cut { "length" } else { "stop" }
}
