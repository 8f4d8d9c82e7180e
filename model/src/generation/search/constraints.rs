//! What the next token must not or must be.

use crate::{generation::options::SearchParameters, nn::TokenScores};

/// The first ids of every sequence: the start token and the forced first token.
pub(super) fn forced_start(parameters: &SearchParameters) -> Vec<u32> {
    let mut ids = vec![parameters.decoder_start_token_id];
    if parameters.max_length >= 2 {
        // The end is forced last, so it wins where both are.
        let end = parameters.forced_eos_token_id.filter(|_| parameters.max_length == 2);
        ids.extend(end.or(parameters.forced_bos_token_id));
    }
    ids
}

/// The token forced behind `length` tokens because the sequence must end with it.
pub(super) fn forced_end(parameters: &SearchParameters, length: usize) -> Option<u32> {
    parameters.forced_eos_token_id.filter(|_| length + 1 == parameters.max_length)
}

/// Tokens that would complete an n-gram for the second time (transformers' `NoRepeatNGramLogitsProcessor`). The start
/// token counts as part of the sequence.
pub(super) fn banned_by_ngrams(ids: &[u32], size: usize) -> Vec<u32> {
    if size == 0 || ids.len() + 1 < size {
        return Vec::new();
    }
    let last = &ids[ids.len() + 1 - size..];
    ids.windows(size).filter(|window| &window[..size - 1] == last).map(|window| window[size - 1]).collect()
}

/// How many candidates must be asked for so that `wanted` are left after the bans.
pub(super) fn candidates_with_bans(ids: &[u32], size: usize, wanted: usize) -> usize {
    wanted + banned_by_ngrams(ids, size).len()
}

/// A row's candidates that may follow `ids`, as (id, logit), highest first.
pub(super) fn allowed<'a>(
    scores: &'a TokenScores,
    ids: &[u32],
    no_repeat_ngram_size: usize,
) -> impl Iterator<Item = (u32, f32)> + 'a {
    let banned = banned_by_ngrams(ids, no_repeat_ngram_size);
    scores.candidates.iter().copied().filter(move |(id, _)| !banned.contains(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_third_token_is_banned_where_its_trigram_stood_before() {
        assert_eq!(banned_by_ngrams(&[2, 0, 5, 6, 7, 5, 6], 3), [7]);
        assert_eq!(banned_by_ngrams(&[2, 0, 5, 6, 7, 6, 5], 3), [0u32; 0]);
    }

    #[test]
    fn four_equal_tokens_in_a_row_are_one_too_many() {
        assert_eq!(banned_by_ngrams(&[2, 0, 0], 3), [0u32; 0]);
        assert_eq!(banned_by_ngrams(&[2, 0, 0, 0], 3), [0]);
    }

    #[test]
    fn the_rule_can_be_switched_off_and_narrowed() {
        assert_eq!(banned_by_ngrams(&[1, 1, 1], 0), [0u32; 0]);
        assert_eq!(banned_by_ngrams(&[4, 9], 1), [4, 9]);
        assert_eq!(banned_by_ngrams(&[4, 9, 4], 2), [9]);
    }
}
