use super::*;

const FILE: &str = "folder/config.json";

fn parse(json: &Value) -> Result<Florence2Config, ConfigError> {
    Florence2Config::from_json(Path::new(FILE), json.as_object().unwrap())
}

fn native() -> Value {
    json!({
        "model_type": "florence2",
        "text_config": { "model_type": "bart", "d_model": 64, "encoder_attention_heads": 4, "vocab_size": 1200 },
        "vision_config": { "model_type": "florence_vision", "projection_dim": 64, "window_size": 5 }
    })
}

/// As the first release writes it, cut to what differs.
fn original() -> Value {
    json!({
        "model_type": "florence2",
        "text_config": { "model_type": "florence2_language", "d_model": 768, "num_beams": 3, "activation_function": "gelu" },
        "vision_config": {
            "model_type": "davit",
            "dim_embed": [256, 512, 1024, 2048],
            "num_heads": [8, 16, 32, 64],
            "num_groups": [8, 16, 32, 64],
            "projection_dim": 768,
            "image_pos_embed": { "type": "learned_abs_2d", "max_pos_embeddings": 60 },
            "visual_temporal_embedding": { "type": "COSINE", "max_temporal_embeddings": 90 },
            "image_feature_source": ["spatial_avg_pool", "temporal_avg_pool"]
        }
    })
}

#[test]
fn absent_keys_have_the_published_values() {
    let config = parse(&native()).unwrap();
    assert!(!config.is_original);
    assert_eq!((config.text.d_model, config.text.vocab_size, config.text.decoder_layers), (64, 1200, 12));
    assert_eq!((config.vision.window_size, config.vision.embed_dim.as_slice()), (5, &[128, 256, 512, 1024][..]));
    assert_eq!(config.vision.mlp_dim(1), 1024);
    assert_eq!(config.vision.feature_map(768, 768), (24, 24));
}

#[test]
fn the_first_release_spells_keys_differently() {
    let config = parse(&original()).unwrap();
    assert!(config.is_original);
    assert_eq!(config.vision.embed_dim, [256, 512, 1024, 2048]);
    assert_eq!(config.vision.max_position_embeddings, 60);
    assert_eq!(config.vision.max_temporal_embeddings, 90);

    let mut nameless = original();
    nameless["vision_config"]["model_type"] = json!("");
    assert_eq!(parse(&nameless).unwrap(), config);
}

#[test]
fn a_picture_too_small_for_a_stage_has_no_cells() {
    let mut config = parse(&native()).unwrap().vision;
    assert_eq!(config.feature_map(768, 33), (24, 2));
    assert_eq!(config.feature_map(0, 1), (0, 1));
    config.patch_padding = vec![0; 4];
    assert_eq!(config.feature_map(6, 7), (0, 0));
}

#[test]
fn what_does_not_fit_is_named_with_file_key_found_and_wanted() {
    let cases = [
        ("model_type", json!("clip"), vec!["model_type is \"clip\"", "\"florence2\""]),
        ("text_config.d_model", json!("wide"), vec!["text_config.d_model is \"wide\"", "whole number"]),
        ("text_config.d_model", json!(62), vec!["text_config.encoder_attention_heads is 4", "divisor of d_model, 62"]),
        ("text_config.decoder_layers", json!(0), vec!["text_config.decoder_layers is 0", "at least 1"]),
        ("text_config.activation_function", json!("relu"), vec!["text_config.activation_function", "\"gelu\""]),
        ("text_config.max_position_embeddings", json!(1), vec!["text_config.max_position_embeddings is 1"]),
        (
            "vision_config.projection_dim",
            json!(32),
            vec!["vision_config.projection_dim is 32", "text_config.d_model, 64"],
        ),
        ("vision_config.depths", json!([1, 1]), vec!["vision_config.depths is [1,1]", "4 numbers"]),
        ("vision_config.depths", json!([1, 1, "x", 1]), vec!["vision_config.depths", "list of whole numbers"]),
        ("vision_config.num_heads", json!([4, 8, 16, 33]), vec!["vision_config.num_heads", "divisors of embed_dim"]),
        ("vision_config.patch_stride", json!([4, 2, 0, 2]), vec!["vision_config.patch_stride", "from 1"]),
        ("vision_config.patch_prenorm", json!([true]), vec!["vision_config.patch_prenorm", "4 entries"]),
        ("vision_config.in_channels", json!(1), vec!["vision_config.in_channels is 1", "3"]),
        ("vision_config.mlp_ratio", json!(-1.0), vec!["vision_config.mlp_ratio is -1.0", "above 0"]),
        ("vision_config.window_size", json!(0), vec!["vision_config.window_size is 0"]),
        ("vision_config.image_feature_source", json!(["last_frame"]), vec!["image_feature_source", "spatial_avg_pool"]),
        (
            "vision_config.visual_temporal_embedding",
            json!({ "type": "LEARNED" }),
            vec!["visual_temporal_embedding.type"],
        ),
        ("vision_config", json!({}), vec!["vision_config", "is this Florence-2's config.json?"]),
        ("text_config", json!(3), vec!["text_config is 3", "JSON object"]),
    ];
    for (path, value, wanted) in cases {
        let mut json = native();
        match path.split_once('.') {
            Some((section, key)) => json[section][key] = value,
            None => json[path] = value,
        }
        let message = parse(&json).unwrap_err().to_string();
        assert!(message.starts_with(FILE), "{message}");
        for words in wanted {
            assert!(message.contains(words), "{path}: {message} lacks {words}");
        }
    }
}

#[test]
fn files_that_are_no_json_object_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.json");
    assert!(Florence2Config::from_file(&file).unwrap_err().to_string().contains("can't be read"));
    std::fs::write(&file, "{\"model_type\": ").unwrap();
    assert!(Florence2Config::from_file(&file).unwrap_err().to_string().contains("not valid JSON"));
    std::fs::write(&file, "[1]").unwrap();
    assert!(Florence2Config::from_file(&file).unwrap_err().to_string().contains("one JSON object"));
}

#[test]
fn long_values_are_shortened_in_errors() {
    let mut json = native();
    json["vision_config"]["depths"] = json!(vec![1_000_000; 100]);
    let message = parse(&json).unwrap_err().to_string();
    assert!(message.contains('…') && message.len() < 400, "{message}");
}
