//! PostgreSQL's own programs, run on a database.

use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use url::{Url, form_urlencoded};
use vasari_storage::find_postgres_program;

/// `name` (`pg_dump`, `pg_restore`) for the database at `url`, whose server is of the major version `server`; not yet
/// started. Its password is not among the arguments, where everybody could read it.
pub(super) fn postgres_program(name: &str, server: u32, url: &str) -> anyhow::Result<Command> {
    let program = find_postgres_program(name, server).with_context(|| {
        format!(
            "PostgreSQL's program {name} is not installed on this machine. Install it (Debian and Ubuntu: apt install \
             postgresql-client; macOS: brew install libpq)"
        )
    })?;
    let (url, password) = without_password(url)?;
    let mut command = Command::new(program);
    command.args(["--no-password", "--dbname"]).arg(url).stdin(Stdio::null());
    if let Some(password) = password {
        command.env("PGPASSWORD", password);
    }
    Ok(command)
}

/// What the program made of it.
///
/// # Errors
///
/// Says what the program said, where it failed.
pub(super) fn succeeded(name: &str, output: &std::process::Output) -> anyhow::Result<()> {
    if !output.status.success() {
        bail!("{name} failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}

/// The URL without its password, and the password.
fn without_password(url: &str) -> anyhow::Result<(String, Option<String>)> {
    let mut url = Url::parse(url).context("the database's URL can't be read")?;
    let mut password = url.password().map(decoded);
    let pairs: Vec<_> = url.query_pairs().into_owned().collect();
    if pairs.iter().any(|(name, _)| name == "password") {
        url.set_query(None);
        for (name, value) in pairs {
            if name == "password" {
                password = Some(value);
            } else {
                url.query_pairs_mut().append_pair(&name, &value);
            }
        }
    }
    if url.password().is_some() {
        url.set_password(None).map_err(|()| anyhow::anyhow!("the database's URL can't be read"))?;
    }
    Ok((url.into(), password))
}

/// What is behind `%2F` and its like; a plus stands for itself.
fn decoded(text: &str) -> String {
    let text = text.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    form_urlencoded::parse(text.as_bytes()).map(|(name, _)| name.into_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn password_is_taken_out_of_the_url() {
        let taken = |url: &str| without_password(url).unwrap();
        assert_eq!(
            taken("postgres://me:a%2Fb+c%26=@db:5433/vasari?sslmode=require"),
            ("postgres://me@db:5433/vasari?sslmode=require".into(), Some("a/b+c&=".into()))
        );
        assert_eq!(
            taken("postgres://db/vasari?user=me&password=hidden&sslmode=require"),
            ("postgres://db/vasari?user=me&sslmode=require".into(), Some("hidden".into()))
        );
        let own = "postgres://vasari@localhost/vasari?host=/var/lib/vasari/postgres/run";
        assert_eq!(taken(own), (own.to_owned(), None));
    }
}
