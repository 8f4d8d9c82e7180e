//! The tokens that Florence-2 adds to BART's vocabulary.

use tokenizers::{AddedToken, Tokenizer};

/// Location tokens: bins along each side of the picture.
pub(super) const LOCATIONS: u16 = 1000;

const BEFORE_LOCATIONS: [&str; 4] = ["<od>", "</od>", "<ocr>", "</ocr>"];

/// `<region_to_desciption>` lacks an r in the released checkpoints, so it does here.
const AFTER_LOCATIONS: [&str; 20] = [
    "<cap>",
    "</cap>",
    "<ncap>",
    "</ncap>",
    "<dcap>",
    "</dcap>",
    "<grounding>",
    "</grounding>",
    "<seg>",
    "</seg>",
    "<sep>",
    "<region_cap>",
    "</region_cap>",
    "<region_to_desciption>",
    "</region_to_desciption>",
    "<proposal>",
    "</proposal>",
    "<poly>",
    "</poly>",
    "<and>",
];

/// Appends the added tokens in their order, unless the tokenizer has them all. The error says what is wrong.
pub(super) fn complete(tokenizer: &mut Tokenizer) -> Result<(), String> {
    let missing: Vec<String> = all().filter(|token| tokenizer.token_to_id(token).is_none()).collect();
    let wanted = all().count();
    if missing.len() == wanted {
        let tokens = missing.into_iter().map(|token| AddedToken::from(token, true).normalized(false));
        tokenizer.add_special_tokens(tokens).map_err(|error| error.to_string())?;
        return Ok(());
    }
    match missing.first() {
        None => Ok(()),
        Some(first) => Err(format!(
            "it has only {} of the {wanted} tokens that Florence-2 adds ({first} is missing); it must have all or none",
            wanted - missing.len()
        )),
    }
}

/// Makes sure that `<loc_0>` to `<loc_999>` follow each other, and answers with the id of `<loc_0>`.
pub(super) fn check_locations(tokenizer: &Tokenizer) -> Result<u32, String> {
    let mut first = None;
    for bin in 0..u32::from(LOCATIONS) {
        let token = format!("<loc_{bin}>");
        let id = tokenizer.token_to_id(&token).ok_or_else(|| format!("it has no token {token}"))?;
        let first = *first.get_or_insert(id);
        if id != first + bin {
            return Err(format!("{token} has the id {id}, but after <loc_0> at {first} it must be {}", first + bin));
        }
    }
    first.ok_or_else(|| "it has no location tokens".to_owned())
}

pub(super) fn all() -> impl Iterator<Item = String> {
    let owned = |token: &&str| (*token).to_owned();
    let locations = (0..LOCATIONS).map(|bin| format!("<loc_{bin}>"));
    BEFORE_LOCATIONS.iter().map(owned).chain(locations).chain(AFTER_LOCATIONS.iter().map(owned))
}
