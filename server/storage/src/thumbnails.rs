//! Smaller pictures to look at: WebP in three sizes, and a ThumbHash to show before any of them is there.

use fast_image_resize::{
    FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer,
    images::{Image, ImageRef},
};
use image::RgbImage;

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

/// The picture as WebP in all sizes: its longer side as long as each says; a smaller picture keeps its size. Each is made of
/// the next larger one, which is nearly as good as made of the picture and several times as fast.
pub fn thumbnails(image: &RgbImage) -> Result<Vec<(ThumbnailSize, Vec<u8>)>, ThumbnailError> {
    let mut thumbnails: Vec<(ThumbnailSize, Vec<u8>)> = Vec::with_capacity(ThumbnailSize::ALL.len());
    let mut larger: Option<RgbImage> = None;
    for size in ThumbnailSize::ALL.into_iter().rev() {
        let smaller = fit(larger.as_ref().unwrap_or(image), size.pixels());
        let file = match (&smaller, thumbnails.last()) {
            // As it was in the next larger size.
            (None, Some((_, file))) => file.clone(),
            _ => webp_of(smaller.as_ref().or(larger.as_ref()).unwrap_or(image))?,
        };
        thumbnails.push((size, file));
        larger = smaller.or(larger);
    }
    Ok(thumbnails)
}

/// The picture as WebP in one size: the same bytes as [`thumbnails`] gives.
pub fn thumbnail(image: &RgbImage, size: ThumbnailSize) -> Result<Vec<u8>, ThumbnailError> {
    let found = thumbnails(image)?.into_iter().find(|(other, _)| *other == size);
    Ok(found.expect("all sizes are made. This is a bug.").1)
}

fn webp_of(shown: &RgbImage) -> Result<Vec<u8>, ThumbnailError> {
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
    Some(resized(image, scale(width), scale(height)))
}

/// The picture in another size, by Catmull and Rom's cubic filter.
pub(crate) fn resized(image: &RgbImage, width: u32, height: u32) -> RgbImage {
    let fits = "pixels of three bytes fill a picture of their size. This is a bug.";
    let from = ImageRef::new(image.width(), image.height(), image.as_raw(), PixelType::U8x3).expect(fits);
    let mut to = Image::new(width, height, PixelType::U8x3);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom)).use_alpha(false);
    Resizer::new().resize(&from, &mut to, &options).expect(fits);
    RgbImage::from_raw(width, height, to.into_vec()).expect(fits)
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
    fn sizes_that_a_picture_does_not_reach_are_the_same_file() {
        let all = thumbnails(&picture(300, 200)).unwrap();
        let of = |size| &all.iter().find(|(other, _)| *other == size).unwrap().1;
        assert_eq!(of(ThumbnailSize::Large), of(ThumbnailSize::Medium));
        assert_eq!(
            (dimensions(of(ThumbnailSize::Medium)), dimensions(of(ThumbnailSize::Small))),
            ((300, 200), (256, 170))
        );
    }

    #[test]
    fn colours_stay_what_they_are() {
        let plain = RgbImage::from_pixel(900, 600, image::Rgb([200, 40, 90]));
        assert!(resized(&plain, 300, 200).pixels().all(|pixel| pixel.0 == [200, 40, 90]));
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
