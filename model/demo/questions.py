"""Questions about a scene in Florence-2's wording, and the true answers, for each task that the demo model learns.

Location tokens: `<loc_0>` to `<loc_999>` divide each axis in thousandths. Answers use every twentieth of them only (a
fiftieth of the picture, about 4 pixels of the 192 that the model sees): to tell neighbouring thousandths apart is beyond
what can be seen, and a model that has to guess spreads its confidence over all of them.
"""

import random
from dataclasses import dataclass

from scenes import PROMPTS, Scene, Thing, caption, listing, place, with_article

STEP = 20
GRID = [min(999, STEP * i) for i in range(1000 // STEP + 1)]
# What is asked besides caption and detection, with its share.
OTHER_TASKS = {
    "<DETAILED_CAPTION>": 34, "<MORE_DETAILED_CAPTION>": 6, "<DENSE_REGION_CAPTION>": 14, "<REGION_PROPOSAL>": 6,
    "<CAPTION_TO_PHRASE_GROUNDING>": 14, "<OPEN_VOCABULARY_DETECTION>": 10, "<REGION_TO_CATEGORY>": 10, "<REGION_TO_DESCRIPTION>": 6,
}  # fmt: skip


@dataclass(frozen=True)
class Question:
    """`text` is what a user adds to the task's marker; `things` are those the answer tells of, with their labels."""

    task: str
    text: str
    answer: str
    labels: tuple[tuple[str, tuple[float, float, float, float]], ...] = ()

    @property
    def prompt(self) -> str:
        return PROMPTS[self.task].format(input=self.text)


def other_task(rng: random.Random) -> str:
    return rng.choices(list(OTHER_TASKS), list(OTHER_TASKS.values()))[0]


def ask(task: str, scene: Scene, rng: random.Random) -> Question:
    """The question of a task about a scene; `rng` chooses the thing or region where one is asked for."""
    things, chosen = scene.things, rng.choice(scene.things)
    described = {t: f"{with_article(t.name)} {place(t)}" for t in things}
    match task:
        case "<CAPTION>":
            return Question(task, "", caption(scene))
        case "<DETAILED_CAPTION>" | "<MORE_DETAILED_CAPTION>":
            answer = f"The image shows {listing([described[t] for t in things])}. The background is {scene.background}."
            return Question(task, "", answer)
        case "<OD>":
            return _boxes(task, "", [(t.name, t) for t in things])
        case "<DENSE_REGION_CAPTION>":
            return _boxes(task, "", [(described[t], t) for t in things])
        case "<REGION_PROPOSAL>":
            return _boxes(task, "", [("", t) for t in things])
        case "<CAPTION_TO_PHRASE_GROUNDING>":
            return _boxes(task, caption(scene), [(with_article(t.name), t) for t in things])
        case "<OPEN_VOCABULARY_DETECTION>":
            return _boxes(task, rng.choice([chosen.name, with_article(chosen.name)]), [(chosen.name, chosen)])
        case "<REGION_TO_CATEGORY>":
            return Question(task, region(chosen, rng), chosen.name)
        case "<REGION_TO_DESCRIPTION>":
            return Question(task, region(chosen, rng), described[chosen])
    raise ValueError(f"no such task: {task}")


def region(thing: Thing, rng: random.Random) -> str:
    """The thing's box as a user might draw it: each edge up to 2 % off, in thousandths."""
    edges = (min(999, max(0, int(1000 * (v + rng.uniform(-0.02, 0.02))))) for v in thing.box)
    return "".join(f"<loc_{v}>" for v in edges)


def location(fraction: float) -> str:
    """The token on the grid nearest to an edge."""
    return f"<loc_{GRID[round(fraction * 1000 / STEP)]}>"


def _boxes(task: str, text: str, labelled: list[tuple[str, Thing]]) -> Question:
    answer = "".join(label + "".join(map(location, thing.box)) for label, thing in labelled)
    return Question(task, text, answer, tuple((label, thing.box) for label, thing in labelled))
