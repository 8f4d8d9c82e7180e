//! The BPE tokenizer with its 1,024 added tokens.
//!
//! Everything here goes by a token's content, because ids differ between vocabularies: the released checkpoints have
//! 50,265 entries before the added tokens, the demo's and the tests' have fewer.

mod added_tokens;
mod bytes;
mod error;
mod stream;

use std::path::Path;

use tokenizers::ModelWrapper;

pub use error::TokenizerError;
pub use stream::TextStream;

/// Entries of the released checkpoints' vocabulary, before the added tokens.
const RELEASED_BASE_VOCAB: usize = 50_265;
/// Where the released checkpoints have `<loc_0>`.
const RELEASED_LOC_0: u32 = 50_269;

/// No vocabulary comes near this.
const HIGHEST_ID: u32 = 1_000_000;

/// Turns prompts into token ids and token ids into text.
#[derive(Debug, Clone)]
pub struct Tokenizer {
    inner: tokenizers::Tokenizer,
    /// The bytes each id stands for; empty for ids without a token.
    bytes: Vec<Box<[u8]>>,
    special: Vec<bool>,
    bos: u32,
    eos: u32,
    pad: u32,
    loc_0: u32,
    image: Option<u32>,
    usable_vocab: usize,
}

/// Text, and which token each of its bytes came from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Decoded {
    /// The tokens' text one after the other, special tokens included; bytes that are no UTF-8 read as U+FFFD.
    pub(crate) text: String,
    /// For each byte of `text` the index of its token in what was decoded.
    pub(crate) owners: Vec<u32>,
}

impl Tokenizer {
    /// Reads a `tokenizer.json` and appends the 1,024 tokens of Florence-2 when it has none of them.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, TokenizerError> {
        let path = path.as_ref();
        let json = std::fs::read(path).map_err(|source| TokenizerError::Read { path: path.to_owned(), source })?;
        Self::from_json(&json, path)
    }

    /// Like [`from_file`](Self::from_file), with the file's content; `path` is for the messages only.
    fn from_json(json: &[u8], path: &Path) -> Result<Self, TokenizerError> {
        let wrong = |reason: String| TokenizerError::Wrong { path: path.to_owned(), reason };
        let mut inner = library_tokenizer(json)
            .map_err(|error| TokenizerError::Parse { path: path.to_owned(), reason: error.to_string() })?;
        check_model(&inner).map_err(wrong)?;
        added_tokens::complete(&mut inner).map_err(wrong)?;
        let loc_0 = added_tokens::check_locations(&inner).map_err(wrong)?;
        if inner.get_vocab_size(false) == RELEASED_BASE_VOCAB && loc_0 != RELEASED_LOC_0 {
            return Err(wrong(format!(
                "<loc_0> has the id {loc_0}, but with {RELEASED_BASE_VOCAB} base entries it must be {RELEASED_LOC_0}"
            )));
        }
        let id = |token: &str| inner.token_to_id(token).ok_or_else(|| wrong(format!("it has no token {token}")));
        let (bos, eos, pad) = (id("<s>")?, id("</s>")?, id("<pad>")?);
        let image = inner.token_to_id("<image>");
        let vocab = inner.get_vocab(true);
        let usable_vocab = vocab.values().filter(|&&id| Some(id) != image).map(|&id| id as usize + 1).max();
        let (bytes, special) = bytes::table(&inner);
        Ok(Self { inner, bytes, special, bos, eos, pad, loc_0, image, usable_vocab: usable_vocab.unwrap_or(0) })
    }

    /// The ids of `<s>`, the prompt and `</s>`.
    pub fn encode_prompt(&self, prompt: &str) -> Vec<u32> {
        // `check_model` made sure that every byte has a token, which is all that could go wrong.
        let encoding = self.inner.encode_fast(prompt, false).expect("byte-level BPE encodes any text. This is a bug.");
        let mut ids = Vec::with_capacity(encoding.get_ids().len() + 2);
        ids.push(self.bos);
        ids.extend_from_slice(encoding.get_ids());
        ids.push(self.eos);
        ids
    }

    /// How many tokens a text is made of, without `<s>` and `</s>`.
    pub fn count(&self, text: &str) -> usize {
        self.encode_prompt(text).len() - 2
    }

    /// The tokens' text one after the other, special tokens included and nothing tidied up.
    ///
    /// Ids without a token are left out; bytes that are no UTF-8 read as U+FFFD.
    pub fn decode(&self, ids: &[u32]) -> String {
        self.decode_with_owners(ids).text
    }

    /// Like [`decode`](Self::decode), with the token that each byte came from.
    pub(crate) fn decode_with_owners(&self, ids: &[u32]) -> Decoded {
        let mut raw = Vec::new();
        let mut raw_owners = Vec::new();
        for (index, &id) in ids.iter().enumerate() {
            raw.extend_from_slice(self.token_bytes(id));
            raw_owners.resize(raw.len(), index as u32);
        }
        let mut decoded = Decoded::default();
        let mut start = 0;
        for chunk in raw.utf8_chunks() {
            let end = start + chunk.valid().len();
            decoded.text.push_str(chunk.valid());
            decoded.owners.extend_from_slice(&raw_owners[start..end]);
            if !chunk.invalid().is_empty() {
                decoded.text.push(char::REPLACEMENT_CHARACTER);
                decoded.owners.resize(decoded.text.len(), raw_owners[end]);
            }
            start = end + chunk.invalid().len();
        }
        decoded
    }

    /// The bytes that a token stands for; none for an id without a token.
    pub(crate) fn token_bytes(&self, id: u32) -> &[u8] {
        self.bytes.get(id as usize).map_or(&[], |bytes| bytes)
    }

    /// The id of `<loc_{bin}>`, for a bin of 0 to 999; larger ones count as 999.
    pub fn loc_id(&self, bin: u16) -> u32 {
        self.loc_0 + u32::from(bin.min(added_tokens::LOCATIONS - 1))
    }

    /// The bin of 0 to 999 of a location token.
    pub fn loc_bin(&self, id: u32) -> Option<u16> {
        let bin = u16::try_from(id.checked_sub(self.loc_0)?).ok()?;
        (bin < added_tokens::LOCATIONS).then_some(bin)
    }

    /// Largest id plus one: rows that the checkpoint's embedding table must have.
    pub fn vocab_size(&self) -> usize {
        self.bytes.len()
    }

    /// Ids from this one up must never be generated: rows that only pad the table, and `<image>`.
    ///
    /// Should tokens follow `<image>`, as after somebody's fine-tuning, it lies below and
    /// [`image_id`](Self::image_id) must be ruled out by itself.
    pub fn usable_vocab(&self) -> usize {
        self.usable_vocab
    }

    /// The placeholder that the reference's processor puts where the picture's features go, if the tokenizer has one.
    pub fn image_id(&self) -> Option<u32> {
        self.image
    }

    /// Whether the token is markup and no text: `<s>`, `<loc_5>`, `<poly>`.
    pub fn is_special(&self, id: u32) -> bool {
        self.special.get(id as usize).copied().unwrap_or(false)
    }

    /// The id of `<s>`.
    pub fn bos_id(&self) -> u32 {
        self.bos
    }

    /// The id of `</s>`.
    pub fn eos_id(&self) -> u32 {
        self.eos
    }

    /// The id of `<pad>`.
    pub fn pad_id(&self) -> u32 {
        self.pad
    }
}

