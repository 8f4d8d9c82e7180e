"""What a checkpoint answers, and whether that is true: shared by evaluate.py and samples.py."""

import re
from dataclasses import dataclass

import torch
from PIL import Image
from tokenizers import Tokenizer
from transformers import Florence2ForConditionalGeneration

import network
from questions import Question

BOXED = re.compile(r"([^<]*)<loc_(\d+)><loc_(\d+)><loc_(\d+)><loc_(\d+)>")
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Answer:
    """`tokens` as generated, start token included; `raw` is their text with special tokens."""

    tokens: list[int]
    raw: str

    @property
    def text(self) -> str:
        return re.sub("<s>|</s>|<pad>", "", self.raw).strip()


@torch.no_grad()
def generate(
    model: Florence2ForConditionalGeneration,
    tokenizer: Tokenizer,
    pictures: list[Image.Image],
    rows: list[Question],
    num_beams: int,
) -> list[Answer]:
    """The reference library's answers, everything but the beams as the checkpoint's generation_config.json says."""
    image = [tokenizer.token_to_id("<image>")] * (network.CELLS * network.CELLS + 1)
    prompts = network.padded([image + tokenizer.encode(q.prompt).ids for q in rows], network.PAD)
    model.eval()
    out = model.generate(
        pixel_values=network.pixels(pictures),
        input_ids=prompts,
        attention_mask=(prompts != network.PAD).long(),
        num_beams=num_beams,
    )
    rows_of_ids = [[i for i in ids if i != network.PAD] for ids in out.tolist()]
    return [Answer(ids, tokenizer.decode(ids, skip_special_tokens=False)) for ids in rows_of_ids]


def boxes(text: str) -> list[tuple[str, Box]]:
    """Labels and boxes of an answer, in fractions of the picture; a label holds for all the boxes that follow it."""
    found, label = [], ""
    for name, *bins in BOXED.findall(text):
        label = name.strip() or label
        found.append((label, tuple((int(b) + 0.5) / 1000 for b in bins)))
    return found


def overlap(a: Box, b: Box) -> float:
    """Intersection over union."""
    inside = max(0, min(a[2], b[2]) - max(a[0], b[0])) * max(0, min(a[3], b[3]) - max(a[1], b[1]))
    return inside / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - inside)


def boxes_right(text: str, truth: tuple[tuple[str, Box], ...]) -> tuple[int, int]:
    """How many true boxes the answer has with the label right and an overlap of at least a half, and of how many: the
    larger of what is there and what was told, so that inventing costs as much as missing."""
    told = boxes(text)
    left, right = list(told), 0
    for label, box in truth:
        match = next((t for t in left if t[0] == label and overlap(t[1], box) >= 0.5), None)
        if match:
            left.remove(match)
            right += 1
    return right, max(len(truth), len(told))
