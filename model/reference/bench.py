"""The reference's half of `cargo xtask bench model`: does what it is told, and how long it took.

Reads one command a line from standard input (`vision`, `encoder`, `first_token`, `greedy`, `beams`, `memory`) and
answers each with one number on standard output: milliseconds, or for `memory` the most MiB this process has held.
Prints `ready` once the model is loaded. `model/examples/bench.rs` is the other half and speaks the same.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import torch
from full_size import PHOTOS
from parity import BOS, START, encoder_input, generate
from safetensors.torch import load_file
from transformers import Florence2ForConditionalGeneration


def peak_mebibytes() -> float:
    status = Path("/proc/self/status").read_text()
    kibibytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(kibibytes) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True, help="what full_size.py wrote")
    folder = parser.parse_args().folder
    network = Florence2ForConditionalGeneration.from_pretrained(folder / "native", dtype=torch.float32).eval()
    photo = PHOTOS[0]
    pixels = load_file(folder / "inputs.safetensors")[f"{photo}.pixel_values"]
    prompt = next(entry["prompt_ids"] for entry in json.loads((folder / "inputs.json").read_text()))
    images = 1 + (pixels.shape[2] // 32) * (pixels.shape[3] // 32)
    ids = encoder_input(network, prompt, images)

    def encoder():
        features = network.model.get_image_features(pixels).pooler_output
        embeddings = network.get_input_embeddings()(ids)
        embeddings[:, :images] = features
        network.model.language_model.encoder(inputs_embeds=embeddings)

    commands = {
        "vision": lambda: network.model.get_image_features(pixels),
        "encoder": encoder,
        "first_token": lambda: network(
            input_ids=ids, pixel_values=pixels, decoder_input_ids=torch.tensor([[START, BOS]])
        ),
        "greedy": lambda: generate(network, pixels, prompt, beams=1),
        "beams": lambda: generate(network, pixels, prompt, beams=3),
    }
    print("ready", flush=True)
    with torch.inference_mode():
        for line in sys.stdin:
            command = line.strip()
            if command == "memory":
                print(peak_mebibytes(), flush=True)
                continue
            started = time.perf_counter()
            commands[command]()
            print((time.perf_counter() - started) * 1000, flush=True)


if __name__ == "__main__":
    main()