/// Reads only the parts that are used here.
///
/// Decoding, `<s>` and `</s>` are done here; cutting and padding, which a tokenizer saved after training may ask for,
/// are not wanted. The library panics on JSON that breaks off within a decoder, and on broken normalizers, which
/// Florence-2 has none of: neither reaches it.
fn library_tokenizer(json: &[u8]) -> Result<tokenizers::Tokenizer, Box<dyn std::error::Error + Send + Sync>> {
    let mut json: serde_json::Value = serde_json::from_slice(json)?;
    let parts = json.as_object_mut().ok_or("it is no JSON object")?;
    for part in ["decoder", "post_processor", "truncation", "padding"] {
        parts.remove(part);
    }
    if parts.get("normalizer").is_some_and(|normalizer| !normalizer.is_null()) {
        return Err("it has a normalizer, but Florence-2 takes text as it is".into());
    }
    tokenizers::Tokenizer::from_bytes(serde_json::to_vec(&json)?)
}

/// Makes sure that the tokenizer can encode any text: byte-level BPE with a token for each of the 256 bytes.
fn check_model(tokenizer: &tokenizers::Tokenizer) -> Result<(), String> {
    let ModelWrapper::BPE(model) = tokenizer.get_model() else {
        return Err("its model is not BPE, which Florence-2 needs".to_owned());
    };
    if let Some(unknown) = model.get_unk_token()
        && tokenizer.token_to_id(unknown).is_none()
    {
        return Err(format!("its token for unknown text, {unknown}, is missing from its vocabulary"));
    }
    // The tables below have a row an id, and a damaged file must not fill the memory with them.
    if let Some((token, id)) = tokenizer.get_vocab(true).into_iter().find(|&(_, id)| id > HIGHEST_ID) {
        return Err(format!("the id {id} of {token} is higher than any Florence-2's, {HIGHEST_ID} at most"));
    }
    let missing = (0..=u8::MAX).find(|&byte| tokenizer.token_to_id(&bytes::character(byte).to_string()).is_none());
    match missing {
        Some(byte) => Err(format!("it has no token for the byte 0x{byte:02X}, so it is not byte-level BPE")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
