//! How one text became another, word by word.

use similar::{ChangeTag, TextDiff};

/// A piece of a text in which something changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// What happened to it.
    pub change: Change,
    /// What it says, white space included.
    pub text: String,
}

/// What happened to a piece of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It stands in both.
    Same,
    /// It stands in the former text alone.
    Deleted,
    /// It stands in the latter text alone.
    Inserted,
}

/// The pieces of two texts by words: what is the same or deleted makes the former, what is the same or inserted the latter.
/// Words are split where Unicode splits them (UAX 29), so that a comma that comes or goes changes no word. What is deleted
/// stands before what is inserted in its place.
pub fn diff_words(former: &str, latter: &str) -> Vec<Piece> {
    let diff = TextDiff::from_unicode_words(former, latter);
    let mut pieces: Vec<Piece> = Vec::new();
    // Deletions and insertions between two common pieces, each joined: a sentence that is replaced reads as a sentence.
    let (mut deleted, mut inserted) = (String::new(), String::new());
    for change in diff.iter_all_changes() {
        match change.tag() {
            ChangeTag::Delete => deleted.push_str(change.value()),
            ChangeTag::Insert => inserted.push_str(change.value()),
            // A blank between two changed words belongs to both of their sides.
            ChangeTag::Equal if is_blank(change.value()) && !deleted.is_empty() && !inserted.is_empty() => {
                deleted.push_str(change.value());
                inserted.push_str(change.value());
            }
            ChangeTag::Equal => {
                let shared = take_blank_end(&mut deleted, &mut inserted);
                settle(&mut pieces, &mut deleted, &mut inserted);
                push(&mut pieces, Change::Same, &shared);
                push(&mut pieces, Change::Same, change.value());
            }
        }
    }
    let shared = take_blank_end(&mut deleted, &mut inserted);
    settle(&mut pieces, &mut deleted, &mut inserted);
    push(&mut pieces, Change::Same, &shared);
    pieces
}

/// The former and the latter of two texts, each with its own pieces alone: for a view side by side.
pub fn sides(pieces: &[Piece]) -> (Vec<&Piece>, Vec<&Piece>) {
    let without = |change| pieces.iter().filter(move |piece| piece.change != change).collect();
    (without(Change::Inserted), without(Change::Deleted))
}

fn is_blank(text: &str) -> bool {
    text.chars().all(char::is_whitespace)
}

/// Takes the white space off with which both end.
fn take_blank_end(deleted: &mut String, inserted: &mut String) -> String {
    let mut shared = Vec::new();
    while let (Some(one), Some(other)) = (deleted.chars().last(), inserted.chars().last()) {
        if one != other || !one.is_whitespace() {
            break;
        }
        deleted.pop();
        inserted.pop();
        shared.push(one);
    }
    shared.into_iter().rev().collect()
}

fn settle(pieces: &mut Vec<Piece>, deleted: &mut String, inserted: &mut String) {
    push(pieces, Change::Deleted, deleted);
    push(pieces, Change::Inserted, inserted);
    deleted.clear();
    inserted.clear();
}

fn push(pieces: &mut Vec<Piece>, change: Change, text: &str) {
    if text.is_empty() {
        return;
    }
    match pieces.last_mut() {
        Some(last) if last.change == change => last.text.push_str(text),
        _ => pieces.push(Piece { change, text: text.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Pieces as `same [-deleted-] {+inserted+}`.
    fn drawn(former: &str, latter: &str) -> String {
        let draw = |piece: &Piece| match piece.change {
            Change::Same => piece.text.clone(),
            Change::Deleted => format!("[-{}-]", piece.text),
            Change::Inserted => format!("{{+{}+}}", piece.text),
        };
        diff_words(former, latter).iter().map(draw).collect()
    }

    #[test]
    fn words_change_as_wholes() {
        for (former, latter, wanted) in [
            ("a red dog", "a blue dog", "a [-red-]{+blue+} dog"),
            ("a dog", "a dog, asleep", "a dog{+, asleep+}"),
            ("a dog", "a dog", "a dog"),
            ("", "a dog", "{+a dog+}"),
            ("a dog", "", "[-a dog-]"),
            ("", "", ""),
            ("the old cat sat", "a young cat sat", "[-the old-]{+a young+} cat sat"),
            ("ein Hund läuft", "ein Hündchen läuft", "ein [-Hund-]{+Hündchen+} läuft"),
        ] {
            assert_eq!(drawn(former, latter), wanted, "{former:?} to {latter:?}");
        }
    }

    fn joined(pieces: &[&Piece]) -> String {
        pieces.iter().map(|piece| piece.text.as_str()).collect()
    }

    fn text() -> impl Strategy<Value = String> {
        prop_oneof![
            "(a|the|dog|cat|red| |, |\\.|\n|é){0,12}",
            "\\PC{0,40}",
            prop::collection::vec(any::<char>(), 0..20).prop_map(|chars| chars.into_iter().collect()),
        ]
    }

    proptest! {
        #[test]
        fn both_texts_can_be_read_off_the_pieces(former in text(), latter in text()) {
            let pieces = diff_words(&former, &latter);
            let (one, other) = sides(&pieces);
            prop_assert_eq!(joined(&one), former.clone());
            prop_assert_eq!(joined(&other), latter.clone());
            prop_assert!(pieces.iter().all(|piece| !piece.text.is_empty()));
            prop_assert!(pieces.windows(2).all(|pair| pair[0].change != pair[1].change), "{:?}", pieces);
            let is_same = pieces.iter().all(|piece| piece.change == Change::Same);
            prop_assert_eq!(is_same, former == latter);
        }
    }
}
