"""Measures a checkpoint on scenes held out by seed: answers exactly right, and boxes right (label, overlap of a half)."""

import argparse
import json
import random
import time
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import Florence2ForConditionalGeneration

import answers
import network
import questions
import scenes

BATCH = 25


def main() -> None:
    arguments = parse_arguments()
    torch.set_num_threads(arguments.threads)
    model, tokenizer = network.load(arguments.checkpoint)
    results = {}
    for task in arguments.task or scenes.TASKS:
        for beams in arguments.beams:
            results[f"{task} {beams}"] = result = measure(model, tokenizer, task, beams, arguments.scenes, arguments.wrong)
            if not arguments.json:
                boxes = f"{result['boxes_right']} of {result['boxes']} boxes right" if result["boxes"] else ""
                share = f"{100 * result['exact'] / result['scenes']:.1f} %"
                print(f"{task:32}{beams} beams  {result['exact']} of {result['scenes']} exact ({share})  {boxes}", flush=True)
    if arguments.json:
        print(json.dumps(results, indent=1))


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path, nargs="?", default=Path(__file__).parent / "checkpoint")
    parser.add_argument("--scenes", type=int, default=500, help="how many held-out scenes (default 500)")
    parser.add_argument("--task", action="append", choices=scenes.TASKS, help="only this task; may be repeated")
    parser.add_argument("--beams", type=int, nargs="+", default=[1, 3], help="numbers of beams (default 1 3)")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads(), help="CPU threads (default all)")
    parser.add_argument("--wrong", action="store_true", help="print wrong answers beside the truth")
    parser.add_argument("--json", action="store_true", help="print JSON, no table")
    return parser.parse_args()


def measure(
    model: Florence2ForConditionalGeneration, tokenizer: Tokenizer, task: str, beams: int, count: int, wrong: bool = False
) -> dict[str, float]:
    """Asks the task of each of the first `count` held-out scenes; the scenes are the same for all tasks."""
    rng, choice, begin = random.Random(scenes.SEEDS["held_out"]), random.Random(task), time.time()
    result = dict(scenes=0, exact=0, boxes=0, boxes_right=0)
    while result["scenes"] < count:
        drawn = [scenes.scene(rng) for _ in range(min(BATCH, count - result["scenes"]))]
        rows = [questions.ask(task, scene, choice) for scene in drawn]
        pictures = [scenes.draw(scene, network.SIZE, network.SIZE) for scene in drawn]
        for row, answer in zip(rows, answers.generate(model, tokenizer, pictures, rows, beams)):
            right, boxes = answers.boxes_right(answer.text, row.labels) if row.labels else (0, 0)
            exact = answer.text == row.answer
            result["scenes"] += 1
            result["exact"] += exact
            result["boxes"] += boxes
            result["boxes_right"] += right
            if wrong and (right < boxes if row.labels else not exact):
                print(f"  told {answer.text}\n  true {row.answer}")
    return result | dict(seconds=round(time.time() - begin, 1))


if __name__ == "__main__":
    main()
