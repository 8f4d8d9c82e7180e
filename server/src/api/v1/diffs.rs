//! How one text became another, as answers have it.

use serde::Serialize;
use utoipa::ToSchema;
use vasari_curation::diff::{Change, diff_words};

/// A piece of two texts that are compared by words.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DiffPieceResponse {
    /// `same` where it stands in both, `deleted` where in the former alone, `inserted` where in the latter alone.
    change: &'static str,
    /// What it says, white space included.
    text: String,
}

/// How the former text became the latter, by words.
pub(crate) fn diff(former: &str, latter: &str) -> Vec<DiffPieceResponse> {
    let name = |change| match change {
        Change::Same => "same",
        Change::Deleted => "deleted",
        Change::Inserted => "inserted",
    };
    let pieces = diff_words(former, latter).into_iter();
    pieces.map(|piece| DiffPieceResponse { change: name(piece.change), text: piece.text }).collect()
}
