"""Scenes of the demo checkpoint: pictograms on a plain background, and true sentences about them for each task.

A scene is laid out in fractions of the canvas, so one layout can be drawn at any size. Two rules keep the truth free of
doubt: neighbours in a sentence (which runs from left to right) have clearly different centres, and no centre is near the
border between two places ("on the left" against "in the center").

Randomness is an argument. `SEEDS` separates what is trained on from what is measured on.
"""

import functools
import random
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

# One stream of scenes per use. Training makes text of its numbers (train.py), so its generators share none with the last three.
SEEDS = {"tower": 5, "sentences": 42, "polish": 43, "tokenizer": 0, "held_out": 700_001, "committed": 700_002, "samples": 700_003}

FONT_PATH = "/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf"  # Debian: fonts-noto-color-emoji
FONT_SIZE = 109  # the one size the bitmap font has

NAMES = (
    "dog,cat,red apple,red car,bicycle,airplane,tree,house,fish,blue bird,sun,moon,star,banana,slice of pizza,guitar,"
    "soccer ball,key,alarm clock,camera,umbrella,turtle,elephant,horse,rose,bunch of grapes,carrot,rocket,sailboat,top hat,"
    "pair of glasses,bee,butterfly,hamburger,piece of cheese,bell,balloon,candle,stack of books,chair,bed,bus,train,frog,"
    "penguin,owl,cow,pig,sheep,lion"
).split(",")
PICTOGRAMS = dict(zip(NAMES, "🐶🐱🍎🚗🚲✈🌳🏠🐟🐦🌞🌙⭐🍌🍕🎸⚽🔑⏰📷☂🐢🐘🐴🌹🍇🥕🚀⛵🎩👓🐝🦋🍔🧀🔔🎈🕯📚🪑🛏🚌🚂🐸🐧🦉🐄🐖🐑🦁"))
COLOURS = {
    "white": (245, 245, 245), "gray": (150, 150, 155), "green": (120, 180, 100), "blue": (110, 160, 220),
    "yellow": (240, 215, 110), "pink": (240, 170, 190), "purple": (160, 120, 190), "orange": (240, 160, 80),
    "brown": (150, 110, 80), "black": (35, 35, 40),
}  # fmt: skip
BACKGROUNDS = list(COLOURS)
SHAPES = (1.0, 1.0, 1.0, 4 / 3, 3 / 4)  # width over height of the canvas
CENTRE = (0.38, 0.62)  # where "left" ends and "right" begins; the same downwards

PROMPTS = {
    "<CAPTION>": "What does the image describe?",
    "<DETAILED_CAPTION>": "Describe in detail what is shown in the image.",
    "<MORE_DETAILED_CAPTION>": "Describe with a paragraph what is shown in the image.",
    "<OD>": "Locate the objects with category name in the image.",
    "<DENSE_REGION_CAPTION>": "Locate the objects in the image, with their descriptions.",
    "<REGION_PROPOSAL>": "Locate the region proposals in the image.",
    "<CAPTION_TO_PHRASE_GROUNDING>": "Locate the phrases in the caption: {input}",
    "<OPEN_VOCABULARY_DETECTION>": "Locate {input} in the image.",
    "<REGION_TO_CATEGORY>": "What is the region {input}?",
    "<REGION_TO_DESCRIPTION>": "What does the region {input} describe?",
}
TASKS = list(PROMPTS)


@dataclass(frozen=True)
class Thing:
    """One pictogram; edges are fractions of the canvas."""

    name: str
    box: tuple[float, float, float, float]
    flipped: bool


@dataclass(frozen=True)
class Scene:
    """Things from left to right on a background that fades between two shades of one colour."""

    background: str
    shades: tuple[tuple[int, int, int], tuple[int, int, int]]
    fade: int
    shape: float
    things: tuple[Thing, ...]


