//! Archives of pictures, as anybody may send them: what is in them is read a file at a time, and never more than was allowed.
//!
//! Nothing is unpacked onto the disk and no name in an archive is used as one of the disk's. Sizes that an archive tells are
//! not believed.

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use flate2::{Crc, read::DeflateDecoder};
use zip::{CompressionMethod, ZipArchive};

/// What may be read of an archive's own bookkeeping at a time: more than ten thousand names take.
const MOST_BOOKKEEPING: u64 = 8 << 20;

/// A file that takes so many times the room that it has in the archive holds no picture.
const MOST_DENSE: u64 = 200;

/// How much an archive may hold.
#[derive(Debug, Clone, Copy)]
pub struct ArchiveLimits {
    /// Files.
    pub members: usize,
    /// Bytes of one file, unpacked.
    pub member_bytes: u64,
    /// Bytes of all files, unpacked.
    pub total_bytes: u64,
}

/// A file in an archive.
#[derive(Debug)]
pub struct ArchiveMember {
    /// Its name, as it came: it may lead anywhere.
    pub name: String,
    /// What is in it.
    pub content: Result<Vec<u8>, MemberError>,
}

/// Why a file of an archive can't be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MemberError {
    /// It is a link or a device.
    #[error("it is no file, but a link or a device")]
    NoFile,
    /// It is larger than a file may be.
    #[error("it is too large")]
    TooLarge,
    /// It is much larger than the room that it takes in the archive.
    #[error("it unpacks to more than 200 times its size in the archive")]
    TooDense,
    /// It takes a password.
    #[error("it is encrypted")]
    Encrypted,
    /// It is compressed otherwise than most archives are.
    #[error("it is compressed in a way that is not read here; store or deflate it")]
    UnknownMethod,
    /// It is not as it was packed.
    #[error("it is damaged in the archive")]
    Damaged,
}

/// Why an archive can't be read, or not to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// It is neither of the two kinds.
    #[error("it is neither a zip nor a tar archive")]
    Unknown,
    /// It holds more files than it may.
    #[error("it holds more than {0} files")]
    TooManyMembers(usize),
    /// What it holds is larger than it may be.
    #[error("it unpacks to more than {0} bytes")]
    TooMuch(u64),
    /// It breaks off, or its bookkeeping contradicts itself.
    #[error("it is damaged: {0}")]
    Damaged(String),
}

/// An archive whose bookkeeping has been looked through.
pub struct Archive {
    kind: Kind,
    limits: ArchiveLimits,
}

enum Kind {
    Zip(ZipArchive<Metered>),
    Tar(Metered),
}

impl Archive {
    /// Looks through an archive before anything is done with it.
    pub fn open(mut file: File, limits: ArchiveLimits) -> Result<Self, ArchiveError> {
        let mut start = Vec::new();
        (&mut file).take(512).read_to_end(&mut start).map_err(|error| damaged(&error))?;
        file.rewind().map_err(|error| damaged(&error))?;
        let metered = Metered::new(file);
        let kind = if start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06") {
            let meter = metered.meter();
            meter.allow(MOST_BOOKKEEPING);
            let mut archive = ZipArchive::new(metered).map_err(|error| damaged(&error))?;
            meter.allow(u64::MAX);
            check_zip(&mut archive, &limits)?;
            Kind::Zip(archive)
        } else if start.get(257..262) == Some(b"ustar") {
            Kind::Tar(check_tar(metered, &limits)?)
        } else {
            return Err(ArchiveError::Unknown);
        };
        Ok(Self { kind, limits })
    }

    /// Gives `visit` each file in turn, for as long as it wants another. Folders are passed over.
    pub fn read(self, mut visit: impl FnMut(ArchiveMember) -> bool) -> Result<(), ArchiveError> {
        match self.kind {
            Kind::Zip(mut archive) => {
                for index in 0..archive.len() {
                    if let Some(member) = zip_member(&mut archive, index, &self.limits)
                        && !visit(member)
                    {
                        break;
                    }
                }
                Ok(())
            }
            Kind::Tar(metered) => walk_tar(metered, |name, entry| {
                let content = tar_content(entry, &self.limits);
                Ok(visit(ArchiveMember { name, content }))
            })
            .map(drop),
        }
    }
}

/// Counts files and adds up what they claim to be; none may turn out larger later.
fn check_zip(archive: &mut ZipArchive<Metered>, limits: &ArchiveLimits) -> Result<(), ArchiveError> {
    if archive.len() > limits.members {
        return Err(ArchiveError::TooManyMembers(limits.members));
    }
    let mut total: u64 = 0;
    for index in 0..archive.len() {
        let member = archive.by_index_raw(index).map_err(|error| damaged(&error))?;
        total = total.saturating_add(member.size());
    }
    if total > limits.total_bytes { Err(ArchiveError::TooMuch(limits.total_bytes)) } else { Ok(()) }
}

