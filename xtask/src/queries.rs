//! `cargo xtask queries`: the SQL in the code, checked against the tables.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, bail};
use clap::Args;

use crate::{progress, tools, workspace::Workspace};

/// Check every query against the tables and renew `.sqlx/`, from which a build without a database knows their types.
///
/// Starts a Postgres for the purpose, applies `migrations/` to it, compiles the storage crate against it and stops it.
#[derive(Debug, Args)]
pub(crate) struct QueriesArgs {
    /// Renew nothing; fail where `.sqlx/` is not what it would become
    #[arg(long)]
    pub(crate) check: bool,
}

pub(crate) fn run(workspace: &Workspace, args: &QueriesArgs) -> anyhow::Result<()> {
    let committed = workspace.root().join(".sqlx");
    let made = describe_queries(workspace)?;
    if !args.check {
        // Also takes away what no query needs any more.
        if committed.exists() {
            fs::remove_dir_all(&committed)?;
        }
        fs::create_dir_all(&committed)?;
        for (name, text) in &made {
            fs::write(committed.join(name), text)?;
        }
        println!("{} queries are described in .sqlx/.", made.len());
        return Ok(());
    }
    let known = read_folder(&committed)?;
    if known != made {
        let names = known.keys().chain(made.keys()).filter(|name| known.get(*name) != made.get(*name));
        let names: Vec<_> = names.map(String::as_str).collect();
        bail!(".sqlx/ is stale ({}); renew it: cargo xtask queries", names.join(", "));
    }
    println!("{} queries fit the tables.", made.len());
    Ok(())
}

/// What the compiler learns of each query from a database with all migrations: file names and their text.
fn describe_queries(workspace: &Workspace) -> anyhow::Result<BTreeMap<String, String>> {
    let described = workspace.target().join("queries");
    if described.exists() {
        fs::remove_dir_all(&described)?;
    }
    fs::create_dir_all(&described)?;
    let postgres = Postgres::start()?;
    let mut migrations: Vec<_> = fs::read_dir(workspace.root().join("migrations"))?
        .map(|entry| Ok(entry?.path()))
        .collect::<std::io::Result<_>>()?;
    migrations.retain(|path| path.extension().is_some_and(|extension| extension == "sql"));
    migrations.sort();
    for migration in migrations {
        let mut psql = postgres.program("psql");
        psql.args(["--quiet", "--no-psqlrc", "--set", "ON_ERROR_STOP=1", "--dbname"]).arg(postgres.url());
        // Its text and not its name: the account may not be allowed to read the checkout.
        psql.arg("--command").arg(fs::read_to_string(&migration)?);
        progress::run(&format!("psql < {}", migration.display()), &mut psql)?;
    }
    let mut check = workspace.cargo(["check", "--locked", "--package", "vasari-storage"]);
    // A setting that changes nothing here, so that the crate counts as another and each macro asks the database again.
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs() % 1_000_000;
    check.args(["--config", &format!("profile.dev.package.vasari-storage.codegen-units={}", 1000 + now)]);
    check.env("DATABASE_URL", postgres.url()).env("SQLX_OFFLINE", "false").env("SQLX_OFFLINE_DIR", &described);
    progress::run("cargo check with a database", &mut check)?;
    read_folder(&described)
}

fn read_folder(folder: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let mut texts = BTreeMap::new();
    for entry in fs::read_dir(folder).with_context(|| format!("{} can't be read", folder.display()))? {
        let entry = entry?;
        texts.insert(entry.file_name().to_string_lossy().into_owned(), fs::read_to_string(entry.path())?);
    }
    Ok(texts)
}

/// A Postgres that is gone with this.
struct Postgres {
    programs: PathBuf,
    folder: PathBuf,
    is_root: bool,
}

impl Postgres {
    fn start() -> anyhow::Result<Self> {
        let folder = std::env::temp_dir().join(format!("vasari-queries-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        let output = Command::new("id").arg("-u").output().context("`id` is missing")?;
        let is_root = output.stdout.trim_ascii() == b"0";
        let postgres = Self { programs: tools::ensure_postgres()?, folder, is_root };
        if is_root {
            // Postgres does not run as root.
            progress::run("chown", Command::new("chown").arg("postgres").arg(&postgres.folder))?;
        }
        let data = postgres.folder.join("data");
        let mut initdb = postgres.program("initdb");
        initdb.args(["--auth=trust", "--no-sync", "--username=vasari", "--encoding=UTF8", "--locale=C.UTF-8"]);
        progress::run("initdb", initdb.arg("--pgdata").arg(&data))?;
        let options = format!("-k {} -c listen_addresses='' -c fsync=off", postgres.folder.display());
        let mut start = postgres.program("pg_ctl");
        start.args(["start", "--wait", "--silent", "--options", &options, "--log"]).arg(postgres.folder.join("log"));
        progress::run("pg_ctl start", start.arg("--pgdata").arg(&data))?;
        Ok(postgres)
    }

    fn url(&self) -> String {
        format!("postgres://vasari@localhost/postgres?host={}", self.folder.display())
    }

    /// One of PostgreSQL's programs, as the account that Postgres runs as.
    fn program(&self, name: &str) -> Command {
        let path = self.programs.join(name);
        let mut command = if self.is_root {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(path);
            command
        } else {
            Command::new(path)
        };
        command.current_dir(&self.folder);
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let mut stop = self.program("pg_ctl");
        stop.args(["stop", "--silent", "--mode", "immediate", "--pgdata"]).arg(self.folder.join("data"));
        // What is left behind is temporary, and of no harm.
        drop(stop.status());
        drop(fs::remove_dir_all(&self.folder));
    }
}
