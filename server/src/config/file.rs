//! The TOML file: what flags and environment leave open.

use std::{collections::BTreeMap, fs, path::Path};

use clap::Command;
use toml::de::{DeTable, DeValue};

use super::{
    ConfigError,
    settings::{Kind, Section, Setting, sections},
};

/// What a TOML file sets, checked value by value.
#[derive(Debug)]
pub(crate) struct ConfigFile {
    pub(super) name: String,
    /// By flag, without its dashes.
    values: BTreeMap<String, Vec<String>>,
}

impl ConfigFile {
    /// Reads the file at `path`.
    ///
    /// # Errors
    ///
    /// A sentence that names the file, the line, and what there is instead of an unknown section or key.
    pub(crate) fn read(path: &Path) -> Result<Self, ConfigError> {
        let name = path.display().to_string();
        match fs::read_to_string(path) {
            Ok(text) => Self::parse(name, &text),
            Err(source) => Err(ConfigError::UnreadableFile { path: name, source }),
        }
    }

    fn parse(name: String, text: &str) -> Result<Self, ConfigError> {
        let in_file = |offset: usize, problem: String| ConfigError::InFile {
            path: name.clone(),
            line: text.get(..offset).map_or(1, |before| before.matches('\n').count() + 1),
            problem,
        };
        // The library's own rendering would quote the line, and with it a key.
        let table = DeTable::parse(text).map_err(|error| {
            in_file(error.span().map_or(0, |span| span.start), format!("this is no valid TOML: {}", error.message()))
        })?;
        let known = sections();
        let mut values = BTreeMap::new();
        for (section_name, content) in table.get_ref() {
            let at = section_name.span().start;
            let section = find_section(&known, section_name.get_ref()).map_err(|problem| in_file(at, problem))?;
            let DeValue::Table(content) = content.get_ref() else {
                return Err(in_file(at, format!("{} must be a table: write [{0}]", section.name)));
            };
            for (key, value) in content {
                let at = key.span().start;
                let setting = find_setting(&known, section, key.get_ref()).map_err(|problem| in_file(at, problem))?;
                let strings = read_value(setting, value.get_ref())
                    .map_err(|problem| in_file(at, format!("[{}] {problem}", section.name)))?;
                values.insert(setting.flag().to_owned(), strings);
            }
        }
        Ok(Self { name, values })
    }

    /// The command with the file's values as its defaults, so that flags and environment win over them by themselves.
    pub(crate) fn apply(&self, command: Command) -> Command {
        let command = command.mut_subcommands(|command| self.apply(command));
        command.mut_args(|arg| match arg.get_long().and_then(|flag| self.values.get(flag)) {
            Some(values) => arg.default_values(values.clone()),
            None => arg,
        })
    }

    /// Whether the file says something about the setting.
    pub(super) fn sets(&self, setting: Setting) -> bool {
        self.values.contains_key(setting.flag())
    }
}

fn find_section<'a>(known: &'a [Section], name: &str) -> Result<&'a Section, String> {
    if let Some(section) = known.iter().find(|section| section.name == name) {
        return Ok(section);
    }
    if let Some((section, _)) = settings_named(known, name).next() {
        return Err(format!("{name} stands outside its section; move it below [{section}]"));
    }
    let names: Vec<_> = known.iter().map(|section| section.name.to_owned()).collect();
    Err(format!("there is no section [{name}]{}; there are {}", did_you_mean(name, &names), names.join(", ")))
}

fn find_setting<'a>(known: &'a [Section], section: &'a Section, key: &str) -> Result<Setting<'a>, String> {
    if let Some(setting) = section.settings().find(|setting| setting.key() == key) {
        return Ok(setting);
    }
    if let Some((right, _)) = settings_named(known, key).next() {
        return Err(format!("{key} belongs to [{right}], not to [{}]", section.name));
    }
    let keys: Vec<_> = section.settings().map(Setting::key).collect();
    let hint = did_you_mean(key, &keys);
    Err(format!("[{}] has no key {key}{hint}; it has {}", section.name, keys.join(", ")))
}

fn settings_named<'a>(known: &'a [Section], key: &str) -> impl Iterator<Item = (&'static str, Setting<'a>)> {
    let all = known.iter().flat_map(|section| section.settings().map(|setting| (section.name, setting)));
    all.filter(move |(_, setting)| setting.key() == key)
}

/// The value as it would stand behind the flag.
fn read_value(setting: Setting, value: &DeValue) -> Result<Vec<String>, String> {
    let strings = match value {
        DeValue::Array(items) if setting.is_list() => {
            items.iter().map(|item| read_scalar(setting, item.get_ref())).collect::<Result<Vec<_>, _>>()?
        }
        single => vec![read_scalar(setting, single)?],
    };
    setting.check(&strings).map(|()| strings)
}

