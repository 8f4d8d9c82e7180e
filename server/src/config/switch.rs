//! Settings that are on or off.

/// Reads `true`, `yes`, `on` or `1`, and their opposites, in any case.
///
/// # Errors
///
/// A sentence that says what would have been right.
pub(super) fn parse_switch(text: &str) -> Result<bool, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Ok(true),
        "false" | "no" | "off" | "0" => Ok(false),
        _ => Err("it must be true or false".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn switches_are_read_as_people_write_them() {
        for (text, value) in [("true", true), ("YES", true), (" 1 ", true), ("off", false), ("0", false)] {
            assert_eq!(parse_switch(text), Ok(value), "{text}");
        }
        for text in ["", "perhaps", "2"] {
            assert!(parse_switch(text).unwrap_err().contains("true or false"), "{text}");
        }
    }
}
