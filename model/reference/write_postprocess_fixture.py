"""Writes tests/fixtures/postprocess.json: what transformers reads from broken and whole model answers.

    python model/reference/write_postprocess_fixture.py

The answers are drawn at random (seeded) from pieces of markup, phrases and blanks, so that most of them break the
grammar somewhere. Recorded is what the processor's `post_process_generation` gives, coordinates cut to whole pixels as
it does. Needs the packages `transformers` and `torch`.
"""

import json
import random
from pathlib import Path
from types import SimpleNamespace

from transformers.models.florence2.processing_florence2 import Florence2PostProcessor, Florence2Processor

FIXTURE = Path(__file__).parent.parent / "tests" / "fixtures" / "postprocess.json"

# One task for each parser.
TASKS = {
    "<OD>": "description_with_bboxes",
    "<REGION_PROPOSAL>": "bboxes",
    "<CAPTION_TO_PHRASE_GROUNDING>": "phrase_grounding",
    "<OCR_WITH_REGION>": "ocr",
    "<REFERRING_EXPRESSION_SEGMENTATION>": "polygons",
    "<OPEN_VOCABULARY_DETECTION>": "description_with_bboxes_or_polygons",
    "<CAPTION>": "pure_text",
}
CASES_PER_TASK = 60
PHRASES = ["car", " door handle", "café ", "it", "The image", "the image", "a\nb", "\n", " ", "\u00a0x\x1c", "日本"]
PHRASES += ["a > b", "<", ">"]
MARKS = ["<sep>", "<poly>", "</poly>", "<od>", "<s>", "</s>", "<and>"]
# Phrases that a grounded caption leaves out; the released processors' configuration lists them.
POINTLESS = ["each other", "one another", "the image", "a group", "other objects", "a set"]
POINTLESS += """it I me mine you your yours he him his she her hers they them their theirs one oneself we us our ours its
myself yourself himself herself itself ourselves yourselves themselves this that these those who whom whose which what
all another any anybody anyone anything each everybody everyone everything few many nobody none several some somebody
someone something image images the a an lots""".split()


def draw_answer(draw: random.Random) -> str:
    pieces = ["</s><s>"]
    for _ in range(draw.randint(1, 5)):
        kind = draw.random()
        if kind < 0.4:
            pieces.append(draw.choice(PHRASES))
        elif kind < 0.6:
            pieces.append(draw.choice(MARKS))
        elif kind < 0.75:
            pieces.append("<poly>" + locations(draw, draw.randint(1, 9)) + "<sep>" + locations(draw, 6) + "</poly>")
        else:
            pieces.append(draw.choice(PHRASES) + locations(draw, draw.choice([1, 3, 4, 5, 8, 9, 16])))
    return "".join(pieces) + "</s>"


def locations(draw: random.Random, count: int) -> str:
    return "".join(f"<loc_{draw.randint(0, 999)}>" for _ in range(count))


def main() -> None:
    draw = random.Random(7)
    config = {name: {} for name in TASKS.values()} | {"phrase_grounding": {"banned_grounding_tokens": POINTLESS}}
    processor = SimpleNamespace(
        tasks_answer_post_processing_type=TASKS,
        post_processor=Florence2PostProcessor(config, SimpleNamespace(all_special_tokens=[])),
    )
    cases = []
    for task in TASKS:
        for _ in range(CASES_PER_TASK):
            text, size = draw_answer(draw), [draw.randint(1, 4000), draw.randint(1, 4000)]
            answer = Florence2Processor.post_process_generation(processor, text=text, task=task, image_size=size)
            cases.append({"task": task, "text": text, "image_size": size, "answer": answer[task]})
    lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases)
    FIXTURE.write_text(f"[\n{lines}\n]\n")
    print(f"{FIXTURE}: {len(cases)} cases, {FIXTURE.stat().st_size} bytes")


if __name__ == "__main__":
    main()
