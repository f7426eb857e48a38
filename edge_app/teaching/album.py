"""The photographs that are shown: a folder per label, written in a thread of its own so that the camera does not wait.

::

    DIR/cup/20261129-141000.123-00007.jpg     as the sensor sees it; the header names the sitting

A sitting is a group (`photographs.groups`): its photographs stay together in every split, also after moving, renaming
and merging.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from queue import Full, Queue
from typing import Self

import cv2

from edge_app.common.errors import OutputError, PhotographError
from edge_app.common.notices import note
from edge_app.photographs.contents import pictures_below
from edge_app.photographs.decoder import Image, decode_photograph, read_encoded
from edge_app.photographs.groups import mark_in, marked, read_groups
from edge_app.sinks.collect import folder_name
from edge_app.sinks.picture_folder import JPEG_QUALITY, PictureFolder, new_session

_MOST_WAITING = 64  # frames for the disk: 59 MB of 640×480


@dataclass(frozen=True)
class Photograph:
    """One that is in the album already.

    Attributes:
        label: of its folder.
        session: that it belongs to; of one without a session its own hash.
        image_bgr: (height, width, 3) uint8 BGR.
    """

    label: str
    session: str
    image_bgr: Image


class Album:
    """Keeps frames, and takes them back.

    Attributes:
        session: the name of this sitting.
        lost: frames that could not be written.
        fault: why; empty: nothing went wrong.

    Args:
        root: the folder; it is continued where it exists.
        budget_bytes: of all pictures in it.
    """

    def __init__(self, root: Path, budget_bytes: int) -> None:
        if root.exists() and not root.is_dir():
            raise OutputError(f"`{root}` is a file; --out needs a folder")
        self.root, self.session = root, new_session()
        self.lost: list[Path] = []
        self.fault = ""
        self._folder = PictureFolder(root, budget_bytes, "--budget")
        self._number = 0
        self._jobs: Queue[tuple[Path, Image | None] | None] = Queue(_MOST_WAITING)
        self._thread = threading.Thread(target=self._work, name="album", daemon=True)

    def __enter__(self) -> Self:
        self._folder.open()
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        """Wait until everything is written."""
        self._jobs.put(None)
        self._thread.join()

    def paths(self, labels: Sequence[str]) -> list[tuple[str, Path]]:
        """Return label and file, relative to the folder, of what earlier sittings have left and of what was brought.

        Raises:
            DataError: the folder cannot be read.
        """
        folders = [(label, Path(folder_name(label))) for label in labels]
        there = [(label, folder) for label, folder in folders if (self.root / folder).is_dir()]
        return [(label, folder / name) for label, folder in there for name in pictures_below(self.root / folder)]

    def photographs(self, paths: Iterable[tuple[str, Path]]) -> Iterator[Photograph]:
        """Read pictures one after the other; what cannot be read is said and left out.

        Args:
            paths: as `paths` returns them.

        Raises:
            DataError: the manifest of groups cannot be read.
        """
        groups = read_groups(self.root)
        for label, path in paths:
            try:
                encoded = read_encoded(self.root / path)
                image = decode_photograph(encoded, str(self.root / path))
            except PhotographError as error:
                note(f"left out: {error}")
                continue
            session = mark_in(encoded).decode(errors="replace")
            yield Photograph(label, session or groups.key_of(path.as_posix(), encoded), image)

    def keep(self, label: str, image_bgr: Image) -> Path | None:
        """Keep a frame; return its place, or None where the disk is too slow to take one more now."""
        now = datetime.now()
        name = f"{now:%Y%m%d-%H%M%S}.{now.microsecond // 1000:03d}-{self._number:05d}.jpg"
        path = Path(folder_name(label)) / name
        try:
            self._jobs.put_nowait((path, image_bgr.copy()))  # a driver may use its memory again
        except Full:
            return None
        self._number += 1
        return path

    def take_back(self, paths: Sequence[Path]) -> None:
        """Delete frames that were kept in this sitting."""
        for path in paths:
            self._jobs.put((path, None))

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            path, image = job
            if image is None:
                with suppress(OSError):
                    (self.root / path).unlink()
                continue
            try:
                encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1].tobytes()
                self._folder.add(path, marked(encoded, self.session))
            except OutputError as error:
                self.lost.append(path)
                if not self.fault:
                    self.fault = str(error)
                    note(f"not kept: {error}")
