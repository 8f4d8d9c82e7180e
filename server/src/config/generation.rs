//! The section of the search for a caption: defaults that a request can overrule.

use clap::Args;
use vasari_inference::Parameters;

use crate::parameters;

/// How captions are searched for, unless a request says otherwise.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Captions")]
pub(crate) struct GenerationConfig {
    /// Most tokens in a caption, about four letters each; a longer caption is cut there.
    #[arg(long, env = "VASARI_MAX_LENGTH", value_name = "TOKENS", default_value = "256",
        value_parser = parameters::parse_max_length)]
    max_length: u32,

    /// Beams of the search: 1 takes the likeliest token each time; more look further, for better captions at a cost in
    /// proportion. Left out: what the checkpoint says, 3 for Florence-2 (the earlier servers took 1, which is faster).
    #[arg(long, env = "VASARI_NUM_BEAMS", value_name = "BEAMS", value_parser = parameters::parse_num_beams)]
    num_beams: Option<u32>,

    /// Divides the logits before tokens are drawn: below 1 more cautious, above 1 more varied. Anything but 1 draws
    /// tokens at random instead of searching for the likeliest.
    #[arg(long, env = "VASARI_TEMPERATURE", value_parser = parameters::parse_temperature)]
    temperature: Option<f32>,

    /// Draws from the likeliest tokens whose probabilities add up to this. Anything but 1 draws at random.
    #[arg(long, env = "VASARI_TOP_P", value_name = "PROBABILITY", value_parser = parameters::parse_top_p)]
    top_p: Option<f32>,
}

impl From<GenerationConfig> for Parameters {
    fn from(config: GenerationConfig) -> Self {
        let GenerationConfig { max_length, num_beams, temperature, top_p } = config;
        Self { max_length: Some(max_length), num_beams, temperature, top_p, ..Self::default() }
    }
}
