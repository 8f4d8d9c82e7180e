//! Small checkpoints for this module's tests.

use std::{collections::BTreeMap, path::Path};

use safetensors::{Dtype, tensor::TensorView};
use serde_json::{Value, json};

/// Tensors to store: name, element type, shape, little-endian bytes.
pub(super) type Tensors = BTreeMap<String, (Dtype, Vec<usize>, Vec<u8>)>;

/// A folder with the settings of a tiny native checkpoint and no weights.
pub(super) fn settings_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_settings(folder.path());
    folder
}

pub(super) fn write_settings(folder: &Path) {
    write_json(&folder.join("config.json"), &config());
    write_json(&folder.join("tokenizer.json"), &json!({}));
    write_json(&folder.join("preprocessor_config.json"), &json!({ "size": { "height": 64, "width": 32 } }));
    write_json(&folder.join("generation_config.json"), &json!({ "num_beams": 2 }));
}

pub(super) fn config() -> Value {
    json!({
        "model_type": "florence2",
        "text_config": { "d_model": 64, "encoder_attention_heads": 4, "vocab_size": 6, "max_position_embeddings": 40 },
        "vision_config": { "projection_dim": 64 }
    })
}

pub(super) fn write_json(file: &Path, json: &Value) {
    std::fs::write(file, json.to_string()).unwrap();
}

pub(super) fn f32_tensor(name: &str, shape: &[usize], values: &[f32]) -> (String, (Dtype, Vec<usize>, Vec<u8>)) {
    let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    (name.into(), (Dtype::F32, shape.into(), bytes))
}

/// 0, 1, 2, … in the given shape.
pub(super) fn counting(name: &str, shape: &[usize]) -> (String, (Dtype, Vec<usize>, Vec<u8>)) {
    let values: Vec<f32> = (0..shape.iter().product::<usize>()).map(|number| number as f32).collect();
    f32_tensor(name, shape, &values)
}

pub(super) fn write_safetensors(file: &Path, tensors: &Tensors) {
    std::fs::write(file, safetensors_bytes(tensors)).unwrap();
}

pub(super) fn safetensors_bytes(tensors: &Tensors) -> Vec<u8> {
    let views = tensors
        .iter()
        .map(|(name, (dtype, shape, bytes))| (name, TensorView::new(*dtype, shape.clone(), bytes).unwrap()));
    safetensors::serialize(views, None).unwrap()
}
