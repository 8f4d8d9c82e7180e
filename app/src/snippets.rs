//! The page's question as a program would ask it.

use crate::question::Question;

/// A language that the question is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Language {
    #[default]
    Curl,
    Python,
    JavaScript,
}

impl Language {
    /// All of them, in the order of the page.
    pub(crate) const ALL: [Self; 3] = [Self::Curl, Self::Python, Self::JavaScript];

    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Curl => "curl",
            Self::Python => "Python",
            Self::JavaScript => "JavaScript",
        }
    }
}

/// What a snippet asks, of whom.
pub(crate) struct Ask<'a> {
    /// Where the server is, such as `http://localhost:8000`.
    pub(crate) server: &'a str,
    /// The picture's file name.
    pub(crate) file: &'a str,
    pub(crate) question: &'a Question,
    /// Whether the server wants a key.
    pub(crate) with_key: bool,
}

/// The code that asks.
pub(crate) fn snippet(language: Language, ask: &Ask<'_>) -> String {
    match language {
        Language::Curl => curl(ask),
        Language::Python => python(ask),
        Language::JavaScript => javascript(ask),
    }
}

fn curl(ask: &Ask<'_>) -> String {
    let mut lines = vec![format!("curl {}", in_shell(&format!("{}/caption", ask.server)))];
    if ask.with_key {
        lines.push(r#"-H "Authorization: Bearer $API_KEY""#.into());
    }
    // In quotes of its own, because curl takes `;` and `,` in a bare name for the start of something else.
    let file = ask.file.replace('\\', r"\\").replace('"', "\\\"");
    let is_plain = ask.file.chars().all(|c| c.is_ascii_alphanumeric() || "-._/ ".contains(c));
    lines.push(format!(
        "-F {}",
        in_shell(&if is_plain { format!("image=@{file}") } else { format!("image=@\"{file}\"") })
    ));
    for (name, value) in ask.question.fields() {
        // -F would read a value that starts with `<` from a file of that name.
        let flag = if value.starts_with(['<', '@']) || value.contains([';', '"']) { "--form-string" } else { "-F" };
        lines.push(format!("{flag} {}", in_shell(&format!("{name}={value}"))));
    }
    lines.join(" \\\n  ")
}

fn python(ask: &Ask<'_>) -> String {
    let fields: Vec<String> = ask
        .question
        .fields()
        .iter()
        .map(|(name, value)| format!("{}: {}", quoted(name), literal(name, value)))
        .collect();
    let mut arguments = vec![quoted(&format!("{}/caption", ask.server)), "files={\"image\": image}".into()];
    if ask.with_key {
        arguments.push("headers={\"Authorization\": f\"Bearer {os.environ['API_KEY']}\"}".into());
    }
    if !fields.is_empty() {
        arguments.push(format!("data={{{}}}", fields.join(", ")));
    }
    let imports = if ask.with_key { "import os\n\nimport requests" } else { "import requests" };
    format!(
        "{imports}\n\nwith open({}, \"rb\") as image:\n    answer = requests.post(\n        {},\n    )\n\
         answer.raise_for_status()\nprint(answer.json()[\"caption\"])",
        quoted(ask.file),
        arguments.join(",\n        "),
    )
}

fn javascript(ask: &Ask<'_>) -> String {
    let mut lines = vec![
        "// Any File or Blob will do.".into(),
        "const image = document.querySelector(\"input[type=file]\").files[0];".into(),
        "const form = new FormData();".into(),
        "form.append(\"image\", image);".to_owned(),
    ];
    for (name, value) in ask.question.fields() {
        lines.push(format!("form.append({}, {});", quoted(name), quoted(value)));
    }
    let url = quoted(&format!("{}/caption", ask.server));
    let headers = if ask.with_key { "\n  headers: { Authorization: `Bearer ${API_KEY}` }," } else { "" };
    lines.push(format!("const answer = await fetch({url}, {{\n  method: \"POST\",{headers}\n  body: form,\n}});"));
    lines.push("const { caption } = await answer.json();".into());
    lines.join("\n")
}

/// A word for a POSIX shell: in single quotes, nothing means anything.
fn in_shell(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// A string literal that Python and JavaScript both read.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a string is always JSON. This is a bug.")
}

/// A parameter's value in Python: numbers bare, everything else in quotes.
fn literal(name: &str, value: &str) -> String {
    let is_number = name != "text" && value.parse::<f64>().is_ok_and(f64::is_finite) && !value.starts_with('+');
    // A whole number with a leading 0 is none in Python.
    let is_bare = is_number && !(value.len() > 1 && value.starts_with('0') && !value.starts_with("0."));
    if is_bare { value.to_owned() } else { quoted(value) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parameters::{Parameter, ParameterTexts};
    use crate::tasks;

    fn code(language: Language, file: &str, text: &str, with_key: bool) -> String {
        let mut parameters = ParameterTexts::default();
        parameters.set(Parameter::NumBeams, "3");
        let question =
            Question { task: tasks::find_or_first("open_vocabulary_detection"), text: text.into(), parameters };
        snippet(language, &Ask { server: "http://localhost:8000", file, question: &question, with_key })
    }

    #[test]
    fn shell_quotes_hold_whatever_is_written() {
        let code = code(Language::Curl, "it's; here.png", "it's <b>", false);
        let expected = "curl 'http://localhost:8000/caption' \\\n  \
             -F 'image=@\"it'\\''s; here.png\"' \\\n  \
             --form-string 'task=<OPEN_VOCABULARY_DETECTION>' \\\n  -F 'text=it'\\''s <b>' \\\n  -F 'num_beams=3'";
        assert_eq!(code, expected);
    }

    #[test]
    fn python_sends_the_same_fields() {
        let code = code(Language::Python, "a\"b.png", "dog", true);
        assert!(code.starts_with("import os\n\nimport requests\n"), "{code}");
        assert!(code.contains(r#"open("a\"b.png", "rb")"#), "{code}");
        let data = r#"data={"task": "<OPEN_VOCABULARY_DETECTION>", "text": "dog", "num_beams": 3},"#;
        assert!(code.contains(data), "{code}");
        assert!(code.contains("os.environ['API_KEY']"), "{code}");
    }

    #[test]
    fn javascript_sends_the_same_fields() {
        let code = code(Language::JavaScript, "a.png", "dog", false);
        assert!(code.contains(r#"form.append("text", "dog");"#), "{code}");
        assert!(code.contains(r#"form.append("num_beams", "3");"#), "{code}");
        assert!(!code.contains("Authorization"), "{code}");
    }

    #[test]
    fn numbers_are_bare_and_words_are_not() {
        assert_eq!(literal("seed", "7"), "7");
        assert_eq!(literal("seed", "007"), "\"007\"");
        assert_eq!(literal("top_p", "0.9"), "0.9");
        assert_eq!(literal("do_sample", "true"), "\"true\"");
        assert_eq!(literal("text", "12"), "\"12\"");
    }
}
