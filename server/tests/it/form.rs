//! Multipart forms and the pictures in them.

use std::io::Cursor;

use image::{DynamicImage, ImageBuffer, ImageFormat, Luma, Rgb, RgbImage};

/// A multipart form, part by part.
#[derive(Default)]
pub(crate) struct Form {
    body: Vec<u8>,
}

const BOUNDARY: &str = "the-boundary-7d9f";

impl Form {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A form with `bytes` as its image.
    pub(crate) fn with_image(bytes: &[u8]) -> Self {
        Self::new().file("image", "picture", None, bytes)
    }

    pub(crate) fn field(self, name: &str, value: &str) -> Self {
        self.part(&format!("name=\"{name}\""), None, value.as_bytes())
    }

    pub(crate) fn bytes(self, name: &str, value: &[u8]) -> Self {
        self.part(&format!("name=\"{name}\""), None, value)
    }

    pub(crate) fn file(self, name: &str, file_name: &str, content_type: Option<&str>, bytes: &[u8]) -> Self {
        self.part(&format!("name=\"{name}\"; filename=\"{file_name}\""), content_type, bytes)
    }

    fn part(mut self, disposition: &str, content_type: Option<&str>, bytes: &[u8]) -> Self {
        let kind = content_type.map(|kind| format!("Content-Type: {kind}\r\n")).unwrap_or_default();
        let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\n{kind}\r\n");
        self.body.extend_from_slice(head.as_bytes());
        self.body.extend_from_slice(bytes);
        self.body.extend_from_slice(b"\r\n");
        self
    }

    pub(crate) fn content_type() -> String {
        format!("multipart/form-data; boundary={BOUNDARY}")
    }

    /// The body, closed.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
        self.body
    }

    /// The body, broken off.
    pub(crate) fn unfinished(self) -> Vec<u8> {
        self.body
    }
}

/// A picture of one green, encoded.
pub(crate) fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    encode(&DynamicImage::ImageRgb8(RgbImage::from_pixel(width, height, Rgb([40, 160, 70]))), format)
}

/// Grey, 16 bits a sample.
pub(crate) fn deep_grey_png() -> Vec<u8> {
    encode(&DynamicImage::ImageLuma16(ImageBuffer::from_pixel(8, 8, Luma([40_000]))), ImageFormat::Png)
}

fn encode(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).expect("the picture can be encoded");
    bytes.into_inner()
}

/// A PNG whose header promises 65,535 by 65,535 pixels.
pub(crate) fn bomb_png() -> Vec<u8> {
    let mut bytes = picture(1, 1, ImageFormat::Png);
    bytes[16..24].copy_from_slice(&[0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff]);
    let crc = crc32(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&crc.to_be_bytes());
    bytes
}

/// The checksum of a PNG chunk.
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    })
}