fn read_scalar(setting: Setting, value: &DeValue) -> Result<String, String> {
    let kind = setting.kind();
    match value {
        DeValue::Boolean(value) if kind == Kind::Switch => Ok(value.to_string()),
        DeValue::Integer(value) if matches!(kind, Kind::Number | Kind::Quantity) => {
            let number = i64::from_str_radix(value.as_str(), value.radix());
            number.map(|number| number.to_string()).map_err(|_| format!("{} is out of range", setting.key()))
        }
        DeValue::Float(value) if matches!(kind, Kind::Number | Kind::Quantity) => Ok(value.as_str().to_owned()),
        DeValue::String(value) if matches!(kind, Kind::Text | Kind::Quantity) => Ok(value.clone().into_owned()),
        other => {
            let wanted = match kind {
                Kind::Switch => "true or false",
                Kind::Number => "a number",
                Kind::Quantity => "a number, or text such as \"10MB\"",
                Kind::Text => "text in quotation marks",
            };
            let list = if setting.is_list() { ", or a list of it" } else { "" };
            Err(format!("{} is of type {}, but it must be {wanted}{list}", setting.key(), other.type_str()))
        }
    }
}

/// The nearest of `names`, if one is near enough to be what was meant.
fn did_you_mean(name: &str, names: &[String]) -> String {
    let nearest = names.iter().min_by_key(|known| edits_between(name, known));
    let nearest = nearest.filter(|known| edits_between(name, known) <= known.len().div_ceil(3));
    nearest.map(|known| format!(", did you mean {known}?")).unwrap_or_default()
}

/// How many letters have to be put in, taken out or changed to make `left` into `right`.
fn edits_between(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.chars().count()).collect();
    for (from, a) in left.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], from + 1);
        for (to, b) in right.chars().enumerate() {
            let change = diagonal + usize::from(a != b);
            diagonal = row[to + 1];
            row[to + 1] = change.min(row[to] + 1).min(diagonal + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ConfigFile, String> {
        ConfigFile::parse("vasari.toml".into(), text).map_err(|error| error.to_string())
    }

    #[test]
    fn values_are_read_as_flags() {
        let file = parse(
            "[server]\nport = 0x1F91\ntimeout = 2.5\nmax_request_size = '1MB'\nallow_origin = ['https://a.org', '*']\n\
             [log]\ndebug = true\n[limits]\ntrusted_proxy = '10.0.0.0/8'\n",
        );
        let values = file.unwrap().values;
        let of = |flag: &str| values[flag].join("|");
        assert_eq!([of("port"), of("timeout"), of("max-request-size")], ["8081", "2.5", "1MB"]);
        assert_eq!(of("allow-origin"), "https://a.org|*");
        assert_eq!([of("debug"), of("trusted-proxy")], ["true", "10.0.0.0/8"]);
    }

    #[test]
    fn mistakes_are_named_with_their_line_and_what_is_right() {
        for (text, hints) in [
            (
                "[server]\nprot = 1",
                vec!["vasari.toml, line 2: ", "[server] has no key prot, did you mean port?", "host"],
            ),
            ("\n[sever]\n", vec!["line 2: ", "no section [sever], did you mean server?", "telemetry"]),
            ("port = 1", vec!["line 1: ", "move it below [server]"]),
            ("[model]\nport = 1", vec!["line 2: ", "port belongs to [server], not to [model]"]),
            ("[server]\nhost = 'a'\nport = 80000", vec!["line 3: [server] ", "'80000' for '--port", "65535"]),
            ("[server]\nport = 'eighty'", vec!["port is of type string, but it must be a number"]),
            ("[server]\nport = [1]", vec!["port is of type array"]),
            ("[log]\ndebug = 1", vec!["debug is of type integer, but it must be true or false"]),
            ("[log]\nlog_format = 'xml'", vec!["[possible values: text, json]"]),
            ("[limits]\nrate_limit = 'often'", vec!["600/min"]),
            ("[server]\nport = 1\nport = 2", vec!["line 3: ", "no valid TOML"]),
            ("server = 1", vec!["line 1: ", "write [server]"]),
        ] {
            let error = parse(text).unwrap_err();
            assert!(hints.iter().all(|hint| error.contains(hint)), "{text}: {error}");
        }
    }

    #[test]
    fn keys_are_not_repeated_in_errors() {
        for text in ["[auth]\napi_key = \"hunter2", "[auth]\napi_key = [[\"hunter2\"]]", "[auth]\nadmin_key=hunter2"] {
            let error = parse(text).unwrap_err();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
