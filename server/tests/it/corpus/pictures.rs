//! Pictures as they come from cameras, from broken disks and from people who mean harm. All are made here, but for those
//! that `model/reference/` has made for the model's own tests.

use std::{fs, io::Write, path::Path};

use flate2::{Compression, write::ZlibEncoder};
use image::ImageFormat;

use crate::form::{bomb_png, crc32, deep_grey_png, picture};

/// A file's name, and its bytes.
pub(super) type Picture = (String, Vec<u8>);

/// A file's name, its bytes, and the status and kind of the problem that it is.
pub(super) type BadPicture = (&'static str, Vec<u8>, u16, &'static str);

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

fn chunk(name: [u8; 4], data: &[u8]) -> Vec<u8> {
    let named = [&name[..], data].concat();
    [&(data.len() as u32).to_be_bytes()[..], &named, &crc32(&named).to_be_bytes()].concat()
}

fn header(width: u32, height: u32, depth: u8, colour: u8, interlace: u8) -> Vec<u8> {
    let data = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[depth, colour, 0, 0, interlace]].concat();
    chunk(*b"IHDR", &data)
}

fn zlib(data: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(data).expect("memory takes all");
    encoder.finish().expect("memory takes all")
}

/// A PNG of these chunks.
fn png(chunks: &[Vec<u8>]) -> Vec<u8> {
    [SIGNATURE.to_vec(), chunks.concat()].concat()
}

fn end() -> Vec<u8> {
    chunk(*b"IEND", b"")
}

/// A grey picture of 4 by 4, with chunks before its data.
fn grey_png(more: &[Vec<u8>]) -> Vec<u8> {
    let data = chunk(*b"IDAT", &zlib(&[0; 20]));
    png(&[&[header(4, 4, 8, 0, 0)], more, &[data, end()]].concat())
}

/// An EXIF block whose one entry is the orientation.
fn exif(orientation: u16) -> Vec<u8> {
    let value = orientation.to_le_bytes();
    let entry = [b"\x12\x01\x03\0\x01\0\0\0", &value[..], b"\0\0\0\0\0\0"].concat();
    [b"II*\0\x08\0\0\0\x01\0", &entry[..]].concat()
}

/// A JPEG with a segment after its beginning.
fn jpeg_with(marker: u8, data: &[u8]) -> Vec<u8> {
    let jpeg = picture(24, 16, ImageFormat::Jpeg);
    let length = (data.len() as u16 + 2).to_be_bytes();
    [&jpeg[..2], &[0xff, marker], &length, data, &jpeg[2..]].concat()
}

fn with_exif(tiff: &[u8]) -> Vec<u8> {
    jpeg_with(0xe1, &[b"Exif\0\0", tiff].concat())
}

