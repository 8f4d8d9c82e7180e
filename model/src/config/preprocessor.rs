//! How a picture becomes numbers, from `preprocessor_config.json`.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::{ConfigError, Florence2Config, json::JsonObject};

/// How a picture is resized and normalised: `(value * rescale_factor - image_mean) / image_std` a channel, on the
/// bytes of the resized picture.
#[derive(Debug, Clone, PartialEq)]
pub struct PreprocessorConfig {
    /// Width the picture is resized to, in pixels; its proportions are not kept.
    pub width: u32,
    /// Height the picture is resized to, in pixels.
    pub height: u32,
    /// Subtracted, for red, green and blue. 0 when the checkpoint does not normalise.
    pub image_mean: [f32; 3],
    /// Divided by, for red, green and blue. 1 when the checkpoint does not normalise.
    pub image_std: [f32; 3],
    /// What bytes are multiplied by first: 1/255, or 1 when the checkpoint does not rescale.
    pub rescale_factor: f64,
}

impl Default for PreprocessorConfig {
    /// What every released Florence-2 uses: 768 × 768 and `ImageNet`'s mean and deviation.
    fn default() -> Self {
        Self {
            width: 768,
            height: 768,
            image_mean: [0.485, 0.456, 0.406],
            image_std: [0.229, 0.224, 0.225],
            rescale_factor: 1.0 / 255.0,
        }
    }
}

impl PreprocessorConfig {
    /// Reads the settings of the image processor; they are a file of their own or, in newer checkpoints, the section
    /// `image_processor` of `processor_config.json`.
    ///
    /// # Errors
    /// When they ask for something else than a plain bicubic resize, or are out of range.
    pub(crate) fn from_json(file: &Path, map: &Map<String, Value>) -> Result<Self, ConfigError> {
        let root = JsonObject::new(file, map);
        let nested = root.section("image_processor", "image_processor.")?;
        let json = if nested.is_empty() { root } else { nested };
        let default = Self::default();

        // A picture of any other size than the network's has no meaning here, and bicubic is what it was trained on.
        json.only("do_resize", &json!(true))?;
        json.only("resample", &json!(3))?;
        let size = json.section("size", "size.")?;
        let (width, height) = (size.get(&["width"])?, size.get(&["height"])?);
        let (width, height) = match (width, height) {
            (Some(width), Some(height)) => (width, height),
            (None, None) if size.is_empty() => (default.width, default.height),
            _ => {
                let found = json.value("size").cloned().unwrap_or_default();
                return Err(json.unexpected("size", &found, "an object with height and width in pixels"));
            }
        };
        if json.or(&["do_center_crop"], false)? && json.value("crop_size") != json.value("size") {
            return Err(json.unexpected("do_center_crop", &json!(true), "false: Florence-2 sees the whole picture"));
        }
        let do_rescale = json.or(&["do_rescale"], true)?;
        let do_normalize = json.or(&["do_normalize"], true)?;
        let config = Self {
            width,
            height,
            image_mean: if do_normalize { json.or(&["image_mean"], default.image_mean)? } else { [0.0; 3] },
            image_std: if do_normalize { json.or(&["image_std"], default.image_std)? } else { [1.0; 3] },
            rescale_factor: if do_rescale { json.or(&["rescale_factor"], default.rescale_factor)? } else { 1.0 },
        };
        if config.image_std.iter().any(|deviation| *deviation <= 0.0) {
            return Err(json.unexpected("image_std", &json!(config.image_std), "three numbers above 0"));
        }
        Ok(config)
    }

    /// How many image features the language model reads for one picture: the pooled one and one a cell of the last
    /// feature map.
    ///
    /// # Errors
    /// When the network has no positions for a picture of this size; `file` is for the error.
    pub(crate) fn check(&self, file: &Path, network: &Florence2Config) -> Result<usize, ConfigError> {
        let size = json!({ "height": self.height, "width": self.width });
        let (rows, columns) = network.vision.feature_map(self.height as usize, self.width as usize);
        let most = network.vision.max_position_embeddings;
        if rows == 0 || columns == 0 || rows > most || columns > most {
            let wanted = format!(
                "a size whose last feature map, here {rows} × {columns}, is between 1 × 1 and {most} × {most} as \
                 config.json's vision_config allows"
            );
            return Err(ConfigError::unexpected(file, "size", &size, &wanted));
        }
        let features = 1 + rows * columns;
        let positions = network.text.max_position_embeddings;
        // `<s>`, one token of text and `</s>` must find room behind the picture.
        if features + 3 > positions {
            let wanted = format!(
                "smaller: it gives {features} image features, and config.json's text_config.max_position_embeddings \
                 leaves room for {positions} with the text"
            );
            return Err(ConfigError::unexpected(file, "size", &size, &wanted));
        }
        Ok(features)
    }
}

#[cfg(test)]
mod tests;
