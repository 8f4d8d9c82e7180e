"""Pictures on their way to the server."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

Picture = str | os.PathLike[str] | bytes | IO[bytes]
"""A picture: the path of its file, what is in it, or an open file."""

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".gif", ".webp"})
"""How files of the formats end that the server reads."""

# The server takes up to 64 in a form.
MOST_IN_A_REQUEST = 32


@dataclass(frozen=True)
class PictureFile:
    """A file that is to be added to a dataset."""

    index: int
    name: str
    path: Path

    def read(self) -> tuple[str, bytes]:
        """Its name and what is in it."""
        return self.name, self.path.read_bytes()


def read(picture: Picture, index: int = 0) -> tuple[str, bytes]:
    """A picture's name and what is in it."""
    if isinstance(picture, bytes):
        return f"image-{index + 1}", picture
    if isinstance(picture, (str, os.PathLike)):
        path = Path(picture)
        return path.name, path.read_bytes()
    return os.path.basename(str(getattr(picture, "name", f"image-{index + 1}"))), picture.read()


def find(places: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]) -> list[PictureFile]:
    """The files at these places, in the order of their names: of a folder its pictures, called by their paths in it."""
    if isinstance(places, (str, os.PathLike)):
        places = [places]
    named: list[tuple[str, Path]] = []
    for place in map(Path, places):
        if place.is_dir():
            pictures = sorted(path for path in place.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
            named += [(path.relative_to(place).as_posix(), path) for path in pictures]
        else:
            named.append((place.name, place))
    return [PictureFile(index, name, path) for index, (name, path) in enumerate(named)]


def packed(files: Iterable[PictureFile], most_bytes: int) -> Iterator[list[PictureFile]]:
    """The files in lots, each for one request; a file that is larger than that goes alone."""
    lot: list[PictureFile] = []
    size = 0
    for file in files:
        own_size = file.path.stat().st_size
        if lot and (size + own_size > most_bytes or len(lot) == MOST_IN_A_REQUEST):
            yield lot
            lot, size = [], 0
        lot.append(file)
        size += own_size
    if lot:
        yield lot
