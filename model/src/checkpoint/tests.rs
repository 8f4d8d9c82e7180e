use std::path::Path;

use half::{bf16, f16};
use serde_json::json;

use super::{
    fake::{Tensors, counting, f32_tensor, settings_folder, write_json, write_safetensors},
    *,
};

fn open(folder: &Path) -> Result<Checkpoint, CheckpointError> {
    Checkpoint::open(&ModelSource::Folder(folder.into()), &|_| panic!("a folder needs no download"))
}

/// Opens a folder with these tensors in `model.safetensors`.
fn with_tensors(
    tensors: impl IntoIterator<Item = (String, (::safetensors::Dtype, Vec<usize>, Vec<u8>))>,
) -> Checkpoint {
    let folder = settings_folder();
    write_safetensors(&folder.path().join("model.safetensors"), &tensors.into_iter().collect());
    // The files stay mapped after the folder is gone.
    open(folder.path()).unwrap()
}

#[test]
fn settings_name_and_revision_are_read() {
    let folder = settings_folder();
    let weights = folder.path().join("model.safetensors");
    write_safetensors(&weights, &Tensors::from([counting("lm_head.weight", &[6, 64])]));
    let checkpoint = open(folder.path()).unwrap();
    assert_eq!(checkpoint.config.text.d_model, 64);
    assert_eq!(checkpoint.generation.num_beams, 2);
    assert_eq!(checkpoint.generation.max_new_tokens, 39);
    assert_eq!((checkpoint.preprocessor.height, checkpoint.preprocessor.width), (64, 32));
    assert_eq!(checkpoint.image_seq_length, 3);
    assert_eq!(checkpoint.tokenizer_file, folder.path().join("tokenizer.json"));
    assert_eq!(checkpoint.layout(), Layout::Native);
    assert_eq!(Some(checkpoint.name.as_str()), folder.path().file_name().unwrap().to_str());

    assert_eq!(checkpoint.revision.len(), 16);
    assert_eq!(open(folder.path()).unwrap().revision, checkpoint.revision);
    let mut bytes = std::fs::read(&weights).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&weights, bytes).unwrap();
    assert_ne!(open(folder.path()).unwrap().revision, checkpoint.revision);
}

#[test]
fn missing_files_are_named() {
    let folder = settings_folder();
    let message = open(folder.path()).unwrap_err().to_string();
    assert!(message.contains("model.safetensors") && message.contains("pytorch_model.bin"), "{message}");
    for name in ["tokenizer.json", "config.json"] {
        std::fs::remove_file(folder.path().join(name)).unwrap();
        let message = open(folder.path()).unwrap_err().to_string();
        assert!(message.ends_with(&format!("has no {name}")), "{message}");
    }
}

#[test]
fn newer_checkpoints_nest_the_image_processor() {
    let folder = settings_folder();
    write_safetensors(&folder.path().join("model.safetensors"), &Tensors::from([counting("x", &[1])]));
    std::fs::remove_file(folder.path().join("preprocessor_config.json")).unwrap();
    let nested = json!({ "image_processor": { "size": { "height": 32, "width": 96 } } });
    write_json(&folder.path().join("processor_config.json"), &nested);
    assert_eq!(open(folder.path()).unwrap().preprocessor.width, 96);
}

#[test]
fn every_floating_point_type_widens_to_f32() {
    let values = [0.5_f32, -1.25, 3.0, 65504.0];
    let f16_bytes = values.iter().flat_map(|value| f16::from_f32(*value).to_le_bytes()).collect();
    let bf16_bytes = values[..3].iter().flat_map(|value| bf16::from_f32(*value).to_le_bytes()).collect();
    let f64_bytes = values.iter().flat_map(|value| f64::from(*value).to_le_bytes()).collect();
    let checkpoint = with_tensors([
        f32_tensor("f32", &[2, 2], &values),
        ("f16".into(), (::safetensors::Dtype::F16, vec![4], f16_bytes)),
        ("bf16".into(), (::safetensors::Dtype::BF16, vec![3], bf16_bytes)),
        ("f64".into(), (::safetensors::Dtype::F64, vec![4, 1], f64_bytes)),
        ("ids".into(), (::safetensors::Dtype::I64, vec![1], vec![0; 8])),
    ]);
    assert_eq!(checkpoint.tensor("f32", &[2, 2]).unwrap(), values);
    assert_eq!(checkpoint.tensor("f16", &[4]).unwrap(), values);
    assert_eq!(checkpoint.tensor("bf16", &[3]).unwrap(), values[..3]);
    assert_eq!(checkpoint.tensor("f64", &[4, 1]).unwrap(), values);
    let message = checkpoint.tensor("ids", &[1]).unwrap_err().to_string();
    assert!(message.contains("model.safetensors: tensor ids holds I64"), "{message}");
}

