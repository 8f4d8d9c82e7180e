//! How tensors are called on disk. Everything else in the crate uses the native names, those of transformers.

use std::sync::LazyLock;

use regex::Regex;

/// How a checkpoint spells its tensors' names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// As transformers has it.
    Native,
    /// As the first release has it.
    Original,
}

/// A name that a tensor may have on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DiskName {
    pub(super) name: String,
    /// The matrix is stored turned: [in, out] where native has [out, in].
    pub(super) transposed: bool,
}

impl Layout {
    /// Tells the layout from the tensors' names, wrapper prefixes stripped.
    pub(super) fn detect<'a>(mut names: impl Iterator<Item = &'a str>) -> Self {
        let is_original = |name: &str| {
            name == "image_projection"
                || name.starts_with("language_model.model.")
                || name.starts_with("language_model.lm_head.")
                || (name.starts_with("vision_tower.") && name.contains(".fn."))
        };
        if names.any(is_original) { Self::Original } else { Self::Native }
    }

    /// What this layout calls the tensor.
    pub(super) fn disk_name(self, native: &str) -> DiskName {
        match self {
            Self::Native => DiskName { name: native.into(), transposed: false },
            Self::Original => original_name(native),
        }
    }
}

/// Takes off what training wrappers put in front of names.
pub(super) fn strip_wrappers(mut name: &str) -> &str {
    while let Some(rest) = name.strip_prefix("module.").or_else(|| name.strip_prefix("_orig_mod.")) {
        name = rest;
    }
    name
}

/// Every name under which the tensor may be stored, the likeliest first.
pub(super) fn disk_names(native: &str, layout: Layout) -> Vec<DiskName> {
    // Tied: one table under up to four names, of which safetensors keeps any one.
    const TIED: [&str; 4] = [
        "model.language_model.shared.weight",
        "model.language_model.encoder.embed_tokens.weight",
        "model.language_model.decoder.embed_tokens.weight",
        "lm_head.weight",
    ];
    let natives: Vec<&str> = if native == TIED[0] { TIED.into() } else { vec![native] };
    natives
        .into_iter()
        .flat_map(|native| {
            let bare = native.strip_prefix("model.").unwrap_or(native);
            // A model saved without its language head lacks the outer prefix.
            [layout.disk_name(native), DiskName { name: bare.into(), transposed: false }]
        })
        .collect()
}

/// The rules of the first release, native on the left. The first that matches applies.
static ORIGINAL_NAMES: LazyLock<Vec<(Regex, &'static str)>> = LazyLock::new(|| {
    [
        // The image projection is a bare parameter there, multiplied from the right.
        (r"^model\.multi_modal_projector\.image_projection\.weight$", "image_projection"),
        (r"^model\.multi_modal_projector\.image_position_embed\.", "image_pos_embed."),
        (r"^model\.multi_modal_projector\.", ""),
        (r"^model\.(vision_tower\.convs\.\d+)\.conv\.", "$1.proj."),
        (r"^model\.(vision_tower\..*_block\.conv[12])\.", "$1.fn.dw."),
        // The norms live inside what they stand in front of: the attention or the feed-forward block.
        (r"^model\.(vision_tower\..*\.spatial_block)\.norm1\.", "$1.window_attn.norm."),
        (r"^model\.(vision_tower\..*\.channel_block)\.norm1\.", "$1.channel_attn.norm."),
        (r"^model\.(vision_tower\..*_block)\.norm2\.", "$1.ffn.norm."),
        (r"^model\.(vision_tower\..*_attn)\.(qkv|proj)\.", "$1.fn.$2."),
        (r"^model\.(vision_tower\..*_block\.ffn)\.(fc[12])\.", "$1.fn.net.$2."),
        (r"^model\.vision_tower\.", "vision_tower."),
        (r"^model\.language_model\.final_logits_bias$", "language_model.final_logits_bias"),
        (r"^model\.language_model\.", "language_model.model."),
        (r"^lm_head\.", "language_model.lm_head."),
        (r"^final_logits_bias$", "language_model.final_logits_bias"),
    ]
    .into_iter()
    .map(|(native, original)| (Regex::new(native).expect("the table above is valid. This is a bug."), original))
    .collect()
});

fn original_name(native: &str) -> DiskName {
    let name = ORIGINAL_NAMES
        .iter()
        .find(|(pattern, _)| pattern.is_match(native))
        .map_or_else(|| native.into(), |(pattern, original)| pattern.replace(native, *original).into_owned());
    let transposed = name == "image_projection";
    DiskName { name, transposed }
}

#[cfg(test)]
mod tests;
