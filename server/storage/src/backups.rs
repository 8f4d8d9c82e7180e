//! Backups: one tar archive with the pictures' files, PostgreSQL's dump of the database, and at its end what they must be.
//!
//! A picture's file lies under its SHA-256 sum, so it tells by itself whether it is whole; the manifest tells whether all
//! of them are there. Thumbnails are left out: they come back from their pictures.

use std::{
    fs::File,
    io::{self, BufReader, BufWriter, Read, Write},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use crate::snapshot::Counts;

/// What the manifest calls this kind of archive, and its version.
const FORMAT: &str = "vasari-backup";
const FORMAT_VERSION: u32 = 1;

const DATABASE: &str = "database.dump";
const MANIFEST: &str = "manifest.json";
const IMAGES: &str = "images/";

/// The manifest holds no lists but that of pictures whose files were lost, so it is short.
const LONGEST_MANIFEST: u64 = 64 << 20;

/// What an archive holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    format: String,
    format_version: u32,
    /// The version of the program that made it.
    pub program_version: String,
    /// The version of the tables.
    pub schema_version: i64,
    /// When it was begun.
    #[serde(with = "time::serde::rfc3339")]
    pub made_at: OffsetDateTime,
    /// How much the database holds.
    pub counts: Counts,
    /// SHA-256 of the dump, in hexadecimal.
    pub database_sha256: String,
    /// How many pictures' files there are.
    pub files: u64,
    /// Their bytes.
    pub file_bytes: u64,
    /// SHA-256 of their sums one after the other, in the archive's order.
    pub files_sha256: String,
    /// Sums of pictures' files that were not there when the backup was made.
    pub lost: Vec<String>,
}

/// What is told of a backup when it is finished.
#[derive(Debug, Clone)]
pub struct About {
    /// See [`Manifest::program_version`].
    pub program_version: String,
    /// See [`Manifest::schema_version`].
    pub schema_version: i64,
    /// See [`Manifest::made_at`].
    pub made_at: OffsetDateTime,
    /// See [`Manifest::counts`].
    pub counts: Counts,
}

/// Why a backup can't be written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// A file can't be written or read.
    #[error("{path} can't be used")]
    File {
        /// The archive, or what goes into it.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The archive holds what no backup does.
    #[error("{0} is no backup of Vasari: {1}")]
    Foreign(PathBuf, String),
    /// The archive is not as it was written.
    #[error("{0} is damaged: {1}. Take another backup; nothing of this one was restored")]
    Damaged(PathBuf, String),
}

/// Writes an archive under another name, and gives it its own when it is whole. Nothing that is there is replaced.
pub struct BackupWriter {
    archive: tar::Builder<BufWriter<File>>,
    path: PathBuf,
    part: PathBuf,
    tally: Tally,
    database_sha256: Option<String>,
    lost: Vec<String>,
}

/// Part of an archive, as it is read.
pub enum Member<'a> {
    /// A picture's file; its name has been found to be its sum.
    Image(Vec<u8>),
    /// The dump.
    Database(&'a mut dyn Read),
}

/// The files so far.
#[derive(Default)]
struct Tally {
    files: u64,
    bytes: u64,
    sums: Sha256,
}

impl BackupWriter {
    /// Begins an archive.
    pub fn create(path: &Path) -> Result<Self, BackupError> {
        if path.exists() {
            let source = io::Error::new(io::ErrorKind::AlreadyExists, "it is there already; name another file");
            return Err(BackupError::File { path: path.to_owned(), source });
        }
        let part = with_ending(path, ".part");
        let file = create_private(&part).map_err(at(&part))?;
        let archive = tar::Builder::new(BufWriter::new(file));
        Ok(Self { archive, path: path.to_owned(), part, tally: Tally::default(), database_sha256: None, lost: vec![] })
    }

    /// Where PostgreSQL's dump is to be written, beside the archive. It is gone when the writer is.
    pub fn dump_path(&self) -> PathBuf {
        with_ending(&self.path, ".dump.part")
    }

    /// Adds a picture's file.
    pub fn add_image(&mut self, sum: &[u8], bytes: &[u8]) -> Result<(), BackupError> {
        let name = format!("{IMAGES}{}", hexadecimal(sum));
        self.append(&name, bytes.len() as u64, bytes)?;
        self.tally.add(sum, bytes.len() as u64);
        Ok(())
    }

