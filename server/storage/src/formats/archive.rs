//! Archives of folders, `.zip` and `.tar`, taken apart into a folder.
//!
//! What an archive says is taken for what a stranger says. A name that leads outside is refused, as is a link; how many
//! files there are and what they hold in all is limited by what is really written, not by what the archive promises.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufReader, Read, Seek},
    path::{Path, PathBuf},
};

use tar::{Archive, EntryType};
use zip::ZipArchive;

use super::{
    Format,
    bundle::Bundle,
    names::safe_name,
    row::FormatError,
    source::{open_file, unreadable},
};
use crate::dataset_folder::is_image_name;

/// What an archive is called in errors.
const LABEL: &str = "an archive";

/// What an archive may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArchiveLimits {
    /// How many files and folders at most.
    pub files: u64,
    /// How many bytes in all, unpacked.
    pub bytes: u64,
}

/// A kind of archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArchiveKind {
    /// `.zip`.
    Zip,
    /// `.tar`, not compressed.
    Tar,
}

impl ArchiveKind {
    /// What the file is, by its first bytes; none where it is no archive.
    pub fn detect(path: &Path) -> Result<Option<Self>, FormatError> {
        let mut start = Vec::new();
        let read = open_file(path)?.take(512).read_to_end(&mut start);
        read.map_err(|source| unreadable(path, source))?;
        Ok(match &*start {
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(Self::Zip),
            start if start.get(257..262) == Some(b"ustar") => Some(Self::Tar),
            _ => None,
        })
    }
}

/// Unpacks an archive into the folder `into`, which is empty: pictures, captions and tables, and nothing else. Returns the
/// folder in which those lie that the archive was made of.
///
/// # Errors
///
/// [`FormatError::Damaged`] also for what is refused.
pub fn unpack(path: &Path, kind: ArchiveKind, into: &Path, limits: ArchiveLimits) -> Result<PathBuf, FormatError> {
    let mut unpacking = Unpacking { into, limits, files: 0, bytes: 0 };
    let file = BufReader::new(open_file(path)?);
    let unpacked = match kind {
        ArchiveKind::Zip => unpacking.zip(file),
        ArchiveKind::Tar => unpacking.tar(file),
    };
    unpacked.map_err(|problem| FormatError::Damaged { path: path.to_owned(), format: LABEL, problem })?;
    innermost(into).map_err(|source| unreadable(into, source))
}

/// What there is to read in a file that somebody brought: the file itself, or what its archive holds, unpacked into the
/// folder `into`. `format` is what they say it is, `name` what they call it.
///
/// # Errors
///
/// Also where nothing tells the format, or where the archive has no file of it.
pub fn open_file_or_archive(
    path: &Path,
    name: &str,
    format: Option<Format>,
    (into, limits): (&Path, ArchiveLimits),
) -> Result<(PathBuf, Format), FormatError> {
    let damaged = |format: Option<Format>, problem: String| {
        let format = format.map_or("captions or pictures", Format::label);
        FormatError::Damaged { path: path.to_owned(), format, problem }
    };
    let is_folder = format.is_some_and(|format| format.extension().is_none());
    match ArchiveKind::detect(path)? {
        // A tar is a WebDataset, unless somebody says that it is a folder.
        Some(kind) if kind == ArchiveKind::Zip || is_folder => {
            let folder = unpack(path, kind, into, limits)?;
            let format = format.or_else(|| Format::detect(&folder));
            let format = format.ok_or_else(|| damaged(None, "nothing in it tells the format".to_owned()))?;
            let place = place_of(&folder, format).map_err(|problem| damaged(Some(format), problem))?;
            Ok((place, format))
        }
        _ if is_folder => Err(damaged(format, "it is a folder; pack it into a .zip or a .tar".to_owned())),
        _ => {
            let by_name = || Format::of_name(Path::new(name)).filter(|format| format.extension().is_some());
            let unknown = || damaged(None, format!("the name {name:?} tells no format; say which it is"));
            Ok((path.to_owned(), format.or_else(by_name).ok_or_else(unknown)?))
        }
    }
}

