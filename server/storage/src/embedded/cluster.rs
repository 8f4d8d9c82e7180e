//! The cluster's folder, and PostgreSQL's programs at work on it.

use std::{
    env,
    ffi::OsStr,
    fs::{self, File},
    io,
    os::unix::{ffi::OsStrExt, fs::PermissionsExt, net::UnixStream},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use sha2::{Digest, Sha256};

use super::{Durability, EmbeddedError, NAME, account::Account, binaries::Binaries};

/// The longest path of a Unix socket in bytes, less than the 104 and 108 that systems allow.
const LONGEST_SOCKET_PATH: usize = 100;

/// What the socket is called in its folder.
const SOCKET_NAME: &str = ".s.PGSQL.5432";

/// Seconds that Postgres may take to start (after a crash it replays its log) and to stop.
const PATIENCE: &str = "120";

/// How long a cluster is waited for whose process was killed.
const TAKEOVER_PATIENCE: Duration = Duration::from_secs(15);

/// How long between two looks at it.
const TAKEOVER_PAUSE: Duration = Duration::from_millis(100);

/// Settings that don't depend on the machine. Sockets alone, because nobody else is to reach the cluster.
const SETTINGS: &str = "# Written by Vasari at every start; settings of your own belong into postgresql.conf, below the include.\n\
    listen_addresses = ''\n\
    unix_socket_permissions = 0700\n\
    max_connections = 100\n\
    shared_buffers = 256MB\n\
    random_page_cost = 1.1\n\
    jit = off\n\
    wal_compression = on\n\
    max_wal_size = 2GB\n";

/// The cluster's folder: `data`, the socket's `run`, `log`, and locks.
#[derive(Debug, Clone)]
pub(super) struct Cluster {
    folder: PathBuf,
    socket_folder: PathBuf,
    binaries: Binaries,
    account: Option<Account>,
    durability: Durability,
}

impl Cluster {
    /// Makes the folders of a cluster that isn't there yet.
    pub(super) fn prepare(folder: &Path, durability: Durability) -> Result<Self, EmbeddedError> {
        let at = |path: &Path| {
            let path = path.to_owned();
            move |source| EmbeddedError::File { path, source }
        };
        fs::create_dir_all(folder).map_err(at(folder))?;
        let folder = folder.canonicalize().map_err(at(folder))?;
        let version = fs::read_to_string(folder.join("data/PG_VERSION")).ok();
        let version = version.and_then(|version| version.trim().parse().ok());
        let binaries = Binaries::find(version).ok_or_else(|| missing(&folder, version))?;
        let account = Account::for_postgres()?;
        let socket_folder = socket_folder(&folder);
        if let Some(account) = &account {
            // The folder that Vasari was given, in which the cluster's is.
            account.reach(folder.parent().unwrap_or(&folder))?;
        }
        let cluster = Self { folder, socket_folder, binaries, account, durability };
        cluster.make_private(&cluster.folder)?;
        cluster.make_private(&cluster.socket_folder)?;
        Ok(cluster)
    }

    /// The folder that the socket is in.
    pub(super) fn socket_folder(&self) -> &Path {
        &self.socket_folder
    }

    /// Held while the cluster is started or stopped.
    pub(super) fn lock_starting(&self) -> Result<File, EmbeddedError> {
        let lock = self.open("starting.lock")?;
        lock.lock().map_err(|source| self.file_error(source))?;
        Ok(lock)
    }

    /// The file that everybody who uses the cluster locks.
    pub(super) fn open_users(&self) -> Result<File, EmbeddedError> {
        self.open("users.lock")
    }

    fn open(&self, name: &str) -> Result<File, EmbeddedError> {
        let path = self.folder.join(name);
        let opened = File::options().create(true).truncate(false).write(true).open(&path);
        opened.map_err(|source| EmbeddedError::File { path, source })
    }

    /// What to say when a lock can't be had.
    pub(super) fn file_error(&self, source: io::Error) -> EmbeddedError {
        EmbeddedError::File { path: self.folder.clone(), source }
    }

    /// Starts Postgres, unless it runs, and waits until it answers.
    ///
    /// A process that was killed takes a moment to go, and its children one more; until then Postgres seems to run, or
    /// refuses to start beside them.
    pub(super) fn start(&self) -> Result<(), EmbeddedError> {
        if !self.data().exists() {
            self.create()?;
        }
        let settings = self.data().join("vasari.conf");
        self.write(&settings, &self.settings())?;
        let began = Instant::now();
        loop {
            let is_running = self.is_running()?;
            if is_running && UnixStream::connect(self.socket_folder.join(SOCKET_NAME)).is_ok() {
                return Ok(());
            }
            let is_late = began.elapsed() > TAKEOVER_PATIENCE;
            match is_running {
                true if is_late => return Err(failed("pg_ctl", "Postgres runs and answers nobody")),
                true => {}
                false => match self.start_process() {
                    Err(EmbeddedError::Failed { .. }) if !is_late => {}
                    outcome => return outcome,
                },
            }
            thread::sleep(TAKEOVER_PAUSE);
        }
    }

    fn start_process(&self) -> Result<(), EmbeddedError> {
        let log = self.folder.join("log");
        self.run("pg_ctl", |command| {
            command.args(["start", "--wait", "--silent", "--timeout", PATIENCE, "--log"]).arg(log);
            command.arg("--pgdata").arg(self.data());
        })
    }

    /// Stops Postgres, after what it is doing is ended.
    pub(super) fn stop(&self) -> Result<(), EmbeddedError> {
        self.run("pg_ctl", |command| {
            command.args(["stop", "--wait", "--silent", "--timeout", PATIENCE, "--mode", "fast", "--pgdata"]);
            command.arg(self.data());
        })
    }

    /// Makes the cluster beside its place and puts it there when it is whole.
    fn create(&self) -> Result<(), EmbeddedError> {
        let begun = self.folder.join("data.begun");
        if begun.exists() {
            fs::remove_dir_all(&begun).map_err(|source| EmbeddedError::File { path: begun.clone(), source })?;
        }
        // Sorts and folds letters of all languages where the system can.
        let locale = if cfg!(target_os = "linux") { "C.UTF-8" } else { "C" };
        self.run("initdb", |command| {
            // Who gets to the socket is who may use it.
            command.args(["--auth=trust", "--encoding=UTF8", "--username", NAME]).arg(format!("--locale={locale}"));
            if self.durability == Durability::None {
                command.arg("--no-sync");
            }
            command.arg("--pgdata").arg(&begun);
        })?;
        let settings = begun.join("postgresql.conf");
        let file_error = |source| EmbeddedError::File { path: settings.clone(), source };
        let written = fs::read_to_string(&settings).map_err(file_error)?;
        self.write(&settings, &format!("include = 'vasari.conf'\n{written}"))?;
        fs::rename(&begun, self.data()).map_err(file_error)
    }

    fn is_running(&self) -> Result<bool, EmbeddedError> {
        let mut command = self.command("pg_ctl");
        let status = command.arg("status").arg("--pgdata").arg(self.data()).output();
        let status = status.map_err(|error| failed("pg_ctl", &error.to_string()))?;
        // 3 says that it doesn't run (PostgreSQL manual, pg_ctl).
        match status.status.code() {
            Some(0) => Ok(true),
            Some(3) => Ok(false),
            _ => Err(failed("pg_ctl", &String::from_utf8_lossy(&status.stderr))),
        }
    }

    fn settings(&self) -> String {
        let folder = self.socket_folder.display().to_string().replace('\'', "''");
        let durability = match self.durability {
            Durability::Full => "",
            Durability::None => "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n",
        };
        format!("{SETTINGS}{durability}unix_socket_directories = '{folder}'\n")
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn run(&self, program: &'static str, prepare: impl FnOnce(&mut Command)) -> Result<(), EmbeddedError> {
        let mut command = self.command(program);
        prepare(&mut command);
        // Not the streams of this program: Postgres inherits them, and whoever reads them would wait for its end.
        let said = self.folder.join("start.log");
        let file_error = |source| EmbeddedError::File { path: said.clone(), source };
        let out = File::create(&said).map_err(file_error)?;
        command.stdin(Stdio::null()).stderr(out.try_clone().map_err(file_error)?).stdout(out);
        let status = command.status().map_err(|error| failed(program, &error.to_string()))?;
        if status.success() { Ok(()) } else { Err(failed(program, &fs::read_to_string(&said).unwrap_or_default())) }
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.binaries.program(program));
        // Its own folder, which the account may enter, where this program may have been started anywhere. No variable of
        // PostgreSQL's clients shall lead its programs elsewhere.
        command.current_dir(&self.folder).env_clear();
        command.envs(env::vars_os().filter(|(name, _)| name == OsStr::new("PATH") || name == OsStr::new("TZ")));
        if let Some(account) = &self.account {
            account.apply(&mut command);
        }
        command
    }

    fn make_private(&self, folder: &Path) -> Result<(), EmbeddedError> {
        let make = || {
            fs::create_dir_all(folder)?;
            fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
            self.account.as_ref().map_or(Ok(()), |account| account.own(folder))
        };
        make().map_err(|source| EmbeddedError::File { path: folder.to_owned(), source })
    }

    fn write(&self, path: &Path, text: &str) -> Result<(), EmbeddedError> {
        let write = || {
            fs::write(path, text)?;
            self.account.as_ref().map_or(Ok(()), |account| account.own(path))
        };
        write().map_err(|source| EmbeddedError::File { path: path.to_owned(), source })
    }
}

/// The socket's folder: in the cluster's, or one for temporary files where that has too long a name for a socket.
fn socket_folder(folder: &Path) -> PathBuf {
    let own = folder.join("run");
    if own.as_os_str().len() + 1 + SOCKET_NAME.len() <= LONGEST_SOCKET_PATH {
        return own;
    }
    let hash = Sha256::digest(folder.as_os_str().as_bytes());
    let name = hash.iter().take(8).fold("vasari-".to_owned(), |name, byte| format!("{name}{byte:02x}"));
    env::temp_dir().join(name)
}

fn failed(program: &'static str, output: &str) -> EmbeddedError {
    EmbeddedError::Failed { program, output: output.trim().to_owned() }
}

/// What to say where no PostgreSQL fits, or none of the version that made the cluster.
fn missing(folder: &Path, version: Option<u32>) -> EmbeddedError {
    match version {
        Some(version) => EmbeddedError::OtherVersion { folder: folder.join("data"), version },
        None => EmbeddedError::NotInstalled,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_postgres_is_told_with_what_to_do() {
        let none = missing(Path::new("/data/postgres"), None).to_string();
        for words in ["PostgreSQL 14 or later is not installed", "apt install postgresql", "--database-url"] {
            assert!(none.contains(words), "{none}");
        }
        let other = missing(Path::new("/data/postgres"), Some(13)).to_string();
        assert!(
            other.contains("/data/postgres/data was made by PostgreSQL 13") && other.contains("pg_upgrade"),
            "{other}"
        );
    }

    #[test]
    fn socket_lies_elsewhere_where_its_path_would_be_too_long() {
        assert_eq!(socket_folder(Path::new("/var/lib/vasari/postgres")), Path::new("/var/lib/vasari/postgres/run"));
        let long = PathBuf::from(format!("/{}", "long/".repeat(30)));
        let elsewhere = socket_folder(&long);
        assert!(elsewhere.as_os_str().len() + 1 + SOCKET_NAME.len() <= LONGEST_SOCKET_PATH, "{elsewhere:?}");
        assert_ne!(elsewhere, socket_folder(&long.join("other")));
    }
}
