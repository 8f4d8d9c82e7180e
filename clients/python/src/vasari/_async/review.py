"""Who looks at which submitted captions, and what they decide."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Literal

from .._request import Request, given, path
from ..types import (
    DecisionResponse,
    LeaseResponse,
    NextReviewResponse,
    ReviewProgressResponse,
    SelectionSchema,
    StoredCaptionResponse,
)
from .transport import AsyncTransport


class AsyncReview:
    """Review, for reviewers."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def next(self, dataset: str, *, images: SelectionSchema | None = None) -> NextReviewResponse:
        """The next picture to review, which is yours for five minutes; `item` is None where none waits."""
        request = Request("POST", path("datasets", dataset, "review", "next"), json=given(images=images))
        return await self._transport.json(request, NextReviewResponse)

    async def renew(self, lease: str) -> LeaseResponse:
        """Says that you are still looking: the picture stays yours for five more minutes."""
        return await self._transport.json(Request("PUT", path("review-leases", lease)), LeaseResponse)

    async def release(self, lease: str) -> None:
        """Gives a picture back."""
        await self._transport.done(Request("DELETE", path("review-leases", lease)))

    async def skip(self, lease: str) -> None:
        """Gives a picture back, and isn't given it again."""
        await self._transport.done(Request("POST", path("review-leases", lease, "skip")))

    async def decide(
        self,
        caption: str,
        decision: Literal["approved", "rejected"],
        version: int,
        *,
        text: str | None = None,
        reason: str | None = None,
    ) -> StoredCaptionResponse:
        """Approves or rejects a caption. Where it was changed since the version that you saw: `ConflictError`.

        Args:
            caption: The caption's id.
            decision: What you decide.
            version: The version that you saw.
            text: What it is to say instead, where you approve that: at most 20,000 characters.
            reason: Why, where you reject it: at most 1,000 characters, for whoever wrote it.
        """
        body = given(decision=decision, version=version, text=text, reason=reason)
        request = Request("PUT", path("captions", caption, "decision"), json=body)
        return await self._transport.json(request, StoredCaptionResponse)

    async def take_back(self, caption: str, version: int) -> StoredCaptionResponse:
        """Takes a decision of yours back: the caption waits again."""
        request = Request("DELETE", path("captions", caption, "decision"), query={"version": version})
        return await self._transport.json(request, StoredCaptionResponse)

    def decisions(self, dataset: str) -> AsyncIterator[DecisionResponse]:
        """What you have decided, the newest first."""
        return self._transport.pages(path("datasets", dataset, "review", "decisions"), {}, DecisionResponse)

    async def progress(self, dataset: str) -> ReviewProgressResponse:
        """How far the review of a dataset is; `share` is from 0 to 1."""
        request = Request("GET", path("datasets", dataset, "review", "progress"))
        return await self._transport.json(request, ReviewProgressResponse)
