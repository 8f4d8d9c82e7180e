//! The section of the model.

use std::str::FromStr;

use clap::{Args, ValueEnum};

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
    pub(crate) device: DeviceChoice,

    /// The precision to compute in. Left out: fp16 on a GPU, fp32 on a CPU.
    #[arg(long, env = "VASARI_PRECISION")]
    pub(crate) precision: Option<PrecisionChoice>,

    /// Most pictures captioned together. A larger batch captions more pictures a second and lets each wait longer; the
    /// captions stay the same.
    #[arg(long, env = "VASARI_BATCH_SIZE", value_name = "IMAGES", default_value_t = 1,
        value_parser = clap::value_parser!(u32).range(1..=256))]
    pub(crate) batch_size: u32,
}

/// Where the model runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DeviceChoice {
    Auto,
    Cpu,
    Cuda(u32),
}

impl FromStr for DeviceChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.to_ascii_lowercase();
        let wrong = || format!("{text:?} is no device; there are auto, cpu, cuda and cuda:N");
        match text.as_str() {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            "cuda" | "gpu" => Ok(Self::Cuda(0)),
            _ => text.strip_prefix("cuda:").and_then(|index| index.parse().ok()).map(Self::Cuda).ok_or_else(wrong),
        }
    }
}

/// The precision to compute in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PrecisionChoice {
    /// 32 bits.
    #[value(alias = "f32")]
    Fp32,
    /// 16 bits; needs a GPU.
    #[value(alias = "f16")]
    Fp16,
    /// Brain floating point, 16 bits; needs a GPU.
    Bf16,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_read_by_name() {
        assert_eq!("CPU".parse(), Ok(DeviceChoice::Cpu));
        assert_eq!("cuda".parse(), Ok(DeviceChoice::Cuda(0)));
        assert_eq!("cuda:3".parse(), Ok(DeviceChoice::Cuda(3)));
        let error = "tpu".parse::<DeviceChoice>().unwrap_err();
        assert!(error.contains("auto, cpu, cuda"), "{error}");
    }
}
