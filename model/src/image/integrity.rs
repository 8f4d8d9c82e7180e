//! Whether a file is all there. The decoders fill what is missing with grey; whoever sent a cut-off file wants to know.

use super::Format;

/// A file of more scans costs minutes to decode and no camera writes one: progressive pictures have about ten.
const MAX_JPEG_SCANS: usize = 200;

/// Checks that a file reaches its own end, without decoding it. Bytes after the end don't matter.
///
/// A GIF needs no check: its decoder says when the first frame is incomplete.
pub(super) fn check_complete(format: Format, bytes: &[u8]) -> Result<(), String> {
    match format {
        Format::Jpeg => check_jpeg(bytes),
        Format::Png => check_png(bytes),
        Format::WebP => check_webp(bytes),
        Format::Gif => Ok(()),
    }
}

/// Walks the markers up to "end of image". Segments are stepped over whole, so that an embedded thumbnail's end isn't
/// taken for the picture's.
fn check_jpeg(bytes: &[u8]) -> Result<(), String> {
    const MISSING_END: &str = "the file is cut off before its end marker";
    let mut position = 2;
    let mut scans = 0;
    loop {
        // What stands between two markers is entropy-coded data (or harmless filling).
        let rest = bytes.get(position..).ok_or(MISSING_END)?;
        position += rest.iter().position(|byte| *byte == 0xFF).ok_or(MISSING_END)? + 1;
        match *bytes.get(position).ok_or(MISSING_END)? {
            // Filling, and markers that stand alone or stand for an 0xFF of the data.
            0xFF => {}
            0x00 | 0x01 | 0xD0..=0xD8 => position += 1,
            0xD9 if scans > 0 => return Ok(()),
            0xD9 => return Err("it holds no picture".to_owned()),
            marker => {
                let length = bytes.get(position + 1..position + 3).ok_or(MISSING_END)?;
                position += 1 + usize::from(u16::from_be_bytes([length[0], length[1]]));
                scans += usize::from(marker == 0xDA);
                if scans > MAX_JPEG_SCANS {
                    return Err(format!("it has more than {MAX_JPEG_SCANS} scans"));
                }
            }
        }
    }
}

/// Walks the chunks up to `IEND`.
fn check_png(bytes: &[u8]) -> Result<(), String> {
    const CUT_OFF: &str = "the file is cut off before its end chunk";
    let mut rest = bytes.get(8..).ok_or(CUT_OFF)?;
    loop {
        let header = rest.get(..8).ok_or(CUT_OFF)?;
        let length = u32::from_be_bytes([header[0], header[1], header[2], header[3]]) as usize;
        let is_end = &header[4..] == b"IEND";
        // Length, name, content, checksum.
        rest = rest.get(length.saturating_add(12)..).ok_or(CUT_OFF)?;
        if is_end {
            return Ok(());
        }
    }
}

/// Compares the size in the file's header with what came.
fn check_webp(bytes: &[u8]) -> Result<(), String> {
    let announced = bytes.get(4..8).map(|size| 8 + u64::from(u32::from_le_bytes([size[0], size[1], size[2], size[3]])));
    match announced {
        Some(announced) if announced <= bytes.len() as u64 => Ok(()),
        Some(announced) => Err(format!("the file is cut off: {announced} bytes are announced, {} came", bytes.len())),
        None => Err("the file is cut off within its header".to_owned()),
    }
}
