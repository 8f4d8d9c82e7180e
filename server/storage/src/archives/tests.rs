use std::io::Write;

use flate2::{Compression, write::DeflateEncoder};
use zip::{ZipWriter, write::SimpleFileOptions};

use super::*;

const LIMITS: ArchiveLimits = ArchiveLimits { members: 5, member_bytes: 40_000, total_bytes: 100_000 };

fn file(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file.rewind().unwrap();
    file
}

/// What is in an archive, in words.
fn read(bytes: &[u8]) -> Result<Vec<String>, ArchiveError> {
    let mut members = Vec::new();
    Archive::open(file(bytes), LIMITS)?.read(|ArchiveMember { name, content }| {
        members.push(match content {
            Ok(bytes) => format!("{name}: {} bytes", bytes.len()),
            Err(error) => format!("{name}: {error:?}"),
        });
        true
    })?;
    Ok(members)
}

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(io::Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, bytes) in members {
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.add_directory("folder", options).unwrap();
    writer.finish().unwrap().into_inner()
}

/// A zip of one deflated file, byte by byte; `claimed` is what it says that it unpacks to.
fn deflated(bytes: &[u8], claimed: u32) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    let packed = encoder.finish().unwrap();
    let mut sum = Crc::new();
    sum.update(bytes);
    let about = |at_the_end: bool| {
        let mut about = Vec::new();
        about.extend_from_slice(if at_the_end { b"PK\x01\x02\x14\0" } else { b"PK\x03\x04" });
        about.extend_from_slice(b"\x14\0\0\0\x08\0\0\0\x21\0");
        for number in [sum.sum(), packed.len() as u32, claimed] {
            about.extend_from_slice(&number.to_le_bytes());
        }
        about.extend_from_slice(b"\x05\0\0\0");
        if at_the_end {
            about.extend_from_slice(&[0; 14]);
        }
        about.extend_from_slice(b"a.png");
        about
    };
    let mut archive = [about(false), packed.clone()].concat();
    let (start, directory) = (archive.len() as u32, about(true));
    archive.extend_from_slice(&directory);
    archive.extend_from_slice(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    archive.extend_from_slice(&(directory.len() as u32).to_le_bytes());
    archive.extend_from_slice(&start.to_le_bytes());
    archive.extend_from_slice(b"\0\0");
    archive
}

fn tar(members: &[(&str, tar::EntryType, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, kind, bytes) in members {
        let mut header = tar::Header::new_ustar();
        header.set_entry_type(*kind);
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        // As a hostile program would: the library itself refuses such names.
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        builder.append(&header, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

#[test]
fn files_are_read_and_folders_passed_over() {
    let bytes = zip(&[("a.png", b"one"), ("b/c.png", b"three")]);
    assert_eq!(read(&bytes).unwrap(), ["a.png: 3 bytes", "b/c.png: 5 bytes"]);
    let regular = tar::EntryType::Regular;
    let bytes = tar(&[("./a.png", regular, b"one"), ("b", tar::EntryType::Directory, b""), ("b/c", regular, b"2")]);
    assert_eq!(read(&bytes).unwrap(), ["a.png: 3 bytes", "b/c: 1 bytes"]);
    let text = b"words and words and words and words".repeat(20);
    assert_eq!(read(&deflated(&text, text.len() as u32)).unwrap(), ["a.png: 700 bytes"]);
}

#[test]
fn links_and_what_is_too_large_fail_alone() {
    let regular = tar::EntryType::Regular;
    let large = vec![1; 40_001];
    let bytes = tar(&[
        ("link", tar::EntryType::Symlink, b""),
        ("device", tar::EntryType::Char, b""),
        ("../../a.png", regular, b"x"),
        ("large", regular, &large),
    ]);
    let expected = ["link: NoFile", "device: NoFile", "../../a.png: 1 bytes", "large: TooLarge"];
    assert_eq!(read(&bytes).unwrap(), expected, "names are for who uses them to judge");
    let mut writer = ZipWriter::new(io::Cursor::new(Vec::new()));
    writer.add_symlink("link", "/etc/passwd", SimpleFileOptions::default()).unwrap();
    assert_eq!(read(&writer.finish().unwrap().into_inner()).unwrap(), ["link: NoFile"]);
    assert_eq!(read(&zip(&[("large", &large)])).unwrap(), ["large: TooLarge"]);
}

#[test]
fn bombs_are_not_unpacked() {
    let zeros = vec![0; 39_000];
    // Says what it is, says that it is small, and says that it is smaller than the archive may hold.
    assert_eq!(read(&deflated(&zeros, 39_000)).unwrap(), ["a.png: TooDense"]);
    assert_eq!(read(&deflated(&zeros, 10)).unwrap(), ["a.png: Damaged"]);
    assert_eq!(read(&deflated(&zeros, 40_001)).unwrap(), ["a.png: TooLarge"]);
    assert!(matches!(read(&deflated(&zeros, 100_001)), Err(ArchiveError::TooMuch(100_000))));
    let many: Vec<_> = ["a", "b", "c", "d", "e", "f"].map(|name| (name, &b"x"[..])).into();
    assert!(matches!(read(&zip(&many)), Err(ArchiveError::TooManyMembers(5))));
    let many: Vec<_> = many.into_iter().map(|(name, bytes)| (name, tar::EntryType::Regular, bytes)).collect();
    assert!(matches!(read(&tar(&many)), Err(ArchiveError::TooManyMembers(5))));
    let name = vec![b'x'; MOST_BOOKKEEPING as usize + 1];
    let long = tar(&[("long", tar::EntryType::GNULongName, &name), ("a", tar::EntryType::Regular, b"")]);
    assert!(matches!(read(&long), Err(ArchiveError::Damaged(reason)) if reason.contains("bookkeeping")));
}

#[test]
fn damage_is_told() {
    let mut bytes = zip(&[("a.png", b"one"), ("b.png", b"two")]);
    let place = bytes.windows(3).position(|window| window == b"one").unwrap();
    bytes[place] ^= 1;
    assert_eq!(read(&bytes).unwrap(), ["a.png: Damaged", "b.png: 3 bytes"]);
    assert!(matches!(read(&bytes[..bytes.len() - 30]), Err(ArchiveError::Damaged(_))));
    for other in [&b""[..], b"Rar!\x1a\x07", &[0x1f, 0x8b, 8, 0], &[0; 600]] {
        assert!(matches!(read(other), Err(ArchiveError::Unknown)));
    }
    let large = vec![1; 2000];
    let whole = tar(&[("a", tar::EntryType::Regular, b"x"), ("b", tar::EntryType::Regular, &large)]);
    let broken = read(&whole[..2048]);
    assert!(matches!(&broken, Ok(members) if members[1] == "b: Damaged") || broken.is_err(), "{broken:?}");
}