    /// Notes a picture whose file is not there.
    pub fn note_lost(&mut self, sum: &[u8]) {
        self.lost.push(hexadecimal(sum));
    }

    /// Adds the dump that lies at [`BackupWriter::dump_path`].
    pub fn add_database(&mut self) -> Result<(), BackupError> {
        let path = self.dump_path();
        let mut file = File::open(&path).map_err(at(&path))?;
        let size = file.metadata().map_err(at(&path))?.len();
        let mut hashed = Hashed { inner: &mut file, sum: Sha256::new() };
        append(&mut self.archive, DATABASE, size, &mut hashed).map_err(at(&self.part))?;
        self.database_sha256 = Some(hexadecimal(&hashed.sum.finalize()));
        Ok(())
    }

    /// Ends the archive. It is on the disk, under its name, when this returns.
    pub fn finish(mut self, about: About) -> Result<Manifest, BackupError> {
        let About { program_version, schema_version, made_at, counts } = about;
        let tally = std::mem::take(&mut self.tally);
        let manifest = Manifest {
            format: FORMAT.to_owned(),
            format_version: FORMAT_VERSION,
            program_version,
            schema_version,
            made_at,
            counts,
            database_sha256: self.database_sha256.clone().unwrap_or_default(),
            files: tally.files,
            file_bytes: tally.bytes,
            files_sha256: hexadecimal(&tally.sums.finalize()),
            lost: std::mem::take(&mut self.lost),
        };
        let text = serde_json::to_vec_pretty(&manifest).expect("a manifest is plain JSON. This is a bug.");
        self.append(MANIFEST, text.len() as u64, text.as_slice())?;
        let end = || {
            self.archive.finish()?;
            self.archive.get_mut().flush()?;
            self.archive.get_ref().get_ref().sync_all()?;
            // Fails where something has taken the name meanwhile; a rename would replace it.
            std::fs::hard_link(&self.part, &self.path)
        };
        let mut end = end;
        end().map_err(at(&self.path))?;
        Ok(manifest)
    }

    fn append(&mut self, name: &str, size: u64, bytes: &[u8]) -> Result<(), BackupError> {
        append(&mut self.archive, name, size, bytes).map_err(at(&self.part))
    }
}

impl Drop for BackupWriter {
    fn drop(&mut self) {
        // What is left of it is of no use, and of no harm.
        drop(std::fs::remove_file(&self.part));
        drop(std::fs::remove_file(self.dump_path()));
    }
}

/// Reads an archive from its beginning to its end, and finds out whether it is whole. `visit` is given each part and may
/// keep it, but what it makes of the parts counts for nothing before this returns.
pub fn read_backup<E: From<BackupError>>(
    path: &Path,
    mut visit: impl FnMut(Member<'_>) -> Result<(), E>,
) -> Result<Manifest, E> {
    let file = File::open(path).map_err(at(path))?;
    let mut archive = tar::Archive::new(BufReader::new(file));
    let damaged = |what: String| BackupError::Damaged(path.to_owned(), what);
    let foreign = |what: &str| BackupError::Foreign(path.to_owned(), what.to_owned());
    let (mut tally, mut database_sha256, mut manifest) = (Tally::default(), None, None);
    for entry in archive.entries().map_err(at(path))? {
        let mut entry = entry.map_err(|error| damaged(error.to_string()))?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if let Some(sum) = name.strip_prefix(IMAGES) {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).map_err(|error| damaged(format!("{name} ends early ({error})")))?;
            let found = Sha256::digest(&bytes);
            if hexadecimal(&found) != sum {
                return Err(damaged(format!("the SHA-256 sum of {name} is another one")).into());
            }
            tally.add(&found, bytes.len() as u64);
            visit(Member::Image(bytes))?;
        } else if name == DATABASE {
            let mut hashed = Hashed { inner: &mut entry, sum: Sha256::new() };
            visit(Member::Database(&mut hashed))?;
            // Whatever was not asked for counts as well.
            io::copy(&mut hashed, &mut io::sink()).map_err(|error| damaged(format!("{name} ends early ({error})")))?;
            database_sha256 = Some(hexadecimal(&hashed.sum.finalize()));
        } else if name == MANIFEST {
            let read: Result<Manifest, _> = serde_json::from_reader(entry.take(LONGEST_MANIFEST));
            let read = read.map_err(|error| damaged(format!("{MANIFEST} can't be read ({error})")))?;
            if read.format != FORMAT || read.format_version > FORMAT_VERSION {
                return Err(foreign("a newer version of Vasari made it").into());
            }
            manifest = Some(read);
        } else {
            return Err(foreign(&format!("it holds {name}")).into());
        }
    }
    let manifest: Manifest = manifest.ok_or_else(|| match tally.files {
        0 if database_sha256.is_none() => foreign("it is empty, or no tar archive"),
        _ => damaged(format!("{MANIFEST} is missing, so its end is")),
    })?;
    if database_sha256.as_deref() != Some(&*manifest.database_sha256) {
        return Err(damaged(format!("the SHA-256 sum of {DATABASE} is another one, or it is missing")).into());
    }
    if (tally.files, hexadecimal(&tally.sums.finalize())) != (manifest.files, manifest.files_sha256.clone()) {
        return Err(damaged(format!("it has {} pictures' files of {}", tally.files, manifest.files)).into());
    }
    Ok(manifest)
}

