//! `vasari user`.

use std::{io, process::ExitCode};

use anyhow::bail;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;
use vasari_storage::{
    Database,
    links::LinkPurpose,
    users::{AccountChange, AccountUpdate, NewUser, User},
};

use super::local::{LocalArgs, find_user, record};
use crate::{
    api::v1::sign_up::{check_name, name_taken},
    people::{create_link, password_fault, password_hash},
};

/// How many people are read at a time.
const PAGE: i64 = 500;

/// Makes accounts, lists, disables and enables them.
///
/// Works on the database of the data folder, or on the one that `--database-url` names, whether a server runs or not.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    vasari user add anna --admin                 prints a token with which anna chooses a password\n  \
    vasari user add bot --password-stdin < file  a password there and then\n  \
    vasari user list --json\n  \
    vasari user reset-password anna\n  \
    vasari user disable anna")]
pub(super) struct UserCommand {
    #[command(subcommand)]
    command: UserSubcommand,
}

#[derive(Debug, Subcommand)]
enum UserSubcommand {
    Add(AddCommand),
    List(ListCommand),
    ResetPassword(NameCommand),
    /// Lets somebody in no longer: their sessions end, their keys open nothing.
    Disable(NameCommand),
    /// Lets somebody in again.
    Enable(NameCommand),
}

/// Makes an account.
#[derive(Debug, Args)]
struct AddCommand {
    /// What they are called: 1 to 64 characters.
    name: String,
    /// Makes them an administrator.
    #[arg(long)]
    admin: bool,
    /// Reads their password from the first line of standard input. Left out: prints a token with which they choose one.
    #[arg(long)]
    password_stdin: bool,
    #[command(flatten)]
    local: LocalArgs,
}

/// Lists who has an account.
#[derive(Debug, Args)]
struct ListCommand {
    #[command(flatten)]
    local: LocalArgs,
}

/// Prints a token with which somebody chooses a new password.
#[derive(Debug, Args)]
struct NameCommand {
    /// Who.
    name: String,
    #[command(flatten)]
    local: LocalArgs,
}

impl UserCommand {
    /// What the command shares with others.
    pub(super) fn local(&self) -> &LocalArgs {
        match &self.command {
            UserSubcommand::Add(command) => &command.local,
            UserSubcommand::List(command) => &command.local,
            UserSubcommand::ResetPassword(command)
            | UserSubcommand::Disable(command)
            | UserSubcommand::Enable(command) => &command.local,
        }
    }

    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        match self.command {
            UserSubcommand::Add(command) => command.run(),
            UserSubcommand::List(command) => command.run(),
            UserSubcommand::ResetPassword(NameCommand { name, local }) => {
                let token = local.with_database(async |database| {
                    let user = find_user(database, &name).await?;
                    record(database, "user.create_password_reset", user.id, json!({})).await?;
                    reset_token(database, user.id).await
                })?;
                print_token(&name, &token, local.json);
                Ok(ExitCode::SUCCESS)
            }
            UserSubcommand::Disable(command) => command.set_disabled(true),
            UserSubcommand::Enable(command) => command.set_disabled(false),
        }
    }
}

impl AddCommand {
    fn run(self) -> anyhow::Result<ExitCode> {
        let name = check_name(&self.name).map_err(|problem| anyhow::anyhow!("{}", problem.detail()))?;
        let password_hash = if self.password_stdin { Some(read_password()?) } else { None };
        let (user, token) = self.local.with_database(async |database| {
            let (has_password, now) = (password_hash.is_some(), OffsetDateTime::now_utc());
            let new = NewUser { id: Uuid::now_v7(), name, password_hash };
            let created = database.create_user(&new, self.admin, now).await;
            let user = created.map_err(|error| anyhow::anyhow!("{}", name_taken(error).detail()))?;
            record(database, "user.create", user.id, json!({ "name": user.name, "is_admin": user.is_admin })).await?;
            let token = if has_password { None } else { Some(reset_token(database, user.id).await?) };
            Ok((user, token))
        })?;
        if self.local.json {
            let mut object = describe(&user);
            object["token"] = json!(token);
            println!("{object}");
        } else {
            println!("{} has an account.", user.name);
            if let Some(token) = token {
                print_token(&user.name, &token, false);
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl ListCommand {
    fn run(self) -> anyhow::Result<ExitCode> {
        let users = self.local.with_database(async |database| {
            let mut users: Vec<User> = Vec::new();
            loop {
                let page = database.list_users(users.last().map(|user| &*user.name), PAGE).await?;
                if page.is_empty() {
                    return Ok(users);
                }
                users.extend(page);
            }
        })?;
        for user in &users {
            if self.local.json {
                println!("{}", describe(user));
                continue;
            }
            let role = if user.is_admin { "administrator" } else { "" };
            let state = if user.disabled_at.is_some() { "disabled" } else { "" };
            println!("{}", format!("{}  {:<24} {role:<14} {state}", user.id, user.name).trim_end());
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl NameCommand {
    fn set_disabled(self, disabled: bool) -> anyhow::Result<ExitCode> {
        let user = self.local.with_database(async |database| {
            let user = find_user(database, &self.name).await?;
            let update = AccountUpdate { is_disabled: Some(disabled), ..AccountUpdate::default() };
            match database.change_account(user.id, update, OffsetDateTime::now_utc()).await? {
                AccountChange::Done(user) => {
                    let action = if disabled { "user.disable" } else { "user.enable" };
                    record(database, action, user.id, json!({})).await?;
                    Ok(user)
                }
                AccountChange::LastAdministrator => {
                    bail!("{} is the last administrator who can sign in; make another one first", user.name)
                }
                AccountChange::Unknown => bail!("{} has gone meanwhile", user.name),
            }
        })?;
        if self.local.json {
            println!("{}", describe(&user));
        } else {
            println!("{} {}.", user.name, if disabled { "is out" } else { "may sign in again" });
        }
        Ok(ExitCode::SUCCESS)
    }
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
    let token = create_link(database, LinkPurpose::PasswordReset(user), None).await?;
    token.ok_or_else(|| anyhow::anyhow!("the account has gone meanwhile"))
}

fn print_token(name: &str, token: &str, is_json: bool) {
    if is_json {
        println!("{}", json!({ "name": name, "token": token }));
    } else {
        println!(
            "{name} chooses a password within 7 days on the server's page\n  \
             /reset?token={token}"
        );
    }
}

fn describe(user: &User) -> Value {
    let text = |time: OffsetDateTime| time.format(&Rfc3339).ok();
    json!({ "id": user.id, "name": user.name, "is_admin": user.is_admin, "created_at": text(user.created_at),
        "disabled_at": user.disabled_at.and_then(text) })
}
