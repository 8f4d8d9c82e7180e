//! Picture files on their way in: decoded, measured, made smaller, stored.
//!
//! How a file is decoded is the caller's to say, as is how many are at a time: a decoded picture is a hundred times its
//! file.

use std::{fmt, sync::Arc};

use image::{ImageFormat, RgbImage};
use tokio::sync::Semaphore;

use crate::{
    objects::{Object, Objects, ObjectsError},
    perceptual_hash::perceptual_hash,
    thumbnails::{ThumbnailError, ThumbnailSize, thumbhash, thumbnails},
};

/// What is known of a picture's file once it is decoded.
#[derive(Debug, Clone)]
pub struct PreparedPicture {
    /// `jpeg`, `png`, `gif` or `webp`.
    pub format: &'static str,
    /// Width in pixels as shown.
    pub width: u32,
    /// Height in pixels as shown.
    pub height: u32,
    /// See [`thumbhash()`].
    pub thumbhash: Vec<u8>,
    /// See [`perceptual_hash()`].
    pub perceptual_hash: u64,
    thumbnails: Vec<(ThumbnailSize, Vec<u8>)>,
}

impl PreparedPicture {
    /// What there is to know of the file `bytes`, which shows `picture`.
    pub fn new(bytes: &[u8], picture: &RgbImage) -> Result<Self, ThumbnailError> {
        let format = match image::guess_format(bytes) {
            Ok(ImageFormat::Jpeg) => "jpeg",
            Ok(ImageFormat::Gif) => "gif",
            Ok(ImageFormat::WebP) => "webp",
            _ => "png",
        };
        let thumbnails = thumbnails(picture)?;
        let small = thumbnails.iter().find(|(size, _)| *size == ThumbnailSize::Small);
        let perceptual_hash = small.and_then(|(_, webp)| perceptual_hash(webp)).ok_or(ThumbnailError)?;
        let (width, height) = picture.dimensions();
        Ok(Self { format, width, height, thumbhash: thumbhash(picture), perceptual_hash, thumbnails })
    }

    /// Stores the file and its thumbnails. Returns the file's SHA-256 sum. All of it is on the disk when this returns.
    pub async fn store(&self, objects: &Objects, bytes: &[u8]) -> Result<[u8; 32], ObjectsError> {
        let sum = objects.put_image(bytes.to_vec()).await?;
        for (size, webp) in &self.thumbnails {
            objects.put(Object::Thumbnail(&sum, *size), webp.clone()).await?;
        }
        Ok(sum)
    }
}

/// Makes pixels of a file, or says in a sentence for people why it can't.
pub type Decode = dyn Fn(&[u8]) -> Result<RgbImage, String> + Send + Sync;

/// Decodes pictures, a few at a time. Clones are cheap and share the places.
#[derive(Clone)]
pub struct PictureReader {
    decode: Arc<Decode>,
    places: Arc<Semaphore>,
}

impl PictureReader {
    /// Decodes by `decode`, with as many at a time as there are places.
    pub fn new(decode: Arc<Decode>, places: Arc<Semaphore>) -> Self {
        Self { decode, places }
    }

    /// What there is to know of a file.
    ///
    /// # Errors
    ///
    /// A sentence for people where it is no picture that can be kept.
    pub async fn prepare(&self, bytes: Arc<[u8]>) -> Result<PreparedPicture, String> {
        let gone = "the program stops";
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(|_| gone)?;
        let decode = Arc::clone(&self.decode);
        let prepared = tokio::task::spawn_blocking(move || {
            let picture = decode(&bytes)?;
            let prepared = PreparedPicture::new(&bytes, &picture).map_err(|error| error.to_string());
            drop(place);
            prepared
        });
        prepared.await.map_err(|_| "the picture can't be decoded".to_owned())?
    }
}

impl fmt::Debug for PictureReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PictureReader").field("places", &self.places.available_permits()).finish_non_exhaustive()
    }
}
