//! Which column of a file is which field of ours.

use std::str::FromStr;

use serde_json::{Map, Value};

use super::{names::safe_name, row::CaptionRow};

/// A record of a file: its columns and what they hold.
pub(super) type Columns = Map<String, Value>;

/// A field of [`CaptionRow`] that a column can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The picture's name.
    FileName,
    /// The caption.
    Caption,
    /// Where the caption comes from.
    Source,
    /// The task that it answers.
    Task,
    /// How sure its source was.
    Confidence,
    /// What people decided about it.
    Status,
    /// Its regions.
    Regions,
    /// The picture's width.
    Width,
    /// The picture's height.
    Height,
}

impl Field {
    /// All fields, in the order of our own columns.
    pub const ALL: [Self; 9] = [
        Self::FileName,
        Self::Caption,
        Self::Source,
        Self::Task,
        Self::Confidence,
        Self::Status,
        Self::Regions,
        Self::Width,
        Self::Height,
    ];

    /// The name of the field, and of its column in what we write.
    pub fn name(self) -> &'static str {
        self.columns()[0]
    }

    /// The names that people give its column, ours first.
    fn columns(self) -> &'static [&'static str] {
        match self {
            Self::FileName => &["file_name", "image", "filename", "image_path", "path", "file"],
            Self::Caption => &["caption", "text"],
            Self::Source => &["source", "model"],
            Self::Task => &["task"],
            Self::Confidence => &["confidence"],
            Self::Status => &["status"],
            Self::Regions => &["regions"],
            Self::Width => &["width"],
            Self::Height => &["height"],
        }
    }
}

/// What the row has in the field, as JSON; `None` where it has nothing.
pub(super) fn value_of(row: &CaptionRow, field: Field) -> Option<Value> {
    let text = |text: &Option<String>| text.clone().map(Value::String);
    match field {
        Field::FileName => Some(Value::String(row.file_name.clone())),
        Field::Caption => text(&row.caption),
        Field::Source => text(&row.source),
        Field::Task => text(&row.task),
        Field::Confidence => row.confidence.and_then(shortest_number),
        Field::Status => text(&row.status),
        Field::Regions => row.regions.clone(),
        Field::Width => row.width.map(Value::from),
        Field::Height => row.height.map(Value::from),
    }
}

/// The number by its shortest digits: 0.93, not 0.9300000071525574.
fn shortest_number(number: f32) -> Option<Value> {
    let number = number.to_string().parse().ok()?;
    serde_json::Number::from_f64(number).map(Value::Number)
}

/// Which column is which field, where a file has names that we don't expect.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ColumnMapping {
    columns: Vec<(String, Field)>,
}

/// A mapping that can't be understood.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    /// There is no `=`.
    #[error("\"{0}\" is no mapping; write COLUMN=FIELD, such as prompt=caption")]
    NoEquals(String),
    /// There is no such field.
    #[error(
        "\"{0}\" is no field; a column can be file_name, caption, source, task, confidence, status, regions, width \
         or height"
    )]
    UnknownField(String),
}

impl ColumnMapping {
    /// Says that a column is a field. Columns of the usual names are then no longer taken for that field.
    #[must_use]
    pub fn with(mut self, column: &str, field: Field) -> Self {
        self.columns.push((column.to_owned(), field));
        self
    }

