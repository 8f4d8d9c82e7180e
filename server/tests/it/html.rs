//! A page, read as a browser reads it: what is an element and what is only text.

use std::collections::BTreeMap;

use html5gum::{HtmlString, StartTag, Token, Tokenizer, emitters::default::DefaultEmitter};
use serde_json::Value;

type Attributes = BTreeMap<String, String>;

/// A page's parts.
#[derive(Default)]
pub(crate) struct Html {
    elements: Vec<(String, Attributes)>,
    /// All text, without the marks that separate its parts.
    pub(crate) text: String,
    /// What stands in scripts and styles, with the element's attributes.
    raw: Vec<(String, Attributes, String)>,
    comments: String,
}

/// Attributes that a browser follows.
const ADDRESSES: [&str; 8] = ["href", "src", "action", "formaction", "srcset", "poster", "data", "xlink:href"];

fn words(bytes: &HtmlString) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

impl Html {
    pub(crate) fn parse(page: &str) -> Self {
        let mut emitter = DefaultEmitter::default();
        emitter.naively_switch_states(true);
        let mut html = Self::default();
        let mut is_raw = false;
        for token in Tokenizer::new_with_emitter(page, emitter) {
            let Ok(token) = token;
            match token {
                Token::StartTag(StartTag { name, attributes, .. }) => {
                    let name = words(&name);
                    let attributes: Attributes =
                        attributes.iter().map(|(name, value)| (words(name), words(value))).collect();
                    is_raw = name == "script" || name == "style";
                    if is_raw {
                        html.raw.push((name.clone(), attributes.clone(), String::new()));
                    }
                    html.elements.push((name, attributes));
                }
                Token::EndTag(_) => is_raw = false,
                Token::String(text) => match html.raw.last_mut().filter(|_| is_raw) {
                    Some((.., content)) => content.push_str(&words(&text)),
                    None => html.text.push_str(&words(&text)),
                },
                Token::Comment(text) => html.comments.push_str(&words(&text)),
                Token::Doctype(_) | Token::Error(_) => {}
            }
        }
        html
    }

    /// Whether a text is shown: among the page's words, in a field, or in what its scripts read.
    pub(crate) fn shows(&self, text: &str) -> bool {
        self.text.contains(text)
            || self.elements.iter().any(|(_, attributes)| attributes.values().any(|value| value.contains(text)))
            || self.raw.iter().any(|(.., content)| content.contains(text))
    }

    /// Where a text that has `mark` in it is more than text, one by one.
    pub(crate) fn faults(&self, mark: &str) -> Vec<String> {
        let mut faults = Vec::new();
        for (name, attributes) in &self.elements {
            let is_odd = |attribute: &String| attribute.contains(mark) || attribute.starts_with("on");
            if name.contains(mark) || attributes.keys().any(is_odd) {
                faults.push(format!("an element is a text's: <{name}> {attributes:?}"));
            }
            let leads = |(name, value): &(&String, &String)| ADDRESSES.contains(&name.as_str()) && is_script(value);
            if let Some((attribute, value)) = attributes.iter().find(leads) {
                faults.push(format!("an address is a script: {attribute}={value:?}"));
            }
            if attributes.iter().any(|(name, value)| matches!(&**name, "style" | "srcdoc") && value.contains(mark)) {
                faults.push(format!("a text is styled or a page: {attributes:?}"));
            }
        }
        for (name, attributes, content) in self.raw.iter().filter(|(.., content)| content.contains(mark)) {
            let is_data = name == "script" && attributes.get("type").is_some_and(|kind| kind == "application/json");
            if !is_data || content.contains('<') || serde_json::from_str::<Value>(content).is_err() {
                let start: String = content.chars().take(200).collect();
                faults.push(format!("a {name} {attributes:?} has a text in it: {start}"));
            }
        }
        if self.comments.contains(mark) {
            faults.push(format!("a comment has a text in it: {}", self.comments));
        }
        faults
    }
}

/// Whether a browser runs what an address says.
fn is_script(address: &str) -> bool {
    let plain: String = address.chars().filter(|letter| !letter.is_whitespace() && !letter.is_control()).collect();
    let plain = plain.to_lowercase();
    ["javascript:", "vbscript:", "data:text"].iter().any(|scheme| plain.starts_with(scheme))
}

#[test]
fn what_a_browser_would_run_is_found() {
    let faults = |page: &str| Html::parse(page).faults("zq").len();
    for page in [
        "<p><zq>",
        "<img src=x onerror=zq()>",
        "<a href='java\nscript:zq()'>a</a>",
        "<script>zq()</script>",
        "<style>zq</style>",
        "<p style='zq'>",
        "<!-- zq -->",
        "<textarea></textarea><zq></textarea>",
        "<script type=application/json>{\"a\": \"zq</script>",
    ] {
        assert_eq!(faults(page), 1, "{page}");
    }
    for page in [
        "<p>&lt;zq&gt; javascript:zq()</p>",
        "<textarea><zq></textarea>",
        "<title><zq></title>",
        "<input value='&quot;>&lt;zq onerror=zq()'>",
        "<a href='/a?next=javascript:zq()'>a</a>",
        "<script type=application/json>{\"a\": \"\\u003czq\"}</script>",
    ] {
        assert_eq!(faults(page), 0, "{page}");
        assert!(Html::parse(page).shows("zq"), "{page}");
    }
}
