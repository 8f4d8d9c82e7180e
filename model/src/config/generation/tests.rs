use serde_json::json;

use super::*;

/// Resolves `text_config` and, unless null, `generation_config.json`.
fn resolve(text: &Value, generation: &Value) -> Result<GenerationDefaults, ConfigError> {
    let mut root = json!({ "text_config": { "d_model": 64 }, "vision_config": { "projection_dim": 64 } });
    root["text_config"].as_object_mut().unwrap().extend(text.as_object().unwrap().clone());
    let root = root.as_object().unwrap();
    let file = Path::new("config.json");
    let config = Florence2Config::from_json(file, root).unwrap();
    let generation = generation.as_object().map(|map| (Path::new("generation_config.json"), map));
    GenerationDefaults::resolve(&config, (file, root), generation)
}

fn published() -> GenerationDefaults {
    GenerationDefaults {
        max_new_tokens: 1023,
        num_beams: 3,
        do_sample: false,
        temperature: 1.0,
        top_p: 1.0,
        no_repeat_ngram_size: 3,
        length_penalty: 1.0,
        early_stopping: EarlyStopping::Always,
        decoder_start_token_id: 2,
        eos_token_id: 2,
        forced_bos_token_id: Some(0),
        forced_eos_token_id: Some(2),
    }
}

#[test]
fn nothing_named_means_what_florence_2_was_published_with() {
    assert_eq!(resolve(&json!({}), &Value::Null).unwrap(), published());
    // A file that transformers derives from config.json names only token ids.
    let derived = json!({ "_from_model_config": true, "eos_token_id": 2, "forced_eos_token_id": 2, "use_cache": true });
    assert_eq!(resolve(&json!({}), &derived).unwrap(), published());
}

#[test]
fn a_native_checkpoint_goes_by_the_generation_config_first() {
    let text = json!({ "num_beams": 2, "length_penalty": 2.0, "early_stopping": true });
    let generation =
        json!({ "num_beams": 4, "early_stopping": "never", "forced_bos_token_id": null, "eos_token_id": [5] });
    let expected = GenerationDefaults {
        num_beams: 4,
        length_penalty: 2.0,
        early_stopping: EarlyStopping::Never,
        forced_bos_token_id: None,
        eos_token_id: 5,
        ..published()
    };
    assert_eq!(resolve(&text, &generation).unwrap(), expected);
}

#[test]
fn the_first_release_goes_by_text_config_first() {
    let text = json!({ "model_type": "florence2_language", "early_stopping": true, "max_length": 20, "num_beams": 3 });
    let generation = json!({ "early_stopping": false, "num_beams": 5, "no_repeat_ngram_size": 4 });
    let expected = GenerationDefaults { no_repeat_ngram_size: 4, ..published() };
    assert_eq!(resolve(&text, &generation).unwrap(), expected);
}

#[test]
fn lengths_are_chosen_ones_and_stay_within_the_positions() {
    let length = |text: Value, generation: &Value| resolve(&text, generation).unwrap().max_new_tokens;
    assert_eq!(length(json!({}), &json!({ "max_new_tokens": 64, "max_length": 40 })), 64);
    assert_eq!(length(json!({}), &json!({ "max_length": 40 })), 39);
    assert_eq!(length(json!({ "max_length": 20 }), &Value::Null), 1023);
    assert_eq!(length(json!({ "max_position_embeddings": 100 }), &json!({ "max_new_tokens": 4096 })), 99);
    assert_eq!(length(json!({ "max_position_embeddings": 4096 }), &Value::Null), 1024);
}

#[test]
fn values_out_of_range_are_named() {
    let cases = [
        (json!({ "num_beams": 0 }), "generation_config.json: num_beams is 0, but must be 1 to 16"),
        (json!({ "early_stopping": "soon" }), "early_stopping is \"soon\""),
        (json!({ "eos_token_id": [1, 2] }), "eos_token_id is [1,2], but must be one token id"),
        (json!({ "temperature": 0.0 }), "temperature is 0.0, but must be above 0"),
        (json!({ "top_p": 1.5 }), "top_p is 1.5"),
        (json!({ "max_new_tokens": 0 }), "max_new_tokens is 0, but must be at least 1"),
    ];
    for (generation, wanted) in cases {
        let message = resolve(&json!({}), &generation).unwrap_err().to_string();
        assert!(message.contains(wanted), "{message}");
    }
    let message = resolve(&json!({ "num_beams": 99 }), &Value::Null).unwrap_err().to_string();
    assert!(message.contains("config.json: text_config.num_beams is 99"), "{message}");
}