    /// The same from texts of the form `column=field`.
    pub fn parse<'a>(pairs: impl IntoIterator<Item = &'a str>) -> Result<Self, MappingError> {
        pairs.into_iter().try_fold(Self::default(), |mapping, pair| {
            let (column, field) = pair.rsplit_once('=').ok_or_else(|| MappingError::NoEquals(pair.to_owned()))?;
            Ok(mapping.with(column, field.parse()?))
        })
    }

    /// The rows of a record, one for each caption where its column holds a list, or what is wrong with the record.
    pub(super) fn rows(&self, columns: &Columns) -> Result<Vec<CaptionRow>, String> {
        let name = self.text(columns, Field::FileName)?.filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| self.missing("the picture's name", Field::FileName, columns))?;
        let unsafe_name = || format!("{name:?} names no file; the picture's name would be one such as \"a.jpg\"");
        let row = CaptionRow {
            file_name: safe_name(&name).ok_or_else(unsafe_name)?,
            source: self.text(columns, Field::Source)?,
            task: self.text(columns, Field::Task)?,
            confidence: self.confidence(columns)?,
            status: self.text(columns, Field::Status)?,
            regions: self.regions(columns)?,
            width: self.pixels(columns, Field::Width)?,
            height: self.pixels(columns, Field::Height)?,
            ..CaptionRow::default()
        };
        match self.value(columns, Field::Caption) {
            Some(Value::Array(captions)) if !captions.is_empty() => {
                let row = |caption| Ok(CaptionRow { caption: text_of(caption, Field::Caption)?, ..row.clone() });
                captions.iter().map(row).collect()
            }
            Some(caption) => Ok(vec![CaptionRow { caption: text_of(caption, Field::Caption)?, ..row }]),
            None => Err(self.missing("the caption", Field::Caption, columns)),
        }
    }

    /// What the field's column holds, `None` where there is no such column.
    fn value<'a>(&self, columns: &'a Columns, field: Field) -> Option<&'a Value> {
        let mapped = self.columns.iter().filter(|(_, of)| *of == field).map(|(column, _)| column.as_str());
        let usual = field.columns().iter().copied();
        let is_free = |column: &&str| !self.columns.iter().any(|(mapped, _)| mapped == column);
        let is_mapped = self.columns.iter().any(|(_, of)| *of == field);
        let names: Vec<_> = if is_mapped { mapped.collect() } else { usual.filter(is_free).collect() };
        let values = names.into_iter().filter_map(|column| columns.get(column));
        // What `vasari caption --json` prints has the picture's name as `file`, and its size as `image`.
        let is_size = |value: &Value| field == Field::FileName && value.is_object();
        // Of several columns the first that holds something; an empty one still tells that the field is known.
        values.clone().find(|value| !value.is_null() && !is_size(value)).or_else(|| values.clone().next())
    }

    fn missing(&self, what: &str, field: Field, columns: &Columns) -> String {
        let mapped: Vec<_> = self.columns.iter().filter(|(_, of)| *of == field).map(|(column, _)| column).collect();
        let usual = || field.columns().iter().take(2).map(|name| format!("{name:?}")).collect::<Vec<_>>().join(" or ");
        let place = mapped.first().map_or_else(usual, |column| format!("{column:?}"));
        let found = columns.keys().take(12).map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
        let found = if found.is_empty() { "nothing".to_owned() } else { found };
        format!("{what} is missing; it belongs in {place}, but there is {found}")
    }

    fn text(&self, columns: &Columns, field: Field) -> Result<Option<String>, String> {
        self.value(columns, field).map_or(Ok(None), |value| text_of(value, field))
    }

    fn confidence(&self, columns: &Columns) -> Result<Option<f32>, String> {
        let value = match self.value(columns, Field::Confidence) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Number(number)) => number.as_f64(),
            Some(Value::String(text)) if text.trim().is_empty() => return Ok(None),
            Some(Value::String(text)) => text.trim().parse().ok(),
            Some(_) => None,
        };
        match value {
            Some(value) if (0.0..=1.0).contains(&value) => Ok(Some(value as f32)),
            Some(value) => Err(format!("the confidence is {value}, but it must be between 0 and 1")),
            None => Err("the confidence is no number; it must be one between 0 and 1".to_owned()),
        }
    }

    fn pixels(&self, columns: &Columns, field: Field) -> Result<Option<u32>, String> {
        let number = match self.value(columns, field) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Number(number)) => number.as_u64().and_then(|number| u32::try_from(number).ok()),
            Some(Value::String(text)) if text.trim().is_empty() => return Ok(None),
            Some(Value::String(text)) => text.trim().parse().ok(),
            Some(_) => None,
        };
        let wrong = || format!("the {} must be a whole number of pixels", field.name());
        number.map(Some).ok_or_else(wrong)
    }

    /// Regions are JSON, or text that holds JSON where the format knows text only.
    fn regions(&self, columns: &Columns) -> Result<Option<Value>, String> {
        match self.value(columns, Field::Regions) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.trim().is_empty() => Ok(None),
            Some(Value::String(text)) => {
                let parsed = serde_json::from_str(text);
                parsed.map(Some).map_err(|error| format!("the regions are no JSON: {error}"))
            }
            Some(value) => Ok(Some(value.clone())),
        }
    }
}

