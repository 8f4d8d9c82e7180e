//! Who Postgres runs as.

use std::{
    fs, io,
    os::unix::{
        fs::{MetadataExt, PermissionsExt, chown},
        process::CommandExt,
    },
    path::Path,
    process::Command,
};

use super::EmbeddedError;

/// Accounts that Postgres may run as where this program runs as root, the best first.
const ACCOUNTS: [&str; 2] = ["postgres", "nobody"];

/// An account without root's rights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Account {
    name: String,
    user: u32,
    group: u32,
}

impl Account {
    /// The account that Postgres has to be started as; none where this program doesn't run as root, whose Postgres runs as
    /// who started it.
    pub(super) fn for_postgres() -> Result<Option<Self>, EmbeddedError> {
        // The standard library can't be asked who one is, but the kernel tells by whose files a process has.
        let is_root = fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
        if !is_root {
            return Ok(None);
        }
        let accounts = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let found = ACCOUNTS.iter().find_map(|name| Self::find(name, &accounts));
        found.map(Some).ok_or(EmbeddedError::NoAccount)
    }

    /// The account in the lines of `/etc/passwd` (`name:password:user:group:…`).
    fn find(name: &str, accounts: &str) -> Option<Self> {
        accounts.lines().find_map(|line| {
            let mut fields = line.split(':');
            let (found, user, group) = (fields.next()?, fields.nth(1)?, fields.next()?);
            let account = Self { name: found.to_owned(), user: user.parse().ok()?, group: group.parse().ok()? };
            (found == name && account.user != 0).then_some(account)
        })
    }

    /// Makes `command` run as the account.
    pub(super) fn apply(&self, command: &mut Command) {
        command.uid(self.user).gid(self.group);
    }

    /// Gives the file or folder to the account.
    pub(super) fn own(&self, path: &Path) -> io::Result<()> {
        chown(path, Some(self.user), Some(self.group))
    }

    /// Whether the account gets to `folder`. The folder itself belongs to Vasari and is opened, to be entered and no more;
    /// those above it are somebody else's and are left as they are.
    pub(super) fn reach(&self, folder: &Path) -> Result<(), EmbeddedError> {
        for ancestor in folder.ancestors().skip(1).filter(|path| !path.as_os_str().is_empty()) {
            let file_error = |source| EmbeddedError::File { path: ancestor.to_owned(), source };
            if !self.may_enter(&fs::metadata(ancestor).map_err(file_error)?) {
                return Err(EmbeddedError::Unreachable { account: self.name.clone(), folder: ancestor.to_owned() });
            }
        }
        let file_error = |source| EmbeddedError::File { path: folder.to_owned(), source };
        let metadata = fs::metadata(folder).map_err(file_error)?;
        if !self.may_enter(&metadata) {
            let permissions = fs::Permissions::from_mode(metadata.mode() & 0o7777 | 0o001);
            fs::set_permissions(folder, permissions).map_err(file_error)?;
        }
        Ok(())
    }

    fn may_enter(&self, folder: &fs::Metadata) -> bool {
        let mode = folder.mode();
        let needed = match (folder.uid() == self.user, folder.gid() == self.group) {
            (true, _) => 0o100,
            (false, true) => 0o010,
            (false, false) => 0o001,
        };
        mode & needed != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_read_from_their_file() {
        let accounts = "root:x:0:0:root:/root:/bin/bash\n\nbroken\npostgres:x:101:104::/var/lib/postgresql:/bin/bash\n";
        let expected = Account { name: "postgres".into(), user: 101, group: 104 };
        assert_eq!(Account::find("postgres", accounts), Some(expected));
        assert_eq!(Account::find("nobody", accounts), None);
        assert_eq!(Account::find("root", accounts), None, "root is what is to be given up");
    }

    #[test]
    fn closed_folder_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let closed = folder.path().join("closed");
        let data = closed.join("data");
        fs::create_dir_all(&data).unwrap();
        let stranger = Account { name: "stranger".into(), user: 54321, group: 54321 };
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
        let error = stranger.reach(&data).unwrap_err().to_string();
        assert!(error.contains(&closed.display().to_string()) && error.contains("stranger"), "{error}");
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o711)).unwrap();
        fs::set_permissions(&data, fs::Permissions::from_mode(0o700)).unwrap();
        stranger.reach(&data).unwrap();
        assert_eq!(fs::metadata(&data).unwrap().mode() & 0o777, 0o701);
    }
}
