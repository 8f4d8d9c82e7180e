//! `GET /api/v1/jobs/{job}/file`: what an export wrote. A download that breaks off goes on where it was.

use axum::{
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, Response, StatusCode, header},
};
use vasari_storage::{
    api_keys::Scope,
    jobs::{Job, JobRequest, JobState},
    objects::Object,
};

use super::{
    image_files::{Asked, finish, is_known},
    page::{nothing_there, parse_id},
};
use crate::{
    api::{
        docs::{AccountErrors, FileBytes},
        problem::{Problem, ProblemKind},
    },
    people::Identity,
    state::AppState,
};

/// An export's file
///
/// For seven days, for whoever sees the job. Takes `Range` with one range, `If-Range` and `If-None-Match`.
#[utoipa::path(
    get, path = "/api/v1/jobs/{job}/file", tag = "Jobs",
    params(("job" = Uuid, Path, description = "Which job")),
    responses(
        (status = 200, description = "The file", body = FileBytes, content_type = "application/octet-stream"),
        (status = 206, description = "The range of it that was asked for", body = FileBytes,
            content_type = "application/octet-stream"),
        (status = 304, description = "It is what you have"),
        (status = 416, description = "It has no such range; `Content-Range` says how long it is"),
        AccountErrors,
    ),
)]
pub(crate) async fn get_job_file(
    State(state): State<AppState>,
    identity: Identity,
    Path(job): Path<String>,
    headers: HeaderMap,
) -> Result<Response<Body>, Problem> {
    let reader = identity.reader(Scope::Read)?;
    let job = state.storage.database()?.find_job(&reader, parse_id(&job)?).await?.ok_or_else(nothing_there)?;
    let file = ExportedFile::of(&job)?;
    let (objects, object) = (&state.storage.objects, Object::Export(job.id));
    let length = objects.size(object).await?.ok_or_else(gone)?;
    let response = Response::builder()
        .header(header::ETAG, &file.etag)
        .header(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    if is_known(&headers, &file.etag) {
        return Ok(finish(response.status(StatusCode::NOT_MODIFIED), Body::empty()));
    }
    let response = response
        .header(header::CONTENT_TYPE, file.content_type)
        .header(header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", file.name))
        .header(header::ACCEPT_RANGES, "bytes");
    // Part of another file is of no use (RFC 9110, section 13.1.5).
    let is_same = headers.get(header::IF_RANGE).is_none_or(|tag| tag.as_bytes() == file.etag.as_bytes());
    let asked = if is_same { Asked::read(&headers, length) } else { Asked::Whole };
    let (response, range) = match asked {
        Asked::Beyond => {
            let response = response.status(StatusCode::RANGE_NOT_SATISFIABLE);
            return Ok(finish(response.header(header::CONTENT_RANGE, format!("bytes */{length}")), Body::empty()));
        }
        Asked::Whole => (response, 0..length),
        Asked::Part(range) => {
            let told = format!("bytes {}-{}/{length}", range.start, range.end - 1);
            (response.status(StatusCode::PARTIAL_CONTENT).header(header::CONTENT_RANGE, told), range)
        }
    };
    let response = response.header(header::CONTENT_LENGTH, range.end - range.start);
    if range.is_empty() {
        return Ok(finish(response, Body::empty()));
    }
    let bytes = objects.stream(object, Some((range.start, range.end))).await?;
    Ok(finish(response, Body::from_stream(bytes.ok_or_else(gone)?)))
}

/// What an export's result says of its file.
struct ExportedFile {
    name: String,
    etag: String,
    content_type: &'static str,
}

impl ExportedFile {
    fn of(job: &Job) -> Result<Self, Problem> {
        let JobRequest::Export(request) = &job.request else { return Err(nothing_there()) };
        if job.state != JobState::Succeeded {
            let detail = "The export has no file: it goes on, or did not end well.";
            return Err(Problem::new(ProblemKind::Conflict, detail));
        }
        let text = |member: &str| job.result.as_ref().and_then(|result| result[member].as_str()).map(str::to_owned);
        let sum = text("sha256").ok_or_else(gone)?;
        let name = text("file_name").filter(|name| name.bytes().all(is_plain)).ok_or_else(gone)?;
        let content_type = match request.format.extension() {
            Some("jsonl") => "application/jsonl",
            Some("csv") => "text/csv; charset=utf-8",
            Some("json") => "application/json",
            Some("parquet") => "application/vnd.apache.parquet",
            Some("tar") => "application/x-tar",
            _ => "application/zip",
        };
        Ok(Self { name, etag: format!("\"{sum}\""), content_type })
    }
}

/// What needs no quoting in a header.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_')
}

fn gone() -> Problem {
    Problem::new(ProblemKind::NotFound, "The file is kept no longer. Export it again.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_other_signs_than_plain_ones_go_into_no_header() {
        assert!("birds-2026-01-31.jsonl".bytes().all(is_plain));
        for wrong in ["a\".jsonl", "a\r\n.jsonl", "ü.zip", "a;b"] {
            assert!(!wrong.bytes().all(is_plain), "{wrong}");
        }
    }
}
