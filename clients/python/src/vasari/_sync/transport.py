# Generated from _async/transport.py by clients/generate_sync.py; not to be changed by hand.
"""How requests go out and answers come in."""

from __future__ import annotations

import json
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import httpx

from .._request import Events, Lines, Request, Retries, form_text
from .._version import __version__
from ..errors import VasariError, of_document, of_response, of_transport

T = TypeVar("T")


class Transport:
    """A server, and how to show it who asks."""

    def __init__(self, server: str, key: str | None, timeout: float, retries: Retries) -> None:
        headers = {"User-Agent": f"vasari-python/{__version__}"} | ({"Authorization": f"Bearer {key}"} if key else {})
        limits = httpx.Timeout(timeout, connect=min(timeout, 10.0))
        self.retries = retries
        self.http = httpx.Client(base_url=server.rstrip("/"), headers=headers, timeout=limits)

    def json(self, request: Request, _answer: type[T]) -> T:
        """The answer to a request, which is of this type."""
        answer: T = (self._send(request)).json()
        return answer

    def array(self, request: Request, _item: type[T]) -> list[T]:
        """The answer to a request, which is an array of things of this type."""
        answer: list[T] = (self._send(request)).json()
        return answer

    def done(self, request: Request) -> None:
        """Sends a request whose answer says nothing."""
        self._send(request)

    def content(self, request: Request) -> bytes:
        """The answer to a request, which is a file."""
        return (self._send(request)).content

    def pages(self, path: str, query: Mapping[str, Any], _item: type[T]) -> Iterator[T]:
        """All items of a list that comes in pages, each page when it is reached."""
        query = {"limit": 200, **query}
        while True:
            page = (self._send(Request("GET", path, query=query))).json()
            for item in page["items"]:
                yield item
            if page["next_cursor"] is None:
                return
            query = {**query, "cursor": page["next_cursor"]}

    def events(self, request: Request) -> Generator[tuple[str, Any], None, None]:
        """Server-sent events as they come: what each is called, and what it says."""
        events = Events()
        for chunk in self.chunks(request):
            for name, data in events.feed(chunk):
                if name == "error":
                    raise of_document(data)
                yield name, data

    def lines(self, request: Request) -> Iterator[Any]:
        """Lines of JSON as they come."""
        lines = Lines()
        for chunk in self.chunks(request):
            for line in lines.feed(chunk):
                yield json.loads(line)

    def chunks(self, request: Request) -> Iterator[bytes]:
        """The answer to a request in pieces, as they come."""
        with self.stream(request) as response:
            try:
                for chunk in response.iter_bytes():
                    yield chunk
            except httpx.TransportError as error:
                raise of_transport(error) from error

    @contextmanager
    def stream(self, request: Request) -> Iterator[httpx.Response]:
        """The answer to a request, whose body is yet to come."""
        response = self._send(request, stream=True)
        try:
            yield response
        finally:
            response.close()

    def _send(self, request: Request, *, stream: bool = False) -> httpx.Response:
        attempt = 0
        while True:
            error = None
            try:
                response = self.http.send(self._built(request), stream=stream)
                if response.is_success:
                    return response
                response.read()
                failure: VasariError = of_response(response)
            except httpx.TransportError as cause:
                error, failure = cause, of_transport(cause)
            delay = self.retries.delay(request, failure, attempt)
            if delay is None:
                raise failure from error
            time.sleep(delay)
            attempt += 1

    def _built(self, request: Request) -> httpx.Request:
        return self.http.build_request(
            request.method,
            request.path,
            params={name: form_text(value) for name, value in request.query.items()},
            json=request.json,
            data={name: form_text(value) for name, value in request.fields.items()} or None,
            files=request.files or None,
            headers=request.headers,
        )
