//! Texts as the content of a `<textarea>`.

/// A text as the content of a `<textarea>`. leptos escapes none of that, so a text with `</textarea>` in it would end the
/// element, and what follows would be markup.
pub(crate) fn content(text: &str) -> String {
    if cfg!(feature = "ssr") {
        // Browsers pass over a line break at the beginning; this one, so that none of the text's own.
        format!("\n{}", text.replace('&', "&amp;").replace('<', "&lt;"))
    } else {
        text.to_owned()
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn text_ends_no_element_and_keeps_its_lines() {
        assert_eq!(content("\na</textarea><b>&lt;"), "\n\na&lt;/textarea>&lt;b>&amp;lt;");
    }
}