fn text_of(value: &Value, field: Field) -> Result<Option<String>, String> {
    let kind = match value {
        Value::Null => return Ok(None),
        Value::String(text) => return Ok(Some(text.clone())),
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    Err(format!("the {} is {kind}, but it must be text", field.name()))
}

impl FromStr for Field {
    type Err = MappingError;

    fn from_str(name: &str) -> Result<Self, MappingError> {
        let field = Self::ALL.into_iter().find(|field| field.name() == name);
        field.ok_or_else(|| MappingError::UnknownField(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rows(mapping: &ColumnMapping, record: &Value) -> Result<Vec<CaptionRow>, String> {
        mapping.rows(record.as_object().unwrap())
    }

    #[test]
    fn usual_and_mapped_columns_are_understood() {
        let usual = ColumnMapping::default();
        let row = &rows(&usual, &json!({"image": "a.jpg", "text": "x", "model": "m", "confidence": "0.5"})).unwrap()[0];
        assert_eq!((row.source.as_deref(), row.confidence), (Some("m"), Some(0.5)));
        let mapping = ColumnMapping::parse(["prompt=caption", "text=source"]).unwrap();
        let row = &rows(&mapping, &json!({"image": "a.jpg", "caption": "y", "prompt": "x", "text": "t"})).unwrap()[0];
        assert_eq!((row.caption.as_deref(), row.source.as_deref()), (Some("x"), Some("t")));
    }

    #[test]
    fn what_the_command_line_prints_is_understood() {
        let printed = json!({"file": "./a/b.jpg", "caption": "x", "image": {"width": 3, "height": 2}, "regions": []});
        let row = &rows(&ColumnMapping::default(), &printed).unwrap()[0];
        assert_eq!((row.file_name.as_str(), row.caption.as_deref()), ("a/b.jpg", Some("x")));
        let error = rows(&ColumnMapping::default(), &json!({"image": {"width": 3}, "caption": "x"})).unwrap_err();
        assert!(error.contains("the file_name is an object"), "{error}");
    }

    #[test]
    fn lists_of_captions_become_rows() {
        let list = rows(&ColumnMapping::default(), &json!({"image": "a.jpg", "caption": ["x", "y"]})).unwrap();
        assert_eq!(list.iter().filter_map(|row| row.caption.as_deref()).collect::<Vec<_>>(), ["x", "y"]);
    }

    #[test]
    fn problems_say_what_would_be_right() {
        let mapping = ColumnMapping::default();
        for (record, problem) in [
            (json!({"caption": "x"}), "it belongs in \"file_name\" or \"image\", but there is \"caption\""),
            (json!({"image": "a.jpg", "prompt": "x"}), "it belongs in \"caption\" or \"text\""),
            (json!({"image": "..", "caption": "x"}), "names no file"),
            (json!({"image": "a.jpg", "caption": 7}), "the caption is a number, but it must be text"),
            (json!({"image": "a.jpg", "caption": "x", "confidence": 93}), "between 0 and 1"),
            (json!({"image": "a.jpg", "caption": "x", "confidence": "NaN"}), "between 0 and 1"),
            (json!({"image": "a.jpg", "caption": "x", "width": -1}), "whole number of pixels"),
            (json!({"image": "a.jpg", "caption": "x", "regions": "[1"}), "the regions are no JSON"),
        ] {
            let error = rows(&mapping, &record).unwrap_err();
            assert!(error.contains(problem), "{error}");
        }
        assert!(ColumnMapping::parse(["x"]).is_err());
        assert!(ColumnMapping::parse(["x=colour"]).unwrap_err().to_string().contains("\"colour\" is no field"));
    }
}
