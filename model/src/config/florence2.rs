//! The network's dimensions, from `config.json`.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::{
    ConfigError,
    json::{JsonObject, read_object},
};

/// What `config.json` says about the network. Consistent in itself: [`Florence2Config::from_file`] checks it.
#[derive(Debug, Clone, PartialEq)]
pub struct Florence2Config {
    /// The language model, a BART.
    pub text: TextConfig,
    /// The vision tower, a `DaViT`.
    pub vision: VisionConfig,
    /// Whether the file is written as the first release wrote it, with its own key names.
    pub is_original: bool,
}

/// The BART encoder and decoder. The names are transformers' own.
#[derive(Debug, Clone, PartialEq)]
pub struct TextConfig {
    /// Rows of the embedding table and length of the logits; may exceed the tokenizer's ids by padding.
    pub vocab_size: usize,
    /// Width of the hidden states.
    pub d_model: usize,
    /// Layers of the encoder.
    pub encoder_layers: usize,
    /// Layers of the decoder.
    pub decoder_layers: usize,
    /// Attention heads in an encoder layer; divides `d_model`.
    pub encoder_attention_heads: usize,
    /// Attention heads in a decoder layer; divides `d_model`.
    pub decoder_attention_heads: usize,
    /// Width inside the encoder's feed-forward blocks.
    pub encoder_ffn_dim: usize,
    /// Width inside the decoder's feed-forward blocks.
    pub decoder_ffn_dim: usize,
    /// Longest sequence of the encoder and of the decoder; their position tables have two rows more.
    pub max_position_embeddings: usize,
    /// Whether embeddings are multiplied by the square root of `d_model`.
    pub scale_embedding: bool,
    /// `<pad>`.
    pub pad_token_id: u32,
    /// `<s>`.
    pub bos_token_id: u32,
    /// `</s>`.
    pub eos_token_id: u32,
}

/// The `DaViT` vision tower and the projection behind it. Lists have one entry a stage.
#[derive(Debug, Clone, PartialEq)]
pub struct VisionConfig {
    /// Colour channels of the picture: 3.
    pub in_channels: usize,
    /// Channels of each stage.
    pub embed_dim: Vec<usize>,
    /// Pairs of a spatial and a channel block in each stage.
    pub depths: Vec<usize>,
    /// Heads of window attention; each divides its stage's `embed_dim`.
    pub num_heads: Vec<usize>,
    /// Groups of channel attention; each divides its stage's `embed_dim`.
    pub num_groups: Vec<usize>,
    /// Kernel of the convolution in front of each stage.
    pub patch_size: Vec<usize>,
    /// Its stride.
    pub patch_stride: Vec<usize>,
    /// Its zero padding, on each side.
    pub patch_padding: Vec<usize>,
    /// Whether its layer norm comes before it.
    pub patch_prenorm: Vec<bool>,
    /// Side of the attention windows, in cells of the feature map.
    pub window_size: usize,
    /// Width inside the feed-forward blocks, as a multiple of `embed_dim`.
    pub mlp_ratio: f64,
    /// Whether the attentions' qkv projections have a bias.
    pub qkv_bias: bool,
    /// Width of the image features handed to the language model: `d_model`.
    pub projection_dim: usize,
    /// Rows, and columns, of the learned 2-D position table: the largest last feature map.
    pub max_position_embeddings: usize,
    /// Rows of the temporal embedding, of which a single picture uses the first.
    pub max_temporal_embeddings: usize,
}

impl Florence2Config {
    /// Reads and checks `config.json`. A key that is absent has the value that transformers gives it.
    ///
    /// # Errors
    /// When the file can't be read, or describes a network that isn't a Florence-2 or doesn't fit together.
    pub fn from_file(file: &Path) -> Result<Self, ConfigError> {
        Self::from_json(file, &read_object(file)?)
    }

