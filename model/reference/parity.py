"""Writes what transformers computes with a full-size random checkpoint on three photographs.

    python model/reference/parity.py --size base --folder target/parity/base-1024

Writes the checkpoint first if it is missing (`full_size.py`), then `reference.safetensors` with the hidden states and
logits of each photograph and `sequences.json` with its generated tokens. What is already there, from the same
checkpoint and the same libraries, is not computed again. `cargo xtask parity` runs it.
"""

import argparse
import json
import time

import full_size
import torch
import transformers
from layouts import write_json
from safetensors.torch import load_file, save_file
from transformers import Florence2ForConditionalGeneration

# Increase when what is written changes, so that older results are computed anew.
VERSION = 1
START, BOS, EOS = 2, 0, 2
NEW_TOKENS = 40
BEAMS = [1, 3]


def encoder_input(network, prompt: list[int], images: int) -> torch.Tensor:
    return torch.tensor([[network.config.image_token_id] * images + prompt])


def hidden_states(network, pixels: torch.Tensor, prompt: list[int]) -> dict[str, torch.Tensor]:
    """Each step's output, without the batch dimension."""
    states, found = pixels, {}
    tower = network.model.vision_tower
    for stage, (embed, blocks) in enumerate(zip(tower.convs, tower.blocks)):
        states = embed(states)
        for block in blocks:
            states = block(states)
        found[f"vision_stage_{stage}"] = states[0].flatten(1).T.contiguous()
    features = network.model.multi_modal_projector(states)
    found["image_features"] = features[0]
    output = network(
        input_ids=encoder_input(network, prompt, features.shape[1]),
        pixel_values=pixels,
        decoder_input_ids=torch.tensor([[START, BOS]]),
    )
    found["encoder_output"] = output.encoder_last_hidden_state[0]
    found["first_logits"] = output.logits[0, -1].clone()
    return found


def generate(network, pixels: torch.Tensor, prompt: list[int], beams: int, new_tokens: int = NEW_TOKENS) -> list[int]:
    """Decoder ids from the start token on."""
    images = 1 + (pixels.shape[2] // 32) * (pixels.shape[3] // 32)
    searching = {"early_stopping": True, "length_penalty": 1.0} if beams > 1 else {}
    return network.generate(
        input_ids=encoder_input(network, prompt, images),
        pixel_values=pixels,
        num_beams=beams,
        max_new_tokens=new_tokens,
        no_repeat_ngram_size=3,
        forced_bos_token_id=BOS,
        forced_eos_token_id=EOS,
        do_sample=False,
        **searching,
    )[0].tolist()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    full_size.add_arguments(parser)
    arguments = parser.parse_args()
    folder = arguments.folder
    full_size.write(folder, arguments.size, arguments.positions)
    stamp = folder / full_size.REFERENCE_STAMP
    wanted = {"version": VERSION, "torch": torch.__version__, "transformers": transformers.__version__}
    if stamp.exists() and json.loads(stamp.read_text()) == wanted:
        print("the reference's results are complete", flush=True)
        return

    print("loading the reference", flush=True)
    network = Florence2ForConditionalGeneration.from_pretrained(folder / "native", dtype=torch.float32).eval()
    inputs = load_file(folder / "inputs.safetensors")
    tensors, sequences = {}, []
    with torch.no_grad():
        for entry in json.loads((folder / "inputs.json").read_text()):
            photo, prompt = entry["photo"], entry["prompt_ids"]
            pixels = inputs[f"{photo}.pixel_values"]
            started = time.monotonic()
            states = hidden_states(network, pixels, prompt)
            tensors.update({f"{photo}.{name}": tensor for name, tensor in states.items()})
            for beams in BEAMS:
                ids = generate(network, pixels, prompt, beams)
                sequences.append({"photo": photo, "num_beams": beams, "max_new_tokens": NEW_TOKENS, "ids": ids})
            logits = states["first_logits"]
            print(
                f"reference: {photo} in {time.monotonic() - started:.1f} s; logits spread {logits.std():.2f}, "
                f"{len(set(sequences[-1]['ids']))} different tokens",
                flush=True,
            )
    save_file(tensors, folder / "reference.safetensors")
    write_json(folder / "sequences.json", sequences)
    write_json(stamp, wanted)


if __name__ == "__main__":
    main()
