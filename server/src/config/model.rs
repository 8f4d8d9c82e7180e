//! The section of the model.

use clap::Args;
use vasari_model::{Device, Precision};

/// Which model is loaded, and where it runs.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Model")]
pub(crate) struct ModelConfig {
    /// A folder with a Florence-2 checkpoint, or a name on the Hugging Face hub such as microsoft/Florence-2-base. Left
    /// out: the demo model that comes with the program; it knows only drawn scenes of pictograms.
    #[arg(long, env = "VASARI_MODEL_PATH", value_name = "FOLDER_OR_NAME")]
    pub(crate) model_path: Option<String>,

    /// The branch, tag or commit to take from the hub. Left out: its main branch.
    #[arg(long, env = "VASARI_REVISION", requires = "model_path")]
    pub(crate) revision: Option<String>,

    /// Where the model runs: `cpu`, `cuda`, `cuda:1`, or `auto`, which takes a GPU if there is one.
    #[arg(long, env = "VASARI_DEVICE", default_value = "auto")]
    pub(crate) device: Device,

    /// The precision to compute in: `fp32`, `fp16` or `bf16`. Left out: fp16 on a GPU, fp32 on a CPU, which has no
    /// other.
    #[arg(long, env = "VASARI_PRECISION")]
    pub(crate) precision: Option<Precision>,

    /// Most pictures captioned together. A larger batch captions more pictures a second and lets each wait longer; the
    /// captions stay the same.
    #[arg(long, env = "VASARI_BATCH_SIZE", value_name = "IMAGES", default_value_t = 1,
        value_parser = clap::value_parser!(u32).range(1..=256))]
    pub(crate) batch_size: u32,
}
