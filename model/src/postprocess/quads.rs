//! Pieces of written text, each with the four corners it stands between: eight location tokens.

use super::{
    Instances, corners,
    scan::{Source, locations_at, trim},
};

/// Numbers of a quadrilateral.
const NUMBERS: usize = 8;

/// `STOP<loc_…>×8 KUO<loc_…>×8`, with line breaks between the pieces or without.
pub(super) fn parse(source: &Source, size: (u32, u32)) -> Instances<[f32; 8]> {
    let mut instances = Instances::default();
    let text = &source.text;
    // Where the piece of text that is being read begins.
    let mut start = 0;
    let mut at = 0;
    while let Some(character) = text[at..].chars().next() {
        let locations = if character == '<' && at > start { locations_at(text, at, NUMBERS) } else { Vec::new() };
        if locations.len() == NUMBERS {
            let label = trim(&text[start..at]).to_owned();
            instances.push(corners(&locations, size), label, &locations, source);
            at = locations[NUMBERS - 1].bytes.end;
            start = at;
            continue;
        }
        at += character.len_utf8();
        if character == '\n' {
            start = at;
        }
    }
    instances
}