    /// [`from_file`](Self::from_file) of what the file holds; `file` is for the errors.
    pub(crate) fn from_json(file: &Path, map: &Map<String, Value>) -> Result<Self, ConfigError> {
        let root = JsonObject::new(file, map);
        root.only("model_type", &json!("florence2"))?;
        for section in ["text_config", "vision_config"] {
            if root.section(section, "")?.is_empty() {
                let wanted = "the section of that name; is this Florence-2's config.json?";
                return Err(root.unexpected(section, &Value::Null, wanted));
            }
        }
        let text = root.section("text_config", "text_config.")?;
        let vision = root.section("vision_config", "vision_config.")?;
        let is_original = vision.value("dim_embed").is_some()
            || text.value("model_type").is_some_and(|kind| kind == "florence2_language");
        let config = Self { text: TextConfig::read(text)?, vision: VisionConfig::read(vision)?, is_original };
        if config.vision.projection_dim != config.text.d_model {
            let wanted = format!("text_config.d_model, {}", config.text.d_model);
            return Err(vision.unexpected("projection_dim", &json!(config.vision.projection_dim), &wanted));
        }
        Ok(config)
    }
}

impl TextConfig {
    fn read(json: JsonObject<'_>) -> Result<Self, ConfigError> {
        let config = Self {
            vocab_size: json.or(&["vocab_size"], 51_289)?,
            d_model: json.or(&["d_model"], 1024)?,
            encoder_layers: json.or(&["encoder_layers"], 12)?,
            decoder_layers: json.or(&["decoder_layers"], 12)?,
            encoder_attention_heads: json.or(&["encoder_attention_heads"], 16)?,
            decoder_attention_heads: json.or(&["decoder_attention_heads"], 16)?,
            encoder_ffn_dim: json.or(&["encoder_ffn_dim"], 4096)?,
            decoder_ffn_dim: json.or(&["decoder_ffn_dim"], 4096)?,
            max_position_embeddings: json.or(&["max_position_embeddings"], 1024)?,
            scale_embedding: json.or(&["scale_embedding"], false)?,
            pad_token_id: json.or(&["pad_token_id"], 1)?,
            bos_token_id: json.or(&["bos_token_id"], 0)?,
            eos_token_id: json.or(&["eos_token_id"], 2)?,
        };
        json.only("activation_function", &json!("gelu"))?;
        for (key, value) in [
            ("vocab_size", config.vocab_size),
            ("d_model", config.d_model),
            ("encoder_layers", config.encoder_layers),
            ("decoder_layers", config.decoder_layers),
            ("encoder_ffn_dim", config.encoder_ffn_dim),
            ("decoder_ffn_dim", config.decoder_ffn_dim),
        ] {
            if value == 0 {
                return Err(json.unexpected(key, &json!(value), "at least 1"));
            }
        }
        if config.max_position_embeddings < 2 {
            let found = json!(config.max_position_embeddings);
            return Err(json.unexpected("max_position_embeddings", &found, "at least 2"));
        }
        for (key, heads) in [
            ("encoder_attention_heads", config.encoder_attention_heads),
            ("decoder_attention_heads", config.decoder_attention_heads),
        ] {
            if heads == 0 || !config.d_model.is_multiple_of(heads) {
                let wanted = format!("a divisor of d_model, {}", config.d_model);
                return Err(json.unexpected(key, &json!(heads), &wanted));
            }
        }
        Ok(config)
    }
}

impl VisionConfig {
    /// How many stages the tower has.
    pub fn stages(&self) -> usize {
        self.embed_dim.len()
    }

    /// Width inside the feed-forward blocks of `stage`.
    pub fn mlp_dim(&self, stage: usize) -> usize {
        (self.embed_dim[stage] as f64 * self.mlp_ratio) as usize
    }

    /// Cells of the last feature map, (height, width), for a picture of `height` × `width` pixels. A picture too small
    /// for a stage has 0 cells.
    pub fn feature_map(&self, height: usize, width: usize) -> (usize, usize) {
        let along = |pixels: usize| {
            (0..self.stages()).fold(pixels, |cells, stage| {
                (cells + 2 * self.patch_padding[stage])
                    .checked_sub(self.patch_size[stage])
                    .filter(|_| cells > 0)
                    .map_or(0, |room| room / self.patch_stride[stage] + 1)
            })
        };
        (along(height), along(width))
    }

