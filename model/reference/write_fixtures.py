"""Writes `model/tests/fixtures/reference/`: tiny random Florence-2 checkpoints and what transformers computes with them.

    python model/reference/write_fixtures.py

Every folder there holds one model: the same weights in several checkpoint layouts, `expected.safetensors` with hidden
states and logits, and `cases.json` with generated token sequences. Pixel values are not stored: `pixel_values` below is
a formula in exact arithmetic that the tests repeat. Weights are rounded to numbers that f32, f16 and bf16 all hold
exactly, so that every file of a model means the same weights.
"""

import argparse
import itertools
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from layouts import save_native, save_original, write_json
from safetensors.torch import save_file
from tokenizers import Tokenizer, models
from transformers import Florence2Config, Florence2ForConditionalGeneration
from transformers.modeling_outputs import BaseModelOutput

FIXTURES = Path(__file__).resolve().parent.parent / "tests" / "fixtures" / "reference"
START, BOS, PAD, EOS = 2, 0, 1, 2


@dataclass(frozen=True)
class Model:
    """A tiny model: its sizes, the pictures it is shown and the layouts it is written in."""

    name: str
    seed: int
    vocabulary: int
    width: int
    heads: int
    layers: tuple[int, int]
    embed_dim: tuple[int, ...]
    depths: tuple[int, ...]
    window: int
    picture: tuple[int, int]
    # Added to the logit of `</s>`, so that about half of the sequences end before the length does.
    end_bonus: float
    final_logits_bias: bool = False


MODELS = [
    # Every feature map (16, 8, 4, 2 squared) is a multiple of the window.
    Model("square", 3, 60, 32, 4, (1, 2), (8, 8, 8, 8), (1, 1, 1, 1), 2, (64, 64), 4.0),
    # No feature map (20x14, 10x7, 5x4, 3x2) is a multiple of the window in both directions.
    Model("padded", 11, 96, 32, 4, (1, 1), (8, 8, 16, 16), (1, 1, 2, 1), 4, (80, 56), 18.0),
    # More layers, other widths, and a bias on the logits, which only the original layout can hold.
    Model("deep", 23, 120, 48, 3, (2, 2), (8, 16, 16, 24), (1, 1, 2, 1), 3, (72, 96), 9.0, final_logits_bias=True),
]


