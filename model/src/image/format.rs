//! What a file is, by its first bytes; its name and declared type are hearsay.

use std::fmt;

use super::ImageError;

/// A picture format that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// JPEG: baseline or progressive; grey, YCbCr, RGB, CMYK or YCCK.
    Jpeg,
    /// PNG: every depth and colour type; of an animation the default image.
    Png,
    /// GIF: of an animation the first frame.
    Gif,
    /// WebP: lossy or lossless; of an animation the first frame.
    WebP,
}

/// As many bytes as tell every format from every other; fewer could as well be a short text.
const SHORTEST_MAGIC: usize = 3;

impl Format {
    /// Recognises a picture by its first bytes. A file cut off within its magic number counts as what it began as.
    ///
    /// # Errors
    /// [`ImageError::Empty`] without any byte, [`ImageError::Unsupported`] for everything else than these formats.
    pub fn of(bytes: &[u8]) -> Result<Self, ImageError> {
        if bytes.is_empty() {
            return Err(ImageError::Empty);
        }
        let begins =
            |magic: &[u8]| bytes.starts_with(magic) || (bytes.len() >= SHORTEST_MAGIC && magic.starts_with(bytes));
        if bytes.starts_with(b"\xFF\xD8") {
            Ok(Self::Jpeg)
        } else if begins(b"\x89PNG\r\n\x1A\n") {
            Ok(Self::Png)
        } else if begins(b"GIF87a") || begins(b"GIF89a") {
            Ok(Self::Gif)
        } else if begins(b"RIFF") && bytes.get(8..12).is_none_or(|kind| kind == b"WEBP") {
            Ok(Self::WebP)
        } else {
            Err(ImageError::Unsupported { found: look_alike(bytes) })
        }
    }

    /// The media type, such as `image/png`.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
            Self::WebP => "image/webp",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::Gif => "GIF",
            Self::WebP => "WebP",
        })
    }
}

/// Magic numbers of what people send by mistake, with what to call it.
const LOOK_ALIKES: [(&[u8], &str); 16] = [
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"II*\0", "a TIFF picture"),
    (b"MM\0*", "a TIFF picture"),
    (b"II+\0", "a BigTIFF picture"),
    (b"MM\0+", "a BigTIFF picture"),
    (b"BM", "a BMP picture"),
    (b"\0\0\x01\0", "a Windows icon"),
    (b"8BPS", "a Photoshop document"),
    (b"\xFF\x0A", "a JPEG XL picture"),
    (b"\0\0\0\x0CJXL ", "a JPEG XL picture"),
    (b"\0\0\0\x0CjP  ", "a JPEG 2000 picture"),
    (b"\x1F\x8B", "a gzip archive"),
    (b"RIFF", "a RIFF file that is not WebP"),
    (b"qoif", "a QOI picture"),
];

/// Says in words what bytes of an unsupported kind look like.
fn look_alike(bytes: &[u8]) -> &'static str {
    if let Some((_, name)) = LOOK_ALIKES.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return name;
    }
    if bytes.get(4..8) == Some(b"ftyp") {
        return match bytes.get(8..12) {
            Some(b"avif" | b"avis") => "an AVIF picture",
            Some(b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1") => "a HEIC picture",
            _ => "a video",
        };
    }
    let head = &bytes[..bytes.len().min(1024)];
    // A cut within a character must not turn a text into "unknown": up to 3 bytes at the end may be incomplete.
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => "",
    };
    let text = text.trim_start_matches('\u{FEFF}').trim_start().to_ascii_lowercase();
    let is_text = !text.is_empty() && !text.contains(|c: char| c.is_control() && !c.is_whitespace());
    if !is_text {
        "no format that is known here"
    } else if text.starts_with("<svg") || (text.starts_with("<?xml") && text.contains("<svg")) {
        "an SVG drawing"
    } else if text.starts_with("<!doctype html") || text.starts_with("<html") || text.contains("<html") {
        "an HTML page"
    } else if text.starts_with("<?xml") {
        "an XML document"
    } else {
        "a text"
    }
}