impl Tally {
    fn add(&mut self, sum: &[u8], bytes: u64) {
        self.files += 1;
        self.bytes += bytes;
        self.sums.update(sum);
    }
}

/// Reads on, and sums up what was read.
struct Hashed<'a, R> {
    inner: &'a mut R,
    sum: Sha256,
}

impl<R: Read> Read for Hashed<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.sum.update(&buffer[..read]);
        Ok(read)
    }
}

fn append(archive: &mut tar::Builder<BufWriter<File>>, name: &str, size: u64, bytes: impl Read) -> io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_size(size);
    header.set_mode(0o600);
    archive.append_data(&mut header, name, bytes)
}

/// A file that nobody else may read: the database holds secrets.
fn create_private(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn at(path: &Path) -> impl Fn(io::Error) -> BackupError + use<> {
    let path = path.to_owned();
    move |source| BackupError::File { path: path.clone(), source }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COUNTS: Counts = Counts { users: 1, datasets: 2, images: 3, captions: 4, caption_versions: 5 };

    fn write(path: &Path) -> Manifest {
        let mut writer = BackupWriter::create(path).unwrap();
        for picture in [&b"one"[..], b"two"] {
            writer.add_image(&Sha256::digest(picture), picture).unwrap();
        }
        std::fs::write(writer.dump_path(), "PGDMP").unwrap();
        writer.add_database().unwrap();
        let made_at = OffsetDateTime::UNIX_EPOCH;
        writer.finish(About { program_version: "1".into(), schema_version: 7, made_at, counts: COUNTS }).unwrap()
    }

    fn read(path: &Path) -> Result<(Manifest, Vec<String>), BackupError> {
        let mut parts = Vec::new();
        let manifest = read_backup::<BackupError>(path, |member| {
            let mut text = String::new();
            match member {
                Member::Image(bytes) => text = String::from_utf8(bytes).unwrap(),
                Member::Database(reader) => drop(reader.read_to_string(&mut text)),
            }
            parts.push(text);
            Ok(())
        })?;
        Ok((manifest, parts))
    }

    #[test]
    fn what_is_written_is_read_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("backup.tar");
        let written = write(&path);
        assert_eq!((written.files, written.file_bytes, written.counts), (2, 6, COUNTS));
        let (read, parts) = read(&path).unwrap();
        assert_eq!((read, parts), (written, vec!["one".into(), "two".into(), "PGDMP".into()]));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        let error = BackupWriter::create(&path).err().unwrap();
        let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
        assert!(cause.contains("is there already"), "{error}: {cause}");
    }

    #[test]
    fn damage_is_found_wherever_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("backup.tar");
        write(&path);
        let whole = std::fs::read(&path).unwrap();
        let place = |text: &[u8]| whole.windows(text.len()).position(|window| window == text).unwrap();
        for (place, hint) in
            [(place(b"one"), "images/"), (place(b"PGDMP"), "database.dump"), (place(b"\"files\": 2") + 9, "2 pictures")]
        {
            let mut damaged = whole.clone();
            damaged[place] ^= 1;
            std::fs::write(&path, damaged).unwrap();
            let error = read(&path).unwrap_err().to_string();
            assert!(error.contains(hint) && error.contains("damaged"), "{error}");
        }
        std::fs::write(&path, &whole[..place(b"manifest.json")]).unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("manifest.json is missing"));
        std::fs::write(&path, b"").unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("no backup of Vasari"));
    }
}