    fn read(json: JsonObject<'_>) -> Result<Self, ConfigError> {
        // The original nests two of the sizes.
        let positions = json.section("image_pos_embed", "vision_config.image_pos_embed.")?;
        let temporal = json.section("visual_temporal_embedding", "vision_config.visual_temporal_embedding.")?;
        let config = Self {
            in_channels: json.or(&["in_channels", "in_chans"], 3)?,
            embed_dim: json.or(&["embed_dim", "dim_embed"], vec![128, 256, 512, 1024])?,
            depths: json.or(&["depths"], vec![1, 1, 9, 1])?,
            num_heads: json.or(&["num_heads"], vec![4, 8, 16, 32])?,
            num_groups: json.or(&["num_groups"], vec![4, 8, 16, 32])?,
            patch_size: json.or(&["patch_size"], vec![7, 3, 3, 3])?,
            patch_stride: json.or(&["patch_stride"], vec![4, 2, 2, 2])?,
            patch_padding: json.or(&["patch_padding"], vec![3, 1, 1, 1])?,
            patch_prenorm: json.or(&["patch_prenorm"], vec![false, true, true, true])?,
            window_size: json.or(&["window_size"], 12)?,
            mlp_ratio: json.or(&["mlp_ratio"], 4.0)?,
            qkv_bias: json.or(&["qkv_bias"], true)?,
            projection_dim: json.or(&["projection_dim"], 1024)?,
            max_position_embeddings: match positions.get(&["max_pos_embeddings"])? {
                Some(rows) => rows,
                None => json.or(&["max_position_embeddings"], 50)?,
            },
            max_temporal_embeddings: match temporal.get(&["max_temporal_embeddings"])? {
                Some(rows) => rows,
                None => json.or(&["max_temporal_embeddings"], 100)?,
            },
        };
        // What the original can vary and Florence-2 does not: refuse it rather than caption wrongly.
        json.only("activation_function", &json!("gelu"))?;
        json.only("image_feature_source", &json!(["spatial_avg_pool", "temporal_avg_pool"]))?;
        json.only("conv_at_attn", &json!(true))?;
        json.only("conv_at_ffn", &json!(true))?;
        positions.only("type", &json!("learned_abs_2d"))?;
        temporal.only("type", &json!("COSINE"))?;
        config.check(json)?;
        Ok(config)
    }

    fn check(&self, json: JsonObject<'_>) -> Result<(), ConfigError> {
        let stages = self.stages();
        if stages == 0 {
            return Err(json.unexpected("embed_dim", &json!([]), "one number a stage, at least one stage"));
        }
        let lists = [
            ("embed_dim", &self.embed_dim, 1),
            ("depths", &self.depths, 1),
            ("num_heads", &self.num_heads, 1),
            ("num_groups", &self.num_groups, 1),
            ("patch_size", &self.patch_size, 1),
            ("patch_stride", &self.patch_stride, 1),
            ("patch_padding", &self.patch_padding, 0),
        ];
        for (key, list, least) in lists {
            if list.len() != stages || list.iter().any(|number| *number < least) {
                let wanted = format!("{stages} numbers from {least}, one for each entry of embed_dim");
                return Err(json.unexpected(key, &json!(list), &wanted));
            }
        }
        if self.patch_prenorm.len() != stages {
            let wanted = format!("{stages} entries, one for each entry of embed_dim");
            return Err(json.unexpected("patch_prenorm", &json!(self.patch_prenorm), &wanted));
        }
        for (key, list) in [("num_heads", &self.num_heads), ("num_groups", &self.num_groups)] {
            if list.iter().zip(&self.embed_dim).any(|(parts, dim)| !dim.is_multiple_of(*parts)) {
                let wanted = format!("divisors of embed_dim, {:?}", self.embed_dim);
                return Err(json.unexpected(key, &json!(list), &wanted));
            }
        }
        for (key, value) in [
            ("window_size", self.window_size),
            ("max_position_embeddings", self.max_position_embeddings),
            ("max_temporal_embeddings", self.max_temporal_embeddings),
        ] {
            if value == 0 {
                return Err(json.unexpected(key, &json!(value), "at least 1"));
            }
        }
        if self.in_channels != 3 {
            return Err(json.unexpected("in_channels", &json!(self.in_channels), "3: red, green, blue"));
        }
        if !(self.mlp_ratio > 0.0 && self.mlp_ratio <= 64.0) {
            return Err(json.unexpected("mlp_ratio", &json!(self.mlp_ratio), "above 0 and at most 64"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
