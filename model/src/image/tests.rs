//! Against what the reference reads from the same files (`model/reference/write_image_fixtures.py`).

use std::{fs, path::PathBuf};

use ::image::{ImageFormat, RgbImage};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::*;
use crate::config::PreprocessorConfig;

/// A JPEG's inverse transform and the enlargement of its halved colour planes are not specified to the bit, and neither
/// is WebP's conversion to RGB: decoders differ by a few levels, more beside hard edges.
const LOSSY_TOLERANCE: u8 = 3;

fn fixtures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn fixture(name: &str) -> Vec<u8> {
    let path = fixtures().join("images").join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The names of all pictures whose extension is one of `extensions`.
fn pictures(extensions: &[&str]) -> Vec<String> {
    let entries = fs::read_dir(fixtures().join("images")).expect("the fixtures are part of the repository");
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| extensions.iter().any(|extension| name.ends_with(extension)));
    names.sort();
    assert!(!names.is_empty());
    names
}

/// What the reference reads from a picture.
fn expected(name: &str) -> RgbImage {
    let bytes = fixture(&format!("{name}.rgb"));
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap();
    let size = std::str::from_utf8(&bytes[..end]).unwrap();
    let (width, height) = size.split_once(' ').unwrap();
    RgbImage::from_raw(width.parse().unwrap(), height.parse().unwrap(), bytes[end + 1..].to_vec()).unwrap()
}

fn decoded(name: &str) -> RgbImage {
    decode(&fixture(name), &Limits::default()).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn encoded(image: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn largest_difference(a: &RgbImage, b: &RgbImage) -> u8 {
    a.as_raw().iter().zip(b.as_raw()).map(|(a, b)| a.abs_diff(*b)).max().unwrap()
}

#[test]
fn lossless_pictures_equal_the_reference() {
    for name in pictures(&[".png", ".gif", ".webp"]) {
        if name != "lossy.webp" {
            assert_eq!(decoded(&name), expected(&name), "{name}");
        }
    }
}

#[test]
fn lossy_pictures_are_within_the_decoders_tolerance() {
    let mut names = pictures(&[".jpg"]);
    names.push("lossy.webp".to_owned());
    for name in names {
        let (decoded, expected) = (decoded(&name), expected(&name));
        assert_eq!(decoded.dimensions(), expected.dimensions(), "{name}");
        let difference = largest_difference(&decoded, &expected);
        assert!(difference <= LOSSY_TOLERANCE, "{name} differs by {difference} levels");
    }
}

#[test]
fn orientation_can_be_left_as_stored() {
    let options = DecodeOptions { apply_exif: false, ..DecodeOptions::default() };
    for orientation in 1..=8 {
        let stored = decode_with(&fixture(&format!("orientation_{orientation}.jpg")), &options).unwrap();
        assert_eq!(stored, decoded("orientation_1.jpg"), "orientation {orientation}");
    }
}

#[test]
fn every_cut_is_noticed() {
    for name in pictures(&[".jpg", ".png", ".gif", ".webp"]) {
        let (bytes, whole) = (fixture(&name), decoded(&name));
        let format = Format::of(&bytes);
        for length in 0..bytes.len() {
            match decode(&bytes[..length], &Limits::default()) {
                // A GIF's first frame can be complete before the file is.
                Ok(image) => assert!(format == Ok(Format::Gif) && image == whole, "{name}: {length} bytes pass"),
                Err(ImageError::Empty) => assert_eq!(length, 0),
                Err(ImageError::Unsupported { .. }) => assert!(length < 3, "{name}: {length} bytes are unrecognised"),
                Err(ImageError::Damaged { .. }) => {}
                Err(error @ ImageError::TooLarge { .. }) => panic!("{name}, {length} bytes: {error}"),
            }
        }
    }
}

#[test]
fn bytes_after_the_end_do_not_matter() {
    for name in pictures(&[".jpg", ".png", ".gif", ".webp"]) {
        let mut bytes = fixture(&name);
        bytes.extend_from_slice(b"\0\xFFsomething else");
        assert_eq!(decode(&bytes, &Limits::default()).unwrap(), decoded(&name), "{name}");
    }
}

#[test]
fn no_wrong_byte_makes_a_decoder_panic() {
    // A wrong size in the header must not cost minutes, either.
    let limits = Limits { max_pixels: 100_000, max_side: 1000 };
    let mut survived = 0;
    for name in pictures(&[".jpg", ".png", ".gif", ".webp"]) {
        let mut bytes = fixture(&name);
        for position in 0..bytes.len() {
            for mask in [0xFF, 0x01, 0x80] {
                bytes[position] ^= mask;
                survived += usize::from(decode(&bytes, &limits).is_ok());
                bytes[position] ^= mask;
            }
        }
    }
    assert!(survived > 0);
}

#[test]
fn wrong_checksums_are_damage() {
    let mut bytes = fixture("rgb.png");
    let data = bytes.windows(4).position(|window| window == b"IDAT").unwrap();
    bytes[data + 20] ^= 1;
    assert!(matches!(decode(&bytes, &Limits::default()), Err(ImageError::Damaged { format: Format::Png, .. })));
}

#[test]
fn sizes_are_checked_on_the_header() {
    let mut bomb = fixture("grey.png");
    bomb[16..24].copy_from_slice(&[0, 0, 0xFF, 0xFF, 0, 0, 0xFF, 0xFF]);
    let checksum = crc32(&bomb[12..29]).to_be_bytes();
    bomb[29..33].copy_from_slice(&checksum);
    let limits = Limits::default();
    assert_eq!(decode(&bomb, &limits), Err(ImageError::TooLarge { width: 65535, height: 65535, limits }));

    let message = decode(&bomb, &limits).unwrap_err().to_string();
    assert!(message.contains("65535×65535") && message.contains("16384"), "{message}");

    for format in [ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP, ImageFormat::Png] {
        let bytes = encoded(&RgbImage::new(30, 20), format);
        for small in [Limits { max_pixels: 599, max_side: 30 }, Limits { max_pixels: 600, max_side: 29 }] {
            let error = ImageError::TooLarge { width: 30, height: 20, limits: small };
            assert_eq!(decode(&bytes, &small), Err(error), "{format:?}");
        }
        assert!(decode(&bytes, &Limits { max_pixels: 600, max_side: 30 }).is_ok(), "{format:?}");
    }
}

/// The checksum of PNG chunks.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { sum >> 1 ^ 0xEDB8_8320 } else { sum >> 1 })
    })
}

