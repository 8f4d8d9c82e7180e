use super::*;

const FILE: &str = "preprocessor_config.json";

fn parse(json: &Value) -> Result<PreprocessorConfig, ConfigError> {
    PreprocessorConfig::from_json(Path::new(FILE), json.as_object().unwrap())
}

fn network() -> Florence2Config {
    let json = json!({ "text_config": { "d_model": 64 }, "vision_config": { "projection_dim": 64 } });
    Florence2Config::from_json(Path::new("config.json"), json.as_object().unwrap()).unwrap()
}

#[test]
fn the_published_file_and_no_file_say_the_same() {
    let published = json!({
        "image_processor_type": "CLIPImageProcessor",
        "do_resize": true, "size": { "height": 768, "width": 768 }, "resample": 3,
        "do_center_crop": false, "crop_size": { "height": 768, "width": 768 },
        "do_rescale": true, "rescale_factor": 0.003_921_568_627_450_98,
        "do_normalize": true, "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225],
        "do_convert_rgb": null, "image_seq_length": 577
    });
    assert_eq!(parse(&published).unwrap(), PreprocessorConfig::default());
    assert_eq!(parse(&json!({ "image_processor": published })).unwrap(), PreprocessorConfig::default());
    assert_eq!(parse(&json!({})).unwrap(), PreprocessorConfig::default());
    assert_eq!(PreprocessorConfig::default().check(Path::new(FILE), &network()).unwrap(), 577);
}

#[test]
fn steps_that_are_switched_off_change_nothing() {
    let config = parse(&json!({ "size": { "height": 64, "width": 96 }, "do_rescale": false, "do_normalize": false }));
    let expected =
        PreprocessorConfig { width: 96, height: 64, image_mean: [0.0; 3], image_std: [1.0; 3], rescale_factor: 1.0 };
    assert_eq!(config.unwrap(), expected);
}

#[test]
fn other_ways_to_resize_are_refused() {
    let cases = [
        (json!({ "do_resize": false }), "do_resize is false"),
        (json!({ "resample": 2 }), "resample is 2"),
        (json!({ "size": { "shortest_edge": 224 } }), "size is {\"shortest_edge\":224}"),
        (json!({ "do_center_crop": true, "crop_size": { "height": 1, "width": 1 } }), "do_center_crop is true"),
        (json!({ "image_mean": [0.5] }), "image_mean is [0.5], but must be three numbers"),
        (json!({ "image_std": [0.2, 0.2, 0.0] }), "three numbers above 0"),
    ];
    for (json, wanted) in cases {
        let message = parse(&json).unwrap_err().to_string();
        assert!(message.starts_with(FILE) && message.contains(wanted), "{message}");
    }
}

#[test]
fn sizes_beyond_the_networks_positions_are_refused() {
    let check = |side| {
        let config = PreprocessorConfig { width: side, height: side, ..PreprocessorConfig::default() };
        config.check(Path::new(FILE), &network())
    };
    assert_eq!(check(992).unwrap(), 962);
    let message = check(1600).unwrap_err().to_string();
    assert!(message.contains("2501 image features") && message.contains("1024"), "{message}");
    let message = check(1632).unwrap_err().to_string();
    assert!(message.contains("here 51 × 51") && message.contains("50 × 50"), "{message}");
}