#[test]
fn the_original_layout_answers_to_native_names() {
    let checkpoint = with_tensors([
        counting("module.vision_tower.blocks.0.0.spatial_block.ffn.fn.net.fc1.weight", &[2, 1]),
        counting("module.image_projection", &[2, 3]),
        counting("module.language_model.model.encoder.embed_tokens.weight", &[6, 1]),
        counting("module.language_model.final_logits_bias", &[1, 6]),
    ]);
    assert_eq!(checkpoint.layout(), Layout::Original);
    let fc1 = "model.vision_tower.blocks.0.0.spatial_block.ffn.fc1.weight";
    assert_eq!(checkpoint.tensor(fc1, &[2, 1]).unwrap(), [0.0, 1.0]);
    // Stored [in 2, out 3], wanted [out 3, in 2].
    let projection = "model.multi_modal_projector.image_projection.weight";
    assert_eq!(checkpoint.shape_of(projection).unwrap(), [3, 2]);
    assert_eq!(checkpoint.tensor(projection, &[3, 2]).unwrap(), [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]);
    assert_eq!(checkpoint.tensor("model.language_model.shared.weight", &[6, 1]).unwrap().len(), 6);
    assert!(checkpoint.optional_tensor("final_logits_bias", &[1, 6]).unwrap().is_some());
    assert_eq!(checkpoint.optional_tensor("model.language_model.other", &[1]).unwrap(), None);

    let message = checkpoint.tensor(projection, &[4, 2]).unwrap_err().to_string();
    assert!(message.contains("tensor module.image_projection has the shape [2, 3]"), "{message}");
    assert!(message.contains("asks for [2, 4]"), "{message}");
    let message = checkpoint.tensor("model.vision_tower.convs.0.conv.bias", &[8]).unwrap_err().to_string();
    assert!(message.contains("model.safetensors has no tensor vision_tower.convs.0.proj.bias"), "{message}");
    assert!(message.contains("shape [8]"), "{message}");
}

#[test]
fn the_tied_table_is_found_under_any_of_its_names() {
    for name in [
        "model.language_model.shared.weight",
        "model.language_model.decoder.embed_tokens.weight",
        "lm_head.weight",
        "language_model.model.shared.weight",
        "language_model.lm_head.weight",
        "_orig_mod.language_model.shared.weight",
    ] {
        let checkpoint = with_tensors([counting(name, &[6, 2]), counting("other", &[1])]);
        let table = checkpoint.tensor("model.language_model.shared.weight", &[6, 2]);
        assert_eq!(table.unwrap().len(), 12, "{name}");
        assert_eq!(checkpoint.shape_of("model.language_model.shared.weight"), Some(vec![6, 2]));
    }
}

#[test]
fn a_shape_other_than_the_configs_is_refused_with_both() {
    let checkpoint = with_tensors([counting("lm_head.weight", &[8, 64])]);
    let message = checkpoint.tensor("lm_head.weight", &[6, 64]).unwrap_err().to_string();
    assert!(message.contains("model.safetensors: tensor lm_head.weight has the shape [8, 64]"), "{message}");
    assert!(message.contains("asks for [6, 64]"), "{message}");
    assert!(checkpoint.optional_tensor("lm_head.weight", &[6, 64]).is_err());
}

