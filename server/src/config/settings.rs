//! The sections and their settings, as the command line defines them: what the TOML file, `vasari config` and the
//! documentation are made from, so that they can't differ from it.

use std::{any::TypeId, path::PathBuf, time::Duration};

use clap::{Arg, Args, Command};

use super::{
    AccountsConfig, AuthConfig, ByteSize, DataConfig, DatabaseConfig, GenerationConfig, ImageUrlsConfig, LimitsConfig,
    LogConfig, ModelConfig, ObjectStoreConfig, Secret, ServerConfig, TelemetryConfig, TlsConfig,
};

/// A section: its name in the TOML file, and a command that knows its flags alone.
pub(super) struct Section {
    pub(super) name: &'static str,
    command: Command,
}

/// All sections, in the order of [`super::Config`].
pub(super) fn sections() -> Vec<Section> {
    vec![
        Section::of::<ServerConfig>("server"),
        Section::of::<TlsConfig>("tls"),
        Section::of::<AuthConfig>("auth"),
        Section::of::<AccountsConfig>("accounts"),
        Section::of::<LimitsConfig>("limits"),
        Section::of::<ImageUrlsConfig>("image_urls"),
        Section::of::<ModelConfig>("model"),
        Section::of::<GenerationConfig>("generation"),
        Section::of::<DataConfig>("data"),
        Section::of::<DatabaseConfig>("database"),
        Section::of::<ObjectStoreConfig>("object_store"),
        Section::of::<LogConfig>("log"),
        Section::of::<TelemetryConfig>("telemetry"),
    ]
}

impl Section {
    fn of<T: Args>(name: &'static str) -> Self {
        Self { name, command: T::augment_args(Command::new(name)) }
    }

    /// What it is about, in a sentence.
    pub(super) fn summary(&self) -> String {
        self.command.get_about().map(|about| format!("{about}.")).unwrap_or_default()
    }

    /// Its settings, in the order of the flags.
    pub(super) fn settings(&self) -> impl Iterator<Item = Setting<'_>> {
        self.command.get_arguments().map(Setting)
    }
}

/// What a setting takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// True or false.
    Switch,
    /// A number.
    Number,
    /// A number, or one with its unit, such as `10MB`.
    Quantity,
    /// Anything else.
    Text,
}

/// Something that can be set.
#[derive(Clone, Copy)]
pub(super) struct Setting<'a>(&'a Arg);

impl<'a> Setting<'a> {
    /// What the parser calls it.
    pub(super) fn id(self) -> &'a str {
        self.0.get_id().as_str()
    }

    /// The flag without its dashes, such as `model-path`.
    pub(super) fn flag(self) -> &'a str {
        self.0.get_long().expect("every setting has a long flag. This is a bug.")
    }

    /// The key in the TOML file, such as `model_path`.
    pub(super) fn key(self) -> String {
        self.flag().replace('-', "_")
    }

    /// The environment variable.
    pub(super) fn variable(self) -> String {
        self.0.get_env().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }

    /// What it takes, as the help writes it.
    pub(super) fn value_name(self) -> String {
        let name = self.0.get_value_names().and_then(|names| names.first());
        name.map_or_else(|| self.key().to_uppercase(), ToString::to_string)
    }

    /// The words that it takes, where there are only a few.
    pub(super) fn choices(self) -> Vec<String> {
        self.0.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect()
    }

    /// Its default as one would write it; none where it depends on the machine or there is none.
    pub(super) fn default(self) -> Option<String> {
        let default = self.0.get_default_values().first()?.to_str()?.to_owned();
        (!self.0.is_hide_default_value_set() || self.kind() == Kind::Switch).then_some(default)
    }

    /// What it does, in sentences.
    pub(super) fn meaning(self) -> String {
        let help = self.0.get_long_help().or(self.0.get_help()).map(ToString::to_string).unwrap_or_default();
        if help.ends_with('.') { help } else { format!("{help}.") }
    }

    /// Whether it may be given several times.
    pub(super) fn is_list(self) -> bool {
        matches!(self.0.get_action(), clap::ArgAction::Append)
    }

    /// Whether nobody may see it.
    pub(super) fn is_secret(self) -> bool {
        self.holds::<Secret>()
    }

    /// What it takes.
    pub(super) fn kind(self) -> Kind {
        if self.holds::<bool>() {
            Kind::Switch
        } else if self.holds::<u16>() || self.holds::<u32>() || self.holds::<f32>() {
            Kind::Number
        } else if self.holds::<Duration>() || self.holds::<ByteSize>() {
            Kind::Quantity
        } else {
            Kind::Text
        }
    }

    /// Reads `values` as the flag would.
    ///
    /// # Errors
    ///
    /// The flag's own sentence.
    pub(super) fn check(self, values: &[String]) -> Result<(), String> {
        // Without its variable, which says nothing about these values.
        let flag = self.0.clone().env(None::<&'static str>);
        let command = Command::new("vasari").no_binary_name(true).arg(flag);
        let line = values.iter().map(|value| format!("--{}={value}", self.flag()));
        let Err(error) = command.try_get_matches_from(line) else { return Ok(()) };
        let text = error.render().to_string();
        let sentence = text.trim_start_matches("error: ").split("\n\nFor more").next().unwrap_or_default();
        Err(sentence.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    fn holds<T: 'static>(self) -> bool {
        self.0.get_value_parser().type_id() == TypeId::of::<T>()
    }
}

/// Where the TOML file is.
#[derive(Debug, Clone, Args)]
pub(crate) struct ConfigFileArgs {
    /// A TOML file with what flags and environment leave open: a table for each section, such as `[server]`, with the
    /// flags in `snake_case`. `vasari config check` shows what comes of it.
    #[arg(long = "config", env = "VASARI_CONFIG", value_name = "FILE")]
    pub(crate) path: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_setting_has_a_variable_and_a_meaning_and_a_key_of_its_own() {
        let mut keys = HashSet::new();
        for section in sections() {
            assert!(section.summary().len() > 10, "{}", section.name);
            for setting in section.settings() {
                let variable = setting.variable();
                assert!(!variable.is_empty() && variable == variable.to_uppercase(), "{}", setting.flag());
                assert!(setting.meaning().len() > 20, "{}", setting.flag());
                assert!(keys.insert(setting.key()), "{}", setting.key());
            }
        }
        assert!(keys.contains("model_path") && keys.contains("log_level"), "{keys:?}");
    }

    #[test]
    fn values_are_read_as_the_flag_reads_them() {
        let all = sections();
        let find = |key| all.iter().flat_map(Section::settings).find(|setting| setting.key() == key).unwrap();
        assert_eq!(find("port").check(&["80".into()]), Ok(()));
        assert!(find("port").check(&["80000".into()]).unwrap_err().contains("'--port"));
        assert!(find("log_format").check(&["xml".into()]).unwrap_err().contains("[possible values: text, json]"));
        assert_eq!(find("allow_origin").check(&["https://a.org".into(), "https://b.org".into()]), Ok(()));
        assert_eq!(
            [find("port").kind(), find("timeout").kind(), find("debug").kind(), find("host").kind()],
            [Kind::Number, Kind::Quantity, Kind::Switch, Kind::Text]
        );
        assert!(find("api_key").is_secret() && find("admin_key").is_secret() && !find("host").is_secret());
    }
}
