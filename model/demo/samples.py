"""Writes the sample dataset and the held-out scenes that the Rust implementation is tested on.

Both are drawn from seeds fixed beforehand (`scenes.SEEDS`), whatever the model makes of them.

samples/      48 pictures and captions.jsonl: a reference caption for each, and the objects with boxes in pixels
held_out/     20 pictures and expected.json: questions, true answers, and the reference library's own answers with 1 and 3
              beams, raw, from the checkpoint as it lies in checkpoint/ (f16 on disk, computed in f32)
"""

import argparse
import json
import random
from pathlib import Path

import torch

import answers
import network
import questions
import scenes

HERE = Path(__file__).parent
ROTATION = [task for task in scenes.TASKS if task not in ("<CAPTION>", "<OD>")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=["samples", "held_out", "both"], nargs="?", default="both", help="default: both")
    part = parser.parse_args().part
    if part != "held_out":
        write_samples(HERE / "samples", count=48, area=320 * 320)
    if part != "samples":
        write_held_out(HERE / "held_out", HERE / "checkpoint", count=20, area=256 * 256)


def write_samples(folder: Path, count: int, area: int) -> None:
    folder.mkdir(exist_ok=True)
    rng, lines = random.Random(scenes.SEEDS["samples"]), []
    for i in range(1, count + 1):
        scene, name = scenes.scene(rng), f"scene-{i:02}.png"
        size = save_picture(scene, folder / name, area)
        line = {"image": name, "caption": scenes.caption(scene), "source": "reference", "task": "<CAPTION>"}
        lines.append(json.dumps(line | {"objects": in_pixels(questions.ask("<OD>", scene, rng).labels, size)}))
    (folder / "captions.jsonl").write_text("\n".join(lines) + "\n")


def write_held_out(folder: Path, checkpoint: Path, count: int, area: int) -> None:
    """Caption and detection of each scene, and one of the other tasks in turn."""
    torch.set_num_threads(1)  # sums in a fixed order
    folder.mkdir(exist_ok=True)
    model, tokenizer = network.load(checkpoint)
    rng, choice, expected = random.Random(scenes.SEEDS["committed"]), random.Random(1), []
    for i in range(count):
        scene, name = scenes.scene(rng), f"scene-{i + 1:02}.png"
        size = save_picture(scene, folder / name, area)
        picture = scenes.draw(scene, *size)
        for task in ("<CAPTION>", "<OD>", ROTATION[i % len(ROTATION)]):
            question = questions.ask(task, scene, choice)
            reference = {str(k): answers.generate(model, tokenizer, [picture], [question], k)[0].raw for k in (1, 3)}
            entry = {"image": name, "width": size[0], "height": size[1], "task": task, "text": question.text}
            told = {"truth": question.answer, "objects": in_pixels(question.labels, size), "reference": reference}
            expected.append(entry | told)
    (folder / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


def save_picture(scene: scenes.Scene, path: Path, area: int) -> tuple[int, int]:
    """Draws the scene in its own shape on about `area` pixels."""
    size = round((area * scene.shape) ** 0.5), round((area / scene.shape) ** 0.5)
    scenes.draw(scene, *size).save(path, optimize=True)
    return size


def in_pixels(labels: tuple[tuple[str, answers.Box], ...], size: tuple[int, int]) -> list[dict]:
    return [{"label": label, "bbox": [round(v * s, 1) for v, s in zip(box, size * 2)]} for label, box in labels]


if __name__ == "__main__":
    main()
