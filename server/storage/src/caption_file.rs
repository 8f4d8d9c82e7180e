//! `captions.jsonl`: one caption a line, in the shapes that people have.
//!
//! ```json
//! {"image": "a.jpg", "caption": "a red car"}
//! {"file_name": "a.jpg", "text": "a red car"}
//! {"image": "a.jpg", "caption": "a red car", "source": "florence-2", "task": "<CAPTION>", "confidence": 0.93}
//! ```
//!
//! Fields of other names are left alone. A line that can't be read is reported with its number; the others are kept.

use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
};

use serde::Deserialize;

use crate::DatasetError;

/// One caption of one picture.
#[derive(Debug, Clone, PartialEq)]
pub struct CaptionLine {
    /// The picture's file name, relative to the dataset's folder, with `/` between folders.
    pub image: String,
    /// The caption.
    pub caption: String,
    /// Where the caption comes from: a model's or a person's name.
    pub source: Option<String>,
    /// The task that the caption answers, such as `<CAPTION>`.
    pub task: Option<String>,
    /// How sure its source was, 0 to 1.
    pub confidence: Option<f64>,
}

/// A line that can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct LineError {
    /// Counted from 1.
    pub line: u64,
    /// What is wrong and what would be right.
    pub problem: String,
}

/// What a file of captions holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CaptionFile {
    /// The captions, in the order of the file.
    pub lines: Vec<CaptionLine>,
    /// The lines that can't be read, in the order of the file.
    pub errors: Vec<LineError>,
}

impl CaptionFile {
    /// Reads the file at `path`.
    ///
    /// # Errors
    ///
    /// When the file can't be read at all; a damaged line goes to [`CaptionFile::errors`].
    pub fn open(path: &Path) -> Result<Self, DatasetError> {
        let unreadable = |source| DatasetError::Unreadable { path: path.to_owned(), source };
        Self::read(std::fs::File::open(path).map_err(unreadable)?).map_err(unreadable)
    }

    /// Reads captions from a stream of lines.
    pub fn read(reader: impl Read) -> std::io::Result<Self> {
        let mut reader = BufReader::new(reader);
        let mut file = Self::default();
        let mut bytes = Vec::new();
        for line in 1.. {
            bytes.clear();
            // One byte more than allowed tells a line that is too long from one that just fits.
            let read = reader.by_ref().take(MAX_LINE_BYTES + 1).read_until(b'\n', &mut bytes)?;
            if read == 0 {
                break;
            }
            if read as u64 > MAX_LINE_BYTES && !bytes.ends_with(b"\n") {
                reader.skip_until(b'\n')?;
                let problem = format!("the line is longer than {MAX_LINE_BYTES} bytes");
                file.errors.push(LineError { line, problem });
                continue;
            }
            match parse_line(&bytes) {
                Ok(Some(caption)) => file.lines.push(caption),
                Ok(None) => {}
                Err(problem) => file.errors.push(LineError { line, problem }),
            }
        }
        Ok(file)
    }
}

/// Far longer than any caption; keeps a file without line breaks from filling the memory.
const MAX_LINE_BYTES: u64 = 1 << 20;

/// A line as it stands in the file.
#[derive(Deserialize)]
struct RawLine {
    image: Option<String>,
    file_name: Option<String>,
    caption: Option<String>,
    text: Option<String>,
    source: Option<String>,
    model: Option<String>,
    task: Option<String>,
    confidence: Option<f64>,
}

