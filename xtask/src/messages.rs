//! `cargo xtask messages`: what translators translate.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use clap::Args;
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use serde_json::{Map, Value, json};

use crate::workspace::Workspace;

/// Where pages and their words are made.
const PLACES: [&str; 3] = ["app/src", "server/src/api/problem.rs", "server/src/pages"];

/// Where catalogues lie.
const CATALOGUES: &str = "app/messages";

/// Write what translators translate: a catalogue as JSON in which every message is still English.
///
/// docs/TRANSLATING.md says how it becomes a language.
#[derive(Debug, Args)]
pub(crate) struct MessagesArgs {
    /// The catalogue of this language, with what it has already; without, one that has nothing
    #[arg(long, value_name = "TAG")]
    pub(crate) language: Option<String>,
    /// Write nothing; fail where a message is glued together or a catalogue's placeholders are not English's
    #[arg(long)]
    pub(crate) check: bool,
}

pub(crate) fn run(workspace: &Workspace, args: &MessagesArgs) -> anyhow::Result<()> {
    let messages = all_messages(workspace.root())?;
    let folder = workspace.root().join(CATALOGUES);
    if args.check {
        let mut wrong: Vec<String> = messages.iter().filter_map(|(message, found)| found.problem(message)).collect();
        for (path, catalogue) in catalogues(&folder)? {
            let problems = problems_of(&catalogue, &messages);
            wrong.extend(problems.map(|problem| format!("{}: {problem}", path.display())));
        }
        if !wrong.is_empty() {
            bail!("{}", wrong.join("\n"));
        }
        println!("{} messages are whole.", messages.len());
        return Ok(());
    }
    let tag = args.language.as_deref();
    let known = tag.map(|tag| folder.join(format!("{tag}.json"))).filter(|path| path.exists());
    let known = known.map_or_else(|| Ok(Map::new()), |path| read_catalogue(&path))?;
    let catalogue: Map<String, Value> = messages
        .iter()
        .map(|(message, found)| {
            (message.clone(), known.get(message).cloned().unwrap_or_else(|| found.english(message)))
        })
        .collect();
    println!("{:#}", Value::Object(catalogue));
    Ok(())
}

/// A message in the code.
#[derive(Debug)]
struct Found {
    /// How it reads with a number other than one, if it goes with a number.
    many: Option<String>,
    /// The names of its placeholders, as the code gives them; nothing where it gives them elsewhere.
    names: Option<Vec<String>>,
    /// The file that has it.
    file: String,
}

impl Found {
    fn english(&self, message: &str) -> Value {
        match &self.many {
            Some(many) => json!({ "one": message, "other": many }),
            None => message.into(),
        }
    }

    /// What keeps the message from being translated.
    fn problem(&self, message: &str) -> Option<String> {
        let forms = [Some(message), self.many.as_deref()];
        let reason = forms.into_iter().flatten().find_map(|form| {
            if form.trim() != form {
                return Some("begins or ends with a space: a sentence is one message, with placeholders");
            }
            let is_given = |name: &str| self.names.as_ref().is_none_or(|names| names.iter().any(|given| given == name));
            (!placeholders(form).iter().all(|name| is_given(name))).then_some("has a placeholder that nobody fills")
        })?;
        Some(format!("{}: {message:?} {reason}", self.file))
    }
}

/// Every message of the pages, in English, in order.
fn all_messages(root: &Path) -> anyhow::Result<BTreeMap<String, Found>> {
    let mut messages = BTreeMap::new();
    let mut open: Vec<PathBuf> = PLACES.iter().map(|place| root.join(place)).collect();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            for entry in fs::read_dir(&path)? {
                open.push(entry?.path());
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let file = path.strip_prefix(root).unwrap_or(&path).display().to_string();
            let tokens = fs::read_to_string(&path)?.parse().map_err(|_| anyhow::anyhow!("{file} is no Rust"))?;
            collect(tokens, &file, &mut messages).with_context(|| format!("{file} can't be read"))?;
        }
    }
    Ok(messages)
}

fn collect(tokens: TokenStream, file: &str, messages: &mut BTreeMap<String, Found>) -> anyhow::Result<()> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (place, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else { continue };
        // Examples and tests say things that no page says.
        if is_test(&tokens[..place]) {
            continue;
        }
        match called(&tokens[..place], group).as_deref() {
            Some("view") => {
                let add = |text: &syn::LitStr| {
                    let found = Found { many: None, names: Some(Vec::new()), file: file.to_owned() };
                    add(messages, text.value(), found);
                    None
                };
                vasari_markup::replace_texts(group.stream(), add)?;
            }
            Some(name @ ("t" | "plural" | "rich" | "message")) => {
                if let Some((message, found)) = message(name, group, file) {
                    add(messages, message, found);
                }
            }
            _ => {}
        }
        collect(group.stream(), file, messages)?;
    }
    Ok(())
}

fn add(messages: &mut BTreeMap<String, Found>, message: String, found: Found) {
    messages.entry(message).or_insert(found);
}

/// The macro that a group is handed to: of `t!("Save")` it is `t`.
fn called(before: &[TokenTree], group: &Group) -> Option<String> {
    let [.., TokenTree::Ident(name), TokenTree::Punct(mark)] = before else { return None };
    (mark.as_char() == '!' && group.delimiter() != Delimiter::None).then(|| name.to_string())
}

