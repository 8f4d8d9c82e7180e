"""What can be said of a request, and what comes back in pieces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

from .types import BatchResult, CaptionResponse


class GenerationOptions(TypedDict, total=False):
    """What is asked about a picture, and how the answer is searched for. What is left out is the server's default."""

    task: str
    """What to do, as `<OD>` or `od`; `tasks()` lists what there is."""
    text: str
    """The task's input, for tasks that take one: words, or a box in thousandths of the picture as `<loc_52>…`."""
    region: Sequence[float]
    """The input of a task that takes a box: left, top, right and bottom in pixels."""
    max_length: int
    """Most tokens in the answer, about four letters each; from 2."""
    num_beams: int
    """Beams of the search, 1 to 16; 1 takes the likeliest token each time."""
    do_sample: bool
    """Whether tokens are drawn at random. Works with one beam only."""
    temperature: float
    """Above 0, up to 10. Anything but 1 means sampling unless `do_sample` is false."""
    top_p: float
    """Above 0, up to 1: draws from the likeliest tokens whose probabilities add up to this."""
    seed: int
    """Makes a drawn answer come again; from 0."""
    timings: bool
    """Whether the answer tells where its time went."""


class CaptionOptions(GenerationOptions, total=False):
    """The same for one picture, which may be kept in a dataset."""

    image_url: str
    """In the place of a picture: where it lies, on a host that the server allows."""
    dataset: str
    """A dataset by its slug, in which the caption is kept as the model's."""
    image_id: str
    """The dataset's picture by its id, in the place of a picture that comes along."""
    image_name: str
    """The dataset's picture by its name; with a picture, what that is called in the dataset."""


class Filters(TypedDict, total=False):
    """Which pictures of a dataset: those for which all of it holds."""

    q: str
    """Those that this search finds, as `search` takes it."""
    source: str
    """Those with a caption of this source."""
    missing: str
    """Those without a caption of this source."""
    status: str
    """Those with a caption in this state: `draft`, `submitted`, `approved` or `rejected`."""


class IndexedBatchResult(BatchResult):
    """What came of a picture of a batch that is answered in any order."""

    index: int
    """Which of the pictures, from 0."""


@dataclass(frozen=True)
class CaptionEvent:
    """A piece of a caption that is still being made."""

    text: str
    """What the caption has grown by; empty in the last event."""
    answer: CaptionResponse | None = None
    """The whole answer, in the last event alone."""
