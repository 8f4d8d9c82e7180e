//! Byte-level BPE's alphabet: a printable character for each of the 256 bytes.

use std::collections::HashMap;

use tokenizers::Tokenizer;

/// The bytes of every id, and whether it is markup. An id without a token has no bytes.
pub(super) fn table(tokenizer: &Tokenizer) -> (Vec<Box<[u8]>>, Vec<bool>) {
    let vocab = tokenizer.get_vocab(true);
    let size = vocab.values().map(|&id| id as usize + 1).max().unwrap_or(0);
    let mut bytes: Vec<Box<[u8]>> = vec![Box::default(); size];
    let mut special = vec![false; size];
    let alphabet: HashMap<char, u8> = (0..=u8::MAX).map(|byte| (character(byte), byte)).collect();
    let added = tokenizer.get_added_tokens_decoder();
    for (token, id) in vocab {
        let slot = &mut bytes[id as usize];
        match added.get(&id) {
            Some(added) => {
                *slot = added.content.as_bytes().into();
                special[id as usize] = added.special;
            }
            None => *slot = unmapped(&token, &alphabet).unwrap_or_else(|| token.as_bytes().into()),
        }
    }
    (bytes, special)
}

/// The character that stands for a byte: itself where it is printable, else one from U+0100 up.
pub(super) fn character(byte: u8) -> char {
    let is_printable = |byte: u8| matches!(byte, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF);
    if is_printable(byte) {
        return char::from(byte);
    }
    let rank = (0..byte).filter(|&before| !is_printable(before)).count() as u32;
    char::from_u32(0x100 + rank).expect("at most 68 bytes are not printable. This is a bug.")
}

fn unmapped(token: &str, alphabet: &HashMap<char, u8>) -> Option<Box<[u8]>> {
    token.chars().map(|character| alphabet.get(&character).copied()).collect()
}
