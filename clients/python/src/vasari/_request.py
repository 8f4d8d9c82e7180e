"""Requests before they are sent, and when they are sent again."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any
from urllib.parse import quote

from .errors import VasariError

# A field's name, the file's name and what is in it.
FormFile = tuple[str, tuple[str, bytes | IO[bytes]]]


@dataclass(frozen=True)
class Request:
    """What is asked of the server."""

    method: str
    path: str
    query: Mapping[str, Any] = field(default_factory=dict)
    json: Any = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    files: Sequence[FormFile] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    repeats: bool = False
    """Whether it does nothing more when it comes twice, although its method says nothing of the kind."""

    @property
    def is_repeatable(self) -> bool:
        """Whether it may be sent again without harm."""
        return self.repeats or self.method in ("GET", "PUT", "DELETE") or "Idempotency-Key" in self.headers


@dataclass(frozen=True)
class Retries:
    """How often and how soon a request is sent again that the server turned away or that got no answer."""

    most: int = 3
    """How often; 0 for never."""
    longest_wait: float = 60.0
    """Seconds. Where the server's `Retry-After` asks for more, the error is raised at once."""

    def delay(self, request: Request, error: VasariError, attempt: int) -> float | None:
        """Seconds until the next attempt after that many; None where there is none."""
        may_pass = error.status in (0, 429, 503) or error.kind == "idempotency-key-in-use"
        if attempt >= self.most or not may_pass or not request.is_repeatable:
            return None
        # Clients that were turned away together don't come back together.
        delay = error.retry_after if error.retry_after is not None else 0.5 * 2**attempt * random.uniform(0.5, 1.0)
        return delay if delay <= self.longest_wait else None


class Lines:
    """Splits what comes in pieces into lines, at line feeds alone: JSON may hold what Python takes for their ends."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, chunk: bytes) -> Iterator[str]:
        """The lines that end in this piece."""
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            yield line.removesuffix(b"\r").decode()


class Events:
    """Reads server-sent events."""

    def __init__(self) -> None:
        self._lines = Lines()
        self._event = "message"
        self._data: list[str] = []

    def feed(self, chunk: bytes) -> Iterator[tuple[str, Any]]:
        """The events that end in this piece: what each is called, and what it says."""
        for line in self._lines.feed(chunk):
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if name == "event":
                self._event = value
            elif name == "data":
                self._data.append(value)
            elif not line and self._data:
                yield self._event, json.loads("\n".join(self._data))
                self._event, self._data = "message", []


def path(*parts: str | int) -> str:
    """A path of the API, whose parts may hold anything."""
    return "/api/v1/" + "/".join(quote(str(part), safe="") for part in parts)


def given(**members: Any) -> dict[str, Any]:
    """The members that were given."""
    return {name: value for name, value in members.items() if value is not None}


def form_text(value: Any) -> str | list[str]:
    """A value as forms and queries have it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) or not isinstance(value, Iterable):
        return str(value)
    return [str(item) for item in value]


def form_fields(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a caption as a form has them."""
    region = options.get("region")
    return {**options, "region": ",".join(str(edge) for edge in region)} if region is not None else {**options}
