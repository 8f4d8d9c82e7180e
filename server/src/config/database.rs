//! The section of the database.

use std::path::Path;

use clap::Args;

use super::{ConfigError, Secret};

/// What keeps accounts, datasets and captions.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Database")]
pub(crate) struct DatabaseConfig {
    /// A Postgres database, as `postgres://user:password@host:5432/name`; `none` for a server that captions and keeps
    /// nothing. Left out: Vasari starts a Postgres of its own in its data folder, with the PostgreSQL programs that are
    /// installed here.
    #[arg(long, env = "DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub(crate) database_url: Option<Secret>,

    /// How many connections to the database this server opens at most. Several servers share what the database allows in
    /// all.
    #[arg(long, env = "VASARI_DATABASE_CONNECTIONS", value_name = "COUNT", default_value_t = 16,
        value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) database_connections: u32,
}

/// Where the database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DatabasePlace {
    /// Nowhere: nothing is kept.
    None,
    /// A Postgres of our own in this folder.
    Own(std::path::PathBuf),
    /// Elsewhere. The URL may hold a password.
    Url(String),
}

impl DatabaseConfig {
    /// Where the database is, given the data folder.
    pub(crate) fn place(&self, data_dir: &Path) -> DatabasePlace {
        match self.database_url.as_ref().map(Secret::reveal) {
            None => DatabasePlace::Own(data_dir.join("postgres")),
            Some("none") => DatabasePlace::None,
            Some(url) => DatabasePlace::Url(url.to_owned()),
        }
    }

    /// Checks what the parser can't tell.
    pub(crate) fn validate(&self) -> Result<(), ConfigError> {
        let Some(url) = self.database_url.as_ref().map(Secret::reveal) else { return Ok(()) };
        let is_postgres = url.starts_with("postgres://") || url.starts_with("postgresql://");
        // The URL is not repeated: it may hold a password.
        if url != "none" && (!is_postgres || url::Url::parse(url).is_err()) {
            return Err(ConfigError::Invalid(
                "--database-url must be like postgres://user:password@host:5432/name, or none".into(),
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(url: Option<&str>) -> DatabaseConfig {
        DatabaseConfig { database_url: url.map(|url| url.parse().unwrap()), database_connections: 1 }
    }

    #[test]
    fn place_follows_the_url() {
        let place = |url| config(url).place(Path::new("/data"));
        assert_eq!(place(None), DatabasePlace::Own("/data/postgres".into()));
        assert_eq!(place(Some("none")), DatabasePlace::None);
        assert_eq!(place(Some("postgres://db/vasari")), DatabasePlace::Url("postgres://db/vasari".into()));
    }

    #[test]
    fn url_of_another_kind_is_refused_and_not_repeated() {
        for url in ["mysql://root:hidden@db/vasari", "hidden", ""] {
            let error = config(Some(url)).validate().unwrap_err().to_string();
            assert!(error.contains("postgres://user") && !error.contains("hidden"), "{error}");
        }
        config(Some("postgresql://user:hidden@db/vasari")).validate().unwrap();
        config(Some("none")).validate().unwrap();
        config(None).validate().unwrap();
    }
}