def scene(rng: random.Random) -> Scene:
    """Lays out one to three things that do not overlap, each in a place of its own."""
    background = rng.choice(BACKGROUNDS)
    shades = tuple(tuple(min(255, max(0, v + rng.randint(-14, 14))) for v in COLOURS[background]) for _ in range(2))
    fade, shape, count = rng.choice([0, 90, 180, 270]), rng.choice(SHAPES), rng.choices([1, 2, 3], [0.35, 0.45, 0.2])[0]
    things: list[Thing] = []
    for name in rng.sample(NAMES, count):
        art = pictogram(name)
        for _ in range(60):
            side = rng.uniform(0.26, 0.5 if count > 1 else 0.7) / max(art.size)
            width, height = art.width * side / shape**0.5, art.height * side * shape**0.5
            if width > 0.98 or height > 0.98:
                continue
            x, y = rng.uniform(0, 1 - width), rng.uniform(0, 1 - height)
            thing = Thing(name, (x, y, x + width, y + height), rng.random() < 0.5)
            if _is_clear(thing, things):
                things.append(thing)
                break
    return Scene(background, shades, fade, shape, tuple(sorted(things, key=lambda t: _centre(t)[0])))


def draw(scene: Scene, width: int, height: int) -> Image.Image:
    """The scene as an RGB picture. A canvas of another shape than the scene's squeezes the pictograms, as resizing would."""
    ramp = _ramp(scene.fade, width, height)
    picture = Image.composite(*(Image.new("RGB", (width, height), shade) for shade in scene.shades), ramp)
    for thing in scene.things:
        x0, y0, x1, y1 = (round(v * size) for v, size in zip(thing.box, (width, height, width, height)))
        tile = pictogram(thing.name, thing.flipped).resize((x1 - x0, y1 - y0), Image.BICUBIC)
        picture.paste(tile, (x0, y0), tile)
    return picture


def place(thing: Thing) -> str:
    """Where the centre of a thing is. No phrase repeats three tokens of another, as generation forbids repeated trigrams."""
    x, y = _centre(thing)
    side = "left" if x < CENTRE[0] else "right" if x > CENTRE[1] else ""
    level = "top" if y < CENTRE[0] else "bottom" if y > CENTRE[1] else ""
    if side and level:
        return f"at {level} {side}"
    return f"on the {side}" if side else f"at the {level}" if level else "in the center"


def with_article(name: str) -> str:
    return ("the " if name in ("sun", "moon") else "an " if name[0] in "aeiou" else "a ") + name


def listing(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]


def caption(scene: Scene) -> str:
    return f"{listing([with_article(t.name) for t in scene.things])} on {with_article(scene.background)} background"


@functools.cache
def pictogram(name: str, flipped: bool = False) -> Image.Image:
    """The pictogram cut out, RGBA."""
    if flipped:
        return pictogram(name).transpose(Image.FLIP_LEFT_RIGHT)
    tile = Image.new("RGBA", (136, 128), (0, 0, 0, 0))
    ImageDraw.Draw(tile).text((0, 0), PICTOGRAMS[name], font=_font(), embedded_color=True)
    return tile.crop(tile.getbbox())


@functools.cache
def _font() -> ImageFont.FreeTypeFont:
    try:
        return ImageFont.truetype(FONT_PATH, FONT_SIZE)
    except OSError as error:
        raise SystemExit(f"{FONT_PATH} is missing: install Debian's fonts-noto-color-emoji") from error


@functools.cache
def _ramp(fade: int, width: int, height: int) -> Image.Image:
    return Image.linear_gradient("L").rotate(fade).resize((width, height))


def _centre(thing: Thing) -> tuple[float, float]:
    return (thing.box[0] + thing.box[2]) / 2, (thing.box[1] + thing.box[3]) / 2


def _is_clear(thing: Thing, others: list[Thing]) -> bool:
    """Whether the thing overlaps none of the others, and order and place leave no doubt."""
    x, _ = _centre(thing)
    if any(abs(v - border) < 0.02 for v in _centre(thing) for border in CENTRE):
        return False
    for other in others:
        a, b = thing.box, other.box
        apart = a[2] < b[0] or b[2] < a[0] or a[3] < b[1] or b[3] < a[1]
        if not apart or abs(x - _centre(other)[0]) < 0.08 or place(thing) == place(other):
            return False
    return True
