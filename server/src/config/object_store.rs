//! The section of pictures' files.

use std::path::{Path, PathBuf};

use clap::Args;
use url::Url;
use vasari_storage::objects::{S3Bucket, S3Credentials};

use super::{ConfigError, Secret};

/// Where the files of pictures in datasets are kept.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Object store")]
pub(crate) struct ObjectStoreConfig {
    /// A bucket of Amazon S3 or of a server that speaks its protocol, as `s3://bucket/prefix`; several servers on one
    /// database share one. Left out: `objects` in the data folder.
    #[arg(long, env = "VASARI_OBJECT_STORE", value_name = "URL")]
    pub(crate) object_store: Option<String>,

    /// Where the bucket is served, such as `http://127.0.0.1:9000`. Left out: Amazon's own address.
    #[arg(long, env = "AWS_ENDPOINT_URL", value_name = "URL")]
    pub(crate) s3_endpoint: Option<String>,

    /// The bucket's region. Left out: us-east-1.
    #[arg(long, env = "AWS_REGION", value_name = "REGION")]
    pub(crate) s3_region: Option<String>,

    /// The id of the key that may read and write the bucket. Left out: the role that the machine has at Amazon.
    #[arg(long, env = "AWS_ACCESS_KEY_ID", value_name = "ID")]
    pub(crate) s3_access_key_id: Option<String>,

    /// The key that goes with the id, which is a secret.
    #[arg(long, env = "AWS_SECRET_ACCESS_KEY", value_name = "KEY", hide_env_values = true)]
    pub(crate) s3_secret_access_key: Option<Secret>,

    /// What goes with a key that is good for a while only.
    #[arg(long, env = "AWS_SESSION_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    pub(crate) s3_session_token: Option<Secret>,
}

/// Where pictures' files are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ObjectsPlace {
    /// In a folder.
    Folder(PathBuf),
    /// In a bucket.
    Bucket(S3Bucket),
}

impl ObjectStoreConfig {
    /// Where the files are, given the data folder.
    ///
    /// # Errors
    ///
    /// Says what a URL must look like, or which half of a key is missing.
    pub(crate) fn place(&self, data_dir: &Path) -> Result<ObjectsPlace, ConfigError> {
        let Some(url) = &self.object_store else { return Ok(ObjectsPlace::Folder(data_dir.join("objects"))) };
        let invalid = |text: &str| ConfigError::Invalid(text.into());
        let parsed = Url::parse(url).ok().filter(|url| {
            let is_bare = url.username().is_empty() && url.port().is_none() && url.query().is_none();
            url.scheme() == "s3" && is_bare && url.fragment().is_none()
        });
        let bucket = parsed.as_ref().and_then(|url| url.host_str()).filter(|bucket| !bucket.is_empty());
        let (Some(parsed), Some(bucket)) = (&parsed, bucket) else {
            return Err(invalid("--object-store must be like s3://bucket or s3://bucket/prefix"));
        };
        if let Some(endpoint) = &self.s3_endpoint
            && !Url::parse(endpoint).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
        {
            return Err(invalid("--s3-endpoint must be like https://s3.example.org or http://127.0.0.1:9000"));
        }
        let revealed = |secret: &Option<Secret>| secret.as_ref().map(|secret| secret.reveal().to_owned());
        let credentials = match (&self.s3_access_key_id, revealed(&self.s3_secret_access_key)) {
            (Some(key_id), Some(secret)) => {
                Some(S3Credentials { key_id: key_id.clone(), secret, session_token: revealed(&self.s3_session_token) })
            }
            (None, None) => None,
            _ => return Err(invalid("--s3-access-key-id and --s3-secret-access-key go together; give both or none")),
        };
        Ok(ObjectsPlace::Bucket(S3Bucket {
            bucket: bucket.to_owned(),
            prefix: parsed.path().trim_matches('/').to_owned(),
            endpoint: self.s3_endpoint.clone(),
            region: self.s3_region.clone(),
            credentials,
        }))
    }

    /// Checks what the parser can't tell.
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        self.place(Path::new("")).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        objects: ObjectStoreConfig,
    }

    fn place(arguments: &[&str]) -> Result<ObjectsPlace, String> {
        let line = Line::try_parse_from([&["vasari"], arguments].concat()).map_err(|error| error.to_string())?;
        line.objects.place(Path::new("/data")).map_err(|error| error.to_string())
    }

    #[test]
    fn files_are_in_the_data_folder_unless_a_bucket_is_named() {
        assert_eq!(place(&[]), Ok(ObjectsPlace::Folder("/data/objects".into())));
        let key = ["--s3-access-key-id", "id", "--s3-secret-access-key", "hidden"];
        let named = ["--object-store", "s3://pictures/of/birds/", "--s3-endpoint", "http://127.0.0.1:9000"];
        let Ok(ObjectsPlace::Bucket(bucket)) = place(&[&named[..], &key].concat()) else { panic!("it is a bucket") };
        assert_eq!((bucket.bucket.as_str(), bucket.prefix.as_str()), ("pictures", "of/birds"));
        assert!(bucket.credentials.is_some_and(|credentials| credentials.secret == "hidden"));
    }

    #[test]
    fn mistakes_are_told_without_the_key() {
        for (arguments, hint) in [
            (&["--object-store", "http://bucket"][..], "s3://bucket/prefix"),
            (&["--object-store", "s3://"], "s3://bucket/prefix"),
            (&["--object-store", "s3://id:hidden@bucket"], "s3://bucket/prefix"),
            (&["--object-store", "s3://bucket", "--s3-endpoint", "127.0.0.1:9000"], "--s3-endpoint"),
            (&["--object-store", "s3://bucket", "--s3-secret-access-key", "hidden"], "go together"),
        ] {
            let error = place(arguments).unwrap_err();
            assert!(error.contains(hint) && !error.contains("hidden"), "{error}");
        }
    }
}
