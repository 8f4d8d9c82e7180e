"""Datasets, their sources and measures."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, Literal, Unpack

from .._request import Request, given, path
from ..options import Filters
from ..types import CaptionMetricsResponse, DatasetResponse, FacetsResponse, SourceResponse, VisibilityName
from .transport import AsyncTransport


class AsyncDatasets:
    """Datasets, by their slugs."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    def list(self) -> AsyncIterator[DatasetResponse]:
        """The datasets that you may look at."""
        return self._transport.pages(path("datasets"), {}, DatasetResponse)

    async def get(self, dataset: str) -> DatasetResponse:
        """A dataset."""
        return await self._transport.json(Request("GET", path("datasets", dataset)), DatasetResponse)

    async def create(
        self, slug: str, name: str, *, description: str = "", visibility: VisibilityName = "private"
    ) -> DatasetResponse:
        """Makes a dataset, of which you are the owner.

        Args:
            slug: How addresses name it: small letters, digits and dashes, at most 64.
            name: What people call it, at most 200 characters.
            description: What it is about, at most 10,000 characters.
            visibility: Whether only its members see it.
        """
        body = {"slug": slug, "name": name, "description": description, "visibility": visibility}
        return await self._transport.json(Request("POST", path("datasets"), json=body), DatasetResponse)

    async def update(
        self,
        dataset: str,
        *,
        name: str | None = None,
        description: str | None = None,
        visibility: VisibilityName | None = None,
    ) -> DatasetResponse:
        """Changes what is given of a dataset. For owners."""
        body = given(name=name, description=description, visibility=visibility)
        return await self._transport.json(Request("PATCH", path("datasets", dataset), json=body), DatasetResponse)

    async def delete(self, dataset: str) -> None:
        """Deletes a dataset with its pictures and captions, for good. For owners."""
        await self._transport.done(Request("DELETE", path("datasets", dataset)))

    def sources(self, dataset: str) -> AsyncIterator[SourceResponse]:
        """Who says something of the pictures: people, models and imports."""
        return self._transport.pages(path("datasets", dataset, "sources"), {}, SourceResponse)

    async def create_source(
        self,
        dataset: str,
        slug: str,
        kind: Literal["model", "import"],
        *,
        model: str | None = None,
        revision: str | None = None,
        task: str | None = None,
        parameters: Mapping[str, Any] | None = None,
    ) -> SourceResponse:
        """Makes a source for captions that come from elsewhere. For annotators.

        Args:
            dataset: The dataset's slug.
            slug: The source's name: small letters, digits, dots, dashes and underscores, at most 64.
            kind: What it is; people become a source when they write.
            model: The model's name, which a model must have; at most 200 characters.
            revision: The revision of the model's weights, at most 200 characters.
            task: What the model was asked, which must be told; at most 200 characters.
            parameters: How the model was asked, at most 16 KB.
        """
        body = given(slug=slug, kind=kind, model=model, revision=revision, task=task, parameters=parameters)
        request = Request("POST", path("datasets", dataset, "sources"), json=body)
        return await self._transport.json(request, SourceResponse)

    async def facets(self, dataset: str, q: str = "") -> FacetsResponse:
        """How many pictures that a search finds have which property."""
        request = Request("GET", path("datasets", dataset, "facets"), query=given(q=q or None))
        return await self._transport.json(request, FacetsResponse)

    async def metrics(
        self, dataset: str, *, reference: str | None = None, **filters: Unpack[Filters]
    ) -> CaptionMetricsResponse:
        """Measures the captions, source by source: how long, how repetitive, how near to the source `reference`.

        BLEU, METEOR and ROUGE are from 0 to 1, CIDEr from 0 to 10. Measuring a hundred thousand captions takes seconds.
        """
        query = given(reference=reference, **filters)
        request = Request("GET", path("datasets", dataset, "metrics"), query=query)
        return await self._transport.json(request, CaptionMetricsResponse)
