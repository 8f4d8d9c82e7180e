//! Bodies of JSON.

use axum::{
    extract::{FromRequest, Request},
    http::header,
};
use serde::de::DeserializeOwned;

use crate::api::{
    ask::{content_type, read_body},
    problem::{Problem, ProblemKind},
};

/// What a path takes as its body.
pub(crate) trait JsonShape: DeserializeOwned {
    /// The body's shape, as an example.
    const SHAPE: &'static str;
}

/// A body of this shape, sent as `application/json`, which no form of another site can send.
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<T: JsonShape, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        let has_type = request.headers().contains_key(header::CONTENT_TYPE);
        if !has_type || content_type(request.headers()) != "application/json" {
            let detail = format!("Send {} with the header Content-Type: application/json.", T::SHAPE);
            return Err(Problem::new(ProblemKind::UnsupportedMediaType, detail));
        }
        let body = read_body(request).await?;
        serde_json::from_slice(&body).map(Self).map_err(|error| {
            let detail = if error.is_data() {
                format!("The body must be a JSON object like {}.", T::SHAPE)
            } else {
                format!("The body is no JSON: it goes wrong at line {}, column {}.", error.line(), error.column())
            };
            Problem::new(ProblemKind::BadJson, detail)
        })
    }
}