/// The caption of a line, `None` for an empty line, or what is wrong with it.
fn parse_line(bytes: &[u8]) -> Result<Option<CaptionLine>, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "the line is not UTF-8".to_owned())?;
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Ok(None);
    }
    let raw: RawLine = serde_json::from_str(text).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => format!("a field has the wrong type: {error}"),
        _ => format!("the line is not a JSON object: {error}"),
    })?;
    let image = raw.image.or(raw.file_name).filter(|name| !name.is_empty());
    let image = image.ok_or("the picture's name is missing; it belongs in \"image\" or \"file_name\"")?;
    let caption = raw.caption.or(raw.text).ok_or("the caption is missing; it belongs in \"caption\" or \"text\"")?;
    if let Some(confidence) = raw.confidence.filter(|confidence| !(0.0..=1.0).contains(confidence)) {
        return Err(format!("the confidence is {confidence}, but it must be between 0 and 1"));
    }
    let source = raw.source.or(raw.model);
    Ok(Some(CaptionLine { image, caption, source, task: raw.task, confidence: raw.confidence }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> CaptionFile {
        CaptionFile::read(text.as_bytes()).unwrap()
    }

    #[test]
    fn shapes_that_people_have_are_read() {
        let file = read(concat!(
            "\u{feff}{\"image\": \"a.jpg\", \"caption\": \"a red car\"}\r\n",
            "\n",
            "{\"file_name\": \"sub/b.jpg\", \"text\": \"a dog\", \"width\": 640, \"tags\": [1, {}]}\n",
            "{\"image\": \"a.jpg\", \"caption\": \"x\", \"model\": \"florence-2\", \"task\": \"<OD>\", ",
            "\"confidence\": 0.9}",
        ));
        assert_eq!(file.errors, []);
        let names: Vec<_> = file.lines.iter().map(|line| (line.image.as_str(), line.caption.as_str())).collect();
        assert_eq!(names, [("a.jpg", "a red car"), ("sub/b.jpg", "a dog"), ("a.jpg", "x")]);
        assert_eq!(file.lines[2].source.as_deref(), Some("florence-2"));
        assert_eq!(file.lines[2].task.as_deref(), Some("<OD>"));
        assert_eq!(file.lines[2].confidence, Some(0.9));
    }

    #[test]
    fn damaged_lines_are_reported_by_number_and_the_others_kept() {
        let file = read(concat!(
            "{\"image\": \"a.jpg\", \"caption\": \"one\"}\n",
            "not json\n",
            "{\"caption\": \"no picture\"}\n",
            "{\"image\": \"a.jpg\"}\n",
            "{\"image\": 7, \"caption\": \"x\"}\n",
            "{\"image\": \"a.jpg\", \"caption\": \"x\", \"confidence\": 93}\n",
            "{\"image\": \"b.jpg\", \"caption\": \"two\"}\n",
        ));
        assert_eq!(file.lines.len(), 2);
        let errors: Vec<_> = file.errors.iter().map(ToString::to_string).collect();
        assert_eq!(file.errors.iter().map(|error| error.line).collect::<Vec<_>>(), [2, 3, 4, 5, 6]);
        assert!(errors[1].contains("\"image\" or \"file_name\""), "{errors:?}");
        assert!(errors[2].contains("\"caption\" or \"text\""), "{errors:?}");
        assert!(errors[4].contains("between 0 and 1"), "{errors:?}");
    }

    #[test]
    fn bytes_that_are_no_text_spoil_their_line_only() {
        let file = CaptionFile::read(&b"\xff\xfe\n{\"image\": \"a.jpg\", \"caption\": \"x\"}\n"[..]).unwrap();
        assert_eq!(file.lines.len(), 1);
        assert_eq!(file.errors[0].to_string(), "line 1: the line is not UTF-8");
    }

    #[test]
    fn endless_line_is_skipped() {
        let long = "x".repeat(MAX_LINE_BYTES as usize + 10);
        let file = read(&format!("{long}\n{{\"image\": \"a.jpg\", \"caption\": \"x\"}}\n"));
        assert_eq!(file.lines.len(), 1);
        assert_eq!(file.errors[0].line, 1);
    }

    #[test]
    fn missing_file_is_named() {
        let error = CaptionFile::open(Path::new("no/such/captions.jsonl")).unwrap_err();
        assert!(error.to_string().contains("no/such/captions.jsonl"), "{error}");
    }
}