fn zip_member(archive: &mut ZipArchive<Metered>, index: usize, limits: &ArchiveLimits) -> Option<ArchiveMember> {
    let Ok(mut member) = archive.by_index_raw(index) else {
        // Its name is in what can't be read.
        return Some(ArchiveMember { name: format!("file {}", index + 1), content: Err(MemberError::Damaged) });
    };
    if member.is_dir() {
        return None;
    }
    let name = plain_name(member.name());
    // The kind of file in the upper bits of a Unix mode; 0 where another system packed it.
    let is_file = member.unix_mode().is_none_or(|mode| matches!(mode & 0o170_000, 0 | 0o100_000));
    let (size, packed, sum, method) = (member.size(), member.compressed_size(), member.crc32(), member.compression());
    let content = if !is_file {
        Err(MemberError::NoFile)
    } else if member.encrypted() {
        Err(MemberError::Encrypted)
    } else if size > limits.member_bytes {
        Err(MemberError::TooLarge)
    } else if size > packed.saturating_mul(MOST_DENSE) {
        Err(MemberError::TooDense)
    } else {
        match method {
            CompressionMethod::STORE => unpack(&mut member, size, sum),
            CompressionMethod::DEFLATE => unpack(DeflateDecoder::new(&mut member), size, sum),
            _ => Err(MemberError::UnknownMethod),
        }
    };
    Some(ArchiveMember { name, content })
}

/// Reads no more than one byte beyond what was promised.
fn unpack(packed: impl Read, size: u64, sum: u32) -> Result<Vec<u8>, MemberError> {
    let mut bytes = Vec::new();
    packed.take(size.saturating_add(1)).read_to_end(&mut bytes).map_err(|_| MemberError::Damaged)?;
    let mut found = Crc::new();
    found.update(&bytes);
    if bytes.len() as u64 == size && found.sum() == sum { Ok(bytes) } else { Err(MemberError::Damaged) }
}

/// Counts files. A tar unpacks to no more than it is.
fn check_tar(metered: Metered, limits: &ArchiveLimits) -> Result<Metered, ArchiveError> {
    let mut files = 0;
    let metered = walk_tar(metered, |_, _| {
        files += 1;
        if files > limits.members { Err(ArchiveError::TooManyMembers(limits.members)) } else { Ok(true) }
    })?;
    Ok(metered)
}

type TarEntry<'a> = tar::Entry<'a, Metered>;

/// Gives `visit` each file's name and entry until it wants no more, and returns to the beginning.
fn walk_tar(
    metered: Metered,
    mut visit: impl FnMut(String, &mut TarEntry<'_>) -> Result<bool, ArchiveError>,
) -> Result<Metered, ArchiveError> {
    let meter = metered.meter();
    let mut archive = tar::Archive::new(metered);
    // Names that are longer than a header holds are read into memory, however long they are.
    meter.allow(MOST_BOOKKEEPING);
    for entry in archive.entries_with_seek().map_err(|error| damaged(&error))? {
        let mut entry = entry.map_err(|error| damaged(&error))?;
        let kind = entry.header().entry_type();
        if !kind.is_dir() && !kind.is_pax_global_extensions() {
            let name = plain_name(&String::from_utf8_lossy(&entry.path_bytes()));
            meter.allow(u64::MAX);
            if !visit(name, &mut entry)? {
                break;
            }
        }
        meter.allow(MOST_BOOKKEEPING);
    }
    let mut metered = archive.into_inner();
    meter.allow(u64::MAX);
    metered.rewind().map_err(|error| damaged(&error))?;
    Ok(metered)
}

fn tar_content(entry: &mut TarEntry<'_>, limits: &ArchiveLimits) -> Result<Vec<u8>, MemberError> {
    let kind = entry.header().entry_type();
    if !kind.is_file() && !kind.is_contiguous() {
        return Err(MemberError::NoFile);
    }
    if entry.size() > limits.member_bytes {
        return Err(MemberError::TooLarge);
    }
    let mut bytes = Vec::new();
    let size = entry.size();
    entry.take(size).read_to_end(&mut bytes).map_err(|_| MemberError::Damaged)?;
    if bytes.len() as u64 == size { Ok(bytes) } else { Err(MemberError::Damaged) }
}

/// Without the `./` that tar writes before what lies in the current folder.
fn plain_name(name: &str) -> String {
    name.strip_prefix("./").unwrap_or(name).to_owned()
}

fn damaged(error: &impl ToString) -> ArchiveError {
    ArchiveError::Damaged(error.to_string())
}

/// A file of which no more is read than was allowed: an archive's bookkeeping can be as large as the archive, and those who
/// read it keep all of it in memory.
struct Metered {
    file: BufReader<File>,
    meter: Meter,
}

/// How many more bytes may be read.
#[derive(Clone)]
struct Meter(Arc<AtomicU64>);

impl Metered {
    fn new(file: File) -> Self {
        Self { file: BufReader::new(file), meter: Meter(Arc::new(AtomicU64::new(u64::MAX))) }
    }

    fn meter(&self) -> Meter {
        self.meter.clone()
    }
}

impl Meter {
    fn allow(&self, bytes: u64) {
        self.0.store(bytes, Ordering::Relaxed);
    }
}

impl Read for Metered {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.meter.0.load(Ordering::Relaxed);
        if left == 0 && !buffer.is_empty() {
            return Err(io::Error::other("its bookkeeping is larger than any real one"));
        }
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.file.read(&mut buffer[..most])?;
        if left != u64::MAX {
            self.meter.allow(left - read as u64);
        }
        Ok(read)
    }
}

impl Seek for Metered {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

#[cfg(test)]
mod tests;
