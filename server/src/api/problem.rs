//! RFC 9457 problem documents: how every failing request is answered.

use std::{borrow::Cow, time::Duration};

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use vasari_app::t;
use vasari_inference::{CaptionError, PrepareError, Refusal};
use vasari_storage::StorageError;

/// What went wrong with a request. Its detail is for the client: no path and no library's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    kind: ProblemKind,
    detail: Cow<'static, str>,
    retry_after: Option<Duration>,
    /// Whether the document has an `error` as OpenAI's API does.
    has_error_object: bool,
    /// What is there now and what was sent, where the one contradicts the other.
    both: Option<Box<[serde_json::Value; 2]>>,
    /// Which characters of a query are wrong: the first, and how many.
    place: Option<(usize, usize)>,
}

/// The kinds of problem. Their names are stable: clients compare them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProblemKind {
    BadRequest,
    BadMultipart,
    BadJson,
    MissingImage,
    RepeatedField,
    InvalidField,
    InvalidQuery,
    UnknownTask,
    UnknownModel,
    NotFound,
    MethodNotAllowed,
    Unauthenticated,
    SignInFailed,
    MissingApiKey,
    InvalidApiKey,
    Forbidden,
    LinkUnusable,
    MisdirectedRequest,
    RateLimited,
    RequestTimeout,
    RequestTooLarge,
    UnsupportedMediaType,
    UnsupportedImage,
    DamagedImage,
    ImageTooLarge,
    ForbiddenUrl,
    UnreachableUrl,
    IdempotencyKeyReused,
    IdempotencyKeyInUse,
    Conflict,
    NoDatabase,
    NoModel,
    DatabaseAway,
    ObjectsAway,
    Refused,
    TooMuch,
    Internal,
    ReloadInProgress,
    ReloadFailed,
    Overloaded,
    ShareUsed,
    ModelLoading,
    SearchOpening,
    ShuttingDown,
    CaptionTimeout,
    Other(StatusCode),
}

