//! What a row of a file says of a caption, checked, and what it changes about one that is there.

use serde_json::Value;

use crate::{captions::Status, formats::CaptionRow};

/// The longest caption, in characters, as the tables keep them.
const LONGEST_CAPTION: usize = 20_000;

/// The longest name of a picture, in characters.
const LONGEST_NAME: usize = 500;

/// What a row says of a caption. What it leaves out, it leaves as it is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Said {
    pub(super) text: String,
    pub(super) regions: Option<Value>,
    pub(super) confidence: Option<f32>,
    pub(super) status: Option<Status>,
}

/// What a caption is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Kept {
    pub(super) text: String,
    pub(super) regions: Option<Value>,
    pub(super) confidence: Option<f32>,
    pub(super) status: Status,
}

impl Said {
    /// Checks a row. None where it names a picture and says nothing of it.
    ///
    /// # Errors
    ///
    /// A sentence about what the tables can't keep.
    pub(super) fn of(row: &CaptionRow) -> Result<Option<Self>, String> {
        let name = &row.file_name;
        if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
            return Err(format!(
                "the picture's name must have 1 to {LONGEST_NAME} characters, and no control character among them"
            ));
        }
        let Some(text) = &row.caption else { return Ok(None) };
        let length = text.chars().count();
        if length > LONGEST_CAPTION {
            return Err(format!("the caption has {length} characters; {LONGEST_CAPTION} are the most"));
        }
        if text.contains('\0') || row.regions.as_ref().is_some_and(has_nul) {
            return Err("there is a NUL character in it, which can't be kept".to_owned());
        }
        if row.regions.as_ref().is_some_and(|regions| !regions.is_array()) {
            return Err("the regions must be a JSON array".to_owned());
        }
        let status = row.status.as_deref().map(str::trim).filter(|status| !status.is_empty());
        let status = status.map(parse_status).transpose()?;
        Ok(Some(Self { text: text.clone(), regions: row.regions.clone(), confidence: row.confidence, status }))
    }

    /// What a caption is to be that isn't there yet.
    pub(super) fn new_caption(self) -> Kept {
        let status = self.status.unwrap_or(Status::Draft);
        Kept { text: self.text, regions: self.regions, confidence: self.confidence, status }
    }

    /// What becomes of a caption that is there; none where it stays as it is.
    ///
    /// Another text comes with the regions and the confidence that the row has for it, or with none, and is a draft unless
    /// the row says otherwise.
    pub(super) fn change(self, kept: &Kept) -> Option<Kept> {
        if self.text != kept.text {
            return Some(self.new_caption());
        }
        let changed = Kept {
            text: self.text,
            regions: self.regions.or_else(|| kept.regions.clone()),
            confidence: self.confidence.or(kept.confidence),
            status: self.status.unwrap_or(kept.status),
        };
        let is_same = changed.confidence == kept.confidence
            && changed.status == kept.status
            && match (&changed.regions, &kept.regions) {
                (Some(new), Some(old)) => is_same_json(new, old),
                (new, old) => new.is_none() && old.is_none(),
            };
        (!is_same).then_some(changed)
    }
}

/// A status as people and other programs write it.
fn parse_status(text: &str) -> Result<Status, String> {
    let text = text.to_lowercase();
    let known = Status::ALL.into_iter().find(|status| status.to_string() == text);
    known
        .or_else(|| (text == "accepted").then_some(Status::Approved))
        .ok_or_else(|| format!("the status is {text:?}; it must be draft, submitted, approved or rejected"))
}

fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_nul),
        Value::Object(members) => members.iter().any(|(name, value)| name.contains('\0') || has_nul(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Whether two values are the same to Postgres, to which 1.0 is 1.
fn is_same_json(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one == other || one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same_json(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let is_there =
                |(name, one): (&String, &Value)| other.get(name).is_some_and(|other| is_same_json(one, other));
            one.len() == other.len() && one.iter().all(is_there)
        }
        (one, other) => one == other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(caption: &str) -> CaptionRow {
        CaptionRow { file_name: "a.png".into(), caption: Some(caption.into()), ..CaptionRow::default() }
    }

    fn kept(text: &str) -> Kept {
        Kept {
            text: text.into(),
            regions: Some(json!([{"box": [1, 2.0]}])),
            confidence: Some(0.5),
            status: Status::Approved,
        }
    }

    #[test]
    fn what_a_row_leaves_out_stays() {
        let said = |row: &CaptionRow| Said::of(row).unwrap().unwrap();
        assert_eq!(said(&row("x")).change(&kept("x")), None);
        let same = CaptionRow {
            regions: Some(json!([{"box": [1.0, 2]}])),
            confidence: Some(0.5),
            status: Some("Accepted".into()),
            ..row("x")
        };
        assert_eq!(said(&same).change(&kept("x")), None);
        let changed = CaptionRow { confidence: Some(0.75), ..row("x") };
        assert_eq!(said(&changed).change(&kept("x")), Some(Kept { confidence: Some(0.75), ..kept("x") }));
        let other = said(&row("y")).change(&kept("x")).unwrap();
        assert_eq!(other, Kept { text: "y".into(), regions: None, confidence: None, status: Status::Draft });
        let approved = CaptionRow { status: Some("approved".into()), ..row("y") };
        assert_eq!(said(&approved).change(&kept("x")).unwrap().status, Status::Approved);
        assert_eq!(Said::of(&CaptionRow { caption: None, ..row("") }).unwrap(), None);
    }

    #[test]
    fn what_the_tables_cannot_keep_is_told() {
        for (wrong, reason) in [
            (row(&"x".repeat(20_001)), "20001 characters"),
            (row("a\0"), "NUL"),
            (CaptionRow { regions: Some(json!([{"label": "\0"}])), ..row("x") }, "NUL"),
            (CaptionRow { regions: Some(json!({"bboxes": []})), ..row("x") }, "must be a JSON array"),
            (CaptionRow { status: Some("done".into()), ..row("x") }, "\"done\"; it must be draft"),
            (CaptionRow { file_name: "x".repeat(501), ..row("x") }, "1 to 500 characters"),
        ] {
            let error = Said::of(&wrong).unwrap_err();
            assert!(error.contains(reason), "{error}");
        }
    }
}
