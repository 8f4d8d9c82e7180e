# Generated from _async/arena.py by clients/generate_sync.py; not to be changed by hand.
"""Which of two captions people prefer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Unpack

from .._request import Request, given, path
from ..options import Filters
from ..types import (
    BoardResponse,
    ComparisonResponse,
    NextComparisonResponse,
    OutcomeName,
    SelectionSchema,
    VoteResponse,
)
from .transport import Transport


class Arena:
    """Comparisons of two captions of a picture, without their sources' names."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def next(
        self, dataset: str, *, sources: Iterable[str] = (), images: SelectionSchema | None = None
    ) -> NextComparisonResponse:
        """Two captions that you have not been asked about; `comparison` is None where there are none left.

        Args:
            dataset: The dataset's slug.
            sources: Whose captions, at least two; everybody's where none is named.
            images: Of which pictures.
        """
        body = given(sources=[*sources] or None, images=images)
        request = Request("POST", path("datasets", dataset, "arena", "next"), json=body)
        return self._transport.json(request, NextComparisonResponse)

    def vote(self, comparison: str, outcome: OutcomeName) -> ComparisonResponse:
        """Says which you prefer. The answer names the sources; another vote takes the place of this one."""
        request = Request("PUT", path("comparisons", comparison, "vote"), json={"outcome": outcome})
        return self._transport.json(request, ComparisonResponse)

    def take_back(self, comparison: str) -> ComparisonResponse:
        """Takes a vote back."""
        return self._transport.json(Request("DELETE", path("comparisons", comparison, "vote")), ComparisonResponse)

    def board(self, dataset: str, **filters: Unpack[Filters]) -> BoardResponse:
        """The sources by what people prefer: a score of 1000 is one like the others, 400 more ten times as often."""
        request = Request("GET", path("datasets", dataset, "board"), query=given(**filters))
        return self._transport.json(request, BoardResponse)

    def votes(self, dataset: str) -> Iterator[VoteResponse]:
        """All votes."""
        return self._transport.pages(path("datasets", dataset, "votes"), {}, VoteResponse)
