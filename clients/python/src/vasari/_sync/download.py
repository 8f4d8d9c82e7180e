# Generated from _async/download.py by clients/generate_sync.py; not to be changed by hand.
"""Files that come from the server."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import IO

import httpx

from .._request import Request
from ..errors import VasariError, of_transport
from .transport import Transport


def download(transport: Transport, path: str, to: Path) -> Path:
    """Writes what lies at a path of the server into a file, which is there when it is whole."""
    part = to.with_name(f"{to.name}.part")
    with part.open("w+b") as file:
        tag = _fetch(transport, path, file, None)
        file.seek(0)
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if tag is not None and tag.strip('"') != found:
        part.unlink()
        raise VasariError({"type": "damaged", "title": "What came is not what the server has", "detail": to.name})
    return part.replace(to)


def _fetch(transport: Transport, path: str, file: IO[bytes], tag: str | None) -> str | None:
    failures = 0
    while True:
        have = file.tell()
        # Where the file has become another one meanwhile, all of it comes.
        headers = {"Range": f"bytes={have}-", "If-Range": tag} if have and tag else {}
        with transport.stream(Request("GET", path, headers=headers)) as response:
            if response.status_code != 206:
                file.seek(0)
                file.truncate()
            tag = response.headers.get("etag")
            try:
                for chunk in response.iter_raw():
                    file.write(chunk)
                    failures = 0
                return tag
            except httpx.TransportError as error:
                failures += 1
                if failures > transport.retries.most:
                    raise of_transport(error) from error
