//! Smaller pictures to look at: WebP in three sizes, and a ThumbHash to show before any of them is there.

use image::{RgbImage, imageops};

/// How large the longer side is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThumbnailSize {
    /// For a tile of a grid.
    Small,
    /// For a tile on a dense screen.
    Medium,
    /// For a picture that fills the window.
    Large,
}

/// Why there is no smaller picture.
#[derive(Debug, thiserror::Error)]
#[error("the picture can't be written as WebP")]
pub struct ThumbnailError;

/// WebP quality, 0 to 100: below, gradients show steps; above, files grow and nobody sees why.
const QUALITY: f32 = 80.0;

/// The longest side that a ThumbHash is made of, in pixels.
const HASHED_SIDE: u32 = 100;

impl ThumbnailSize {
    /// All of them, the smallest first.
    pub const ALL: [Self; 3] = [Self::Small, Self::Medium, Self::Large];

    /// The longer side in pixels.
    pub fn pixels(self) -> u32 {
        match self {
            Self::Small => 256,
            Self::Medium => 512,
            Self::Large => 1440,
        }
    }

    /// The size of so many pixels.
    pub fn from_pixels(pixels: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|size| size.pixels() == pixels)
    }
}

/// The picture as WebP, its longer side as long as `size` says; a smaller picture keeps its size.
pub fn thumbnail(image: &RgbImage, size: ThumbnailSize) -> Result<Vec<u8>, ThumbnailError> {
    let small = fit(image, size.pixels());
    let shown = small.as_ref().unwrap_or(image);
    let encoder = webp::Encoder::from_rgb(shown.as_raw(), shown.width(), shown.height());
    let file = encoder.encode_simple(false, QUALITY).map_err(|_| ThumbnailError)?;
    Ok(file.to_vec())
}

/// What stands for the picture before it is there: at most 25 bytes with its proportions and colours (ThumbHash, Evan
/// Wallace 2023).
pub fn thumbhash(image: &RgbImage) -> Vec<u8> {
    let small = fit(image, HASHED_SIDE);
    let shown = small.as_ref().unwrap_or(image);
    let pixels: Vec<u8> = shown.pixels().flat_map(|pixel| [pixel[0], pixel[1], pixel[2], u8::MAX]).collect();
    thumbhash::rgba_to_thumb_hash(shown.width() as usize, shown.height() as usize, &pixels)
}

/// The picture with its longer side of `side` pixels; none where it isn't longer.
fn fit(image: &RgbImage, side: u32) -> Option<RgbImage> {
    let (width, height) = image.dimensions();
    let longer = width.max(height);
    if longer <= side {
        return None;
    }
    let scale = |length: u32| (u64::from(length) * u64::from(side) / u64::from(longer)).max(1) as u32;
    Some(imageops::resize(image, scale(width), scale(height), imageops::FilterType::CatmullRom))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, 128]))
    }

    fn dimensions(webp: &[u8]) -> (u32, u32) {
        image::load_from_memory_with_format(webp, image::ImageFormat::WebP).unwrap().to_rgb8().dimensions()
    }

    #[test]
    fn longer_side_is_as_long_as_wanted() {
        let wide = picture(1024, 300);
        assert_eq!(dimensions(&thumbnail(&wide, ThumbnailSize::Small).unwrap()), (256, 75));
        assert_eq!(dimensions(&thumbnail(&wide, ThumbnailSize::Large).unwrap()), (1024, 300));
        assert_eq!(dimensions(&thumbnail(&picture(1, 4000), ThumbnailSize::Medium).unwrap()), (1, 512));
    }

    #[test]
    fn hash_keeps_the_proportions() {
        for (width, height) in [(1, 1), (640, 320), (320, 640), (1, 3000)] {
            let hash = thumbhash(&picture(width, height));
            assert!((5..=25).contains(&hash.len()), "{width} × {height}: {}", hash.len());
        }
        let ratio = thumbhash::thumb_hash_to_approximate_aspect_ratio(&thumbhash(&picture(640, 320))).unwrap();
        assert!((1.5..2.5).contains(&ratio), "{ratio}");
    }

    #[test]
    fn sizes_are_found_by_their_pixels() {
        assert_eq!(ThumbnailSize::from_pixels(512), Some(ThumbnailSize::Medium));
        assert_eq!(ThumbnailSize::from_pixels(300), None);
    }
}