/// A JPEG that announces this size.
fn jpeg_of(width: u16, height: u16) -> Vec<u8> {
    let mut jpeg = picture(24, 16, ImageFormat::Jpeg);
    let frame = jpeg.windows(2).position(|marker| marker == [0xff, 0xc0]).expect("it has a baseline frame");
    jpeg[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
    jpeg[frame + 7..frame + 9].copy_from_slice(&width.to_be_bytes());
    jpeg
}

/// A GIF whose screen and frame announce this size.
fn gif_of(width: u16, height: u16) -> Vec<u8> {
    let mut gif = picture(8, 8, ImageFormat::Gif);
    let size = [width.to_le_bytes(), height.to_le_bytes()].concat();
    let frame = gif.windows(9).position(|block| block == b"\x2c\0\0\0\0\x08\0\x08\0").expect("it has a frame");
    gif[6..10].copy_from_slice(&size);
    gif[frame + 5..frame + 9].copy_from_slice(&size);
    gif
}

/// Pictures that are captioned and kept, whatever is odd about them.
pub(super) fn good() -> Vec<Picture> {
    let mut all = from_reference();
    for orientation in [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 65_535] {
        all.push((format!("orientation {orientation}.jpg"), with_exif(&exif(orientation))));
    }
    let jpeg = picture(40, 30, ImageFormat::Jpeg);
    let text = |text: &[u8]| chunk(*b"tEXt", &[b"Comment\0", text].concat());
    let named: Vec<(&str, Vec<u8>)> = vec![
        ("one pixel.png", picture(1, 1, ImageFormat::Png)),
        ("one pixel.jpg", picture(1, 1, ImageFormat::Jpeg)),
        ("one pixel.gif", picture(1, 1, ImageFormat::Gif)),
        ("one pixel.webp", picture(1, 1, ImageFormat::WebP)),
        ("as high as can be.png", picture(1, 16_384, ImageFormat::Png)),
        ("as wide as can be.png", picture(16_384, 1, ImageFormat::Png)),
        ("16 bits.png", deep_grey_png()),
        ("trailing bytes.jpg", [&jpeg, &b"trailing bytes"[..]].concat()),
        ("trailing archive.png", [grey_png(&[]), b"PK\x03\x04 and so on".to_vec()].concat()),
        ("trailing page.gif", [picture(8, 8, ImageFormat::Gif), b"<script>alert(1)</script>".to_vec()].concat()),
        ("promises more EXIF.jpg", with_exif(b"MM\xff\xff")),
        ("EXIF without entries.jpg", with_exif(b"II*\0\x08\0\0\0\0\0")),
        ("EXIF beyond its end.jpg", with_exif(b"II*\0\xff\xff\xff\xff")),
        ("EXIF that points at itself.jpg", with_exif(b"II*\0\x08\0\0\0\0\0\x08\0\0\0")),
        ("EXIF of 65535 entries.jpg", with_exif(b"II*\0\x08\0\0\0\xff\xff")),
        ("empty EXIF.jpg", with_exif(b"")),
        ("EXIF with a page.jpg", with_exif(b"<script>alert(1)</script>")),
        ("profile of nothing.jpg", jpeg_with(0xe2, b"ICC_PROFILE\0\x01\x01")),
        ("profile in 255 parts.jpg", jpeg_with(0xe2, b"ICC_PROFILE\0\x01\xffabc")),
        ("comment with a NUL.jpg", jpeg_with(0xfe, b"a\0b")),
        ("words.png", grey_png(&[text(b"<script>alert(1)</script>")])),
        ("unknown chunk.png", grey_png(&[chunk(*b"vaSa", b"anything")])),
        ("profile of nothing.png", grey_png(&[chunk(*b"iCCP", b"x\0\0")])),
        ("EXIF of nothing.png", grey_png(&[chunk(*b"eXIf", b"")])),
        ("animated without frames.png", grey_png(&[chunk(*b"acTL", &[0, 0, 0, 2, 0, 0, 0, 0])])),
        ("words that unpack to 8 MiB.png", grey_png(&[chunk(*b"zTXt", &bomb(b"x\0\0"))])),
        ("profile that unpacks to 8 MiB.png", grey_png(&[chunk(*b"iCCP", &bomb(b"x\0\0"))])),
        ("more data than pixels.png", png(&[header(4, 4, 8, 0, 0), chunk(*b"IDAT", &zlib(&[0; 4096])), end()])),
    ];
    all.extend(named.into_iter().map(|(name, bytes)| (name.to_owned(), bytes)));
    all
}

/// Much of nothing, packed.
fn bomb(head: &[u8]) -> Vec<u8> {
    [head, &zlib(&vec![0; 8 << 20])].concat()
}

/// What Pillow has written: every kind of picture that this program reads.
fn from_reference() -> Vec<Picture> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../model/tests/fixtures/images");
    let files = fs::read_dir(folder).expect("the fixtures are there").flatten();
    let is_picture = |name: &str| ["jpg", "png", "gif", "webp"].iter().any(|end| name.ends_with(&format!(".{end}")));
    let read = |file: fs::DirEntry| {
        let name = file.file_name().into_string().expect("the fixtures have plain names");
        is_picture(&name).then(|| (name, fs::read(file.path()).expect("a fixture can be read")))
    };
    let mut all: Vec<_> = files.filter_map(read).collect();
    all.sort();
    assert!(all.len() > 40, "{}", all.len());
    all
}

