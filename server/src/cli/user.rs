//! `vasari user`.

use std::{io, process::ExitCode};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;
use vasari_storage::{
    Database, Reader,
    links::LinkPurpose,
    users::{AccountChange, AccountUpdate, NewUser, User},
};

use super::{
    local::{LocalArgs, find_user, record},
    remote::{PlaceArgs, Remote},
};
use crate::{
    api::v1::sign_up::{check_name, name_taken},
    people::{create_link, password_fault, password_hash},
};

/// How many people are read at a time.
const PAGE: i64 = 500;

/// Makes accounts, lists, disables and enables them, and says who is an administrator.
///
/// Works on the database of the data folder, or on the one that `--database-url` names, whether a server runs or not; or,
/// with `--server` and an administrator's key of the scopes read, write and admin, through a server.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    vasari user add anna --admin                 prints a link with which anna chooses a password\n  \
    vasari user add bot --password-stdin < file  a password there and then\n  \
    vasari user invite                           prints a link for somebody who chooses a name as well\n  \
    vasari user list --json\n  \
    vasari user reset-password anna\n  \
    vasari user disable anna\n  \
    vasari user make-administrator anna --server https://vasari.example.org --key vas_…")]
pub(super) struct UserCommand {
    #[command(subcommand)]
    command: UserSubcommand,
}

#[derive(Debug, Subcommand)]
enum UserSubcommand {
    Add(AddCommand),
    Invite(InviteCommand),
    List(ListCommand),
    /// Prints a link with which somebody chooses a new password.
    ResetPassword(NameCommand),
    /// Lets somebody in no longer: their sessions end, their keys open nothing.
    Disable(NameCommand),
    /// Lets somebody in again.
    Enable(NameCommand),
    /// Lets somebody administer the whole instance.
    MakeAdministrator(NameCommand),
    /// Takes that away. One administrator who can sign in always stays.
    UnmakeAdministrator(NameCommand),
}

/// Makes an account.
#[derive(Debug, Args)]
struct AddCommand {
    /// What they are called: 1 to 64 characters.
    name: String,
    /// Makes them an administrator.
    #[arg(long)]
    admin: bool,
    /// Reads their password from the first line of standard input. Left out: prints a link with which they choose one.
    #[arg(long)]
    password_stdin: bool,
    #[command(flatten)]
    place: PlaceArgs,
}

/// Prints a link with which somebody makes an account.
#[derive(Debug, Args)]
struct InviteCommand {
    #[command(flatten)]
    place: PlaceArgs,
}

/// Lists who has an account.
#[derive(Debug, Args)]
struct ListCommand {
    #[command(flatten)]
    place: PlaceArgs,
}

#[derive(Debug, Args)]
struct NameCommand {
    /// Who.
    name: String,
    #[command(flatten)]
    place: PlaceArgs,
}

/// What is done with an account.
#[derive(Debug, Clone, Copy)]
enum Verb {
    Disable,
    Enable,
    MakeAdministrator,
    UnmakeAdministrator,
}

impl Verb {
    fn update(self) -> AccountUpdate {
        let (is_admin, is_disabled) = match self {
            Self::Disable => (None, Some(true)),
            Self::Enable => (None, Some(false)),
            Self::MakeAdministrator => (Some(true), None),
            Self::UnmakeAdministrator => (Some(false), None),
        };
        AccountUpdate { is_admin, is_disabled }
    }

    /// The same as a server takes it.
    fn body(self) -> Value {
        match self {
            Self::Disable => json!({ "disabled": true }),
            Self::Enable => json!({ "disabled": false }),
            Self::MakeAdministrator => json!({ "is_admin": true }),
            Self::UnmakeAdministrator => json!({ "is_admin": false }),
        }
    }

    fn action(self) -> &'static str {
        match self {
            Self::Disable => "user.disable",
            Self::Enable => "user.enable",
            Self::MakeAdministrator => "user.make_admin",
            Self::UnmakeAdministrator => "user.unmake_admin",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Disable => "is out",
            Self::Enable => "may sign in again",
            Self::MakeAdministrator => "is an administrator",
            Self::UnmakeAdministrator => "is no administrator any more",
        }
    }
}