/// Where in a folder the captions are: the folder, or its only file of the format.
fn place_of(folder: &Path, format: Format) -> Result<PathBuf, String> {
    if format.extension().is_none() || (format == Format::Jsonl && folder.join("captions.jsonl").is_file()) {
        return Ok(folder.to_owned());
    }
    let files = fs::read_dir(folder).map_err(in_words)?.flatten().map(|file| file.path());
    let mut files = files.filter(|file| file.is_file() && Format::of_name(file) == Some(format));
    match (files.next(), files.next()) {
        (Some(only), None) => Ok(only),
        (None, _) => Err("the archive holds no file of it".to_owned()),
        (Some(_), Some(_)) => Err("the archive holds several files of it; pack one alone".to_owned()),
    }
}

/// Packs a folder into a `.zip` at `to`, which appears when all is there: pictures, captions and tables, and nothing else.
/// Links are not followed.
pub fn pack(folder: &Path, to: &Path) -> Result<(), FormatError> {
    let packed = || {
        let mut bundle = Bundle::archive(to)?;
        pack_into(&mut bundle, folder, "")?;
        bundle.finish()
    };
    packed().map_err(|source| unreadable(folder, source))
}

fn pack_into(bundle: &mut Bundle, folder: &Path, prefix: &str) -> io::Result<()> {
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_unstable_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let Some(name) = entry.file_name().to_str().map(str::to_owned) else { continue };
        if name.starts_with('.') {
            continue;
        }
        let (name, kind) = (format!("{prefix}{name}"), entry.file_type()?);
        if kind.is_dir() {
            pack_into(bundle, &entry.path(), &format!("{name}/"))?;
        } else if kind.is_file() && is_of_use(&name) {
            bundle.add_from(&name, &mut File::open(entry.path())?)?;
        }
    }
    Ok(())
}

struct Unpacking<'a> {
    into: &'a Path,
    limits: ArchiveLimits,
    files: u64,
    bytes: u64,
}

impl Unpacking<'_> {
    fn zip(&mut self, file: impl Read + Seek) -> Result<(), String> {
        let mut archive = ZipArchive::new(file).map_err(in_words)?;
        for index in 0..archive.len() {
            let mut entry = archive.by_index(index).map_err(in_words)?;
            let name = entry.name().to_owned();
            if entry.is_symlink() {
                return Err(refused_link(&name));
            }
            let is_file = entry.is_file();
            self.take(&name, is_file, &mut entry)?;
        }
        Ok(())
    }

    fn tar(&mut self, file: impl Read) -> Result<(), String> {
        let mut archive = Archive::new(file);
        for entry in archive.entries().map_err(in_words)? {
            let mut entry = entry.map_err(in_words)?;
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            match entry.header().entry_type() {
                EntryType::Regular | EntryType::Continuous => self.take(&name, true, &mut entry)?,
                EntryType::Directory => self.take(&name, false, &mut entry)?,
                EntryType::XGlobalHeader => {}
                _ => return Err(refused_link(&name)),
            }
        }
        Ok(())
    }

    fn take(&mut self, name: &str, is_file: bool, contents: &mut impl Read) -> Result<(), String> {
        self.files += 1;
        if self.files > self.limits.files {
            return Err(format!("it holds more than {} files", self.limits.files));
        }
        let mut parts = name.split(['/', '\\']);
        if name.starts_with(['/', '\\']) || name.contains('\0') || parts.any(|part| part == ".." || part.ends_with(':'))
        {
            return Err(format!("it holds {name:?}, which leads outside of it"));
        }
        let is_hidden = name.split('/').any(|part| (part.starts_with('.') && part != ".") || part == "__MACOSX");
        let wanted = safe_name(name).filter(|safe| is_file && !is_hidden && is_of_use(safe));
        let Some(safe) = wanted else { return Ok(()) };
        let target = self.into.join(&safe);
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder).map_err(|error| format!("{name:?} can't be unpacked: {error}"))?;
        }
        let file = OpenOptions::new().write(true).create_new(true).open(target);
        let mut file: File = file.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => format!("it holds {name:?} twice"),
            _ => format!("{name:?} can't be unpacked: {error}"),
        })?;
        let left = self.limits.bytes - self.bytes;
        let written = io::copy(&mut contents.take(left + 1), &mut file);
        let written = written.map_err(|error| format!("{name:?} can't be unpacked: {error}"))?;
        if written > left {
            return Err(format!("it holds more than {} MiB", self.limits.bytes >> 20));
        }
        self.bytes += written;
        Ok(())
    }
}

