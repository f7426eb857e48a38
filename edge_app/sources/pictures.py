"""Picture files as frames; broken ones are skipped, counted and listed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Literal, Self

from edge_app.common.errors import PhotographError, SourceError
from edge_app.photographs.decoder import read_photograph
from edge_app.sources.frames import Frame, now_s


class PictureSource:
    """Reads one picture after another.

    Args:
        paths: at least one.
        loop: begin again after the last one.
    """

    live: Literal[False] = False
    stills = True
    fps = 1.0

    def __init__(self, paths: list[Path], loop: bool = False) -> None:
        self.paths = paths
        self.skipped: list[str] = []
        self._loop = loop

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        pass

    def frames(self) -> Iterator[Frame]:
        """Yield every readable picture; the number counts files, over all rounds.

        Raises:
            SourceError: not one of them could be read.
        """
        for turn in count():
            yield from self._round(turn)
            if not self._loop:
                return

    def _round(self, turn: int) -> Iterator[Frame]:
        broken = 0
        for place, path in enumerate(self.paths):
            try:
                image = read_photograph(path)
            except PhotographError as error:
                broken += 1
                if str(error) not in self.skipped:  # once, not in every round
                    self.skipped.append(str(error))
                continue
            yield Frame(image, str(path), turn * len(self.paths) + place, now_s())
        if broken == len(self.paths):
            raise SourceError(f"none of the {len(self.paths)} pictures can be read: {self.skipped[0]}")
