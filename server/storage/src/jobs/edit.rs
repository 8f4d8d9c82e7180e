//! What a change of many captions makes of each.

use std::borrow::Cow;

use regex::{NoExpand, Regex, RegexBuilder};

use super::CaptionEdit;
use crate::captions::Status;

/// The longest caption, in characters, as the tables keep them.
const LONGEST_CAPTION: usize = 20_000;

/// The longest text or expression that an edit names, in characters.
const LONGEST_TEXT: usize = 1000;

/// How much memory a regular expression may take once it is compiled, in bytes.
const REGEX_SIZE: usize = 1 << 20;

/// An edit that is ready to be applied.
#[derive(Debug)]
pub struct ReadyEdit {
    change: Change,
}

#[derive(Debug)]
enum Change {
    Prefix(String),
    Suffix(String),
    Literal(Regex, String),
    Pattern(Regex, String),
    Trim,
    Lowercase,
    Capitalize,
    Status(Status, Option<String>),
}

/// What is wrong with an edit, in a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct EditError(String);

impl ReadyEdit {
    /// Checks an edit and makes it ready.
    ///
    /// # Errors
    ///
    /// Texts that are empty or have more than 1,000 characters, and expressions that can't be understood.
    pub fn new(edit: &CaptionEdit) -> Result<Self, EditError> {
        let change = match edit {
            CaptionEdit::Prefix { text } => Change::Prefix(given("text", text)?),
            CaptionEdit::Suffix { text } => Change::Suffix(given("text", text)?),
            CaptionEdit::Replace { find, replacement, ignore_case } => {
                let pattern = regex::escape(&given("find", find)?);
                Change::Literal(compile("find", &pattern, *ignore_case)?, short("replacement", replacement)?)
            }
            CaptionEdit::ReplaceRegex { pattern, replacement } => {
                let regex = compile("pattern", &given("pattern", pattern)?, false)?;
                Change::Pattern(regex, short("replacement", replacement)?)
            }
            CaptionEdit::Trim => Change::Trim,
            CaptionEdit::Lowercase => Change::Lowercase,
            CaptionEdit::Capitalize => Change::Capitalize,
            CaptionEdit::SetStatus { status, reason } => {
                if reason.is_some() && *status != Status::Rejected {
                    return Err(EditError("reason: only what is rejected has one.".to_owned()));
                }
                let reason = reason.as_deref().map(|reason| given("reason", reason.trim())).transpose()?;
                Change::Status(*status, reason)
            }
        };
        Ok(Self { change })
    }

    /// What the edit makes of a text; `None` where that stays as it is.
    ///
    /// # Errors
    ///
    /// A text that would have more than 20,000 characters.
    pub fn text(&self, text: &str) -> Result<Option<String>, EditError> {
        let edited: Cow<'_, str> = match &self.change {
            Change::Prefix(prefix) => format!("{prefix}{text}").into(),
            Change::Suffix(suffix) => format!("{text}{suffix}").into(),
            Change::Literal(regex, replacement) => regex.replace_all(text, NoExpand(replacement)),
            Change::Pattern(regex, replacement) => regex.replace_all(text, replacement),
            Change::Trim => text.split_whitespace().collect::<Vec<_>>().join(" ").into(),
            Change::Lowercase => text.to_lowercase().into(),
            Change::Capitalize => capitalized(text).into(),
            Change::Status(..) => text.into(),
        };
        if edited == text {
            return Ok(None);
        }
        let length = edited.chars().count();
        if length > LONGEST_CAPTION {
            return Err(EditError(format!(
                "The caption would have {length} characters; {LONGEST_CAPTION} are the most."
            )));
        }
        // Postgres keeps no such character.
        if edited.contains('\0') {
            return Err(EditError("The caption would have the character NUL in it.".to_owned()));
        }
        Ok(Some(edited.into_owned()))
    }

    /// How far the edit says that the review is; `None` where it stays.
    pub fn status(&self, status: Status) -> Option<Status> {
        match self.change {
            Change::Status(new, _) if new != status => Some(new),
            _ => None,
        }
    }

    /// Why the edit rejects captions, where it does and says so.
    pub fn reason(&self) -> Option<&str> {
        match &self.change {
            Change::Status(_, reason) => reason.as_deref(),
            _ => None,
        }
    }
}

fn given(field: &str, text: &str) -> Result<String, EditError> {
    if text.is_empty() {
        return Err(EditError(format!("{field}: say what; it is empty.")));
    }
    short(field, text)
}

