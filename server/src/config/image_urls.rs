//! The section of pictures that are fetched.

use clap::Args;

/// Whether the server fetches pictures that a request names by URL.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Image URLs")]
pub(crate) struct ImageUrlsConfig {
    /// A host that pictures may be fetched from, such as `images.example.org`; may be given several times. Its addresses
    /// must be public ones. Left out: a request with an image URL is refused.
    #[arg(long, env = "VASARI_ALLOW_IMAGE_HOST", value_name = "HOST", value_delimiter = ',',
        value_parser = parse_host)]
    pub(crate) allow_image_host: Vec<String>,
}

/// A host's name in small letters.
fn parse_host(text: &str) -> Result<String, String> {
    let host = text.trim().trim_end_matches('.').to_ascii_lowercase();
    let is_name = !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'));
    if is_name { Ok(host) } else { Err("it must be a host's name alone, without scheme, port or path".into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_names_alone() {
        assert_eq!(parse_host(" Images.Example.org. "), Ok("images.example.org".into()));
        for wrong in ["", "https://example.org", "example.org:80", "example.org/a", "*", "user@example.org"] {
            assert!(parse_host(wrong).is_err(), "{wrong}");
        }
    }
}
