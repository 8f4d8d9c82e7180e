//! The bytes of pictures and their thumbnails, under the SHA-256 sum of what they are.
//!
//! What has one name never changes, so it can be kept for ever by whoever has read it. A thumbnail can be deleted at any
//! moment and comes back from its picture.

use std::{ops::Range, path::Path as FilePath, sync::Arc};

use object_store::{Error, ObjectStore, ObjectStoreExt, PutPayload, local::LocalFileSystem, path::Path};
use sha2::{Digest, Sha256};

use crate::thumbnails::ThumbnailSize;

/// Where the bytes are. Clones are cheap and share it.
#[derive(Debug, Clone)]
pub struct Objects {
    store: Arc<dyn ObjectStore>,
}

/// Some bytes, named by their sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Object<'a> {
    /// A picture's file as it came, by its SHA-256 sum.
    Image(&'a [u8]),
    /// A smaller WebP of a picture, by the picture's sum.
    Thumbnail(&'a [u8], ThumbnailSize),
}

/// Why bytes could not be stored or read.
#[derive(Debug, thiserror::Error)]
#[error("the object store fails: {0}")]
pub struct ObjectsError(#[from] Error);

impl Objects {
    /// Objects in a folder, which is made where there is none.
    pub fn in_folder(folder: &FilePath) -> Result<Self, ObjectsError> {
        let failed = |source: std::io::Error| Error::Generic { store: "folder", source: source.into() };
        std::fs::create_dir_all(folder).map_err(failed)?;
        // Without fsync, what was acknowledged is lost with the power.
        let store = LocalFileSystem::new_with_prefix(folder)?.with_fsync(true);
        Ok(Self { store: Arc::new(store) })
    }

    /// Stores a picture's file and returns its SHA-256 sum. It is there, on the disk, when this returns; before that, under
    /// its name there is nothing.
    pub async fn put_image(&self, bytes: Vec<u8>) -> Result<[u8; 32], ObjectsError> {
        let sum: [u8; 32] = Sha256::digest(&bytes).into();
        self.put(Object::Image(&sum), bytes).await?;
        Ok(sum)
    }

    /// Stores bytes under their name; the same bytes again are no harm.
    pub async fn put(&self, object: Object<'_>, bytes: Vec<u8>) -> Result<(), ObjectsError> {
        self.store.put(&object.path(), PutPayload::from(bytes)).await?;
        Ok(())
    }

    /// The bytes; none where there are none of this name.
    pub async fn get(&self, object: Object<'_>) -> Result<Option<Vec<u8>>, ObjectsError> {
        let read = async { self.store.get(&object.path()).await?.bytes().await };
        present(read.await.map(Into::into))
    }

    /// Whether there are bytes of this name.
    pub async fn has(&self, object: Object<'_>) -> Result<bool, ObjectsError> {
        Ok(present(self.store.head(&object.path()).await)?.is_some())
    }

    /// Some of the bytes. The range must lie within them.
    pub async fn get_range(&self, object: Object<'_>, range: Range<u64>) -> Result<Option<Vec<u8>>, ObjectsError> {
        present(self.store.get_range(&object.path(), range).await.map(Into::into))
    }

    /// Takes a picture's file and its thumbnails away, as far as they are there.
    pub async fn delete_image(&self, sum: &[u8]) -> Result<(), ObjectsError> {
        let thumbnails = ThumbnailSize::ALL.map(|size| Object::Thumbnail(sum, size));
        for object in thumbnails.into_iter().chain([Object::Image(sum)]) {
            present(self.store.delete(&object.path()).await)?;
        }
        Ok(())
    }
}

impl Object<'_> {
    /// Two folders deep, so that none holds more files than a file system lists well.
    fn path(self) -> Path {
        let (kind, sum, ending) = match self {
            Self::Image(sum) => ("images".to_owned(), sum, ""),
            Self::Thumbnail(sum, size) => (format!("thumbnails/{}", size.pixels()), sum, ".webp"),
        };
        let name = sum.iter().fold(String::new(), |name, byte| format!("{name}{byte:02x}"));
        let [first, second] = [0..2, 2..4].map(|range| name.get(range).unwrap_or_default());
        Path::from(format!("{kind}/{first}/{second}/{name}{ending}"))
    }
}

/// What is not there is none, and no error.
fn present<T>(outcome: Result<T, Error>) -> Result<Option<T>, ObjectsError> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn bytes_come_back_until_they_are_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let objects = Objects::in_folder(&folder.path().join("objects")).unwrap();
        let sum = objects.put_image(b"picture".to_vec()).await.unwrap();
        assert_eq!(objects.put_image(b"picture".to_vec()).await.unwrap(), sum);
        let small = Object::Thumbnail(&sum, ThumbnailSize::Small);
        objects.put(small, b"small".to_vec()).await.unwrap();
        assert_eq!(objects.get(Object::Image(&sum)).await.unwrap().as_deref(), Some(&b"picture"[..]));
        assert_eq!(objects.get_range(Object::Image(&sum), 1..4).await.unwrap().as_deref(), Some(&b"ict"[..]));
        assert_eq!(objects.get(small).await.unwrap().as_deref(), Some(&b"small"[..]));
        assert!(objects.has(small).await.unwrap());
        objects.delete_image(&sum).await.unwrap();
        assert!(!objects.has(small).await.unwrap());
        objects.delete_image(&sum).await.unwrap();
        assert_eq!(objects.get(Object::Image(&sum)).await.unwrap(), None);
        assert_eq!(objects.get(small).await.unwrap(), None);
    }

    #[test]
    fn names_are_spread_over_folders() {
        let sum = [0xab; 32];
        let name = "ab".repeat(32);
        assert_eq!(Object::Image(&sum).path().to_string(), format!("images/ab/ab/{name}"));
        let large = Object::Thumbnail(&sum, ThumbnailSize::Large).path().to_string();
        assert_eq!(large, format!("thumbnails/1440/ab/ab/{name}.webp"));
    }
}