fn short(field: &str, text: &str) -> Result<String, EditError> {
    if text.contains('\0') {
        return Err(EditError(format!("{field}: it has the character NUL in it.")));
    }
    if text.chars().count() > LONGEST_TEXT {
        return Err(EditError(format!("{field}: at most {LONGEST_TEXT} characters.")));
    }
    Ok(text.to_owned())
}

fn compile(field: &str, pattern: &str, ignore_case: bool) -> Result<Regex, EditError> {
    let regex = RegexBuilder::new(pattern).case_insensitive(ignore_case).size_limit(REGEX_SIZE).build();
    regex.map_err(|error| EditError(format!("{field}: {error}")))
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edited(edit: &CaptionEdit, text: &str) -> Option<String> {
        ReadyEdit::new(edit).unwrap().text(text).unwrap()
    }

    fn replace(find: &str, replacement: &str, ignore_case: bool) -> CaptionEdit {
        CaptionEdit::Replace { find: find.into(), replacement: replacement.into(), ignore_case }
    }

    #[test]
    fn each_edit_does_what_it_says() {
        let regex = |pattern: &str, replacement: &str| CaptionEdit::ReplaceRegex {
            pattern: pattern.into(),
            replacement: replacement.into(),
        };
        for (edit, before, after) in [
            (CaptionEdit::Prefix { text: "photo, ".into() }, "a dog", Some("photo, a dog")),
            (CaptionEdit::Suffix { text: ".".into() }, "a dog", Some("a dog.")),
            (replace("A.", "$1", false), "A. AB A.", Some("$1 AB $1")),
            (replace("dog", "cat", true), "Dog dog", Some("cat cat")),
            (replace("dog", "cat", false), "a bird", None),
            (regex(r"(\w+) and (\w+)", "$2 and $1"), "cats and dogs", Some("dogs and cats")),
            (CaptionEdit::Trim, "  a\t dog \n", Some("a dog")),
            (CaptionEdit::Trim, "a dog", None),
            (CaptionEdit::Lowercase, "A Dog", Some("a dog")),
            (CaptionEdit::Capitalize, "éclair", Some("Éclair")),
            (CaptionEdit::Capitalize, "", None),
            (CaptionEdit::SetStatus { status: Status::Approved, reason: None }, "a dog", None),
        ] {
            assert_eq!(edited(&edit, before).as_deref(), after, "{edit:?} of {before:?}");
        }
    }

    #[test]
    fn status_changes_only_where_it_differs() {
        let edit = ReadyEdit::new(&CaptionEdit::SetStatus { status: Status::Submitted, reason: None }).unwrap();
        assert_eq!(edit.status(Status::Draft), Some(Status::Submitted));
        assert_eq!(edit.status(Status::Submitted), None);
    }

    #[test]
    fn wrong_edits_are_refused_with_a_reason() {
        let error = |edit: CaptionEdit| ReadyEdit::new(&edit).unwrap_err().to_string();
        assert!(error(CaptionEdit::Prefix { text: String::new() }).contains("text: say what"));
        assert!(error(replace("x", &"y".repeat(1001), false)).contains("replacement: at most 1000"));
        let open = CaptionEdit::ReplaceRegex { pattern: "(".into(), replacement: String::new() };
        assert!(error(open).contains("unclosed group"));
        let huge = CaptionEdit::ReplaceRegex { pattern: r"\w{1000}{1000}".into(), replacement: String::new() };
        assert!(error(huge).starts_with("pattern:"));
        let because = |status, reason: &str| CaptionEdit::SetStatus { status, reason: Some(reason.into()) };
        assert!(error(because(Status::Approved, "good")).starts_with("reason:"));
        assert!(error(because(Status::Rejected, " ")).starts_with("reason:"));
        assert_eq!(ReadyEdit::new(&because(Status::Rejected, " blurred ")).unwrap().reason(), Some("blurred"));
    }

    #[test]
    fn caption_never_grows_past_what_is_kept() {
        let edit = ReadyEdit::new(&CaptionEdit::Suffix { text: "!".into() }).unwrap();
        assert!(edit.text(&"x".repeat(LONGEST_CAPTION)).unwrap_err().to_string().contains("20001 characters"));
        assert!(edit.text(&"x".repeat(LONGEST_CAPTION - 1)).unwrap().is_some());
    }
}
