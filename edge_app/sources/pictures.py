"""Picture files as frames; broken ones are skipped, counted and listed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Self

from edge_app.errors import PhotographError, SourceError
from edge_app.photograph import read_photograph
from edge_app.sources import Frame, now_s


class PictureSource:
    """Reads one picture after another.

    Args:
        paths: at least one.
    """

    live = False
    fps = 1.0

    def __init__(self, paths: list[Path]) -> None:
        self.paths = paths
        self.skipped: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        pass

    def frames(self) -> Iterator[Frame]:
        """Yield every readable picture; the number counts files.

        Raises:
            SourceError: not one of them could be read.
        """
        for number, path in enumerate(self.paths):
            try:
                image = read_photograph(path)
            except PhotographError as error:
                self.skipped.append(str(error))
                continue
            yield Frame(image, str(path), number, now_s())
        if len(self.skipped) == len(self.paths):
            raise SourceError(f"none of the {len(self.paths)} pictures can be read: {self.skipped[0]}")
