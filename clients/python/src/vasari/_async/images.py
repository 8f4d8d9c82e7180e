"""The pictures of a dataset."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Literal

from .. import _pictures
from .._pictures import PictureFile
from .._request import Request, given, path
from ..errors import VasariError
from ..types import (
    AddedImage,
    AddedImagesResponse,
    FoundImageResponse,
    ImageResponse,
    ListedImageResponse,
    SearchResponse,
)
from .pool import in_parallel
from .transport import AsyncTransport

AddedImages = list[AddedImage]
Lot = list[PictureFile]

# What is wrong with the files and not with the request as a whole.
_OF_FILES = (400, 413, 415, 422)


class AsyncImages:
    """The pictures of a dataset."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def upload(
        self,
        dataset: str,
        places: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
        *,
        concurrency: int = 4,
        request_bytes: int = 8_000_000,
        on_progress: Callable[[int, int], object] | None = None,
    ) -> AddedImages:
        """Adds pictures to a dataset: files, or all pictures of folders, called by their paths in them. For owners.

        What the server can't read has an `error` in the place of its picture. The same file under the same name changes
        nothing, so what broke off is simply done again.

        Args:
            dataset: The dataset's slug.
            places: A file or folder, or several.
            concurrency: How many requests go out at the same time.
            request_bytes: How much goes into a request with several pictures; a server reads 10 MB unless it is told
                otherwise.
            on_progress: Told how many of the files are done, and how many there are, again and again.

        Returns:
            What came of each file, in the order of their names.
        """
        files = _pictures.find(places)
        results: dict[int, AddedImage] = {}

        async def send(lot: Lot) -> dict[int, AddedImage]:
            return await self._send(dataset, lot)

        async for added in in_parallel(send, _pictures.packed(files, request_bytes), concurrency):
            results |= added
            if on_progress:
                on_progress(len(results), len(files))
        return [results[file.index] for file in files]

    async def _send(self, dataset: str, lot: Lot) -> dict[int, AddedImage]:
        form = [("images", file.read()) for file in lot]
        request = Request("POST", path("datasets", dataset, "images"), files=form, repeats=True)
        try:
            answer = await self._transport.json(request, AddedImagesResponse)
        except VasariError as error:
            if error.status not in _OF_FILES:
                raise
            if len(lot) > 1:
                # One of them may be at fault; which, only the server can tell.
                alone = [await self._send(dataset, [file]) for file in lot]
                return {index: added for results in alone for index, added in results.items()}
            return {lot[0].index: {"filename": lot[0].name, "error": error.problem}}
        return {file.index: added for file, added in zip(lot, answer["results"], strict=True)}

    def list(
        self,
        dataset: str,
        *,
        sort: Literal["added", "name"] = "added",
        source: str | None = None,
        missing: str | None = None,
        status: str | None = None,
        captions: str | None = None,
        boxes: bool | None = None,
    ) -> AsyncIterator[ListedImageResponse]:
        """All pictures of a dataset, fetched page by page.

        Args:
            dataset: The dataset's slug.
            sort: In the order in which they were added, or by name.
            source: Only with a caption of this source.
            missing: Only without a caption of this source.
            status: Only with a caption in this state: `draft`, `submitted`, `approved` or `rejected`.
            captions: With what this source says of each, as `caption`.
            boxes: With the regions of those captions.
        """
        query = given(sort=sort, source=source, missing=missing, status=status, captions=captions, boxes=boxes)
        return self._transport.pages(path("datasets", dataset, "images"), query, ListedImageResponse)

    def search(
        self, dataset: str, q: str, *, sort: str | None = None, sources: Iterable[str] = ()
    ) -> AsyncIterator[FoundImageResponse]:
        """All pictures that a search finds, fetched page by page.

        Args:
            dataset: The dataset's slug.
            q: The query, at most 1,000 characters, such as `florence:dog -status:approved`.
            sort: `relevance`, `added`, `name`, `updated`, `confidence`, `length`, `disagreement` or `box_disagreement`;
                a dash before it for the largest first.
            sources: Whose captions to show of each; all where nobody is named.
        """
        query = given(q=q, sort=sort, source=[*sources] or None)
        return self._transport.pages(path("datasets", dataset, "search"), query, FoundImageResponse)

    async def search_page(
        self,
        dataset: str,
        q: str,
        *,
        sort: str | None = None,
        sources: Iterable[str] = (),
        limit: int = 50,
        cursor: str | None = None,
    ) -> SearchResponse:
        """One page of what a search finds, 1 to 200 pictures, with how many there are in all as `total`."""
        query = given(q=q, sort=sort, source=[*sources] or None, limit=limit, cursor=cursor)
        return await self._transport.json(
            Request("GET", path("datasets", dataset, "search"), query=query), SearchResponse
        )

    async def get(self, image: str) -> ImageResponse:
        """A picture, by its id. Its size is in pixels, as shown, and in bytes."""
        return await self._transport.json(Request("GET", path("images", image)), ImageResponse)

    async def file(self, image: str) -> bytes:
        """A picture's file, as it was sent."""
        return await self._transport.content(Request("GET", path("images", image, "file")))

    async def thumbnail(self, image: str, pixels: Literal[256, 512, 1440] = 256) -> bytes:
        """A picture as WebP, whose longer side has so many pixels."""
        return await self._transport.content(Request("GET", path("images", image, "thumbnails", pixels)))

    async def delete(self, image: str) -> None:
        """Takes a picture out of its dataset; `restore` brings it back for a while. For owners."""
        await self._transport.done(Request("DELETE", path("images", image)))

    async def restore(self, image: str) -> None:
        """Brings back a picture that was deleted. For owners."""
        await self._transport.done(Request("POST", path("images", image, "restore")))
