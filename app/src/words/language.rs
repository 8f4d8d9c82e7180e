//! The languages that the server can write, and which of them a reader wants.

use std::{collections::HashMap, future::Future, sync::LazyLock};

use serde::Deserialize;

use super::pseudo;

/// A language's tag, its catalogue of messages as JSON, and which form goes with which number, by what CLDR calls the forms.
type Translation = (&'static str, &'static str, fn(u64) -> &'static str);

/// Languages beside English. An entry here adds one; docs/TRANSLATING.md says how.
const CATALOGUES: [Translation; 0] = [];

/// Languages that are written from right to left.
const RIGHT_TO_LEFT: [&str; 5] = ["ar", "fa", "he", "ur", "yi"];

static LANGUAGES: LazyLock<Vec<Catalogue>> = LazyLock::new(|| CATALOGUES.iter().map(Catalogue::parse).collect());

tokio::task_local! {
    static READER: Language;
}

/// A language that pages can be written in.
#[derive(Debug, Clone, Copy, Default)]
pub struct Language(Kind);

#[derive(Debug, Clone, Copy, Default)]
enum Kind {
    #[default]
    English,
    Pseudo,
    Translated(&'static Catalogue),
}

impl Language {
    /// The first of the languages that a reader wants, by their header `Accept-Language`, that there is; else English.
    pub fn negotiate(accepted: &str) -> Self {
        wanted(accepted).find_map(Self::find).unwrap_or_default()
    }

    /// The language of whoever this is done for.
    pub fn of_reader() -> Self {
        READER.try_with(|language| *language).unwrap_or_default()
    }

    /// Does something for a reader of this language.
    pub fn serve<T>(self, work: impl Future<Output = T>) -> impl Future<Output = T> {
        READER.scope(self, work)
    }

    /// The language's tag, as HTML's attribute `lang` has it.
    pub fn tag(self) -> &'static str {
        match self.0 {
            Kind::English => "en",
            Kind::Pseudo => pseudo::TAG,
            Kind::Translated(catalogue) => catalogue.tag,
        }
    }

    /// Where its lines begin, as HTML's attribute `dir` has it.
    pub fn direction(self) -> &'static str {
        let language = self.tag().split('-').next().unwrap_or_default();
        if RIGHT_TO_LEFT.contains(&language) { "rtl" } else { "ltr" }
    }

    /// A message, unless English has it as it stands.
    pub(super) fn translate(self, message: &'static str) -> Option<&'static str> {
        match self.0 {
            Kind::English => None,
            Kind::Pseudo => Some(pseudo::translate(message)),
            Kind::Translated(catalogue) => catalogue.translate(message),
        }
    }

    /// The form of a message that goes with a number.
    pub(super) fn plural(self, number: u64, one: &'static str, many: &'static str) -> &'static str {
        let english = if number == 1 { one } else { many };
        match self.0 {
            Kind::English => english,
            Kind::Pseudo => pseudo::translate(english),
            Kind::Translated(catalogue) => catalogue.plural(number, one).unwrap_or(english),
        }
    }

    /// As [`serve`](Self::serve), for what waits for nothing.
    #[cfg(test)]
    pub(super) fn within<T>(self, work: impl FnOnce() -> T) -> T {
        READER.sync_scope(self, work)
    }

    fn find(tag: &str) -> Option<Self> {
        let language = tag.split('-').next().unwrap_or_default();
        let is = |known: &str| known.eq_ignore_ascii_case(tag);
        let translated = || {
            let exactly = LANGUAGES.iter().find(|catalogue| is(catalogue.tag));
            exactly.or_else(|| LANGUAGES.iter().find(|catalogue| catalogue.tag.eq_ignore_ascii_case(language)))
        };
        match language {
            _ if is(pseudo::TAG) => Some(Self(Kind::Pseudo)),
            "en" => Some(Self(Kind::English)),
            _ => translated().map(|catalogue| Self(Kind::Translated(catalogue))),
        }
    }
}

/// The tags of a header `Accept-Language`, the most wanted first.
fn wanted(accepted: &str) -> impl Iterator<Item = &str> {
    let mut tags: Vec<(&str, f32)> = Vec::new();
    for entry in accepted.split(',') {
        let (tag, weight) = entry.split_once(";q=").unwrap_or((entry, "1"));
        tags.push((tag.trim(), weight.trim().parse().unwrap_or(0.0)));
    }
    tags.retain(|(_, weight)| *weight > 0.0);
    // Stable: what weighs the same stays as it was written.
    tags.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    tags.into_iter().map(|(tag, _)| tag)
}

/// The messages of a language.
#[derive(Debug)]
struct Catalogue {
    tag: &'static str,
    form: fn(u64) -> &'static str,
    messages: HashMap<String, Message>,
}

/// A message, or its forms by what CLDR calls them: "one", "few", "other".
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Message {
    Plain(String),
    Plural(HashMap<String, String>),
}

impl Catalogue {
    fn parse(&(tag, json, form): &Translation) -> Self {
        let messages = serde_json::from_str(json).expect("a test reads every catalogue. This is a bug.");
        Self { tag, form, messages }
    }

    fn translate(&self, message: &str) -> Option<&str> {
        match self.messages.get(message)? {
            Message::Plain(words) => Some(words),
            Message::Plural(_) => None,
        }
    }

    fn plural(&self, number: u64, one: &str) -> Option<&str> {
        match self.messages.get(one)? {
            Message::Plain(_) => None,
            Message::Plural(forms) => forms.get((self.form)(number)).or_else(|| forms.get("other")).map(String::as_str),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readers_get_what_they_want_most_of_what_there_is() {
        for (accepted, tag) in [
            ("", "en"),
            ("de-DE,de;q=0.9", "en"),
            ("en-XA", "en-XA"),
            ("tlh, en-xa;q=0.8, en;q=0.9", "en"),
            ("en;q=0.5,en-XA", "en-XA"),
            ("en-XA;q=0", "en"),
        ] {
            assert_eq!(Language::negotiate(accepted).tag(), tag, "{accepted}");
        }
    }

    #[test]
    fn a_language_has_as_many_forms_as_it_needs() {
        let json =
            r#"{"Save": "Zapisz", "{n} image": {"one": "{n} obraz", "few": "{n} obrazy", "many": "{n} obrazów"}}"#;
        let form = |number: u64| match (number % 10, number % 100) {
            _ if number == 1 => "one",
            (2..=4, 0..=11 | 15..) => "few",
            _ => "many",
        };
        let polish = Language(Kind::Translated(Box::leak(Box::new(Catalogue::parse(&("pl", json, form))))));
        let images = |number: u64| polish.within(|| plural!(number, "{n} image", "{n} images"));
        assert_eq!([1, 3, 5].map(images), ["1 obraz", "3 obrazy", "5 obrazów"]);
        assert_eq!(polish.within(|| t!("Save")), "Zapisz");
        assert_eq!(polish.within(|| t!("Not yet translated")), "Not yet translated");
    }

    #[test]
    fn catalogues_can_be_read() {
        assert_eq!(LANGUAGES.len(), CATALOGUES.len());
    }

    #[test]
    fn lines_begin_where_the_language_has_it() {
        let arabic = Catalogue { tag: "ar-EG", form: |_| "other", messages: HashMap::new() };
        assert_eq!(Language(Kind::Translated(Box::leak(Box::new(arabic)))).direction(), "rtl");
        assert_eq!(Language::default().direction(), "ltr");
    }
}
