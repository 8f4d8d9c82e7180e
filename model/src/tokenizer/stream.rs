//! Text that grows token by token.

use super::Tokenizer;

/// Turns token ids that come one at a time into text, giving out only whole characters.
///
/// A character may be spread over several tokens; its bytes are held back until the last of them has come. `<s>`,
/// `</s>` and `<pad>` are left out, other markup (`<loc_5>`) is text like any other.
#[derive(Debug, Clone, Default)]
pub struct TextStream {
    /// Bytes that are the start of a character, 3 at most.
    held_back: Vec<u8>,
}

impl TextStream {
    /// Takes the next token of `tokenizer` and returns the text that it completes, which may be empty.
    ///
    /// Bytes that can't become a character any more read as U+FFFD.
    pub fn push(&mut self, tokenizer: &Tokenizer, id: u32) -> String {
        if [tokenizer.bos, tokenizer.eos, tokenizer.pad].contains(&id) {
            return String::new();
        }
        self.held_back.extend_from_slice(tokenizer.token_bytes(id));
        let mut text = String::new();
        let mut rest = 0;
        for chunk in self.held_back.utf8_chunks() {
            text.push_str(chunk.valid());
            rest += chunk.valid().len();
            let is_last = rest + chunk.invalid().len() == self.held_back.len();
            if is_last && is_unfinished(chunk.invalid()) {
                break;
            }
            if !chunk.invalid().is_empty() {
                text.push(char::REPLACEMENT_CHARACTER);
                rest += chunk.invalid().len();
            }
        }
        self.held_back.drain(..rest);
        text
    }

    /// What was held back when no more tokens come: U+FFFD for an unfinished character, else nothing.
    pub fn finish(self) -> String {
        String::from_utf8_lossy(&self.held_back).into_owned()
    }
}

/// Whether more bytes could still make a character of these.
fn is_unfinished(bytes: &[u8]) -> bool {
    matches!(std::str::from_utf8(bytes), Err(error) if error.error_len().is_none())
}
