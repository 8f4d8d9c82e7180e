//! Reading settings out of JSON with errors that name the file, the key, what was found and what was wanted.

use std::path::Path;

use serde_json::{Map, Value};

use super::ConfigError;

/// Reads a file that must hold one JSON object.
pub(crate) fn read_object(file: &Path) -> Result<Map<String, Value>, ConfigError> {
    let bytes = std::fs::read(file).map_err(|source| ConfigError::Read { file: file.into(), source })?;
    match serde_json::from_slice(&bytes) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(other) => Err(ConfigError::unexpected(file, "the whole file", &other, "one JSON object")),
        Err(source) => Err(ConfigError::NotJson { file: file.into(), source }),
    }
}

/// A JSON object that remembers where it stands. A key whose value is `null` counts as absent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct JsonObject<'a> {
    file: &'a Path,
    prefix: &'a str,
    map: Option<&'a Map<String, Value>>,
}

impl<'a> JsonObject<'a> {
    /// The top level of `file`.
    pub(crate) fn new(file: &'a Path, map: &'a Map<String, Value>) -> Self {
        Self { file, prefix: "", map: Some(map) }
    }

    /// The object under `key`, empty if there is none. `prefix` is what its keys are called in errors, with the dot.
    pub(crate) fn section(&self, key: &str, prefix: &'a str) -> Result<Self, ConfigError> {
        let map = match self.value(key) {
            None => None,
            Some(Value::Object(map)) => Some(map),
            Some(other) => return Err(self.unexpected(key, other, "a JSON object")),
        };
        Ok(Self { file: self.file, prefix, map })
    }

    /// Whether there is anything in it at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.map.is_none_or(Map::is_empty)
    }

    /// The value as it stands, unless it is absent or `null`.
    pub(crate) fn value(&self, key: &str) -> Option<&'a Value> {
        self.map?.get(key).filter(|value| !value.is_null())
    }

    /// Whether the key is there and says `null`.
    pub(crate) fn says_null(&self, key: &str) -> bool {
        self.map.and_then(|map| map.get(key)).is_some_and(Value::is_null)
    }

    /// The value of the first of `keys` that is there.
    pub(crate) fn get<T: FromJson>(&self, keys: &[&str]) -> Result<Option<T>, ConfigError> {
        for key in keys {
            if let Some(value) = self.value(key) {
                return T::from_json(value).map(Some).ok_or_else(|| self.unexpected(key, value, T::WANTED));
            }
        }
        Ok(None)
    }

    /// The value of the first of `keys` that is there, else `default`.
    pub(crate) fn or<T: FromJson>(&self, keys: &[&str], default: T) -> Result<T, ConfigError> {
        Ok(self.get(keys)?.unwrap_or(default))
    }

    /// Refuses anything but `wanted` under `key`; absent is fine.
    pub(crate) fn only(&self, key: &str, wanted: &Value) -> Result<(), ConfigError> {
        match self.value(key) {
            Some(found) if found != wanted => Err(self.unexpected(key, found, &wanted.to_string())),
            _ => Ok(()),
        }
    }

    /// The error for a value that can't be used.
    pub(crate) fn unexpected(&self, key: &str, found: &Value, wanted: &str) -> ConfigError {
        ConfigError::unexpected(self.file, &format!("{}{key}", self.prefix), found, wanted)
    }
}

/// What can be read from a JSON value.
pub(crate) trait FromJson: Sized {
    /// What a right value looks like, for the error.
    const WANTED: &'static str;
    /// Reads the value, or says `None` when it is of another kind or out of range.
    fn from_json(value: &Value) -> Option<Self>;
}

impl FromJson for usize {
    const WANTED: &'static str = "a whole number from 0";
    fn from_json(value: &Value) -> Option<Self> {
        value.as_u64().and_then(|number| number.try_into().ok())
    }
}

impl FromJson for u32 {
    const WANTED: &'static str = "a whole number from 0";
    fn from_json(value: &Value) -> Option<Self> {
        value.as_u64().and_then(|number| number.try_into().ok())
    }
}

impl FromJson for f64 {
    const WANTED: &'static str = "a number";
    fn from_json(value: &Value) -> Option<Self> {
        value.as_f64()
    }
}

impl FromJson for f32 {
    const WANTED: &'static str = "a number";
    fn from_json(value: &Value) -> Option<Self> {
        value.as_f64().map(|number| number as f32)
    }
}

impl FromJson for bool {
    const WANTED: &'static str = "true or false";
    fn from_json(value: &Value) -> Option<Self> {
        value.as_bool()
    }
}

impl FromJson for String {
    const WANTED: &'static str = "a string";
    fn from_json(value: &Value) -> Option<Self> {
        value.as_str().map(Into::into)
    }
}

impl FromJson for Vec<usize> {
    const WANTED: &'static str = "a list of whole numbers, one a stage";
    fn from_json(value: &Value) -> Option<Self> {
        value.as_array()?.iter().map(usize::from_json).collect()
    }
}

impl FromJson for Vec<bool> {
    const WANTED: &'static str = "a list of true or false, one a stage";
    fn from_json(value: &Value) -> Option<Self> {
        value.as_array()?.iter().map(bool::from_json).collect()
    }
}

impl FromJson for [f32; 3] {
    const WANTED: &'static str = "three numbers: red, green, blue";
    fn from_json(value: &Value) -> Option<Self> {
        let numbers: Vec<f32> = value.as_array()?.iter().map(f32::from_json).collect::<Option<_>>()?;
        numbers.try_into().ok()
    }
}