/// Pictures and what tells about them.
fn is_of_use(name: &str) -> bool {
    let extension = Path::new(name).extension().and_then(|extension| extension.to_str()).map(str::to_ascii_lowercase);
    let tells = ["txt", "jsonl", "ndjson", "json", "csv", "tsv", "parquet"];
    is_image_name(name) || extension.is_some_and(|extension| tells.contains(&extension.as_str()))
}

fn refused_link(name: &str) -> String {
    format!("it holds {name:?}, which is no file; links are not followed")
}

#[expect(clippy::needless_pass_by_value, reason = "it is a function for map_err")]
fn in_words(error: impl ToString) -> String {
    error.to_string()
}

/// The folder that holds more than one other folder: whoever packs a folder packs its name as well.
fn innermost(folder: &Path) -> io::Result<PathBuf> {
    let mut folder = folder.to_owned();
    loop {
        let mut entries = fs::read_dir(&folder)?;
        match (entries.next().transpose()?, entries.next()) {
            (Some(only), None) if only.file_type()?.is_dir() => folder = only.path(),
            _ => return Ok(folder),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

    use super::*;

    const LIMITS: ArchiveLimits = ArchiveLimits { files: 10, bytes: 100_000 };

    fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(io::Cursor::new(Vec::new()));
        for (name, bytes) in files {
            let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
            writer.start_file(*name, options).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn tar_of(name: &str, kind: EntryType, bytes: &[u8]) -> Vec<u8> {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_entry_type(kind);
        header.set_link_name("/etc/passwd").unwrap();
        // As no library writes it.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        let mut builder = tar::Builder::new(Vec::new());
        builder.append(&header, bytes).unwrap();
        builder.into_inner().unwrap()
    }

    fn unpacked(archive: &[u8], limits: ArchiveLimits) -> Result<Vec<String>, String> {
        let outer = tempfile::tempdir().unwrap();
        let (path, into) = (outer.path().join("archive"), outer.path().join("into"));
        fs::write(&path, archive).unwrap();
        fs::create_dir(&into).unwrap();
        let kind = ArchiveKind::detect(&path).unwrap().expect("it is an archive");
        let folder = unpack(&path, kind, &into, limits);
        assert_eq!(fs::read_dir(outer.path()).unwrap().count(), 2, "nothing lies beside the folder");
        let folder = folder.map_err(|error| error.of_file("It"))?;
        let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name()).collect();
        names.sort_unstable();
        Ok(names.into_iter().map(|name| name.into_string().unwrap()).collect())
    }

    #[test]
    fn pictures_and_captions_come_out_and_nothing_else() {
        let files: &[(&str, &[u8])] = &[
            ("set/", b""),
            ("set/a.png", b"a"),
            ("set/b/c.jpg", b"c"),
            ("set/metadata.jsonl", b"{}"),
            ("set/run.sh", b"rm"),
            ("set/.hidden.png", b"x"),
            ("__MACOSX/set/._a.png", b"x"),
        ];
        assert_eq!(unpacked(&zip(files), LIMITS).unwrap(), ["a.png", "b", "metadata.jsonl"]);
        assert_eq!(unpacked(&tar_of("a.png", EntryType::Regular, b"a"), LIMITS).unwrap(), ["a.png"]);
    }

    #[test]
    fn format_follows_from_what_there_is() {
        let opened = |archive: &[u8], name: &str, format: Option<Format>| {
            let outer = tempfile::tempdir().unwrap();
            let (path, into) = (outer.path().join("file"), outer.path().join("into"));
            fs::write(&path, archive).unwrap();
            fs::create_dir(&into).unwrap();
            let opened = open_file_or_archive(&path, name, format, (&into, LIMITS));
            let opened = opened.map_err(|error| error.of_file("It"))?;
            Ok::<_, String>((opened.0.strip_prefix(outer.path()).unwrap().display().to_string(), opened.1))
        };
        let of = |place: &str, format| Ok((place.to_owned(), format));
        assert_eq!(opened(b"{}", "a.jsonl", None), of("file", Format::Jsonl));
        assert_eq!(opened(b"{}", "captions", Some(Format::Coco)), of("file", Format::Coco));
        let tar = tar_of("a.png", EntryType::Regular, b"a");
        assert_eq!(opened(&tar, "set.tar", None), of("file", Format::WebDataset));
        assert_eq!(opened(&tar, "set.tar", Some(Format::Folder)), of("into", Format::Folder));
        let set = zip(&[("set/a.png", b"a"), ("set/a.txt", b"text"), ("set/prompts.csv", b"x")]);
        assert_eq!(opened(&set, "set.zip", None), of("into/set", Format::Sidecars));
        assert_eq!(opened(&set, "set.zip", Some(Format::Csv)), of("into/set/prompts.csv", Format::Csv));
        let folder = zip(&[("set/metadata.jsonl", b"{}"), ("set/a.png", b"a")]);
        assert_eq!(opened(&folder, "x", None), of("into/set", Format::ImageFolder));
        let error = opened(b"{}", "captions", None).unwrap_err();
        assert!(error.contains("tells no format"), "{error}");
        let error = opened(b"{}", "a.jsonl", Some(Format::Sidecars)).unwrap_err();
        assert!(error.contains("pack it into a .zip"), "{error}");
        let error = opened(&set, "set.zip", Some(Format::Coco)).unwrap_err();
        assert!(error.contains("holds no file of it"), "{error}");
    }

    #[test]
    fn folder_that_is_packed_comes_out_again() {
        let outer = tempfile::tempdir().unwrap();
        let folder = outer.path().join("folder");
        for (name, text) in [("a.png", "a"), ("b/c.jpg", "c"), ("captions.jsonl", "{}"), ("x.sh", "x"), (".h.png", "h")]
        {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let archive = outer.path().join("packed.zip");
        pack(&folder, &archive).unwrap();
        let names = unpacked(&fs::read(&archive).unwrap(), LIMITS).unwrap();
        assert_eq!(names, ["a.png", "b", "captions.jsonl"]);
        assert!(matches!(pack(&folder, &archive), Err(FormatError::Unreadable { .. })), "it replaces nothing");
    }

    #[test]
    fn what_leads_outside_is_refused() {
        for name in ["../a.png", "a/../../b.png", "/a.png", "..\\a.png", "C:\\a.png"] {
            let error = unpacked(&tar_of(name, EntryType::Regular, b"x"), LIMITS).unwrap_err();
            assert!(error.contains("leads outside"), "{name}: {error}");
        }
        let error = unpacked(&zip(&[("../a.png", b"x")]), LIMITS).unwrap_err();
        assert!(error.contains("leads outside"), "{error}");
        for kind in [EntryType::Symlink, EntryType::Link, EntryType::Fifo, EntryType::Char] {
            let error = unpacked(&tar_of("a.png", kind, b""), LIMITS).unwrap_err();
            assert!(error.contains("links are not followed"), "{error}");
        }
        let mut writer = ZipWriter::new(io::Cursor::new(Vec::new()));
        writer.add_symlink("a.png", "/etc/passwd", SimpleFileOptions::default()).unwrap();
        let error = unpacked(&writer.finish().unwrap().into_inner(), LIMITS).unwrap_err();
        assert!(error.contains("links are not followed"), "{error}");
    }

    #[test]
    fn archives_that_would_fill_the_disk_are_refused() {
        let zeros = vec![0; 200_000];
        let bomb = zip(&[("a.png", &zeros)]);
        assert!(bomb.len() < 2000, "it is small while it is packed");
        assert!(unpacked(&bomb, LIMITS).unwrap_err().contains("more than 0 MiB"));
        let many: Vec<_> = (0..11).map(|number| format!("{number}.png")).collect();
        let many: Vec<_> = many.iter().map(|name| (name.as_str(), &b"x"[..])).collect();
        assert!(unpacked(&zip(&many), LIMITS).unwrap_err().contains("more than 10 files"));
        let twice = [("a.png", &b"x"[..]), ("./a.png", &b"y"[..])];
        assert!(unpacked(&zip(&twice), LIMITS).unwrap_err().contains("twice"));
        assert!(unpacked(&zip(&[("a.png", b"x")])[..40], LIMITS).is_err());
    }
}
