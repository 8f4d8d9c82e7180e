//! From a task and its text to the sentence the model is given.

use super::{Task, TaskInput, facts::Facts, shortened};
use crate::postprocess::quantize;

/// Most bytes of UTF-8 that a task's text may have.
pub const MAX_TEXT_BYTES: usize = 2048;

/// Why a task does not take a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PromptError {
    /// The task needs a text and got none.
    #[error("{task} needs a text: {wanted}")]
    MissingText {
        /// The task asked for.
        task: Task,
        /// What the text should be.
        wanted: &'static str,
    },
    /// The task takes no text and got one.
    #[error("{task} takes no text; leave the text out, or choose one of {}", tasks_with_input())]
    UnwantedText {
        /// The task asked for.
        task: Task,
    },
    /// The text has more than [`MAX_TEXT_BYTES`] bytes.
    #[error("the text has {bytes} bytes, but it may have {MAX_TEXT_BYTES} at most; shorten it")]
    TooLong {
        /// Its length in bytes of UTF-8.
        bytes: usize,
    },
    /// The text holds a line break, a tab or another control character.
    #[error("the text holds the control character {code}; write it as one line of plain text")]
    ControlCharacter {
        /// The character as `U+000A`.
        code: String,
    },
    /// A free text holds `<` or `>`, which would be read as the model's own markup.
    #[error("the text holds '<' or '>', which the model would read as its own markup; leave them out")]
    AngleBracket,
    /// The text is not a region.
    #[error(
        "{task} needs a region, not {found:?}: four numbers of 0 to 999 as <loc_52><loc_332><loc_932><loc_774>, or a box \
         in pixels as x0,y0,x1,y1"
    )]
    NotARegion {
        /// The task asked for.
        task: Task,
        /// The text that came, shortened.
        found: String,
    },
    /// A pixel box is empty, turned around, or reaches out of the picture.
    #[error(
        "the box {found} does not lie in the picture of {width} by {height} pixels: it must be x0,y0,x1,y1 with 0 <= x0 \
         < x1 <= {width} and 0 <= y0 < y1 <= {height}"
    )]
    OutsidePicture {
        /// The box that came.
        found: String,
        /// The picture's width in pixels.
        width: u32,
        /// The picture's height in pixels.
        height: u32,
    },
}

impl Task {
    /// The sentence the model is given, ready for the tokenizer.
    ///
    /// `text` is the task's input (blank counts as none, blanks around it are dropped); `image_size` is the picture's
    /// (width, height) in pixels, by which pixel boxes are turned into thousandths.
    pub fn prompt(self, text: Option<&str>, image_size: (u32, u32)) -> Result<String, PromptError> {
        let Facts { input, sentence, wanted, .. } = self.facts();
        let text = text.map(str::trim).filter(|text| !text.is_empty());
        match (input, text) {
            (TaskInput::None, None) => Ok(sentence.to_owned()),
            (TaskInput::None, Some(_)) => Err(PromptError::UnwantedText { task: self }),
            (_, None) => Err(PromptError::MissingText { task: self, wanted }),
            (TaskInput::Text, Some(text)) => Ok(sentence.replacen("{input}", free_text(text)?, 1)),
            (TaskInput::Region, Some(text)) => Ok(sentence.replacen("{input}", &self.region(text, image_size)?, 1)),
        }
    }

    /// Reads a region in either spelling and writes it as four location tokens.
    fn region(self, text: &str, image_size: (u32, u32)) -> Result<String, PromptError> {
        check_characters(text)?;
        if let Some(pixels) = pixel_box(text) {
            return quantized_region(text, pixels, image_size);
        }
        if is_location_box(text) {
            return Ok(text.to_owned());
        }
        Err(PromptError::NotARegion { task: self, found: shortened(text) })
    }
}

fn free_text(text: &str) -> Result<&str, PromptError> {
    check_characters(text)?;
    if text.contains(['<', '>']) { Err(PromptError::AngleBracket) } else { Ok(text) }
}

fn check_characters(text: &str) -> Result<(), PromptError> {
    if text.len() > MAX_TEXT_BYTES {
        return Err(PromptError::TooLong { bytes: text.len() });
    }
    match text.chars().find(|character| character.is_control()) {
        Some(character) => Err(PromptError::ControlCharacter { code: format!("U+{:04X}", u32::from(character)) }),
        None => Ok(()),
    }
}

/// Whether `text` is exactly four location tokens. `<loc_007>` is none: the vocabulary has no leading zeros.
fn is_location_box(text: &str) -> bool {
    let mut rest = text;
    for _ in 0..4 {
        let Some((digits, after)) = rest.strip_prefix("<loc_").and_then(|rest| rest.split_once('>')) else {
            return false;
        };
        let is_bin = digits.parse::<u16>().is_ok_and(|bin| bin < 1000 && bin.to_string() == digits);
        if !is_bin {
            return false;
        }
        rest = after;
    }
    rest.is_empty()
}

/// Reads `x0,y0,x1,y1`, with blanks around the numbers if any.
fn pixel_box(text: &str) -> Option<[f32; 4]> {
    let numbers: Vec<f32> = text
        .split(',')
        .map(|number| number.trim().parse::<f32>().ok().filter(|number| number.is_finite()))
        .collect::<Option<_>>()?;
    numbers.try_into().ok()
}

fn quantized_region(
    text: &str,
    [x0, y0, x1, y1]: [f32; 4],
    (width, height): (u32, u32),
) -> Result<String, PromptError> {
    let lies_in = |low: f32, high: f32, size: u32| 0.0 <= low && low < high && high <= size as f32;
    if !lies_in(x0, x1, width) || !lies_in(y0, y1, height) {
        return Err(PromptError::OutsidePicture { found: shortened(text), width, height });
    }
    let [x0, y0, x1, y1] = [quantize(x0, width), quantize(y0, height), quantize(x1, width), quantize(y1, height)];
    Ok(format!("<loc_{x0}><loc_{y0}><loc_{x1}><loc_{y1}>"))
}

fn tasks_with_input() -> String {
    let tasks: Vec<_> =
        Task::ALL.into_iter().filter(|task| task.input() != TaskInput::None).map(Task::marker).collect();
    tasks.join(", ")
}