impl UserCommand {
    /// What the command shares with others.
    pub(super) fn local(&self) -> &LocalArgs {
        match &self.command {
            UserSubcommand::Add(command) => &command.place.local,
            UserSubcommand::Invite(command) => &command.place.local,
            UserSubcommand::List(command) => &command.place.local,
            UserSubcommand::ResetPassword(command)
            | UserSubcommand::Disable(command)
            | UserSubcommand::Enable(command)
            | UserSubcommand::MakeAdministrator(command)
            | UserSubcommand::UnmakeAdministrator(command) => &command.place.local,
        }
    }

    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        match self.command {
            UserSubcommand::Add(command) => command.run()?,
            UserSubcommand::Invite(command) => command.run()?,
            UserSubcommand::List(command) => command.run()?,
            UserSubcommand::ResetPassword(command) => command.reset_password()?,
            UserSubcommand::Disable(command) => command.change(Verb::Disable)?,
            UserSubcommand::Enable(command) => command.change(Verb::Enable)?,
            UserSubcommand::MakeAdministrator(command) => command.change(Verb::MakeAdministrator)?,
            UserSubcommand::UnmakeAdministrator(command) => command.change(Verb::UnmakeAdministrator)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl AddCommand {
    fn run(self) -> anyhow::Result<()> {
        if Remote::new(&self.place.remote)?.is_some() {
            bail!(
                "a server makes no accounts for others; `vasari user invite` prints a link with which they make their own"
            );
        }
        let local = &self.place.local;
        let name = check_name(&self.name).map_err(|problem| anyhow::anyhow!("{}", problem.detail()))?;
        let password_hash = if self.password_stdin { Some(read_password()?) } else { None };
        let (user, token) = local.with_database(async |database| {
            let (has_password, now) = (password_hash.is_some(), OffsetDateTime::now_utc());
            let new = NewUser { id: Uuid::now_v7(), name, password_hash };
            let created = database.create_user(&new, self.admin, now).await;
            let user = created.map_err(|error| anyhow::anyhow!("{}", name_taken(error).detail()))?;
            record(database, "user.create", user.id, json!({ "name": user.name, "is_admin": user.is_admin })).await?;
            let token = if has_password { None } else { Some(reset_token(database, user.id).await?) };
            Ok((user, token))
        })?;
        if local.json {
            let mut object = describe(&user);
            object["token"] = json!(token);
            println!("{object}");
        } else {
            println!("{} has an account.", user.name);
            if let Some(token) = token {
                print_reset(&user.name, &token, "");
            }
        }
        Ok(())
    }
}

impl InviteCommand {
    fn run(self) -> anyhow::Result<()> {
        let remote = Remote::new(&self.place.remote)?;
        let token = match &remote {
            Some(remote) => token_of(&remote.post("invitations", &json!({}))?)?,
            None => self.place.local.with_database(async |database| {
                let token = create_link(database, &Reader::operator(), LinkPurpose::Invitation).await?;
                record(database, "invitation.create", None, json!({})).await?;
                token.context("whoever runs the program may invite. This is a bug.")
            })?,
        };
        if self.place.local.json {
            println!("{}", json!({ "token": token }));
        } else {
            let address = remote.as_ref().map_or("", Remote::address);
            println!("Whoever has this link makes an account within 7 days:\n  {address}/sign-up?token={token}");
        }
        Ok(())
    }
}

impl ListCommand {
    fn run(self) -> anyhow::Result<()> {
        let users = match Remote::new(&self.place.remote)? {
            Some(remote) => remote.list("users")?,
            None => self.place.local.with_database(async |database| all_users(database).await)?,
        };
        for user in &users {
            if self.place.local.json {
                println!("{user}");
                continue;
            }
            let text = |member: &str| user[member].as_str().unwrap_or_default();
            let role = if user["is_admin"] == true { "administrator" } else { "" };
            let state = if user["disabled_at"].is_null() { "" } else { "disabled" };
            println!("{}", format!("{}  {:<24} {role:<14} {state}", text("id"), text("name")).trim_end());
        }
        Ok(())
    }
}

async fn all_users(database: &Database) -> anyhow::Result<Vec<Value>> {
    let (mut users, mut after) = (Vec::new(), None::<String>);
    loop {
        let page = database.list_users(&Reader::operator(), after.as_deref(), PAGE).await?;
        let Some(last) = page.last() else { return Ok(users) };
        after = Some(last.name.clone());
        users.extend(page.iter().map(describe));
    }
}

impl NameCommand {
    fn change(self, verb: Verb) -> anyhow::Result<()> {
        let user = match Remote::new(&self.place.remote)? {
            Some(remote) => remote.patch(&format!("users/{}", id_of(&remote, &self.name)?), &verb.body())?,
            None => self.place.local.with_database(async |database| self.change_here(database, verb).await)?,
        };
        if self.place.local.json {
            println!("{user}");
        } else {
            println!("{} {}.", user["name"].as_str().unwrap_or_default(), verb.words());
        }
        Ok(())
    }

    async fn change_here(&self, database: &Database, verb: Verb) -> anyhow::Result<Value> {
        let (user, operator) = (find_user(database, &self.name).await?, Reader::operator());
        match database.change_account(&operator, user.id, verb.update(), OffsetDateTime::now_utc()).await? {
            AccountChange::Done(user) => {
                record(database, verb.action(), user.id, json!({})).await?;
                Ok(describe(&user))
            }
            AccountChange::LastAdministrator => {
                bail!("{} is the last administrator who can sign in; make another one first", user.name)
            }
            AccountChange::Unknown => bail!("{} has gone meanwhile", user.name),
        }
    }

    fn reset_password(self) -> anyhow::Result<()> {
        let remote = Remote::new(&self.place.remote)?;
        let token = match &remote {
            Some(remote) => {
                let path = format!("users/{}/password-reset", id_of(remote, &self.name)?);
                token_of(&remote.post(&path, &json!({}))?)?
            }
            None => self.place.local.with_database(async |database| {
                let user = find_user(database, &self.name).await?;
                record(database, "user.create_password_reset", user.id, json!({})).await?;
                reset_token(database, user.id).await
            })?,
        };
        if self.place.local.json {
            println!("{}", json!({ "name": self.name, "token": token }));
        } else {
            print_reset(&self.name, &token, remote.as_ref().map_or("", Remote::address));
        }
        Ok(())
    }
}

/// The id of somebody whom a server knows by this name.
pub(super) fn id_of(remote: &Remote, name: &str) -> anyhow::Result<String> {
    let is_called =
        |user: &&Value| user["name"].as_str().is_some_and(|own| own.to_lowercase() == name.trim().to_lowercase());
    let users = remote.list("users")?;
    let found = users.iter().find(is_called).and_then(|user| user["id"].as_str());
    found
        .map(str::to_owned)
        .with_context(|| format!("nobody is called {name:?} there; `vasari user list` tells who there is"))
}

fn token_of(link: &Value) -> anyhow::Result<String> {
    Ok(link["token"].as_str().context("the server's answer has no token")?.to_owned())
}

fn read_password() -> anyhow::Result<String> {
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    let password = line.trim_end_matches(['\r', '\n']);
    if let Some(fault) = password_fault(password) {
        bail!("{fault}");
    }
    password_hash(password).map_err(|_| anyhow::anyhow!("the password can't be hashed; the log says why"))
}

async fn reset_token(database: &Database, user: Uuid) -> anyhow::Result<String> {
    let token = create_link(database, &Reader::operator(), LinkPurpose::PasswordReset(user)).await?;
    token.ok_or_else(|| anyhow::anyhow!("the account has gone meanwhile"))
}

fn print_reset(name: &str, token: &str, address: &str) {
    let page = if address.is_empty() { " on the server's page" } else { "" };
    println!("{name} chooses a password within 7 days{page}\n  {address}/reset?token={token}");
}

fn describe(user: &User) -> Value {
    let text = |time: OffsetDateTime| time.format(&Rfc3339).ok();
    json!({ "id": user.id, "name": user.name, "is_admin": user.is_admin, "created_at": text(user.created_at),
        "disabled_at": user.disabled_at.and_then(text) })
}
