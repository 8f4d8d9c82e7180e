//! A text with what differs from another marked: by colour, and by a line below or through it.

use leptos::prelude::*;

use crate::part::{Part, view};
use crate::types::{DiffChange, DiffPiece};

/// Both texts in one: what is missing struck through, what is new underlined.
pub(crate) fn inline(pieces: Vec<DiffPiece>) -> Part {
    let pieces: Vec<_> = pieces.into_iter().map(piece).collect();
    view! { <span class="diff">{pieces}</span> }
}

/// The latter text by itself, with what the former lacks underlined.
#[cfg(feature = "ssr")]
pub(crate) fn latter(pieces: Vec<DiffPiece>) -> Part {
    inline(pieces.into_iter().filter(|piece| piece.change != DiffChange::Deleted).collect())
}

fn piece(DiffPiece { change, text }: DiffPiece) -> Part {
    match change {
        DiffChange::Same => view! { <span>{text}</span> },
        DiffChange::Deleted => view! { <del>{text}</del> },
        DiffChange::Inserted => view! { <ins>{text}</ins> },
    }
}
