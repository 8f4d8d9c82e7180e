//! The section of pictures that are fetched.

use clap::Args;

use crate::image_url::HostRule;

/// Whether the server fetches pictures that a request names by URL.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Image URLs")]
pub(crate) struct ImageUrlsConfig {
    /// A host that pictures may be fetched from, such as `images.example.org`, or `*.example.org` for
    /// all below one; may be given several times. Its addresses
    /// must be public ones. Left out: a request with an image URL is refused.
    #[arg(long, env = "VASARI_ALLOW_IMAGE_HOST", value_name = "HOST", value_delimiter = ',',
        value_parser = HostRule::parse)]
    pub(crate) allow_image_host: Vec<HostRule>,
}
