"""Writes a full-size Florence-2 with random weights, and three photographs as pixel values.

    python model/reference/full_size.py --size base --folder target/parity/base-1024

The folder then holds `native/` (f32, safetensors), `original/` (f16, `pytorch_model.bin`), `photos/` (PNG) and
`inputs.safetensors`. Both checkpoints mean the same weights: they are rounded to f16 first. A folder that is already
complete is left as it is.
"""

import argparse
import json
from fnmatch import fnmatch
from pathlib import Path

import numpy as np
import skimage
import torch
from layouts import save_native, save_original, write_json
from PIL import Image
from safetensors.torch import save_file
from tokenizers import Tokenizer, models
from transformers import Florence2Config, Florence2ForConditionalGeneration
from transformers.utils import logging

# A bar a second of loading is noise where the output is read line by line.
logging.disable_progress_bar()

# Increase when what is written changes, so that older folders are written anew.
VERSION = 3
# Tells that the reference's results are those of the checkpoint beside it (`parity.py`).
REFERENCE_STAMP = "reference.json"
SIDE = 768
MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
# Photographs inside the scikit-image package; the others of its data set would be downloaded.
PHOTOS = ["astronaut", "coffee", "chelsea"]
# `<CAPTION>`, `<OD>` and `<MORE_DETAILED_CAPTION>` in the released tokenizer's ids: three lengths.
PROMPTS = [
    [0, 2264, 473, 5, 2274, 6190, 116, 2],
    [0, 574, 22486, 5, 8720, 19, 4120, 766, 11, 5, 2274, 4, 2],
    [0, 47066, 21700, 19, 10, 17818, 99, 16, 2343, 11, 5, 2274, 4, 2],
]
SIZES = {
    "base": {"width": 768, "layers": 6, "heads": 12, "embed_dim": [128, 256, 512, 1024], "parts": [4, 8, 16, 32]},
    "large": {"width": 1024, "layers": 12, "heads": 16, "embed_dim": [256, 512, 1024, 2048], "parts": [8, 16, 32, 64]},
}


def configuration(size: str, positions: int) -> Florence2Config:
    """The released model's `config.json`."""
    chosen = SIZES[size]
    return Florence2Config(
        text_config={
            "model_type": "bart",
            "vocab_size": 51289,
            "d_model": chosen["width"],
            "encoder_layers": chosen["layers"],
            "decoder_layers": chosen["layers"],
            "encoder_ffn_dim": 4 * chosen["width"],
            "decoder_ffn_dim": 4 * chosen["width"],
            "encoder_attention_heads": chosen["heads"],
            "decoder_attention_heads": chosen["heads"],
            "max_position_embeddings": positions,
            "activation_function": "gelu",
            "bos_token_id": 0,
            "pad_token_id": 1,
            "eos_token_id": 2,
            "decoder_start_token_id": 2,
            "forced_eos_token_id": 2,
            "scale_embedding": False,
        },
        vision_config={
            "embed_dim": chosen["embed_dim"],
            "num_heads": chosen["parts"],
            "num_groups": chosen["parts"],
            "projection_dim": chosen["width"],
        },
        # The row of `<mask>`: no picture's placeholder has one of its own in a table of 51289.
        image_token_id=50264,
    )


# Gains over 1 / sqrt(fan in), first match. Attention has to choose and layers have to leave their input recognisable:
# with 1 everywhere, all tokens of the encoder's output come out equal and no picture shows in the answer.
GAINS = [
    ("q_proj", 1.8),
    ("k_proj", 1.8),
    ("window_attn.qkv", 1.4),
    # Its scores are sums over thousands of cells: sharper, and the last digit of a pixel decides which channel wins.
    ("channel_attn.qkv", 0.3),
    ("encoder.layers.*.out_proj", 0.3),
    ("encoder.layers.*.fc2", 0.5),
    ("decoder.layers.*.out_proj", 0.7),
    ("decoder.layers.*.fc2", 0.7),
    ("_block.conv", 0.3),
]


