//! `GET /samples/{name}`: the pictures to try.

use axum::{
    extract::{Path, State},
    http::{HeaderName, header},
};

use super::problem::Problem;
use crate::state::AppState;

/// A sample picture's bytes.
pub(crate) async fn get_sample(
    State(state): State<AppState>,
    Path(name): Path<String>,
) -> Result<([(HeaderName, &'static str); 2], Vec<u8>), Problem> {
    let bytes = read_sample(&state, &name).await?;
    let content_type = match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("webp") => "image/webp",
        Some("gif") => "image/gif",
        _ => "image/png",
    };
    Ok(([(header::CONTENT_TYPE, content_type), (header::CACHE_CONTROL, "public, max-age=86400")], bytes))
}

/// The bytes of the sample of this name.
pub(crate) async fn read_sample(state: &AppState, name: &str) -> Result<Vec<u8>, Problem> {
    let not_found = || Problem::from_status(axum::http::StatusCode::NOT_FOUND);
    if !state.samples.images.iter().any(|sample| sample.name == name) {
        return Err(not_found());
    }
    let path = state.samples.folder.image_path(name).ok_or_else(not_found)?;
    tokio::fs::read(&path).await.map_err(|error| {
        tracing::error!(%error, path = %path.display(), "a sample can't be read");
        Problem::internal()
    })
}
