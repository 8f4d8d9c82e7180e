use super::*;

/// Name pairs of every kind, native and original.
const PAIRS: [(&str, &str); 22] = [
    ("model.vision_tower.convs.0.conv.weight", "vision_tower.convs.0.proj.weight"),
    ("model.vision_tower.convs.3.norm.bias", "vision_tower.convs.3.norm.bias"),
    (
        "model.vision_tower.blocks.1.0.spatial_block.conv1.weight",
        "vision_tower.blocks.1.0.spatial_block.conv1.fn.dw.weight",
    ),
    (
        "model.vision_tower.blocks.1.0.channel_block.conv2.bias",
        "vision_tower.blocks.1.0.channel_block.conv2.fn.dw.bias",
    ),
    (
        "model.vision_tower.blocks.0.0.spatial_block.norm1.weight",
        "vision_tower.blocks.0.0.spatial_block.window_attn.norm.weight",
    ),
    (
        "model.vision_tower.blocks.2.7.channel_block.norm1.bias",
        "vision_tower.blocks.2.7.channel_block.channel_attn.norm.bias",
    ),
    ("model.vision_tower.blocks.2.1.spatial_block.norm2.bias", "vision_tower.blocks.2.1.spatial_block.ffn.norm.bias"),
    (
        "model.vision_tower.blocks.2.2.spatial_block.window_attn.qkv.weight",
        "vision_tower.blocks.2.2.spatial_block.window_attn.fn.qkv.weight",
    ),
    (
        "model.vision_tower.blocks.2.3.channel_block.channel_attn.proj.weight",
        "vision_tower.blocks.2.3.channel_block.channel_attn.fn.proj.weight",
    ),
    (
        "model.vision_tower.blocks.2.8.spatial_block.ffn.fc1.weight",
        "vision_tower.blocks.2.8.spatial_block.ffn.fn.net.fc1.weight",
    ),
    ("model.multi_modal_projector.image_projection.weight", "image_projection"),
    ("model.multi_modal_projector.image_proj_norm.weight", "image_proj_norm.weight"),
    ("model.multi_modal_projector.image_position_embed.row_embeddings.weight", "image_pos_embed.row_embeddings.weight"),
    ("model.multi_modal_projector.visual_temporal_embed.pos_idx_to_embed", "visual_temporal_embed.pos_idx_to_embed"),
    ("model.language_model.shared.weight", "language_model.model.shared.weight"),
    ("model.language_model.encoder.embed_positions.weight", "language_model.model.encoder.embed_positions.weight"),
    (
        "model.language_model.encoder.layers.0.self_attn.q_proj.weight",
        "language_model.model.encoder.layers.0.self_attn.q_proj.weight",
    ),
    (
        "model.language_model.decoder.layers.5.encoder_attn.out_proj.bias",
        "language_model.model.decoder.layers.5.encoder_attn.out_proj.bias",
    ),
    ("model.language_model.decoder.layers.5.fc1.bias", "language_model.model.decoder.layers.5.fc1.bias"),
    ("model.language_model.decoder.layernorm_embedding.bias", "language_model.model.decoder.layernorm_embedding.bias"),
    ("lm_head.weight", "language_model.lm_head.weight"),
    ("final_logits_bias", "language_model.final_logits_bias"),
];

#[test]
fn every_kind_of_name_has_its_original() {
    for (native, original) in PAIRS {
        let found = Layout::Original.disk_name(native);
        assert_eq!(found.name, original);
        assert_eq!(found.transposed, original == "image_projection");
        assert_eq!(Layout::Native.disk_name(native), DiskName { name: native.into(), transposed: false });
    }
}

#[test]
fn the_layout_shows_in_the_names() {
    assert_eq!(Layout::detect(PAIRS.iter().map(|(native, _)| *native)), Layout::Native);
    assert_eq!(Layout::detect(PAIRS.iter().map(|(_, original)| *original)), Layout::Original);
}

#[test]
fn wrappers_come_off() {
    assert_eq!(strip_wrappers("module._orig_mod.module.lm_head.weight"), "lm_head.weight");
    assert_eq!(strip_wrappers("model.vision_tower.convs.0.conv.bias"), "model.vision_tower.convs.0.conv.bias");
}

#[test]
fn the_tied_table_is_looked_for_under_all_its_names() {
    let names: Vec<String> =
        disk_names("model.language_model.shared.weight", Layout::Original).into_iter().map(|disk| disk.name).collect();
    for name in ["model.shared", "model.encoder.embed_tokens", "model.decoder.embed_tokens", "lm_head"] {
        assert!(names.contains(&format!("language_model.{name}.weight")), "{names:?}");
    }
}

#[test]
fn names_of_the_shared_parameter_lists_are_mapped() {
    let lists = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/florence2");
    if !lists.exists() {
        println!("SKIPPED names_of_the_shared_parameter_lists_are_mapped: ../shared/florence2 is not here");
        return;
    }
    for (list, rows) in [("params_base.tsv", 668), ("params_large.tsv", 920)] {
        let text = std::fs::read_to_string(lists.join(list)).unwrap();
        let mut checked = 0;
        for row in text.lines().skip(1) {
            let [native, native_shape, original, original_shape] = row.split('\t').collect::<Vec<_>>()[..] else {
                panic!("{list} has a row that isn't four columns: {row}")
            };
            let found = Layout::Original.disk_name(native);
            assert_eq!(found.name, original);
            assert_eq!(found.transposed, native_shape != original_shape, "{native}");
            checked += 1;
        }
        assert_eq!(checked, rows, "{list}");
    }
}