/// What is no picture that this program reads.
fn foreign() -> Vec<BadPicture> {
    let named: [(&'static str, &[u8]); 26] = [
        ("SVG", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("SVG after a declaration", b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("SVG after a byte order mark", b"\xef\xbb\xbf<svg/>"),
        (
            "XML with an entity",
            b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]><x>&y;</x>",
        ),
        ("HTML", b"<!doctype html><script>alert(1)</script>"),
        ("PDF", b"%PDF-1.7\n%abc"),
        ("ZIP", b"PK\x03\x04\x14\0\0\0"),
        ("gzip", b"\x1f\x8b\x08\0\0\0\0\0"),
        ("tar", &[b'a'; 600]),
        ("TIFF", b"II*\0\x08\0\0\0"),
        ("TIFF of the other order", b"MM\0*\0\0\0\x08"),
        ("HEIC", b"\0\0\0\x18ftypheic\0\0\0\0"),
        ("AVIF", b"\0\0\0\x18ftypavif\0\0\0\0"),
        ("MP4", b"\0\0\0\x18ftypisom\0\0\0\0"),
        ("BMP", b"BM\x46\0\0\0\0\0\0\0"),
        ("icon", b"\0\0\x01\0\x01\0"),
        ("Photoshop", b"8BPS\0\x01"),
        ("JPEG XL", b"\xff\x0a\0\0"),
        ("JPEG 2000", b"\0\0\0\x0cjP  \r\n\x87\n"),
        ("WAVE", b"RIFF\x24\0\0\0WAVEfmt "),
        ("program of Linux", b"\x7fELF\x02\x01\x01\0"),
        ("program of Windows", b"MZ\x90\0\x03\0\0\0"),
        ("PHP", b"<?php system($_GET['x']); ?>"),
        ("words", b"just words"),
        ("zeros", &[0; 64]),
        ("GIF of no version", b"GIF88a\x01\0\x01\0"),
    ];
    named.into_iter().map(|(name, bytes)| (name, bytes.to_vec(), 415, "unsupported-image")).collect()
}

/// Pictures of which something is missing or wrong.
fn damaged() -> Vec<BadPicture> {
    let whole = |format| picture(64, 64, format);
    let half = |format| {
        let bytes = whole(format);
        bytes[..bytes.len() / 2].to_vec()
    };
    let turned = |at_end: usize| {
        let mut bytes = whole(ImageFormat::Png);
        let place = bytes.len() - at_end;
        bytes[place] ^= 0xff;
        bytes
    };
    let mut bad_header = whole(ImageFormat::Png);
    bad_header[17] ^= 1;
    let jpeg = whole(ImageFormat::Jpeg);
    let scan = jpeg.windows(2).position(|marker| marker == [0xff, 0xda]).expect("it has a scan");
    let data = |bytes: &[u8]| chunk(*b"IDAT", &zlib(bytes));
    let named = vec![
        ("nothing", Vec::new()),
        ("half a PNG", half(ImageFormat::Png)),
        ("half a JPEG", half(ImageFormat::Jpeg)),
        ("half a GIF", half(ImageFormat::Gif)),
        ("half a WebP", half(ImageFormat::WebP)),
        ("signature of a PNG", SIGNATURE.to_vec()),
        ("signature of a JPEG", b"\xff\xd8\xff".to_vec()),
        ("signature of a GIF", b"GIF89a".to_vec()),
        ("signature of a WebP", b"RIFF\x24\0\0\0WEBPVP8 ".to_vec()),
        ("three letters of a PNG", b"\x89PN".to_vec()),
        ("GIF and script at once", b"GIF89a/*\0\0*/=1;alert(1)".to_vec()),
        ("bad sum of the data", turned(17)),
        ("bad sum of the header", bad_header),
        ("no pixels", png(&[header(0, 0, 8, 0, 0), data(b""), end()])),
        ("no width", png(&[header(0, 4, 8, 0, 0), data(b""), end()])),
        ("no height", png(&[header(4, 0, 8, 0, 0), data(b""), end()])),
        ("no header", png(&[data(&[0; 20]), end()])),
        ("no data", png(&[header(4, 4, 8, 0, 0), end()])),
        ("no end", png(&[header(4, 4, 8, 0, 0), data(&[0; 20])])),
        ("too little data", png(&[header(4, 4, 8, 0, 0), data(&[0; 9]), end()])),
        ("data that is no zlib", png(&[header(4, 4, 8, 0, 0), chunk(*b"IDAT", b"not packed"), end()])),
        ("an unknown filter", png(&[header(4, 4, 8, 0, 0), data(&[9; 20]), end()])),
        ("an unknown colour", png(&[header(4, 4, 8, 7, 0), data(&[0; 20]), end()])),
        ("three bits", png(&[header(4, 4, 3, 0, 0), data(&[0; 20]), end()])),
        ("an unknown interlacing", png(&[header(4, 4, 8, 0, 9), data(&[0; 20]), end()])),
        ("no palette", png(&[header(4, 4, 8, 3, 0), data(&[0; 20]), end()])),
        ("a chunk longer than the file", [SIGNATURE, b"\x7f\xff\xff\xffIHDR"].concat()),
        ("2147483647 by 2147483647", png(&[header(0x7fff_ffff, 0x7fff_ffff, 8, 2, 0), data(&[0; 64]), end()])),
        ("JPEG without its scan", jpeg[..scan].to_vec()),
        ("JPEG of no height", jpeg_of(24, 0)),
        ("JPEG of no width", jpeg_of(0, 16)),
        ("JPEG without tables", [&jpeg[..2], &jpeg[scan..]].concat()),
        ("GIF of no size", gif_of(0, 0)),
    ];
    named.into_iter().map(|(name, bytes)| (name, bytes, 422, "damaged-image")).collect()
}

/// Pictures that would be more than this server has room for.
fn too_large() -> Vec<BadPicture> {
    let data = || chunk(*b"IDAT", &zlib(&[0; 64]));
    let of = |width, height| png(&[header(width, height, 8, 2, 0), data(), end()]);
    let named = vec![
        ("65535 by 65535", bomb_png()),
        ("one pixel too wide", of(16_385, 1)),
        ("one pixel too high", of(1, 16_385)),
        ("one row above 40 megapixels", of(8000, 5001)),
        ("JPEG of 65500 by 65500", jpeg_of(65_500, 65_500)),
        ("GIF of 65535 by 65535", gif_of(65_535, 65_535)),
    ];
    named.into_iter().map(|(name, bytes)| (name, bytes, 422, "image-too-large")).collect()
}

/// Everything that is refused.
pub(super) fn bad() -> Vec<BadPicture> {
    [foreign(), damaged(), too_large()].concat()
}
