//! What may stand at the cursor of a query: fields, sources, and values of fields.

use serde::Deserialize;

/// Suggestions at a time.
const MOST: usize = 8;

/// What a query in a dataset can name, as `GET /api/v1/datasets/{dataset}/search/fields` has it.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct SearchFields {
    pub(crate) fields: Vec<Field>,
    pub(crate) sources: Vec<SourceName>,
}

/// A name with a meaning before a colon.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Field {
    pub(crate) name: String,
    /// What stands after the colon, in words.
    pub(crate) meaning: String,
    /// What stands after it, where that can be listed.
    pub(crate) values: Vec<String>,
}

/// A source as a query writes it before a colon.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct SourceName {
    pub(crate) prefix: String,
    /// `model`, `person` or `import`.
    pub(crate) kind: String,
}

/// Something that may stand at the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Suggestion {
    /// What is written in the place of the word at the cursor.
    pub(crate) text: String,
    /// What it means.
    pub(crate) about: String,
}

/// Where the word begins that ends at the cursor. Both count characters.
pub(crate) fn word_start(query: &str, cursor: usize) -> usize {
    let before: Vec<char> = query.chars().take(cursor).collect();
    let mut start = before.len();
    while start > 0 && !matches!(before[start - 1], ' ' | '\t' | '(' | ')') {
        start -= 1;
    }
    // A dash excludes what follows.
    if before.get(start) == Some(&'-') { start + 1 } else { start }
}

/// What may stand in the place of the word that ends at the cursor.
pub(crate) fn suggest(query: &str, cursor: usize, fields: &SearchFields) -> Vec<Suggestion> {
    let start = word_start(query, cursor);
    let word: String = query.chars().skip(start).take(cursor - start).collect::<String>().to_lowercase();
    let fits = |name: &str, begun: &str| name.to_lowercase().starts_with(begun) && name.to_lowercase() != begun;
    if let Some((field, begun)) = word.split_once(':') {
        let Some(field) = fields.fields.iter().find(|known| known.name == field) else { return Vec::new() };
        let values = field.values.iter().filter(|value| fits(value, begun));
        let suggestion = |value: &String| Suggestion {
            text: format!("{}:{value} ", field.name),
            about: if field.name == "has" || field.name == "missing" { "source".into() } else { String::new() },
        };
        return values.map(suggestion).take(MOST).collect();
    }
    let sources = fields.sources.iter().filter(|source| fits(&source.prefix, &word)).map(|source| Suggestion {
        text: format!("{}:", source.prefix),
        about: match source.kind.as_str() {
            "model" => t!("what this model says").to_owned(),
            "person" => t!("what this person says").to_owned(),
            _ => t!("what was imported").to_owned(),
        },
    });
    let names = fields
        .fields
        .iter()
        .filter(|field| fits(&field.name, &word))
        .map(|field| Suggestion { text: format!("{}:", field.name), about: field.meaning.clone() });
    sources.chain(names).take(MOST).collect()
}

/// The query with a suggestion taken, and where the cursor is then.
pub(crate) fn take(query: &str, cursor: usize, suggestion: &Suggestion) -> (String, usize) {
    let start = word_start(query, cursor);
    let before: String = query.chars().take(start).collect();
    let after: String = query.chars().skip(cursor).collect();
    let after = if suggestion.text.ends_with(' ') { after.trim_start() } else { &after };
    let place = start + suggestion.text.chars().count();
    (format!("{before}{}{after}", suggestion.text), place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields() -> SearchFields {
        serde_json::from_str(
            r#"{
                "fields": [
                    { "name": "status", "meaning": "a state", "values": ["draft", "approved"] },
                    { "name": "width", "meaning": "a number", "values": [] },
                    { "name": "has", "meaning": "a source", "values": ["stella"] }
                ],
                "sources": [{ "slug": "stella", "prefix": "stella", "kind": "model", "task": null }],
                "sorts": []
            }"#,
        )
        .unwrap()
    }

    fn texts(query: &str) -> Vec<String> {
        suggest(query, query.chars().count(), &fields()).into_iter().map(|suggestion| suggestion.text).collect()
    }

    #[test]
    fn names_and_values_are_completed() {
        assert_eq!(texts("dog st"), ["stella:", "status:"]);
        assert_eq!(texts("(-STA"), ["status:"]);
        assert_eq!(texts("status:"), ["status:draft ", "status:approved "]);
        assert_eq!(texts("ä status:a"), ["status:approved "]);
        assert_eq!(texts("has:s"), ["has:stella "]);
        assert!(texts("width:").is_empty() && texts("nothing:a").is_empty() && texts("xyz").is_empty());
        assert!(texts("status:draft").is_empty(), "what is there is not suggested");
    }

    #[test]
    fn suggestion_takes_the_place_of_the_word() {
        let suggestion = Suggestion { text: "status:".into(), about: String::new() };
        assert_eq!(take("é -st dog", 5, &suggestion), ("é -status: dog".into(), 10));
        let value = Suggestion { text: "status:draft ".into(), about: String::new() };
        assert_eq!(take("status:d dog", 8, &value), ("status:draft dog".into(), 13));
    }
}
