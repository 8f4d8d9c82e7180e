//! `vasari key`.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;
use vasari_storage::{
    Reader,
    api_keys::{ApiKey, ApiKeyFilter, NewApiKey, Scope},
};

use super::local::{LocalArgs, find_user, record};
use crate::{api::v1::sign_up::check_name, people::NewKey};

/// How many keys are read at a time.
const PAGE: i64 = 500;

/// Makes, lists and revokes the keys that programs show.
///
/// Works on the database of the data folder, or on the one that `--database-url` names, whether a server runs or not.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    vasari key create anna nightly --scope caption --scope read --days 90\n  \
    vasari key list anna\n  \
    vasari key revoke 01890a5d-ac96-774b-bcce-b302099a8057")]
pub(super) struct KeyCommand {
    #[command(subcommand)]
    command: KeySubcommand,
}

#[derive(Debug, Subcommand)]
enum KeySubcommand {
    Create(CreateCommand),
    List(ListCommand),
    Revoke(RevokeCommand),
}

/// Makes a key and prints it, once.
#[derive(Debug, Args)]
struct CreateCommand {
    /// Whose it is.
    user: String,
    /// What they call it: 1 to 64 characters.
    name: String,
    /// What it is for: caption, read, write or admin; may be given several times.
    #[arg(long, required = true, value_delimiter = ',')]
    scope: Vec<Scope>,
    /// After how many days it ends. Left out: never.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=36_500))]
    days: Option<u32>,
    #[command(flatten)]
    local: LocalArgs,
}

/// Lists keys, as they were made.
#[derive(Debug, Args)]
struct ListCommand {
    /// Whose. Left out: everybody's.
    user: Option<String>,
    #[command(flatten)]
    local: LocalArgs,
}

/// Ends a key. It opens nothing from now on.
#[derive(Debug, Args)]
struct RevokeCommand {
    /// Its id, as `vasari key list` prints it.
    id: Uuid,
    #[command(flatten)]
    local: LocalArgs,
}

impl KeyCommand {
    /// What the command shares with others.
    pub(super) fn local(&self) -> &LocalArgs {
        match &self.command {
            KeySubcommand::Create(command) => &command.local,
            KeySubcommand::List(command) => &command.local,
            KeySubcommand::Revoke(command) => &command.local,
        }
    }

    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        match self.command {
            KeySubcommand::Create(command) => command.run(),
            KeySubcommand::List(command) => command.run(),
            KeySubcommand::Revoke(command) => command.run(),
        }
    }
}

impl CreateCommand {
    fn run(self) -> anyhow::Result<ExitCode> {
        let name = check_name(&self.name).map_err(|problem| anyhow::anyhow!("{}", problem.detail()))?;
        let mut scopes = self.scope;
        scopes.sort_unstable();
        scopes.dedup();
        let key = NewKey::generate();
        let made = self.local.with_database(async |database| {
            let (owner, now) = (find_user(database, &self.user).await?, OffsetDateTime::now_utc());
            let expires_at = self.days.map(|days| now + Duration::days(days.into()));
            let (id, prefix) = (Uuid::now_v7(), key.prefix);
            let new = NewApiKey { id, user_id: owner.id, name, prefix, key_hash: key.hash, scopes, expires_at };
            let made = database.create_api_key(&new, now).await?;
            record(database, "key.create", id, json!({ "name": made.name, "scopes": made.scopes })).await?;
            Ok(made)
        })?;
        if self.local.json {
            let mut object = describe(&made);
            object["key"] = json!(key.text);
            println!("{object}");
        } else {
            println!("{}", key.text);
            eprintln!("Keep it: it is printed here and never again.");
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl ListCommand {
    fn run(self) -> anyhow::Result<ExitCode> {
        let keys = self.local.with_database(async |database| {
            let owner = match &self.user {
                Some(name) => Some(find_user(database, name).await?.id),
                None => None,
            };
            let filter = ApiKeyFilter { owner, without_revoked: false };
            let mut keys: Vec<ApiKey> = Vec::new();
            loop {
                let after = keys.last().map(|key| key.id);
                let page = database.list_api_keys(&Reader::operator(), filter, after, PAGE).await?;
                if page.is_empty() {
                    return Ok(keys);
                }
                keys.extend(page);
            }
        })?;
        for key in &keys {
            if self.local.json {
                println!("{}", describe(key));
                continue;
            }
            let state = if key.revoked_at.is_some() { "revoked" } else { "" };
            let line = format!("{}  {}…  {:<24} {} {state}", key.id, key.prefix, key.name, key.scopes.join(","));
            println!("{}", line.trim_end());
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl RevokeCommand {
    fn run(self) -> anyhow::Result<ExitCode> {
        let key = self.local.with_database(async |database| {
            let revoked = database.revoke_api_key(&Reader::operator(), self.id, OffsetDateTime::now_utc()).await?;
            let Some(key) = revoked else {
                anyhow::bail!("no key that goes on has the id {}; `vasari key list` tells which there are", self.id)
            };
            record(database, "key.revoke", key.id, json!({ "owner": key.user_id })).await?;
            Ok(key)
        })?;
        if self.local.json {
            println!("{}", describe(&key));
        } else {
            println!("{} ({}…) opens nothing any more.", key.name, key.prefix);
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn describe(key: &ApiKey) -> Value {
    let text = |time: Option<OffsetDateTime>| time.and_then(|time| time.format(&Rfc3339).ok());
    json!({ "id": key.id, "user_id": key.user_id, "name": key.name, "prefix": key.prefix, "scopes": key.scopes,
        "created_at": text(Some(key.created_at)), "expires_at": text(key.expires_at),
        "last_used_at": text(key.last_used_at), "revoked_at": text(key.revoked_at) })
}
