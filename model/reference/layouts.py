"""Writes one model in the two layouts that Florence-2 checkpoints come in.

*Native* is what `Florence2ForConditionalGeneration.save_pretrained` of transformers writes. *Original* is the layout of
the first release: other tensor names, `image_projection` transposed, a `final_logits_bias`, and other keys in
`config.json`. Neither a tokenizer nor a preprocessor configuration is written.
"""

import json
import re
from pathlib import Path

import torch
from safetensors.torch import save_file

BLOCK_NAMES = [
    (r"\.(spatial_block|channel_block)\.conv([12])\.", r".\1.conv\2.fn.dw."),
    (r"\.spatial_block\.norm1\.", ".spatial_block.window_attn.norm."),
    (r"\.spatial_block\.window_attn\.(qkv|proj)\.", r".spatial_block.window_attn.fn.\1."),
    (r"\.channel_block\.norm1\.", ".channel_block.channel_attn.norm."),
    (r"\.channel_block\.channel_attn\.(qkv|proj)\.", r".channel_block.channel_attn.fn.\1."),
    (r"\.(spatial_block|channel_block)\.norm2\.", r".\1.ffn.norm."),
    (r"\.ffn\.(fc1|fc2)\.", r".ffn.fn.net.\1."),
    (r"\.convs\.(\d+)\.conv\.", r".convs.\1.proj."),
]
TOP_NAMES = [
    ("model.vision_tower.", "vision_tower."),
    ("model.multi_modal_projector.image_projection.weight", "image_projection"),
    ("model.multi_modal_projector.image_proj_norm.", "image_proj_norm."),
    ("model.multi_modal_projector.image_position_embed.", "image_pos_embed."),
    ("model.multi_modal_projector.visual_temporal_embed.", "visual_temporal_embed."),
    ("model.language_model.", "language_model.model."),
    ("lm_head.", "language_model.lm_head."),
]


def original_name(native: str) -> str:
    """The original layout's name of a tensor that transformers calls `native`."""
    for prefix, replacement in TOP_NAMES:
        if native.startswith(prefix):
            name = replacement + native[len(prefix) :]
            break
    else:
        raise ValueError(f"{native} belongs to no part of Florence-2")
    if name.startswith("vision_tower."):
        for pattern, replacement in BLOCK_NAMES:
            name = re.sub(pattern, replacement, name)
    return name


def original_config(config) -> dict:
    """`config.json` with the keys of the first release, and the generation defaults it keeps in `text_config`."""
    text, vision = config.text_config, config.vision_config
    text_keys = (
        "vocab_size d_model encoder_layers decoder_layers encoder_ffn_dim decoder_ffn_dim encoder_attention_heads "
        "decoder_attention_heads max_position_embeddings activation_function scale_embedding bos_token_id "
        "pad_token_id eos_token_id decoder_start_token_id forced_eos_token_id"
    ).split()
    vision_keys = (
        "patch_size patch_stride patch_padding patch_prenorm num_heads num_groups depths window_size drop_path_rate "
        "projection_dim"
    ).split()
    return {
        "architectures": ["Florence2ForConditionalGeneration"],
        "model_type": "florence2",
        "bos_token_id": text.bos_token_id,
        "eos_token_id": text.eos_token_id,
        "pad_token_id": text.pad_token_id,
        "is_encoder_decoder": True,
        "ignore_index": -100,
        "projection_dim": vision.projection_dim,
        "vocab_size": text.vocab_size,
        "text_config": {
            **{key: getattr(text, key) for key in text_keys},
            "model_type": "florence2_language",
            "forced_bos_token_id": 0,
            "num_beams": 3,
            "no_repeat_ngram_size": 3,
            "early_stopping": True,
            "is_encoder_decoder": True,
        },
        "vision_config": {
            **{key: getattr(vision, key) for key in vision_keys},
            "model_type": "davit",
            "dim_embed": list(vision.embed_dim),
            "image_pos_embed": {"type": "learned_abs_2d", "max_pos_embeddings": vision.max_position_embeddings},
            "visual_temporal_embedding": {
                "type": "COSINE",
                "max_temporal_embeddings": vision.max_temporal_embeddings,
            },
            "image_feature_source": ["spatial_avg_pool", "temporal_avg_pool"],
        },
    }


def original_tensors(model, dtype: torch.dtype, tied_copies: bool) -> dict[str, torch.Tensor]:
    """The model's tensors under their original names.

    With `tied_copies` the shared embedding stands there four times over (one storage), as in the first release's
    PyTorch files; without, once.
    """
    tensors = {}
    cast = {}
    for name, tensor in model.state_dict().items():
        if name == "lm_head.bias":
            continue
        is_copy = name.endswith(".embed_tokens.weight") or name == "lm_head.weight"
        if is_copy and not tied_copies:
            continue
        key = tensor.data_ptr()
        if key not in cast:
            cast[key] = tensor.to(dtype).clone()
        tensor = cast[key]
        if name.endswith("image_projection.weight"):
            tensor = tensor.T.contiguous()
        tensors[original_name(name)] = tensor
    bias = model.lm_head.bias
    vocabulary = model.config.text_config.vocab_size
    tensors["language_model.final_logits_bias"] = (
        torch.zeros(1, vocabulary, dtype=dtype) if bias is None else bias.detach().to(dtype)[None].clone()
    )
    return tensors


def write_json(path: Path, value) -> None:
    path.write_text(json.dumps(value, indent=1) + "\n")


def save_shards(folder: Path, tensors: dict[str, torch.Tensor], shards: int) -> None:
    """Writes `tensors` as `shards` safetensors files with an index beside them, or as one without."""
    names = sorted(tensors)
    if shards == 1:
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
        return
    weight_map = {}
    for shard in range(shards):
        file = f"model-{shard + 1:05}-of-{shards:05}.safetensors"
        chosen = {name: tensors[name] for name in names[shard::shards]}
        save_file(chosen, folder / file, metadata={"format": "pt"})
        weight_map.update(dict.fromkeys(chosen, file))
    size = sum(tensor.nbytes for tensor in tensors.values())
    index = {"metadata": {"total_size": size}, "weight_map": dict(sorted(weight_map.items()))}
    write_json(folder / "model.safetensors.index.json", index)


def save_original(model, folder: Path, dtype: torch.dtype, container: str = "safetensors", shards: int = 1) -> None:
    """Writes the original layout: as `pytorch_model.bin` when `container` is "bin", else as safetensors."""
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "config.json", original_config(model.config))
    if container == "bin":
        torch.save(original_tensors(model, dtype, tied_copies=True), folder / "pytorch_model.bin")
    else:
        save_shards(folder, original_tensors(model, dtype, tied_copies=False), shards)


def save_native(model, folder: Path, dtype: torch.dtype, shards: int = 1) -> None:
    """Writes the native layout: `save_pretrained`'s own file, or the same tensors split over several."""
    folder.mkdir(parents=True, exist_ok=True)
    if shards == 1:
        weights = {name: tensor.to(dtype) for name, tensor in model.state_dict().items()}
        model.save_pretrained(folder, state_dict=weights)
        return
    write_json(folder / "config.json", model.config.to_dict())
    kept = {
        name: tensor.to(dtype).clone()
        for name, tensor in model.state_dict().items()
        if not (name.endswith(".embed_tokens.weight") or name == "lm_head.weight")
    }
    save_shards(folder, kept, shards)
