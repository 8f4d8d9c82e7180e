"""What is said of a picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .._request import Request, given, path
from ..types import (
    CaptionVersionResponse,
    RegionBody,
    StatusName,
    StoredCaptionResponse,
    TurnedResponse,
    UpdatedCaptionsResponse,
)
from .transport import AsyncTransport

CaptionList = list[StoredCaptionResponse]
VersionList = list[CaptionVersionResponse]


class AsyncCaptions:
    """Captions of pictures. Whoever changes one says which version they saw; where somebody has changed it since, a
    `ConflictError` has what it is now as `current`.
    """

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def list(self, image: str, *, against: str | None = None) -> CaptionList:
        """What each source says of a picture.

        Args:
            image: The picture's id.
            against: The id of one of its captions, with which the others are compared by words (`diff`).
        """
        request = Request("GET", path("images", image, "captions"), query=given(against=against))
        return await self._transport.array(request, StoredCaptionResponse)

    async def write(
        self, image: str, text: str, *, version: int | None = None, regions: Sequence[RegionBody] | None = None
    ) -> StoredCaptionResponse:
        """Writes your own caption of a picture. For annotators.

        Args:
            image: The picture's id.
            text: What you say, at most 20,000 characters.
            version: The version of your own caption that you saw; None for your first of this picture.
            regions: What is where, in pixels, at most 1,000; None leaves what there is.
        """
        body = given(text=text, version=version, regions=regions)
        request = Request("PUT", path("images", image, "captions", "mine"), json=body)
        return await self._transport.json(request, StoredCaptionResponse)

    async def delete(self, image: str, version: int) -> None:
        """Deletes your own caption of a picture with its history, for good. For annotators."""
        request = Request("DELETE", path("images", image, "captions", "mine"), query={"version": version})
        await self._transport.done(request)

    async def add(
        self,
        image: str,
        source: str,
        text: str,
        *,
        confidence: float | None = None,
        regions: Sequence[RegionBody] | None = None,
    ) -> StoredCaptionResponse:
        """Adds what a model or an import says of a picture; the same again changes nothing. For annotators.

        Args:
            image: The picture's id.
            source: The source's name, which `datasets.create_source` made.
            text: What it says, at most 20,000 characters.
            confidence: How sure it is, 0 to 1.
            regions: What is where, in pixels, at most 1,000.
        """
        body = given(source=source, text=text, confidence=confidence, regions=regions)
        request = Request("POST", path("images", image, "captions"), json=body, repeats=True)
        return await self._transport.json(request, StoredCaptionResponse)

    async def update(
        self,
        caption: str,
        version: int,
        *,
        text: str | None = None,
        regions: Sequence[RegionBody] | None = None,
        status: StatusName | None = None,
        reason: str | None = None,
    ) -> StoredCaptionResponse:
        """Changes a caption's text and regions, or how far its review is. For annotators; to decide, for reviewers.

        Args:
            caption: The caption's id.
            version: The version that you saw.
            text: What it is to say, at most 20,000 characters. It is a draft then.
            regions: What is where, in pixels, at most 1,000. It is a draft then.
            status: How far its review is.
            reason: Why, where it is rejected: at most 1,000 characters.
        """
        body = given(version=version, text=text, regions=regions, status=status, reason=reason)
        return await self._transport.json(Request("PATCH", path("captions", caption), json=body), StoredCaptionResponse)

    async def set_status(
        self, dataset: str, captions: Iterable[StoredCaptionResponse], status: StatusName, *, reason: str | None = None
    ) -> UpdatedCaptionsResponse:
        """Says how far the review of up to 1,000 captions is, as one act. What somebody has changed since stays.

        `reason` says why they are rejected, in at most 1,000 characters; with `rejected` alone.
        """
        seen = [{"id": caption["id"], "version": caption["version"]} for caption in captions]
        body = given(captions=seen, status=status, reason=reason)
        request = Request("PATCH", path("datasets", dataset, "captions"), json=body)
        return await self._transport.json(request, UpdatedCaptionsResponse)

    async def versions(self, caption: str) -> VersionList:
        """What a caption has been, and who made it so."""
        request = Request("GET", path("captions", caption, "versions"))
        return await self._transport.array(request, CaptionVersionResponse)

    async def restore(self, caption: str, to: int, version: int) -> StoredCaptionResponse:
        """Makes a caption what it was at the version `to`, where it is still at the `version` that you saw."""
        request = Request("POST", path("captions", caption, "versions", to, "restore"), json={"version": version})
        return await self._transport.json(request, StoredCaptionResponse)

    async def undo(self, dataset: str) -> TurnedResponse:
        """Takes back what you did last to captions of a dataset."""
        return await self._transport.json(Request("POST", path("datasets", dataset, "undo"), json={}), TurnedResponse)

    async def redo(self, dataset: str) -> TurnedResponse:
        """Does again what you took back last."""
        return await self._transport.json(Request("POST", path("datasets", dataset, "redo")), TurnedResponse)