def standard_deviation(name: str, parameter: torch.nn.Parameter) -> float:
    """How large to draw a weight: hidden states stay around 1 and logits spread by about 3.

    A freshly initialised network is near constant in its input, and every search through it ties.
    """
    if "shared" in name or "embed_positions" in name:
        return 3.0 / parameter.shape[1] ** 0.5
    if name.endswith("_embeddings.weight"):
        return 0.3
    gain = next((gain for pattern, gain in GAINS if fnmatch(name, f"*{pattern}*")), 1.0)
    return gain / parameter[0].numel() ** 0.5


def build(size: str, positions: int) -> Florence2ForConditionalGeneration:
    torch.manual_seed(0)
    with torch.device("meta"):
        network = Florence2ForConditionalGeneration(configuration(size, positions))
    network.to_empty(device="cpu")
    network.tie_weights()
    network.eval()
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if parameter.dim() > 1:
                parameter.normal_(0, standard_deviation(name, parameter))
            elif "norm" in name and name.endswith("weight"):
                parameter.normal_(1, 0.1)
            else:
                parameter.normal_(0, 0.05)
            parameter.copy_(parameter.half().float())
        temporal = network.model.multi_modal_projector.visual_temporal_embed
        sine, cosine = temporal.get_sinusoid_embeddings(temporal.max_seq_len, temporal.embed_dim)
        temporal.pos_idx_to_embed[:, 0::2] = sine
        temporal.pos_idx_to_embed[:, 1::2] = cosine
    return network


def pixel_values(photo: Image.Image) -> torch.Tensor:
    """`[1, 3, 768, 768]`, as the processor of the first release computes it: Pillow's bicubic on bytes."""
    resized = np.asarray(photo.resize((SIDE, SIDE), Image.Resampling.BICUBIC), dtype=np.float64)
    normalised = ((resized * (1 / 255)).astype(np.float32) - np.float32(MEAN)) / np.float32(STD)
    return torch.from_numpy(normalised).permute(2, 0, 1)[None].contiguous()


def write(folder: Path, size: str, positions: int) -> None:
    """Writes everything that the module's documentation names, unless it is there."""
    stamp = folder / "complete.json"
    wanted = {"version": VERSION, "size": size, "positions": positions}
    if stamp.exists() and json.loads(stamp.read_text()) == wanted:
        print(f"{folder} is complete", flush=True)
        return
    stamp.unlink(missing_ok=True)
    (folder / REFERENCE_STAMP).unlink(missing_ok=True)
    print(f"drawing the weights of {size} with {positions} positions", flush=True)
    network = build(size, positions)
    print(f"{sum(parameter.numel() for parameter in network.parameters()):,} parameters", flush=True)
    print("writing the native layout, f32", flush=True)
    save_native(network, folder / "native", torch.float32)
    print("writing the original layout, f16", flush=True)
    save_original(network, folder / "original", torch.float16, container="bin")
    for checkpoint in ("native", "original"):
        preprocessor = {"size": {"height": SIDE, "width": SIDE}, "resample": 3, "image_mean": MEAN, "image_std": STD}
        write_json(folder / checkpoint / "preprocessor_config.json", preprocessor)
        # Nothing here is tokenised; a checkpoint only isn't complete without the file.
        Tokenizer(models.BPE()).save(str(folder / checkpoint / "tokenizer.json"))

    (folder / "photos").mkdir(exist_ok=True)
    tensors = {}
    for name in PHOTOS:
        photo = Image.fromarray(getattr(skimage.data, name)()).convert("RGB")
        photo.save(folder / "photos" / f"{name}.png")
        tensors[f"{name}.pixel_values"] = pixel_values(photo)
    save_file(tensors, folder / "inputs.safetensors")
    write_json(folder / "inputs.json", [{"photo": name, "prompt_ids": ids} for name, ids in zip(PHOTOS, PROMPTS)])
    write_json(stamp, wanted)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--size", choices=sorted(SIZES), required=True)
    parser.add_argument("--positions", type=int, default=1024, help="max_position_embeddings (default: %(default)s)")
    parser.add_argument("--folder", type=Path, required=True, help="where to write")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser)
    arguments = parser.parse_args()
    write(arguments.folder, arguments.size, arguments.positions)


if __name__ == "__main__":
    main()