#[test]
fn the_thinnest_pictures_are_fine() {
    for (width, height) in [(1, 1), (1, 16_384), (16_384, 1)] {
        for format in [ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP, ImageFormat::Png] {
            // WebP's largest side is one pixel short.
            let (width, height) =
                if format == ImageFormat::WebP { (width.min(16_383), height.min(16_383)) } else { (width, height) };
            let image = decode(&encoded(&RgbImage::new(width, height), format), &Limits::default()).unwrap();
            assert_eq!(image.dimensions(), (width, height), "{format:?}");
            assert_eq!(preprocess(&image, &PreprocessorConfig::default()).len(), 3 * 768 * 768);
        }
    }
}

#[test]
fn what_is_no_picture_is_named() {
    let cases: [(&[u8], &str); 15] = [
        (b"\xEF\xBB\xBF <svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG drawing"),
        (b"<?xml version='1.0'?><!-- x --><svg/>", "an SVG drawing"),
        (b"<?xml version='1.0'?><a/>", "an XML document"),
        (b"<!DOCTYPE html><title>x</title>", "an HTML page"),
        (b"%PDF-1.7", "a PDF document"),
        (b"PK\x03\x04\x14\0", "a ZIP archive"),
        (b"II*\0\x08\0\0\0", "a TIFF picture"),
        (b"MM\0*\0\0\0\x08", "a TIFF picture"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "a HEIC picture"),
        (b"\0\0\0\x1Cftypavif\0\0\0\0", "an AVIF picture"),
        (b"\0\0\0\x1Cftypisom\0\0\0\0", "a video"),
        (b"BM\x36\0", "a BMP picture"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "a RIFF file that is not WebP"),
        ("ein Bild, größer als".as_bytes(), "a text"),
        (b"\x01\x02\x03\x04\x05", "no format that is known here"),
    ];
    for (bytes, found) in cases {
        assert_eq!(decode(bytes, &Limits::default()), Err(ImageError::Unsupported { found }));
    }
    assert_eq!(decode(b"", &Limits::default()), Err(ImageError::Empty));
}

#[test]
fn resizing_equals_pillow() {
    let golden = fs::read(fixtures().join("resize_golden.json")).unwrap();
    let golden: Vec<Value> = serde_json::from_slice(&golden).unwrap();
    assert_eq!(golden.len(), 3);
    for case in golden {
        let [height, width, seed] = ["h", "w", "seed"].map(|key| case[key].as_u64().unwrap() as u32);
        let image = RgbImage::from_fn(width, height, |x, y| {
            ::image::Rgb([x * 7 + y * 13 + seed * 31, x * x + 3 * y, x * y + seed].map(|value| (value % 256) as u8))
        });
        let resized = resize_bicubic(&image, 768, 768);
        let digits = case["pillow_sha256"].as_str().unwrap().as_bytes().as_chunks::<2>().0;
        let hash: Vec<u8> =
            digits.iter().map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap()).collect();
        assert_eq!(Sha256::digest(resized.as_raw()).as_slice(), hash, "{width}×{height}");
    }
}

#[test]
fn resizing_to_the_same_size_changes_nothing() {
    let image = expected("rgb.png");
    assert_eq!(resize_bicubic(&image, image.width(), image.height()), image);
}

#[test]
fn pixel_values_equal_the_reference_in_every_bit() {
    let config = PreprocessorConfig { width: 10, height: 9, ..PreprocessorConfig::default() };
    let values: Vec<u32> = preprocess(&expected("rgb.png"), &config).iter().map(|value| value.to_bits()).collect();
    let bytes = fixture("pixel_values.bin");
    let expected: Vec<u32> = bytes.as_chunks::<4>().0.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect();
    assert_eq!(values, expected);
}
