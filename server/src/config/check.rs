//! What was resolved, and where each value is from.

use std::fmt::Write;

use clap::{ArgMatches, parser::ValueSource};

use super::{
    file::ConfigFile,
    hidden_keys,
    settings::{Kind, Section, Setting, sections},
    switch::parse_switch,
};

/// All settings as a TOML file that can be used again, with the origin of each value as a comment. Secrets are counted,
/// not shown.
pub(crate) fn describe(matches: &ArgMatches, file: Option<&ConfigFile>) -> String {
    let file_name = file.map_or_else(|| "none".into(), |file| file.name.clone());
    let mut text = format!(
        "# What Vasari would be started with. A flag wins over its variable, that over the file, that over the \
         default.\n# File: {file_name}\n"
    );
    for section in sections() {
        describe_section(&mut text, &section, matches, file).expect("text can be appended to text. This is a bug.");
    }
    text
}

fn describe_section(
    text: &mut String,
    section: &Section,
    matches: &ArgMatches,
    file: Option<&ConfigFile>,
) -> std::fmt::Result {
    writeln!(text, "\n[{}]", section.name)?;
    for setting in section.settings() {
        let key = setting.key();
        let raw = matches.get_raw(setting.id());
        let values: Vec<_> = raw.into_iter().flatten().map(|value| value.to_string_lossy().into_owned()).collect();
        let origin = origin(setting, matches, file);
        if values.is_empty() {
            writeln!(text, "# {key} is not set")?;
        } else if setting.is_secret() {
            let values = values.len();
            writeln!(text, "# {key} has {values} secret value{}  # {origin}", if values == 1 { "" } else { "s" })?;
        } else if setting.is_list() {
            let items: Vec<_> = values.iter().map(|value| literal(setting, value)).collect();
            writeln!(text, "{key} = [{}]  # {origin}", items.join(", "))?;
        } else {
            writeln!(text, "{key} = {}  # {origin}", literal(setting, &values[0]))?;
        }
    }
    Ok(())
}

fn origin(setting: Setting, matches: &ArgMatches, file: Option<&ConfigFile>) -> String {
    match matches.value_source(setting.id()) {
        Some(ValueSource::CommandLine) => format!("flag --{}", setting.flag()),
        Some(ValueSource::EnvVariable) if hidden_keys::was_moved(setting.flag()) => {
            format!("flag --{}", setting.flag())
        }
        Some(ValueSource::EnvVariable) => format!("environment {}", setting.variable()),
        _ if file.is_some_and(|file| file.sets(setting)) => "file".into(),
        _ => "default".into(),
    }
}

/// The value as TOML writes it.
fn literal(setting: Setting, value: &str) -> String {
    let plain = value.trim();
    let number = || match (plain.parse::<i64>(), plain.parse::<f64>()) {
        (Ok(number), _) => Some(number.to_string()),
        (_, Ok(number)) if number.is_finite() => Some(toml::Value::Float(number).to_string()),
        _ => None,
    };
    let text = || toml::Value::String(value.to_owned()).to_string();
    match setting.kind() {
        Kind::Switch => parse_switch(value).map_or_else(|_| text(), |on| on.to_string()),
        Kind::Number | Kind::Quantity => number().unwrap_or_else(text),
        Kind::Text => text(),
    }
}
