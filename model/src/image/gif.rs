//! The first frame of a GIF, as Pillow shows it.
//!
//! The `image` crate paints what the first frame leaves free in transparent black; Pillow paints it in the transparent
//! colour or else the palette's first. Hence the frame's indices are read here.

use std::num::NonZeroU64;

use ::gif::{ColorOutput, DecodeOptions, MemoryLimit};
use ::image::RgbImage;

use super::{Format, ImageError, Limits};

/// Decodes the first frame onto the file's canvas, which grows with a frame that exceeds it.
pub(super) fn decode_first_frame(bytes: &[u8], limits: &Limits) -> Result<RgbImage, ImageError> {
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    // One byte a pixel, and never less than the smallest buffers need.
    let memory = NonZeroU64::new(limits.max_pixels.max(1 << 20)).expect("at least a mebibyte. This is a bug.");
    options.set_memory_limit(MemoryLimit::Bytes(memory));
    let mut decoder = options.read_info(bytes).map_err(|error| damaged(&error))?;
    let canvas = (u32::from(decoder.width()), u32::from(decoder.height()));
    limits.check(Format::Gif, canvas)?;
    let frame =
        decoder.next_frame_info().map_err(|error| damaged(&error))?.ok_or_else(|| damaged(&"it has no frame"))?;
    let (left, top) = (u32::from(frame.left), u32::from(frame.top));
    let (frame_width, frame_height) = (u32::from(frame.width), u32::from(frame.height));
    let transparent = frame.transparent;
    let (width, height) = (canvas.0.max(left + frame_width), canvas.1.max(top + frame_height));
    limits.check(Format::Gif, (width, height))?;

    let mut indices = vec![0; frame_width as usize * frame_height as usize];
    if !indices.is_empty() {
        decoder.read_into_buffer(&mut indices).map_err(|error| damaged(&error))?;
    }
    let colors = color_table(decoder.palette().unwrap_or_default());
    let mut image = RgbImage::from_pixel(width, height, ::image::Rgb(colors[usize::from(transparent.unwrap_or(0))]));
    for (row, indices) in (top..).zip(indices.chunks_exact(frame_width.max(1) as usize)) {
        for (column, index) in (left..).zip(indices) {
            image.put_pixel(column, row, ::image::Rgb(colors[usize::from(*index)]));
        }
    }
    Ok(image)
}

/// The colour of every index; those beyond the palette are greys, as in Pillow.
fn color_table(palette: &[u8]) -> [[u8; 3]; 256] {
    let mut colors = std::array::from_fn(|index| [index as u8; 3]);
    for (color, entry) in colors.iter_mut().zip(palette.as_chunks::<3>().0) {
        *color = *entry;
    }
    colors
}

fn damaged(reason: &dyn ToString) -> ImageError {
    ImageError::Damaged { format: Format::Gif, reason: reason.to_string() }
}
