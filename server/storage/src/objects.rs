//! The bytes of pictures and their thumbnails, under the SHA-256 sum of what they are.
//!
//! What has one name never changes, so it can be kept for ever by whoever has read it. A thumbnail can be deleted at any
//! moment and comes back from its picture.

use std::{fmt, ops::Range, path::Path as FilePath, sync::Arc, time::Duration};

use futures_util::{StreamExt, stream};
use object_store::{
    ClientOptions, Error, ObjectStore, ObjectStoreExt, PutPayload, RetryConfig, aws::AmazonS3Builder,
    local::LocalFileSystem, path::Path, prefix::PrefixStore,
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::thumbnails::ThumbnailSize;

/// The folder of files that are to be imported.
pub(crate) const IMPORTS: &str = "imports";

/// The folder of files that exports wrote.
pub(crate) const EXPORTS: &str = "exports";

/// Where the bytes are. Clones are cheap and share it.
#[derive(Debug, Clone)]
pub struct Objects {
    pub(crate) store: Arc<dyn ObjectStore>,
}

/// A bucket that speaks S3's protocol.
#[derive(Clone, PartialEq, Eq)]
pub struct S3Bucket {
    /// Its name.
    pub bucket: String,
    /// What all names begin with; may be empty.
    pub prefix: String,
    /// Where it is served, such as `http://127.0.0.1:9000`; none for Amazon's own.
    pub endpoint: Option<String>,
    /// Its region; `us-east-1` where none is named.
    pub region: Option<String>,
    /// Who reads and writes it; none for the role that the machine has at Amazon.
    pub credentials: Option<S3Credentials>,
}

/// Who reads and writes a bucket.
#[derive(Clone, PartialEq, Eq)]
pub struct S3Credentials {
    /// The key's id.
    pub key_id: String,
    /// The key.
    pub secret: String,
    /// What goes with a key for a while.
    pub session_token: Option<String>,
}

/// How long the object store's machine may take to answer at all.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long one request to it may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a request that failed is tried again. A client waits for it.
const RETRY_TIMEOUT: Duration = Duration::from_secs(10);

/// Some bytes, named by their sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Object<'a> {
    /// A picture's file as it came, by its SHA-256 sum.
    Image(&'a [u8]),
    /// A smaller WebP of a picture, by the picture's sum.
    Thumbnail(&'a [u8], ThumbnailSize),
    /// A file that is to be imported, by an id of its own. See [`crate::transfer`].
    Import(Uuid),
    /// A file that an export wrote, by the job's id.
    Export(Uuid),
}

/// Why bytes could not be stored or read.
#[derive(Debug, thiserror::Error)]
#[error("the object store fails: {0}")]
pub struct ObjectsError(#[from] pub(crate) Error);

impl Objects {
    /// Objects in a folder, which is made where there is none.
    pub fn in_folder(folder: &FilePath) -> Result<Self, ObjectsError> {
        let failed = |source: std::io::Error| Error::Generic { store: "folder", source: source.into() };
        std::fs::create_dir_all(folder).map_err(failed)?;
        // Without fsync, what was acknowledged is lost with the power.
        let store = LocalFileSystem::new_with_prefix(folder)?.with_fsync(true);
        Ok(Self { store: Arc::new(store) })
    }

    /// Objects in a bucket. Nothing is asked of it yet: it may be away now and there when it is needed.
    pub fn in_bucket(place: &S3Bucket) -> Result<Self, ObjectsError> {
        let S3Bucket { bucket, prefix, endpoint, region, credentials } = place;
        let is_plain = endpoint.as_ref().is_some_and(|endpoint| endpoint.starts_with("http://"));
        let options = ClientOptions::new().with_connect_timeout(CONNECT_TIMEOUT).with_timeout(REQUEST_TIMEOUT);
        let retry = RetryConfig { max_retries: 3, retry_timeout: RETRY_TIMEOUT, ..RetryConfig::default() };
        let mut builder = AmazonS3Builder::new().with_bucket_name(bucket).with_retry(retry);
        builder = builder.with_client_options(options.with_allow_http(is_plain));
        if let Some(endpoint) = endpoint {
            builder = builder.with_endpoint(endpoint);
        }
        if let Some(region) = region {
            builder = builder.with_region(region);
        }
        if let Some(S3Credentials { key_id, secret, session_token }) = credentials {
            builder = builder.with_access_key_id(key_id).with_secret_access_key(secret);
            if let Some(token) = session_token {
                builder = builder.with_token(token);
            }
        }
        let store = builder.build()?;
        if prefix.is_empty() {
            return Ok(Self { store: Arc::new(store) });
        }
        Ok(Self { store: Arc::new(PrefixStore::new(store, Path::from(prefix.as_str()))) })
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

    /// Takes pictures' files and their thumbnails away, as far as they are there: in a bucket by the thousand, so that whoever
    /// holds a lock meanwhile doesn't hold it long.
    pub async fn delete_images(&self, sums: &[Vec<u8>]) -> Result<(), ObjectsError> {
        let of_sum = |sum: &Vec<u8>| {
            let thumbnails = ThumbnailSize::ALL.map(|size| Object::Thumbnail(sum, size).path());
            thumbnails.into_iter().chain([Object::Image(sum).path()]).collect::<Vec<_>>()
        };
        let paths: Vec<_> = sums.iter().flat_map(of_sum).map(Ok).collect();
        let mut deleted = self.store.delete_stream(stream::iter(paths).boxed());
        while let Some(outcome) = deleted.next().await {
            present(outcome)?;
        }
        Ok(())
    }
}

impl ObjectsError {
    /// Whether it may work a moment later: the bucket is away or overloaded.
    pub fn is_passing(&self) -> bool {
        // What a folder can't do now it can't do in a moment.
        matches!(self.0, Error::Generic { store: "S3", .. })
    }
}

/// Without the keys, which belong in no log.
impl fmt::Debug for S3Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.prefix)?;
        self.endpoint.iter().try_for_each(|endpoint| write!(f, " at {endpoint}"))
    }
}

impl fmt::Debug for S3Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Object<'_> {
    /// Pictures lie two folders deep, so that none holds more files than a file system lists well.
    pub(crate) fn path(self) -> Path {
        let (kind, sum, ending) = match self {
            Self::Image(sum) => ("images".to_owned(), sum, ""),
            Self::Thumbnail(sum, size) => (format!("thumbnails/{}", size.pixels()), sum, ".webp"),
            Self::Import(id) => return Path::from(format!("{IMPORTS}/{id}")),
            Self::Export(id) => return Path::from(format!("{EXPORTS}/{id}")),
        };
        let name = sum.iter().fold(String::new(), |name, byte| format!("{name}{byte:02x}"));
        let [first, second] = [0..2, 2..4].map(|range| name.get(range).unwrap_or_default());
        Path::from(format!("{kind}/{first}/{second}/{name}{ending}"))
    }
}

/// What is not there is none, and no error.
pub(crate) fn present<T>(outcome: Result<T, Error>) -> Result<Option<T>, ObjectsError> {
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
        objects.delete_images(&[sum.to_vec()]).await.unwrap();
        assert!(!objects.has(small).await.unwrap());
        objects.delete_images(&[sum.to_vec()]).await.unwrap();
        assert_eq!(objects.get(Object::Image(&sum)).await.unwrap(), None);
        assert_eq!(objects.get(small).await.unwrap(), None);
    }

    #[tokio::test]
    async fn bucket_that_is_away_may_be_back_in_a_moment() {
        let bucket = S3Bucket {
            bucket: "pictures".into(),
            prefix: "vasari".into(),
            // Nobody listens on the port for discarding.
            endpoint: Some("http://127.0.0.1:9".into()),
            region: None,
            credentials: Some(S3Credentials { key_id: "id".into(), secret: "hidden".into(), session_token: None }),
        };
        let objects = Objects::in_bucket(&bucket).unwrap();
        assert!(objects.has(Object::Image(&[1; 32])).await.unwrap_err().is_passing());
        assert!(!format!("{bucket:?} {:?}", bucket.credentials).contains("hidden"));
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
