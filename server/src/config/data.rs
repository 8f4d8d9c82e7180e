//! The section of Vasari's own files.

use std::path::{Path, PathBuf};

use clap::Args;

/// Where Vasari keeps what it keeps by itself.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Data")]
pub(crate) struct DataConfig {
    /// The folder that Vasari keeps its own files in: the database, pictures, the search index, the demo model and
    /// the sample pictures. Left out: `vasari` in the platform's folder for such data; for root on Linux that is /var/lib.
    #[arg(long, env = "VASARI_DATA_DIR", value_name = "FOLDER", default_value_os_t = default_data_dir(),
        hide_default_value = true)]
    pub(crate) data_dir: PathBuf,
}

/// The platform's folder for such data, or the folder for temporary files for somebody who has no home.
fn default_data_dir() -> PathBuf {
    // Postgres does not run as root, and nobody else gets into root's home.
    if cfg!(target_os = "linux") && dirs::home_dir().is_some_and(|home| home == Path::new("/root")) {
        return "/var/lib/vasari".into();
    }
    dirs::data_local_dir().unwrap_or_else(std::env::temp_dir).join("vasari")
}