impl ProblemKind {
    /// Stable name, status and title: in the reader's language on a page, and in English for programs.
    fn parts(self) -> (&'static str, StatusCode, &'static str) {
        use StatusCode as S;
        match self {
            Self::BadRequest => ("bad-request", S::BAD_REQUEST, t!("The request can't be read")),
            Self::BadMultipart => ("bad-multipart", S::BAD_REQUEST, t!("The form can't be read")),
            Self::BadJson => ("bad-json", S::BAD_REQUEST, t!("The JSON can't be read")),
            Self::MissingImage => ("missing-image", S::BAD_REQUEST, t!("The image is missing")),
            Self::RepeatedField => ("repeated-field", S::BAD_REQUEST, t!("A field came twice")),
            Self::InvalidField => ("invalid-field", S::BAD_REQUEST, t!("A field has no valid value")),
            Self::InvalidQuery => ("invalid-query", S::BAD_REQUEST, t!("The query can't be understood")),
            Self::UnknownTask => ("unknown-task", S::BAD_REQUEST, t!("There is no such task")),
            Self::UnknownModel => ("unknown-model", S::NOT_FOUND, t!("There is no such model")),
            Self::NotFound => ("not-found", S::NOT_FOUND, t!("There is nothing here")),
            Self::MethodNotAllowed => {
                ("method-not-allowed", S::METHOD_NOT_ALLOWED, t!("The method doesn't fit the path"))
            }
            Self::Unauthenticated => ("unauthenticated", S::UNAUTHORIZED, t!("Nobody is signed in")),
            Self::SignInFailed => ("sign-in-failed", S::UNAUTHORIZED, t!("The sign-in failed")),
            Self::LinkUnusable => ("link-unusable", S::GONE, t!("The link can't be used")),
            Self::MissingApiKey => ("missing-api-key", S::UNAUTHORIZED, t!("A key is needed")),
            Self::InvalidApiKey => ("invalid-api-key", S::UNAUTHORIZED, t!("The key is not valid")),
            Self::Forbidden => ("forbidden", S::FORBIDDEN, t!("The caller may not do this")),
            Self::MisdirectedRequest => {
                ("misdirected-request", S::MISDIRECTED_REQUEST, t!("The host is not one of this server"))
            }
            Self::RateLimited => ("rate-limited", S::TOO_MANY_REQUESTS, t!("Too many requests came from the caller")),
            Self::RequestTimeout => ("request-timeout", S::REQUEST_TIMEOUT, t!("The request took too long to arrive")),
            Self::RequestTooLarge => ("request-too-large", S::PAYLOAD_TOO_LARGE, t!("The request is too large")),
            Self::UnsupportedMediaType => {
                ("unsupported-media-type", S::UNSUPPORTED_MEDIA_TYPE, t!("The body is neither a form nor JSON"))
            }
            Self::UnsupportedImage => {
                ("unsupported-image", S::UNSUPPORTED_MEDIA_TYPE, t!("The file is no image of a known format"))
            }
            Self::DamagedImage => ("damaged-image", S::UNPROCESSABLE_ENTITY, t!("The image can't be decoded")),
            Self::ImageTooLarge => ("image-too-large", S::UNPROCESSABLE_ENTITY, t!("The image has too many pixels")),
            Self::ForbiddenUrl => ("forbidden-url", S::UNPROCESSABLE_ENTITY, t!("The address may not be fetched")),
            Self::UnreachableUrl => ("unreachable-url", S::UNPROCESSABLE_ENTITY, t!("The address gave no picture")),
            Self::IdempotencyKeyReused => {
                ("idempotency-key-reused", S::UNPROCESSABLE_ENTITY, t!("The key belongs to another request"))
            }
            Self::IdempotencyKeyInUse => {
                ("idempotency-key-in-use", S::CONFLICT, t!("The request with this key is being answered"))
            }
            Self::Conflict => ("conflict", S::CONFLICT, t!("The change contradicts what is there")),
            Self::NoModel => ("no-model", S::NOT_IMPLEMENTED, t!("This server has no model")),
            Self::NoDatabase => ("no-database", S::NOT_IMPLEMENTED, t!("This server keeps nothing")),
            Self::DatabaseAway => ("database-away", S::SERVICE_UNAVAILABLE, t!("The database can't be reached")),
            Self::ObjectsAway => ("objects-away", S::SERVICE_UNAVAILABLE, t!("The pictures' files can't be reached")),
            Self::Refused => ("request-refused", S::UNPROCESSABLE_ENTITY, t!("The model can't do what was asked")),
            Self::Internal => ("internal-error", S::INTERNAL_SERVER_ERROR, t!("Something went wrong here")),
            Self::ReloadInProgress => ("reload-in-progress", S::CONFLICT, t!("A model is being loaded")),
            Self::ReloadFailed => ("reload-failed", S::INTERNAL_SERVER_ERROR, t!("The model can't be reloaded")),
            Self::Overloaded => ("overloaded", S::SERVICE_UNAVAILABLE, t!("Too many requests are being answered")),
            Self::ShareUsed => ("share-used", S::TOO_MANY_REQUESTS, t!("Too many of your requests are being answered")),
            Self::ModelLoading => ("model-loading", S::SERVICE_UNAVAILABLE, t!("The model is not there yet")),
            Self::SearchOpening => ("search-opening", S::SERVICE_UNAVAILABLE, t!("The search index is not open yet")),
            Self::ShuttingDown => ("shutting-down", S::SERVICE_UNAVAILABLE, t!("The server is shutting down")),
            Self::CaptionTimeout => ("caption-timeout", S::GATEWAY_TIMEOUT, t!("The caption wasn't ready in time")),
            Self::TooMuch => ("too-much", S::UNPROCESSABLE_ENTITY, t!("That is too much to do at once")),
            Self::Other(status) => ("other", status, status.canonical_reason().unwrap_or("The request failed")),
        }
    }
}

