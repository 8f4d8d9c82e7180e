//! PostgreSQL's programs on this machine.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The oldest PostgreSQL that the tables are written for.
const OLDEST: u32 = 14;

/// Folders whose subfolders are versions, as distributions install them; `*` stands for the version.
const INSTALLED: [(&str, &str); 4] = [
    // Debian, Ubuntu.
    ("/usr/lib/postgresql", "bin"),
    // Fedora, Red Hat and PostgreSQL's own packages for them.
    ("/usr", "bin"),
    // macOS: Homebrew and Postgres.app.
    ("/opt/homebrew/opt", "bin"),
    ("/Applications/Postgres.app/Contents/Versions", "bin"),
];

/// A folder of PostgreSQL's programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Binaries {
    folder: PathBuf,
    /// The major version.
    pub(super) version: u32,
}

impl Binaries {
    /// The newest that is installed, or the one of this major version.
    pub(super) fn find(version: Option<u32>) -> Option<Self> {
        // A service may be started without any.
        let path = env::var_os("PATH").unwrap_or_default();
        Self::find_in(env::split_paths(&path).chain(installed()), version)
    }

    fn find_in(folders: impl Iterator<Item = PathBuf>, version: Option<u32>) -> Option<Self> {
        let mut found: Vec<_> = folders.filter_map(Self::in_folder).collect();
        found.retain(|binaries| version.map_or(binaries.version >= OLDEST, |version| binaries.version == version));
        found.into_iter().max_by_key(|binaries| binaries.version)
    }

    /// The programs of `folder`, where it has those of a server.
    fn in_folder(folder: PathBuf) -> Option<Self> {
        let is_whole = ["initdb", "pg_ctl", "postgres"].iter().all(|program| folder.join(program).is_file());
        if !is_whole {
            return None;
        }
        let told = Command::new(folder.join("pg_ctl")).arg("--version").output().ok()?;
        let version = major_version(&String::from_utf8_lossy(&told.stdout))?;
        Some(Self { folder, version })
    }

    /// The path of one of them.
    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

fn installed() -> impl Iterator<Item = PathBuf> {
    INSTALLED.iter().flat_map(|(folder, programs)| {
        let versions = fs::read_dir(folder).into_iter().flatten().flatten();
        versions.map(|version| version.path()).filter(|path| is_version(path)).map(move |path| path.join(programs))
    })
}

/// Whether the folder is named like a version (`15`), or like PostgreSQL and a version (`pgsql-15`, `postgresql@15`).
fn is_version(folder: &Path) -> bool {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with("pgsql-")
        || name.starts_with("postgresql")
        || name.starts_with(|first: char| first.is_ascii_digit())
}

/// 15 of `pg_ctl (PostgreSQL) 15.9 (Debian 15.9-0+deb12u1)`.
fn major_version(told: &str) -> Option<u32> {
    let version = told.split("(PostgreSQL) ").nth(1)?;
    version.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_is_read_as_it_is_told() {
        assert_eq!(major_version("pg_ctl (PostgreSQL) 15.9 (Debian 15.9-0+deb12u1)\n"), Some(15));
        assert_eq!(major_version("pg_ctl (PostgreSQL) 18beta1\n"), Some(18));
        assert_eq!(major_version("pg_ctl: command not found"), None);
    }

    /// A folder with what looks like programs of this version.
    fn programs(folder: &Path, version: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt;

        let folder = folder.join(version);
        fs::create_dir(&folder).unwrap();
        for name in ["initdb", "pg_ctl", "postgres"] {
            let program = folder.join(name);
            fs::write(&program, format!("#!/bin/sh\necho 'pg_ctl (PostgreSQL) {version}'\n")).unwrap();
            fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        }
        folder
    }

    #[test]
    fn newest_that_fits_is_found_wherever_it_is() {
        let root = tempfile::tempdir().unwrap();
        let [old, newer, newest] = ["13.1", "15.9", "17.2"].map(|version| programs(root.path(), version));
        let folders = [old.clone(), newest.clone(), root.path().join("none"), newer.clone()];
        let found = |version| Binaries::find_in(folders.iter().cloned(), version).map(|found| found.folder);
        assert_eq!(found(None), Some(newest));
        assert_eq!(found(Some(15)), Some(newer), "a cluster has the version that made it");
        assert_eq!(found(Some(13)), Some(old.clone()));
        assert_eq!(found(Some(16)), None);
        assert_eq!(Binaries::find_in([old].into_iter(), None), None, "the tables are written for a later one");
        assert_eq!(Binaries::find_in(std::iter::empty(), None), None);
    }

    #[test]
    fn folder_without_a_server_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("pg_ctl"), "").unwrap();
        assert_eq!(Binaries::in_folder(folder.path().to_owned()), None);
    }

    #[test]
    fn versions_are_told_from_other_folders() {
        let named = |name: &str| is_version(Path::new("/usr").join(name).as_path());
        assert!(named("15") && named("pgsql-15") && named("postgresql@15"));
        assert!(!named("share") && !named("lib"));
    }
}
