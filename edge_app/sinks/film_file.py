"""The file of a film: a kill or a power cut leaves what was filmed until then, under the name that was asked for.

A film may run for days, so it cannot wait for its end to get its name, as other results do.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Lock, Thread

from edge_app.common.atomic_files import atomic_file, hidden_file, make_readable, to_disk
from edge_app.common.errors import OutputError, describe_os_error
from edge_app.common.outputs import held, is_stream

_LOOK_PERIOD_S = 0.5
_HEADER_BYTES = 4096
"""A header without any frame is shorter, in every container that we write."""


class FilmFile:
    """A file that an encoder fills, under a hidden name until the first frames are in it, then under its own.

    Only then an older film goes. What was written is brought to the disk about twice a second.

    Args:
        path: its own name.
        writing: the hidden one, an empty file.
        handle: of that file, open.
    """

    def __init__(self, path: Path, writing: Path, handle: int | None = None) -> None:
        self.path, self.writing = path, writing
        self._handle = handle
        self._safe_bytes = 0
        self._turn = Lock()
        self._end = Event()
        self._watcher = None if handle is None else Thread(target=self._watch, name="film to disk", daemon=True)
        if self._watcher is not None:
            self._watcher.start()

    @property
    def is_named(self) -> bool:
        """Whether it has its own name."""
        return self.writing == self.path

    @property
    def lasts(self) -> bool:
        """Whether it gets its name before its end."""
        return self._handle is not None

    def stop_watching(self) -> None:
        """Leave its name and the disk to the caller: the encoder has ended."""
        self._end.set()
        if self._watcher is not None:
            self._watcher.join()

    def close(self) -> None:
        """Leave the file as it is."""
        self.stop_watching()
        if self._handle is not None:
            os.close(self._handle)

    def keep(self) -> None:
        """Bring what is new to the disk, and give the file its name.

        Raises:
            OSError: the system refused.
        """
        if self._handle is None:
            return
        with self._turn:
            self._safe_bytes = os.fstat(self._handle).st_size
            os.fsync(self._handle)
            if not self.is_named:
                make_readable(self.writing)
                self.writing.replace(self.path)
                self.writing = self.path
                to_disk(self.path.parent)

    def _watch(self) -> None:
        while not self._end.wait(_LOOK_PERIOD_S):
            with suppress(OSError):  # the end says so: Windows, for one, gives no name to an open file
                if self.writing.stat().st_size > max(_HEADER_BYTES, self._safe_bytes):
                    self.keep()


@contextmanager
def film_file(path: Path, lasts: bool) -> Iterator[FilmFile]:
    """Yield the file of a film.

    Args:
        path: its name. A link is followed. A device or a FIFO gets the film at its end.
        lasts: whether what is written of it can be played without its end. It then gets its name when its first
            frames are there and keeps it, however the block ends. Otherwise it gets its name if the block ends well.

    Raises:
        OutputError: another program writes this film, or the system refused.
    """
    if not lasts or is_stream(path):
        with atomic_file(path) as temporary:
            yield FilmFile(path, temporary)
        return
    real = path.resolve() if path.is_symlink() else path
    film: FilmFile | None = None
    with held(real):
        try:
            handle, writing = hidden_file(real)
            film = FilmFile(real, writing, handle)
            yield film
            film.keep()
        except OSError as error:
            error.filename = str(path)
            raise OutputError(describe_os_error(error)) from error
        finally:
            if film is not None:
                film.close()
                if not film.is_named:
                    with suppress(OSError):
                        film.writing.unlink()
