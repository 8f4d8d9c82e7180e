//! The section of the model.

use clap::{ArgAction, Args};
use vasari_model::{Device, Precision};

use super::{ByteSize, ConfigError, switch::parse_switch};

/// Which model is loaded, and where it runs.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Model")]
pub(crate) struct ModelConfig {
    /// A folder with a Florence-2 checkpoint, or a name on the Hugging Face hub such as microsoft/Florence-2-base. Left
    /// out: the demo model that comes with the program; it knows only drawn scenes of pictograms.
    #[arg(long, env = "VASARI_MODEL_PATH", value_name = "FOLDER_OR_NAME")]
    pub(crate) model_path: Option<String>,

    /// The branch, tag or commit to take from the hub. Left out: its main branch.
    #[arg(long, env = "VASARI_REVISION")]
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

    /// Keeps only that half of the model on the device that is running, the other in the machine's memory: for a GPU
    /// too small for both. Each batch then waits for the halves to change places.
    #[arg(long, env = "VASARI_OFFLOAD_TO_CPU", value_name = "BOOL", action = ArgAction::Set, num_args = 0..=1,
        require_equals = true, default_value = "false", default_missing_value = "true", hide_default_value = true,
        value_parser = parse_switch)]
    pub(crate) offload_to_cpu: bool,

    /// Memory for what the model saw on the latest pictures: a second question about the same picture then skips the
    /// costlier half of the work. 0 for none.
    #[arg(long, env = "VASARI_FEATURE_CACHE_SIZE", value_name = "SIZE", default_value = "256MB",
        value_parser = ByteSize::parse_or_zero)]
    pub(crate) feature_cache_size: ByteSize,
}

impl ModelConfig {
    /// Checks that a revision is one of a model that was named.
    pub(crate) fn validate(&self) -> Result<(), ConfigError> {
        if self.revision.is_some() && self.model_path.is_none() {
            let sentence = "--revision is given without --model-path; name the model it is a revision of";
            return Err(ConfigError::Invalid(sentence.into()));
        }
        Ok(())
    }
}
