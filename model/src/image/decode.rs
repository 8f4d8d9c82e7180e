//! From a file's bytes to RGB pixels.

use std::io::Cursor;

use ::image::{
    DynamicImage, ImageDecoder, ImageError as CodecError, RgbImage,
    codecs::{jpeg::JpegDecoder, png::PngDecoder, webp::WebPDecoder},
    metadata::Orientation,
};

use super::{Format, ImageError, color::to_rgb, gif, integrity::check_complete};

/// How large a picture may be. Checked on the header, before any pixel is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most pixels in all, width × height.
    pub max_pixels: u64,
    /// Most pixels a side.
    pub max_side: u32,
}

/// How to decode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecodeOptions {
    /// How large a picture may be.
    pub limits: Limits,
    /// Turn and mirror the picture as its EXIF orientation says.
    pub apply_exif: bool,
}

impl Default for Limits {
    /// 40 megapixels, and 16,384 pixels a side.
    fn default() -> Self {
        Self { max_pixels: 40_000_000, max_side: 16_384 }
    }
}

impl Default for DecodeOptions {
    /// [`Limits::default`], with the EXIF orientation applied.
    fn default() -> Self {
        Self { limits: Limits::default(), apply_exif: true }
    }
}

impl Limits {
    /// Checks the (width, height) that a picture's header announces.
    pub(super) fn check(&self, format: Format, (width, height): (u32, u32)) -> Result<(), ImageError> {
        if width == 0 || height == 0 {
            return Err(ImageError::Damaged { format, reason: format!("it has {width}×{height} pixels") });
        }
        let pixels = u64::from(width) * u64::from(height);
        if width > self.max_side || height > self.max_side || pixels > self.max_pixels {
            return Err(ImageError::TooLarge { width, height, limits: *self });
        }
        Ok(())
    }

    /// What a decoder may allocate: the picture at 16 bits and four channels, and as much again to work with.
    fn for_codec(&self) -> ::image::Limits {
        const PIXEL_BYTES: u64 = 16;
        const TABLES_BYTES: u64 = 16 << 20;
        let mut limits = ::image::Limits::no_limits();
        limits.max_alloc = Some(self.max_pixels.saturating_mul(PIXEL_BYTES).saturating_add(TABLES_BYTES));
        limits
    }
}

/// Decodes a JPEG, PNG, GIF or WebP picture, upright and in RGB.
///
/// The format is told by the first bytes. Of an animation the first frame is taken. Damaged EXIF data and colour profiles
/// are passed over, and profiles are not applied (the reference applies none either).
///
/// # Errors
/// Never a half-decoded picture: a file that is cut off or corrupt is [`ImageError::Damaged`].
pub fn decode(bytes: &[u8], limits: &Limits) -> Result<RgbImage, ImageError> {
    decode_with(bytes, &DecodeOptions { limits: *limits, ..DecodeOptions::default() })
}

/// As [`decode`], with a choice about the EXIF orientation.
pub fn decode_with(bytes: &[u8], options: &DecodeOptions) -> Result<RgbImage, ImageError> {
    let format = Format::of(bytes)?;
    let limits = &options.limits;
    let damaged = |error| damaged(format, error);
    let (image, orientation) = match format {
        Format::Gif => (gif::decode_first_frame(bytes, limits)?, Orientation::NoTransforms),
        Format::Jpeg => read(JpegDecoder::new(Cursor::new(bytes)).map_err(damaged)?, format, bytes, limits)?,
        Format::Png => {
            let decoder = PngDecoder::with_limits(Cursor::new(bytes), limits.for_codec()).map_err(damaged)?;
            read(decoder, format, bytes, limits)?
        }
        Format::WebP => read(WebPDecoder::new(Cursor::new(bytes)).map_err(damaged)?, format, bytes, limits)?,
    };
    if !options.apply_exif || orientation == Orientation::NoTransforms {
        return Ok(image);
    }
    let mut image = DynamicImage::ImageRgb8(image);
    image.apply_orientation(orientation);
    Ok(image.into_rgb8())
}

/// Checks what the header says, then reads the pixels and the orientation.
fn read(
    mut decoder: impl ImageDecoder,
    format: Format,
    bytes: &[u8],
    limits: &Limits,
) -> Result<(RgbImage, Orientation), ImageError> {
    let (width, height) = decoder.dimensions();
    limits.check(format, (width, height))?;
    check_complete(format, bytes).map_err(|reason| ImageError::Damaged { format, reason })?;
    decoder.set_limits(limits.for_codec()).map_err(|error| damaged(format, error))?;
    let orientation = orientation(&mut decoder);
    let color = decoder.color_type();
    let mut samples = vec![0; decoder.total_bytes() as usize];
    decoder.read_image(&mut samples).map_err(|error| damaged(format, error))?;
    Ok((to_rgb(width, height, color, samples), orientation))
}

/// The EXIF orientation; upright when there is none or it makes no sense.
fn orientation(decoder: &mut impl ImageDecoder) -> Orientation {
    let exif = decoder.exif_metadata().ok().flatten().unwrap_or_default();
    // JPEG's introduction of the data, which some programs write into other formats as well.
    let exif = exif.strip_prefix(b"Exif\0\0").unwrap_or(&exif);
    Orientation::from_exif_chunk(exif).unwrap_or(Orientation::NoTransforms)
}

fn damaged(format: Format, error: CodecError) -> ImageError {
    let reason = match error {
        CodecError::Decoding(error) => error.to_string(),
        CodecError::Limits(_) => "decoding it would take more memory than its size justifies".to_owned(),
        error => error.to_string(),
    };
    ImageError::Damaged { format, reason }
}
