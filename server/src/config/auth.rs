//! The section of who may call.

use std::{fs, path::PathBuf};

use clap::{ArgAction, Args};

use super::{ConfigError, Secret, switch::parse_switch};

/// Who may ask for captions.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Access")]
pub(crate) struct AuthConfig {
    /// A key that callers show as `Authorization: Bearer KEY`; may be given several times, or several with commas
    /// between. It is moved out of the list of processes at once, yet the shell's history keeps it: the variable or
    /// --api-key-file are better. Left out: nobody needs a key on an address that only this machine reaches.
    #[arg(
        long,
        env = "API_KEY",
        value_name = "KEY",
        value_delimiter = ',',
        hide_env_values = true,
        hide_default_value = true
    )]
    pub(crate) api_key: Vec<Secret>,

    /// A file with one such key a line; empty lines and lines that begin with # are passed over.
    #[arg(long, env = "VASARI_API_KEY_FILE", value_name = "FILE")]
    pub(crate) api_key_file: Option<PathBuf>,

    /// A key for whoever runs the server: it may do what the others may, and load another model. Several as with
    /// --api-key. Left out: nobody can do that over HTTP, save on a server without any keys that only this machine
    /// reaches.
    #[arg(
        long,
        env = "ADMIN_API_KEY",
        value_name = "KEY",
        value_delimiter = ',',
        hide_env_values = true,
        hide_default_value = true
    )]
    pub(crate) admin_key: Vec<Secret>,

    /// Lets everybody who reaches the server ask for captions without a key, whatever address it listens on.
    #[arg(long, env = "VASARI_ALLOW_ANONYMOUS", value_name = "BOOL", action = ArgAction::Set, num_args = 0..=1,
        require_equals = true, default_value = "false", default_missing_value = "true", hide_default_value = true,
        value_parser = parse_switch)]
    pub(crate) allow_anonymous: bool,
}

impl AuthConfig {
    /// Adds the keys of `--api-key-file` to the others.
    pub(super) fn read_key_file(&mut self) -> Result<(), ConfigError> {
        let Some(path) = &self.api_key_file else { return Ok(()) };
        let name = path.display();
        let text = fs::read_to_string(path)
            .map_err(|error| ConfigError::Invalid(format!("--api-key-file {name} can't be read: {error}")))?;
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let keys: Vec<Secret> = lines.map(|line| line.parse().unwrap_or_else(|never| match never {})).collect();
        if keys.is_empty() {
            return Err(ConfigError::Invalid(format!("--api-key-file {name} holds no key; write one a line")));
        }
        self.api_key.extend(keys);
        Ok(())
    }

    /// Checks that each key can be shown by a caller.
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        for (flag, variable, keys) in
            [("--api-key", "API_KEY", &self.api_key), ("--admin-key", "ADMIN_API_KEY", &self.admin_key)]
        {
            if let Some((place, fault)) = keys.iter().zip(1..).find_map(|(key, place)| Some((place, key.fault()?))) {
                let sentence = format!("key {place} of {flag} (or {variable}) {fault}");
                return Err(ConfigError::Invalid(sentence));
            }
        }
        Ok(())
    }
}