impl Problem {
    /// A problem with a sentence that says what is wrong and what would be right.
    pub(crate) fn new(kind: ProblemKind, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, detail: detail.into(), retry_after: None, has_error_object: false, both: None, place: None }
    }

    /// The problem, which will have passed when `delay` is over.
    pub(crate) fn with_retry_after(self, delay: Duration) -> Self {
        Self { retry_after: Some(delay), ..self }
    }

    /// The problem, with what is there now and what was sent.
    pub(crate) fn with_both(self, current: serde_json::Value, sent: serde_json::Value) -> Self {
        Self { both: Some(Box::new([current, sent])), ..self }
    }

    /// The problem, with which characters of a query are wrong.
    pub(crate) fn with_place(self, position: usize, length: usize) -> Self {
        Self { place: Some((position, length)), ..self }
    }

    /// A database's error, of which a conflict has this sentence.
    pub(crate) fn of_conflict(error: StorageError, detail: &'static str) -> Self {
        match error {
            StorageError::Conflict(_) => Self::new(ProblemKind::Conflict, detail),
            error => error.into(),
        }
    }

    /// The problem for programs that were written for OpenAI's API.
    pub(crate) fn with_error_object(self) -> Self {
        Self { has_error_object: true, ..self }
    }

    /// Something that is no fault of the client; what it was belongs in the log.
    pub(crate) fn internal() -> Self {
        Self::new(ProblemKind::Internal, "The fault is on our side and is in the log, under the id of this request.")
    }

    /// A problem that is gone after a while; the detail is completed with when to come back.
    pub(crate) fn later(kind: ProblemKind, detail: &str, retry_after: Duration) -> Self {
        let seconds = retry_after.as_secs().max(1);
        Self { retry_after: Some(retry_after), ..Self::new(kind, format!("{detail} Try again in {seconds} s.")) }
    }

    /// There is no model and there will be none.
    pub(crate) fn no_model() -> Self {
        Self::new(
            ProblemKind::NoModel,
            "This server shows a gallery and has no model. `vasari serve` starts one that has.",
        )
    }

    /// No model is there yet.
    pub(crate) fn model_loading() -> Self {
        Self::later(ProblemKind::ModelLoading, "The model is being loaded.", Duration::from_secs(5))
    }

    /// The database can't be reached, or isn't open yet.
    pub(crate) fn database_away() -> Self {
        Self::later(ProblemKind::DatabaseAway, "The database can't be reached.", Duration::from_secs(2))
    }

    /// The object store can't be reached, or is overloaded.
    pub(crate) fn objects_away() -> Self {
        Self::later(ProblemKind::ObjectsAway, "The pictures' files can't be reached.", Duration::from_secs(2))
    }

    /// The time that a request may take is over.
    pub(crate) fn too_late() -> Self {
        let detail = "The caption wasn't ready in the time that the server allows. Fewer num_beams are quicker.";
        Self::new(ProblemKind::CaptionTimeout, detail)
    }

    /// The problem behind a bare status, for answers that the framework makes.
    pub(crate) fn from_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::new(
                ProblemKind::NotFound,
                "No page, file or endpoint has this address. Captions are made by POST /caption.",
            ),
            StatusCode::METHOD_NOT_ALLOWED => Self::new(
                ProblemKind::MethodNotAllowed,
                "This address is there for other methods; the Allow header of this answer names them.",
            ),
            StatusCode::PAYLOAD_TOO_LARGE => {
                Self::new(ProblemKind::RequestTooLarge, "The request is larger than this server reads.")
            }
            status if status.is_server_error() => Self::internal(),
            status => Self::new(ProblemKind::Other(status), "The request can't be answered as it is."),
        }
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.kind.parts().1
    }

    /// Whether the request would have been taken with fewer others about.
    pub(crate) fn is_lack_of_room(&self) -> bool {
        matches!(self.kind, ProblemKind::Overloaded | ProblemKind::ShareUsed)
    }

    /// The sentence for the client.
    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }

    /// The document, as the page and the API show it.
    pub(crate) fn document(&self, request_id: &str) -> vasari_app::types::Problem {
        let (name, status, title) = self.kind.parts();
        vasari_app::types::Problem {
            kind: format!("/problems/{name}"),
            title: title.into(),
            status: status.as_u16(),
            detail: Some(self.detail.clone().into_owned()),
            request_id: Some(request_id.into()),
        }
    }

    /// The document as JSON, with the `error` object for those who look for it.
    pub(crate) fn json(&self, request_id: &str) -> serde_json::Value {
        let document = self.document(request_id);
        let mut json = serde_json::to_value(&document).expect("a problem is all strings. This is a bug.");
        if let Some([current, sent]) = self.both.as_deref() {
            json["current"] = current.clone();
            json["sent"] = sent.clone();
        }
        if let Some((position, length)) = self.place {
            json["position"] = position.into();
            json["length"] = length.into();
        }
        if self.has_error_object {
            let kind = if self.status().is_server_error() { "server_error" } else { "invalid_request_error" };
            let (name, _, _) = self.kind.parts();
            json["error"] =
                serde_json::json!({ "message": document.detail, "type": kind, "param": null, "code": name });
        }
        json
    }

    /// Where in what was sent the problem is, in characters: the first, and how many.
    pub(crate) fn place(&self) -> Option<(usize, usize)> {
        self.place
    }

    /// Writes the document into `response`, whose other headers stay.
    pub(crate) fn write_into(&self, response: &mut Response, request_id: &str) {
        let json = self.json(request_id).to_string();
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.remove(header::CONTENT_LENGTH);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        self.write_retry_after(headers);
        *response.body_mut() = Body::from(json);
    }

    /// Says when to come back, where that is known.
    pub(crate) fn write_retry_after(&self, headers: &mut HeaderMap) {
        if let Some(delay) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(delay.as_secs().max(1)));
        }
    }
}

