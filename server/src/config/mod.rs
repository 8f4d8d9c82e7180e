//! What can be set, one section a file. A flag wins over its environment variable, that over the TOML file, and that
//! over the default.
//!
//! No other room reads the environment.

mod accounts;
mod auth;
mod byte_size;
mod check;
mod data;
mod database;
mod docs;
mod error;
mod file;
mod generation;
mod hidden_keys;
mod image_urls;
mod limits;
mod log;
mod model;
mod object_store;
mod rate_limit;
mod remote;
mod seconds;
mod secret;
mod server;
mod settings;
mod switch;
mod telemetry;
mod tls;

use clap::{Args, Parser};

pub(crate) use accounts::{AccountsConfig, SignUp};
pub(crate) use auth::AuthConfig;
pub(crate) use byte_size::ByteSize;
pub(crate) use check::describe;
pub(crate) use data::DataConfig;
pub(crate) use database::{DatabaseConfig, DatabasePlace};
pub(crate) use docs::page as documentation;
pub(crate) use error::ConfigError;
pub(crate) use file::ConfigFile;
pub(crate) use generation::GenerationConfig;
pub(crate) use hidden_keys::move_keys;
pub(crate) use image_urls::ImageUrlsConfig;
pub(crate) use limits::LimitsConfig;
pub(crate) use log::{LogConfig, LogFormat, LogRotation};
pub(crate) use model::ModelConfig;
pub(crate) use object_store::{ObjectStoreConfig, ObjectsPlace};
pub(crate) use rate_limit::RateLimit;
pub(crate) use remote::RemoteConfig;
pub(crate) use secret::Secret;
pub(crate) use server::ServerConfig;
pub(crate) use settings::ConfigFileArgs;
pub(crate) use telemetry::TelemetryConfig;
pub(crate) use tls::TlsConfig;

/// All that a server can be told.
#[derive(Debug, Clone, Args)]
pub(crate) struct Config {
    #[command(flatten)]
    pub(crate) server: ServerConfig,
    #[command(flatten)]
    pub(crate) tls: TlsConfig,
    #[command(flatten)]
    pub(crate) auth: AuthConfig,
    #[command(flatten)]
    pub(crate) accounts: AccountsConfig,
    #[command(flatten)]
    pub(crate) limits: LimitsConfig,
    #[command(flatten)]
    pub(crate) image_urls: ImageUrlsConfig,
    #[command(flatten)]
    pub(crate) model: ModelConfig,
    #[command(flatten)]
    pub(crate) generation: GenerationConfig,
    #[command(flatten)]
    pub(crate) data: DataConfig,
    #[command(flatten)]
    pub(crate) database: DatabaseConfig,
    #[command(flatten)]
    pub(crate) objects: ObjectStoreConfig,
    #[command(flatten)]
    pub(crate) log: LogConfig,
    #[command(flatten)]
    pub(crate) telemetry: TelemetryConfig,
}

/// What the environment says, and the defaults.
#[derive(Parser)]
struct Defaults {
    #[command(flatten)]
    config: Config,
}

impl Config {
    /// What a server is told that a command runs for itself: what the command was told, and the defaults.
    pub(crate) fn of_command(
        model: &ModelConfig,
        generation: &GenerationConfig,
        data: &DataConfig,
        database: &DatabaseConfig,
    ) -> Result<Self, ConfigError> {
        let Defaults { config } = Defaults::parse_from(["vasari"]);
        let (model, generation) = (model.clone(), generation.clone());
        Self { model, generation, data: data.clone(), database: database.clone(), ..config }.complete()
    }

    /// Reads the files of keys and checks what no value can be told alone.
    pub(crate) fn complete(mut self) -> Result<Self, ConfigError> {
        self.auth.read_key_file()?;
        self.server.validate()?;
        self.tls.validate()?;
        self.auth.validate()?;
        self.log.validate()?;
        self.model.validate()?;
        self.database.validate()?;
        self.objects.validate()?;
        Ok(self)
    }
}
