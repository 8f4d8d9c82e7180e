//! Problems in words: what happened, what is safe, what to do.

use crate::types::Problem;
use crate::words;

/// The picture is larger than the server takes; said before anything is sent.
pub(crate) fn too_large(size: f64, limit: f64) -> Problem {
    Problem {
        title: t!("The picture is too large").into(),
        status: 413,
        detail: Some(t!(
            "It has {size}, and this server takes requests of up to {limit}.",
            size = words::bytes(size),
            limit = words::bytes(limit)
        )),
        ..Problem::default()
    }
}

/// No answer arrived.
pub(crate) fn unreachable() -> Problem {
    Problem {
        title: t!("The server didn't answer").into(),
        detail: Some(t!("The connection failed before the caption arrived.").into()),
        ..Problem::default()
    }
}

/// The server's answer, read as a problem document; an answer in another form (a proxy's, say) is put into words here.
pub(crate) fn from_answer(status: u16, body: &str) -> Problem {
    let mut problem = serde_json::from_str(body).unwrap_or_else(|_| Problem {
        title: if status < 400 { t!("The answer could not be read") } else { t!("The request failed") }.into(),
        detail: Some(t!(
            "The server answered with status {status} in a form that this page doesn't know.",
            status = status
        )),
        ..Problem::default()
    });
    problem.status = status;
    problem
}

/// What the person can do about a problem.
pub(crate) fn advice(problem: &Problem) -> &'static str {
    match problem.status {
        413 => t!("Try a smaller copy of the picture, or raise --max_request_size on the server."),
        415 | 422 => t!("Try another picture: a JPEG, PNG, GIF or WebP file."),
        400 => t!("Change what the problem names, and ask again."),
        401 => t!("Write a key that this server knows into the field API key, and ask again."),
        403 => t!("Ask whoever runs this server for access."),
        429 | 503 => t!("The server has much to do. Wait a few seconds, and ask again."),
        0 | 408 | 504 => t!("Check that the server is running and reachable, and ask again."),
        _ => t!("Ask again. If it happens every time, tell whoever runs this server, and quote the request id."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problem_documents_are_taken_as_they_are() {
        let problem = from_answer(415, r#"{"title": "Not a picture", "detail": "It is a PDF.", "request_id": "r1"}"#);
        assert_eq!(problem.title, "Not a picture");
        assert_eq!(problem.request_id.as_deref(), Some("r1"));
        assert_eq!(problem.status, 415);
    }

    #[test]
    fn other_answers_are_put_into_words() {
        let problem = from_answer(502, "<html>Bad gateway</html>");
        assert_eq!(problem.title, "The request failed");
        assert!(problem.detail.unwrap().contains("502"));
        assert_eq!(from_answer(200, "caption").title, "The answer could not be read");
    }

    #[test]
    fn sizes_are_told_with_their_limit() {
        let problem = too_large(12_000_000.0, 10_000_000.0);
        assert_eq!(problem.detail.unwrap(), "It has 12.0 MB, and this server takes requests of up to 10.0 MB.");
    }
}