def pixel_values(seed: int, batch: int, height: int, width: int) -> torch.Tensor:
    """`[batch, 3, height, width]` in -2..2: coarse blocks of 8 pixels with fine noise, from an integer hash."""

    def hash16(index: np.ndarray, salt: int) -> np.ndarray:
        h = (index + np.uint32(salt)) * np.uint32(0x85EBCA6B)
        h = (h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE35)
        return ((h ^ (h >> np.uint32(16))) >> np.uint32(16)).astype(np.float32) / np.float32(65536)

    b, c, y, x = np.meshgrid(*(np.arange(n, dtype=np.uint32) for n in (batch, 3, height, width)), indexing="ij")
    plane = b * np.uint32(3) + c
    block = (plane * np.uint32(1024) + y // np.uint32(8)) * np.uint32(1024) + x // np.uint32(8)
    pixel = (plane * np.uint32(height) + y) * np.uint32(width) + x
    coarse = hash16(block, (seed * 0x9E3779B9) % 2**32)
    fine = hash16(pixel, (seed * 0x9E3779B9 + 0x51ED270B) % 2**32)
    return torch.from_numpy((coarse - np.float32(0.5)) * np.float32(3) + (fine - np.float32(0.5)))


def exact_in_all_types(tensor: torch.Tensor) -> torch.Tensor:
    """Rounds to bfloat16 and drops what is too small for a normal f16."""
    rounded = tensor.to(torch.bfloat16).float()
    rounded[rounded.abs() < 2.0**-14] = 0.0
    assert torch.equal(rounded, rounded.half().float())
    return rounded


def build(model: Model) -> Florence2ForConditionalGeneration:
    torch.manual_seed(model.seed)
    encoder_layers, decoder_layers = model.layers
    config = Florence2Config(
        text_config={
            "model_type": "bart",
            "vocab_size": model.vocabulary,
            "d_model": model.width,
            "encoder_layers": encoder_layers,
            "decoder_layers": decoder_layers,
            "encoder_ffn_dim": 2 * model.width,
            "decoder_ffn_dim": 2 * model.width,
            "encoder_attention_heads": model.heads,
            "decoder_attention_heads": model.heads,
            "max_position_embeddings": 48,
            "activation_function": "gelu",
            "bos_token_id": BOS,
            "pad_token_id": PAD,
            "eos_token_id": EOS,
            "decoder_start_token_id": START,
            "forced_eos_token_id": EOS,
            "scale_embedding": False,
        },
        vision_config={
            "embed_dim": list(model.embed_dim),
            "num_heads": [2] * 4,
            "num_groups": [2, 4, 2, 4],
            "depths": list(model.depths),
            "window_size": model.window,
            "projection_dim": model.width,
            "max_position_embeddings": 8,
        },
        image_token_id=model.vocabulary - 1,
    )
    network = Florence2ForConditionalGeneration(config).eval()
    if model.final_logits_bias:
        network.lm_head.bias = torch.nn.Parameter(torch.zeros(model.vocabulary))
    with torch.no_grad():
        # Large enough that attention is sharp and the next token depends on the picture; a freshly initialised model
        # repeats one token whatever it sees.
        for name, parameter in network.named_parameters():
            if name == "lm_head.bias":
                parameter.normal_(0, 0.5)
            elif parameter.dim() > 1:
                parameter.normal_(0, 0.35)
            elif "norm" in name and name.endswith("weight"):
                parameter.normal_(1, 0.1)
            else:
                parameter.normal_(0, 0.1)
        embedding = network.model.language_model.shared.weight
        embedding.normal_(0, 0.6)
        last_bias = network.model.language_model.decoder.layers[-1].final_layer_norm.bias
        last_bias.normal_(0, 0.5)
        embedding[EOS] += model.end_bonus * last_bias / last_bias.square().sum()
        # The placeholder for image features has no place in an answer; a zero row keeps it out of every beam here.
        embedding[model.vocabulary - 1] = 0
        for parameter in network.parameters():
            parameter.copy_(exact_in_all_types(parameter))
        network.tie_weights()
    return network


def prompts(generator: torch.Generator, vocabulary: int, lengths: tuple[int, ...]) -> list[list[int]]:
    """`<s>`, random tokens, `</s>`: one prompt per length, the two ends included."""
    inner = [torch.randint(3, vocabulary - 1, (length - 2,), generator=generator).tolist() for length in lengths]
    return [[BOS, *tokens, EOS] for tokens in inner]


def encode(network, pixels: torch.Tensor, prompt_ids: list[list[int]]):
    """Encoder output of the padded batch and its attention mask, as `forward` computes them from `input_ids`."""
    features = network.model.get_image_features(pixels).pooler_output
    images, longest = features.shape[1], max(map(len, prompt_ids))
    ids = torch.full((len(prompt_ids), images + longest), PAD)
    mask = torch.zeros_like(ids)
    for row, prompt in enumerate(prompt_ids):
        ids[row, :images] = network.config.image_token_id
        ids[row, images : images + len(prompt)] = torch.tensor(prompt)
        mask[row, : images + len(prompt)] = 1
    return features, ids, mask


def hidden_states(network, model: Model) -> tuple[dict[str, torch.Tensor], dict]:
    """Every stage's output for two pictures with prompts of different length."""
    seed, batch = 1000 + model.seed, 2
    height, width = model.picture
    prompt_ids = prompts(torch.Generator().manual_seed(seed), model.vocabulary, (6, 4))
    pixels = pixel_values(seed, batch, height, width)
    expected, states = {}, pixels
    tower = network.model.vision_tower
    for stage, (embed, blocks) in enumerate(zip(tower.convs, tower.blocks)):
        states = embed(states)
        for block in blocks:
            states = block(states)
        expected[f"vision_stage_{stage}"] = states.flatten(2).transpose(1, 2).contiguous()
    features, ids, mask = encode(network, pixels, prompt_ids)
    expected["image_features"] = features
    output = network(
        input_ids=ids,
        pixel_values=pixels,
        attention_mask=mask,
        decoder_input_ids=torch.tensor([[START, BOS]] * batch),
    )
    for row, prompt in enumerate(prompt_ids):
        length = features.shape[1] + len(prompt)
        expected[f"encoder_output_{row}"] = output.encoder_last_hidden_state[row, :length].contiguous()
        expected[f"first_logits_{row}"] = output.logits[row, -1].contiguous()
    return expected, {"seed": seed, "prompt_ids": prompt_ids}


def generated_cases(network, model: Model) -> list[dict]:
    """Batches of three pictures with prompts of different length, over the parameters of the search."""
    height, width = model.picture
    variants = list(itertools.product((1, 2, 3, 4), (True, False, "never"), (0.5, 1.0, 2.0)))
    cases = []
    for number, (beams, early_stopping, length_penalty) in enumerate(variants):
        if beams == 1 and (early_stopping is not True or length_penalty != 1.0):
            # Greedy search knows neither: one batch for each n-gram rule and length instead.
            early_stopping, length_penalty = True, 1.0
        seed = model.seed * 1000 + number
        prompt_ids = prompts(torch.Generator().manual_seed(seed), model.vocabulary, [(5, 7, 3), (4, 4, 8)][number % 2])
        parameters = {
            "num_beams": beams,
            "max_new_tokens": (18, 12, 30, 7, 3, 2, 24)[number % 7],
            "early_stopping": early_stopping,
            "no_repeat_ngram_size": (3, 0, 2)[(number // 2) % 3],
            "length_penalty": length_penalty,
        }
        pixels = pixel_values(seed, len(prompt_ids), height, width)
        _, ids, mask = encode(network, pixels, prompt_ids)
        searching = {key: parameters[key] for key in ("early_stopping", "length_penalty") if beams > 1}
        output = network.generate(
            input_ids=ids,
            pixel_values=pixels,
            attention_mask=mask,
            num_beams=beams,
            max_new_tokens=parameters["max_new_tokens"],
            no_repeat_ngram_size=parameters["no_repeat_ngram_size"],
            forced_bos_token_id=BOS,
            forced_eos_token_id=EOS,
            do_sample=False,
            return_dict_in_generate=True,
            output_scores=True,
            **searching,
        )
        sequences = []
        for row in output.sequences.tolist():
            assert row[:2] == [START, BOS] and model.vocabulary - 1 not in row
            sequences.append(row[: row.index(EOS, 1) + 1])
        scores = None if beams == 1 else output.sequences_scores.tolist()
        cases.append({"seed": seed, "prompt_ids": prompt_ids, **parameters, "sequences": sequences, "scores": scores})
    return cases


def write_checkpoints(network, model: Model, folder: Path) -> list[str]:
    """The same weights in several layouts, containers and types; the folders' names."""
    if model.name == "square":
        save_native(network, folder / "native_f32", torch.float32)
        save_original(network, folder / "original_f16_bin", torch.float16, container="bin")
    elif model.name == "padded":
        save_native(network, folder / "native_bf16_sharded", torch.bfloat16, shards=2)
        save_original(network, folder / "original_f16_sharded", torch.float16, shards=3)
    else:
        save_original(network, folder / "original_f16", torch.float16)
        save_original(network, folder / "original_bf16_bin", torch.bfloat16, container="bin")
    checkpoints = sorted(path for path in folder.iterdir() if path.is_dir())
    height, width = model.picture
    for checkpoint in checkpoints:
        # A checkpoint isn't complete without these two; the cases here start behind them, from pixels and token ids.
        write_json(checkpoint / "preprocessor_config.json", {"size": {"height": height, "width": width}, "resample": 3})
        Tokenizer(models.BPE()).save(str(checkpoint / "tokenizer.json"))
    return [checkpoint.name for checkpoint in checkpoints]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=FIXTURES, help="where to write (default: %(default)s)")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    shutil.rmtree(arguments.folder, ignore_errors=True)
    for model in MODELS:
        folder = arguments.folder / model.name
        folder.mkdir(parents=True)
        with torch.no_grad():
            network = build(model)
            expected, hidden = hidden_states(network, model)
            cases = generated_cases(network, model)
            checkpoints = write_checkpoints(network, model, folder)
        save_file(expected, folder / "expected.safetensors")
        for path in folder.rglob("*.safetensors"):
            path.chmod(0o644)
        description = {
            "written_by": "model/reference/write_fixtures.py",
            "height": model.picture[0],
            "width": model.picture[1],
            "checkpoints": checkpoints,
            "hidden_states": hidden,
        }
        lines = ",\n".join("  " + json.dumps(case) for case in cases)
        head = json.dumps(description, indent=1)[:-2]
        (folder / "cases.json").write_text(f'{head},\n "cases": [\n{lines}\n ]\n}}\n')
        sequences = [sequence for case in cases for sequence in case["sequences"]]
        cut = sum(len(s) == 1 + c["max_new_tokens"] for c in cases for s in c["sequences"])
        print(
            f"{model.name}: {len(sequences)} sequences, {len(set(map(tuple, sequences)))} different, lengths "
            f"{min(map(len, sequences))} to {max(map(len, sequences))}, {cut} ended by the length"
        )


if __name__ == "__main__":
    main()
