//! `vasari key`.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;
use vasari_storage::{
    Database, Reader,
    api_keys::{ApiKey, ApiKeyFilter, NewApiKey, Scope},
};

use super::{
    local::{LocalArgs, find_user, record},
    remote::{PlaceArgs, Remote},
};
use crate::{api::v1::sign_up::check_name, people::NewKey};

/// How many keys are read at a time.
const PAGE: i64 = 500;

/// Makes, lists and revokes the keys that programs show.
///
/// Works on the database of the data folder, or on the one that `--database-url` names, whether a server runs or not; or,
/// with `--server`, through a server, which makes and lists the keys of whoever asks. An administrator ends anybody's.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    vasari key create anna nightly --scope caption --scope read --days 90\n  \
    vasari key list anna\n  \
    vasari key list --server https://vasari.example.org --key vas_…\n  \
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
    place: PlaceArgs,
}

/// Lists keys, as they were made.
#[derive(Debug, Args)]
struct ListCommand {
    /// Whose. Left out: everybody's.
    user: Option<String>,
    #[command(flatten)]
    place: PlaceArgs,
}

/// Ends a key. It opens nothing from now on.
#[derive(Debug, Args)]
struct RevokeCommand {
    /// Its id, as `vasari key list` prints it.
    id: Uuid,
    #[command(flatten)]
    place: PlaceArgs,
}

impl KeyCommand {
    /// What the command shares with others.
    pub(super) fn local(&self) -> &LocalArgs {
        match &self.command {
            KeySubcommand::Create(command) => &command.place.local,
            KeySubcommand::List(command) => &command.place.local,
            KeySubcommand::Revoke(command) => &command.place.local,
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
        let made = match Remote::new(&self.place.remote)? {
            Some(remote) => self.ask(&remote, &name)?,
            None => self.make_here(name)?,
        };
        if self.place.local.json {
            println!("{made}");
        } else {
            println!("{}", made["key"].as_str().unwrap_or_default());
            eprintln!("Keep it: it is printed here and never again.");
        }
        Ok(ExitCode::SUCCESS)
    }

    fn ask(&self, remote: &Remote, name: &str) -> anyhow::Result<Value> {
        check_own(remote, &self.user)?;
        let mut body =
            json!({ "name": name, "scopes": self.scope.iter().map(ToString::to_string).collect::<Vec<_>>() });
        if let Some(days) = self.days {
            body["expires_at"] = json!((OffsetDateTime::now_utc() + Duration::days(days.into())).format(&Rfc3339)?);
        }
        remote.post("keys", &body)
    }

    fn make_here(&self, name: String) -> anyhow::Result<Value> {
        let mut scopes = self.scope.clone();
        scopes.sort_unstable();
        scopes.dedup();
        let key = NewKey::generate();
        let made = self.place.local.with_database(async |database| {
            let (owner, now) = (find_user(database, &self.user).await?, OffsetDateTime::now_utc());
            let expires_at = self.days.map(|days| now + Duration::days(days.into()));
            let (id, prefix) = (Uuid::now_v7(), key.prefix);
            let new = NewApiKey { id, user_id: owner.id, name, prefix, key_hash: key.hash, scopes, expires_at };
            let made = database.create_api_key(&new, now).await?;
            record(database, "key.create", id, json!({ "name": made.name, "scopes": made.scopes })).await?;
            Ok(made)
        })?;
        let mut object = describe(&made);
        object["key"] = json!(key.text);
        Ok(object)
    }
}

impl ListCommand {
    fn run(self) -> anyhow::Result<ExitCode> {
        let keys = match Remote::new(&self.place.remote)? {
            Some(remote) => {
                if let Some(name) = &self.user {
                    check_own(&remote, name)?;
                }
                remote.list("keys")?
            }
            None => self.place.local.with_database(async |database| self.all_keys(database).await)?,
        };
        for key in &keys {
            if self.place.local.json {
                println!("{key}");
                continue;
            }
            let text = |member: &str| key[member].as_str().unwrap_or_default();
            let state = if key["revoked_at"].is_null() { "" } else { "revoked" };
            let scopes: Vec<_> = key["scopes"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            let line =
                format!("{}  {}…  {:<24} {} {state}", text("id"), text("prefix"), text("name"), scopes.join(","));
            println!("{}", line.trim_end());
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn all_keys(&self, database: &Database) -> anyhow::Result<Vec<Value>> {
        let owner = match &self.user {
            Some(name) => Some(find_user(database, name).await?.id),
            None => None,
        };
        let filter = ApiKeyFilter { owner, without_revoked: false };
        let (mut keys, mut after) = (Vec::new(), None);
        loop {
            let page = database.list_api_keys(&Reader::operator(), filter, after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(keys) };
            after = Some(last.id);
            keys.extend(page.iter().map(describe));
        }
    }
}

impl RevokeCommand {
    fn run(self) -> anyhow::Result<ExitCode> {
        let key = match Remote::new(&self.place.remote)? {
            Some(remote) => {
                remote.delete(&format!("keys/{}", self.id))?;
                json!({ "id": self.id })
            }
            None => self.place.local.with_database(async |database| self.revoke_here(database).await)?,
        };
        if self.place.local.json {
            println!("{key}");
        } else {
            println!("{} opens nothing any more.", key["name"].as_str().unwrap_or("The key"));
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn revoke_here(&self, database: &Database) -> anyhow::Result<Value> {
        let revoked = database.revoke_api_key(&Reader::operator(), self.id, OffsetDateTime::now_utc()).await?;
        let Some(key) = revoked else {
            anyhow::bail!("no key that goes on has the id {}; `vasari key list` tells which there are", self.id)
        };
        record(database, "key.revoke", key.id, json!({ "owner": key.user_id })).await?;
        Ok(describe(&key))
    }
}

/// A server makes and lists the keys of whoever asks, and nobody else's.
fn check_own(remote: &Remote, name: &str) -> anyhow::Result<()> {
    let me = remote.get("me")?;
    let own = me["user"]["name"].as_str().unwrap_or_default();
    if own.to_lowercase() == name.trim().to_lowercase() {
        return Ok(());
    }
    anyhow::bail!("the key that you show is {own}'s, and a server makes and lists keys for nobody else")
}

fn describe(key: &ApiKey) -> Value {
    let text = |time: Option<OffsetDateTime>| time.and_then(|time| time.format(&Rfc3339).ok());
    json!({ "id": key.id, "user_id": key.user_id, "name": key.name, "prefix": key.prefix, "scopes": key.scopes,
        "created_at": text(Some(key.created_at)), "expires_at": text(key.expires_at),
        "last_used_at": text(key.last_used_at), "revoked_at": text(key.revoked_at) })
}
