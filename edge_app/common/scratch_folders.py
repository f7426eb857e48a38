"""One temporary folder per process, for all that makes temporary files in it: our code, TensorFlow and its converter.

A process that is killed leaves its folder; the next program of the same user deletes it. Whose owner lives is told by a
lock, which the system frees however a process ends.
"""

from __future__ import annotations

import atexit
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from edge_app.common.outputs import try_lock

_OURS = re.compile(r"fieldlens-\d+-\w+")
_OF_MULTIPROCESSING = "pymp-*"  # its folder, which it deletes itself when Python ends, and must find then
_HUB_CACHE = "TFHUB_CACHE_DIR"  # of tensorflow_hub, which keeps its downloads in the temporary folder without it


@contextmanager
def scratch_folder() -> Iterator[Path | None]:
    """Let `tempfile` use a folder of this process's own, which is deleted at the end of the block.

    Before, the folders that killed programs of this user have left are deleted. The cache of TF Hub stays where it is.

    Returns:
        The folder; None: the system refused one, and not every command needs it.
    """
    before = tempfile.tempdir
    try:
        system = Path(tempfile.gettempdir())
        sweep_scratch(system)
        folder, handle = _locked_folder(system)
    except OSError:
        yield None
        return
    hub_cache_is_ours = _HUB_CACHE not in os.environ
    if hub_cache_is_ours:
        os.environ[_HUB_CACHE] = str(system / "tfhub_modules")
    tempfile.tempdir = str(folder)
    delete = partial(_delete, folder, handle)
    atexit.register(delete)  # before that of `multiprocessing`, and so called after it
    try:
        yield folder
    finally:
        tempfile.tempdir = before
        if hub_cache_is_ours:
            os.environ.pop(_HUB_CACHE, None)
        if not any(folder.glob(_OF_MULTIPROCESSING)):
            atexit.unregister(delete)
            delete()


def _delete(folder: Path, handle: int | None) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    if handle is not None:
        os.close(handle)


def sweep_scratch(system: Path) -> None:
    """Delete the scratch folders of this user that nobody holds.

    Args:
        system: folder in which they lie.
    """
    if sys.platform == "win32":  # where nothing is locked
        return
    with suppress(OSError):
        for entry in list(os.scandir(system)):
            if _OURS.fullmatch(entry.name):
                _sweep_one(Path(entry.path))


def _sweep_one(folder: Path) -> None:
    import fcntl  # not on Windows

    try:
        handle = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY)
    except OSError:  # a link, a file, gone, or not readable for us
        return
    try:
        if os.fstat(handle).st_uid != os.getuid():
            return
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)  # where a file system has no locks, the folder stays
        shutil.rmtree(folder, ignore_errors=True)
    except OSError:
        return
    finally:
        os.close(handle)


def _locked_folder(system: Path) -> tuple[Path, int | None]:
    """Make a folder and lock it; another start may sweep it in between, so it must still be there afterwards."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=f"fieldlens-{os.getpid()}-", dir=system))
        if sys.platform == "win32":  # opens no folders
            return folder, None
        with suppress(FileNotFoundError):
            handle = os.open(folder, os.O_RDONLY)
            if try_lock(handle) and folder.exists():
                return folder, handle
            os.close(handle)