#[test]
fn channels_last_kernels_are_turned() {
    let name = "model.vision_tower.convs.0.conv.weight";
    // [out 2, height 1, width 2, in 3], as exports of the mlx library have it.
    let checkpoint = with_tensors([counting(name, &[2, 1, 2, 3])]);
    let kernel = checkpoint.tensor(name, &[2, 3, 1, 2]).unwrap();
    assert_eq!(kernel, [0.0, 3.0, 1.0, 4.0, 2.0, 5.0, 6.0, 9.0, 7.0, 10.0, 8.0, 11.0]);
    assert!(checkpoint.tensor(name, &[2, 3, 2, 1]).is_err());
}

#[test]
fn shards_are_one_checkpoint() {
    let folder = settings_folder();
    let shard = |number: usize| folder.path().join(format!("model-0000{number}-of-00002.safetensors"));
    write_safetensors(&shard(1), &Tensors::from([counting("a", &[2])]));
    write_safetensors(&shard(2), &Tensors::from([counting("b", &[3])]));
    let name = |number: usize| shard(number).file_name().unwrap().to_str().unwrap().to_owned();
    let index = folder.path().join("model.safetensors.index.json");
    write_json(&index, &json!({ "weight_map": { "a": name(1), "b": name(2) } }));
    let checkpoint = open(folder.path()).unwrap();
    assert_eq!(checkpoint.tensor("a", &[2]).unwrap(), [0.0, 1.0]);
    assert_eq!(checkpoint.tensor("b", &[3]).unwrap(), [0.0, 1.0, 2.0]);
    let message = checkpoint.tensor("c", &[1]).unwrap_err().to_string();
    assert!(message.contains("model.safetensors.index.json has no tensor c"), "{message}");

    std::fs::remove_file(shard(2)).unwrap();
    let message = open(folder.path()).unwrap_err().to_string();
    assert!(message.contains(&name(2)) && message.contains("index.json lists"), "{message}");

    for (bad, wanted) in [
        (json!({ "weight_map": { "a": "../outside.safetensors" } }), "no plain file name"),
        (json!({ "weight_map": { "a": 1 } }), "something else than file names"),
        (json!({ "weight_map": {} }), "is empty"),
        (json!({}), "no object weight_map"),
    ] {
        write_json(&index, &bad);
        let message = open(folder.path()).unwrap_err().to_string();
        assert!(message.contains(wanted), "{message}");
    }
}

#[test]
fn pointers_of_git_lfs_are_recognised() {
    let folder = settings_folder();
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 11420968\n";
    for name in ["model.safetensors", "tokenizer.json"] {
        std::fs::write(folder.path().join(name), pointer).unwrap();
        let message = open(folder.path()).unwrap_err().to_string();
        assert!(message.contains(name) && message.contains("git lfs pull"), "{message}");
    }
}

#[test]
fn damaged_safetensors_say_what_is_wrong() {
    let folder = settings_folder();
    let file = folder.path().join("model.safetensors");
    write_safetensors(&file, &Tensors::from([counting("a", &[100])]));
    let whole = std::fs::read(&file).unwrap();
    let header = whole.len() - 400;
    let cases: [(&[u8], &str); 6] = [
        (&whole[..whole.len() - 8], "cut short: its header promises 400 bytes of tensors, but 392 are there"),
        (&whole[..header - 4], "cut short: its header takes"),
        (&whole[..5], "it has only 5 bytes"),
        (b"", "it has only 0 bytes"),
        (b"<!DOCTYPE html><html><body>Not found</body></html>", "it is not a safetensors file"),
        (b"\x04\0\0\0\0\0\0\0{{{{", "its header can't be used"),
    ];
    for (bytes, wanted) in cases {
        std::fs::write(&file, bytes).unwrap();
        let message = open(folder.path()).unwrap_err().to_string();
        assert!(message.contains("model.safetensors can't be used") && message.contains(wanted), "{message}");
    }
    let longer = [whole.as_slice(), b"more"].concat();
    std::fs::write(&file, longer).unwrap();
    let message = open(folder.path()).unwrap_err().to_string();
    assert!(message.contains("promises 400 bytes of tensors, but 404 are there"), "{message}");
}
