# Generated from _async/client.py by clients/generate_sync.py; not to be changed by hand.
"""The client."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from json import loads
from types import TracebackType
from typing import Any, Self, Unpack

from .. import _pictures
from .._pictures import Picture
from .._request import Request, Retries, form_fields, given
from ..options import CaptionEvent, CaptionOptions, GenerationOptions, IndexedBatchResult
from ..types import (
    BatchResponse,
    CaptionResponse,
    HealthResponse,
    MeResponse,
    ModelInfoResponse,
    SystemInfoResponse,
    Task,
    TasksResponse,
)
from .arena import Arena
from .captions import Captions
from .datasets import Datasets
from .images import Images
from .jobs import Jobs
from .review import Review
from .transport import Transport


class Vasari:
    """A Vasari server.

    Every method raises `VasariError` where the server refuses or can't be reached. Requests that do no harm when they
    come twice are sent again where the server is busy (status 429 and 503), after the time that it asks for. Captions
    are among them, because each is sent with an `Idempotency-Key`.
    """

    datasets: Datasets
    """Datasets, their sources and measures."""
    images: Images
    """The pictures of a dataset: added, listed, searched for, fetched."""
    captions: Captions
    """What is said of a picture: read, written, and how it was before."""
    review: Review
    """Who looks at which submitted captions, and what they decide."""
    jobs: Jobs
    """Long work: captions of many pictures, bulk edits, imports, exports."""
    arena: Arena
    """Which of two captions people prefer, without knowing whose they are."""

    def __init__(
        self,
        server: str = "http://localhost:8000",
        key: str | None = None,
        *,
        timeout: float = 60.0,
        retries: int = 3,
        longest_wait: float = 60.0,
    ) -> None:
        """
        Args:
            server: Where the server is, such as `https://vasari.example.org`.
            key: An API key, where the server asks for one.
            timeout: Seconds without a byte from the server after which a request is given up.
            retries: How often a request is sent again that the server turned away; 0 for never.
            longest_wait: Seconds; where the server asks to wait longer, the error is raised at once.
        """
        self._transport = Transport(server, key, timeout, Retries(retries, longest_wait))
        self.datasets = Datasets(self._transport)
        self.images = Images(self._transport)
        self.captions = Captions(self._transport)
        self.review = Review(self._transport)
        self.jobs = Jobs(self._transport)
        self.arena = Arena(self._transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections."""
        self._transport.http.close()

    def caption(self, image: Picture | None = None, **options: Unpack[CaptionOptions]) -> CaptionResponse:
        """Captions a picture, or does with it what `task` says.

        `confidence` of the answer is from 0 to 1, `processing_time` in seconds, and regions are in pixels.
        """
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        return self._transport.json(_caption_request(image, options, headers=headers), CaptionResponse)

    def stream_caption(self, image: Picture | None = None, **options: Unpack[CaptionOptions]) -> Iterator[CaptionEvent]:
        """Captions a picture, and gives the words as they become certain. The last event has the whole answer."""
        for name, data in self._transport.events(_caption_request(image, options, stream=True)):
            if name == "text":
                yield CaptionEvent(data["text"])
            elif name == "caption":
                yield CaptionEvent("", data)

    def caption_batch(
        self, images: Iterable[Picture], *, batch_size: int | None = None, **options: Unpack[GenerationOptions]
    ) -> BatchResponse:
        """Captions several pictures, all in the same way.

        A picture that can't be captioned has an `error` in the place of its caption. `total_processing_time` is in
        seconds.

        Args:
            images: 1 to 64 pictures, which must fit into one request of the server (10 MB unless it says otherwise).
            batch_size: How many of them are captioned at the same time, 1 to 64.
            options: What is asked, and how.
        """
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        request = _batch_request(images, batch_size, options, headers)
        return self._transport.json(request, BatchResponse)

    def stream_batch(
        self, images: Iterable[Picture], *, batch_size: int | None = None, **options: Unpack[GenerationOptions]
    ) -> Iterator[IndexedBatchResult]:
        """The same, and gives each result as it comes, in any order, with its picture's `index`."""
        request = _batch_request(images, batch_size, options, {"Accept": "application/x-ndjson"})
        for line in self._transport.lines(request):
            if "index" in line:
                yield line

    def tasks(self) -> list[Task]:
        """What can be asked of a picture."""
        return (self._transport.json(Request("GET", "/tasks"), TasksResponse))["tasks"]

    def model_info(self) -> ModelInfoResponse:
        """Which model answers, and what it does unless it is told otherwise."""
        return self._transport.json(Request("GET", "/model_info"), ModelInfoResponse)

    def system_info(self) -> SystemInfoResponse:
        """What the server runs on. Memory is in bytes."""
        return self._transport.json(Request("GET", "/system_info"), SystemInfoResponse)

    def health(self) -> HealthResponse:
        """Whether the server is well."""
        return self._transport.json(Request("GET", "/health"), HealthResponse)

    def me(self) -> MeResponse:
        """Whose key this is, and what it may do."""
        return self._transport.json(Request("GET", "/api/v1/me"), MeResponse)

    def request(self, method: str, path: str, *, query: Mapping[str, Any] | None = None, json: Any = None) -> Any:
        """Asks for what this client has no method for: the answer's JSON, None where it is empty."""
        answer = self._transport.content(Request(method, path, query=query or {}, json=json))
        return loads(answer) if answer else None


def _caption_request(
    image: Picture | None, options: Mapping[str, Any], *, stream: bool = False, headers: Mapping[str, str] | None = None
) -> Request:
    options = given(**options, stream=stream or None)
    if image is None:
        return Request("POST", "/caption", json=options, headers=headers or {})
    files = [("image", _pictures.read(image))]
    return Request("POST", "/caption", fields=form_fields(options), files=files, headers=headers or {})


def _batch_request(
    images: Iterable[Picture], batch_size: int | None, options: Mapping[str, Any], headers: Mapping[str, str]
) -> Request:
    files = [("images", _pictures.read(image, index)) for index, image in enumerate(images)]
    fields = form_fields(given(**options, batch_size=batch_size))
    return Request("POST", "/batch_caption", fields=fields, files=files, headers=headers)