/// Whether what follows is a module of tests, by what stands before its name.
fn is_test(before: &[TokenTree]) -> bool {
    let [.., TokenTree::Ident(module), TokenTree::Ident(name)] = before else { return false };
    module == "mod" && name == "tests"
}

/// The message that one of our macros is called with; nothing for the macro's own definition.
fn message(called: &str, group: &Group, file: &str) -> Option<(String, Found)> {
    let mut parts: Vec<Vec<TokenTree>> = vec![Vec::new()];
    for token in group.stream() {
        match &token {
            TokenTree::Punct(comma) if comma.as_char() == ',' => parts.push(Vec::new()),
            _ => parts.last_mut()?.push(token),
        }
    }
    let text = |part: &[TokenTree]| match part {
        [TokenTree::Literal(literal)] => {
            syn::parse_str::<syn::LitStr>(&literal.to_string()).ok().map(|text| text.value())
        }
        _ => None,
    };
    // `name = value`
    let name = |part: &Vec<TokenTree>| match part.as_slice() {
        [TokenTree::Ident(name), TokenTree::Punct(sign), ..] if sign.as_char() == '=' => Some(name.to_string()),
        _ => None,
    };
    let mut names: Vec<String> = parts.iter().filter_map(name).collect();
    if called != "plural" {
        let names = (called != "message").then_some(names);
        return Some((text(parts.first()?)?, Found { many: None, names, file: file.to_owned() }));
    }
    names.push("n".to_owned());
    let first = parts.iter().position(|part| text(part).is_some())?;
    let many = parts.get(first + 1).and_then(|part| text(part));
    Some((text(&parts[first])?, Found { many, names: Some(names), file: file.to_owned() }))
}

/// The names in braces.
fn placeholders(message: &str) -> Vec<&str> {
    message.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name).collect()
}

fn catalogues(folder: &Path) -> anyhow::Result<Vec<(PathBuf, Map<String, Value>)>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut catalogues = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let catalogue = read_catalogue(&path)?;
        catalogues.push((path, catalogue));
    }
    Ok(catalogues)
}

fn read_catalogue(path: &Path) -> anyhow::Result<Map<String, Value>> {
    let text = fs::read_to_string(path).with_context(|| format!("{} can't be read", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is no catalogue", path.display()))
}

/// Translations that say something else than English does: that leave out a placeholder, or have one too many.
fn problems_of<'a>(
    catalogue: &'a Map<String, Value>,
    messages: &'a BTreeMap<String, Found>,
) -> impl Iterator<Item = String> + 'a {
    catalogue.iter().filter_map(|(message, translation)| {
        let Some(found) = messages.get(message) else { return Some(format!("{message:?} is no message any more")) };
        let forms: Vec<&str> = match translation {
            Value::String(words) if found.many.is_none() => vec![words],
            Value::Object(forms) if found.many.is_some() && forms.contains_key("other") => {
                forms.values().filter_map(Value::as_str).collect()
            }
            _ => return Some(format!("{message:?} has not the forms that it needs")),
        };
        let sorted = |message: &str| {
            // A form for one thing need not say "1".
            let mut names: Vec<_> =
                placeholders(message).into_iter().filter(|name| *name != "n").map(str::to_owned).collect();
            names.sort_unstable();
            names
        };
        let differs = forms.iter().any(|form| sorted(form) != sorted(message));
        differs.then(|| format!("{message:?} has other placeholders in its translation"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(code: &str) -> BTreeMap<String, Found> {
        let mut messages = BTreeMap::new();
        collect(code.parse().expect("this is Rust"), "a.rs", &mut messages).expect("this can be read");
        messages
    }

    #[test]
    fn messages_are_found_wherever_they_stand() {
        let code = r#"
            fn page() { view! { <p title="A title" class="no">"Text" {move || view! { <b>{t!("Deep {name}", name = x)}</b> }}</p> } }
            const NAMES: [&str; 1] = [message!("A name")];
            fn count(n: u64) -> String { plural!(a(n, 1), "{n} image", "{n} images") }
            mod tests { fn test() { t!("Not this"); } }
        "#;
        let messages = found(code);
        let all: Vec<_> = messages.keys().map(String::as_str).collect();
        assert_eq!(all, ["A name", "A title", "Deep {name}", "Text", "{n} image"]);
        assert_eq!(messages["{n} image"].many.as_deref(), Some("{n} images"));
        assert!(messages.iter().all(|(message, found)| found.problem(message).is_none()));
    }

    #[test]
    fn sentences_in_pieces_are_refused() {
        let messages = found(r#"view! { <p>"Back to " {name}</p> }; t!("{who} is gone", name = x)"#);
        assert_eq!(messages.iter().filter_map(|(message, found)| found.problem(message)).count(), 2);
    }

    #[test]
    fn translations_keep_what_english_says() {
        let messages = found(r#"t!("{name} is gone", name = x); plural!(n, "{n} image", "{n} images"); t!("Save")"#);
        let problems = |json: Value| {
            let Value::Object(catalogue) = json else { unreachable!("it is one") };
            problems_of(&catalogue, &messages).count()
        };
        assert_eq!(
            problems(
                json!({ "{name} is gone": "Fort: {name}", "{n} image": { "one": "ein Bild", "other": "{n} Bilder" } })
            ),
            0
        );
        assert_eq!(
            problems(json!({ "{name} is gone": "Fort", "{n} image": "Bilder", "Gone": "Fort", "Save": "{x}" })),
            4
        );
    }
}