/// Leaves the document to [`crate::middleware::with_request_id`], which knows the request's id.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let (kind, retry_after, detail) = match refusal {
            Refusal::Overloaded { retry_after, .. } => {
                (ProblemKind::Overloaded, retry_after, "Every place in the queue is taken.")
            }
            Refusal::ShareUsed { retry_after, .. } => (
                ProblemKind::ShareUsed,
                retry_after,
                "Your own requests take your share of the queue; the places that are left are for others.",
            ),
            Refusal::TooLong { retry_after } => {
                (ProblemKind::Overloaded, retry_after, "The requests ahead of this one take longer than it may wait.")
            }
            Refusal::ShuttingDown => {
                (ProblemKind::ShuttingDown, Duration::from_secs(5), "The server stops, and takes no new requests.")
            }
        };
        Self::later(kind, detail, retry_after)
    }
}

impl From<CaptionError> for Problem {
    fn from(error: CaptionError) -> Self {
        match error {
            CaptionError::Refused(sentence) => Self::new(ProblemKind::Refused, sentence),
            CaptionError::TooLate => Self::too_late(),
            // The queue has logged what it was.
            CaptionError::Failed(_) => Self::internal(),
        }
    }
}

impl From<PrepareError> for Problem {
    fn from(error: PrepareError) -> Self {
        let kind = match error {
            PrepareError::Unsupported(_) => ProblemKind::UnsupportedImage,
            PrepareError::Damaged(_) => ProblemKind::DamagedImage,
            PrepareError::TooLarge(_) => ProblemKind::ImageTooLarge,
        };
        Self::new(kind, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn document_names_kind_status_and_request() {
        let problem = Problem::new(ProblemKind::MissingImage, "Send the picture in the field image.");
        let json = serde_json::to_value(problem.document("id-1")).unwrap();
        assert_eq!(
            json,
            serde_json::json!({
                "type": "/problems/missing-image", "title": "The image is missing", "status": 400,
                "detail": "Send the picture in the field image.", "request_id": "id-1",
            })
        );
    }

    #[test]
    fn overload_says_when_to_come_back() {
        let refusal = Refusal::Overloaded { capacity: 1, retry_after: Duration::from_millis(10) };
        let mut response = Problem::from(refusal.clone()).into_response();
        Problem::from(refusal).write_into(&mut response, "id");
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()[header::RETRY_AFTER], "1");
    }

    #[test]
    fn fault_of_the_model_stays_in_the_log() {
        let problem = Problem::from(CaptionError::Failed("tensor of /srv/secret".into()));
        assert_eq!(problem.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert!(!problem.detail().contains("secret"));
    }
}
