"""What a program may write: what may be replaced, and by whom.

One place decides. Never replaced are what the program reads, a folder around it, a folder that the same program did
not make, and what a link points to by the name of the link. An output is held from start to end, so that two runs
never share one.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from edge_app.common.errors import OutputError, describe_os_error
from edge_app.common.notices import note

CONVERSION_FILE = "conversion.json"
"""Of every folder of models that the converter makes: what was made, and the proof. `train --convert` looks for it."""

if sys.platform != "win32":  # where nothing is locked, so nothing is swept
    import fcntl


def refuse_existing(path: Path, overwrite: bool, sign: str = "", inputs: Sequence[Path | None] = ()) -> None:
    """Refuse an output that would take the place of something that must stay.

    Args:
        path: file or folder to make.
        overwrite: whether the user allowed to replace an older result.
        sign: for a folder: the file that every folder made by the same program has.
        inputs: files and folders that are read; None: one that is not.

    Raises:
        OutputError: `path` is read or holds what is read, is a link to a folder, is there already (and is not an
            empty folder) and `overwrite` is false, or is a folder that the program did not make.
    """
    _refuse_inputs(path, inputs)
    if is_stream(path):
        return
    if path.is_dir() and path.is_symlink():
        raise OutputError(f"`{path}` is a link to `{path.resolve()}`; name that folder itself, or another one")
    if not path.exists() or (path.is_dir() and not any(path.iterdir())):
        return
    if not overwrite:
        raise OutputError(f"`{path}` exists already; choose another name, or add --overwrite to replace it")
    if path.is_dir() and not (sign and (path / sign).is_file()):
        made = f"it has no `{sign}`" if sign else "a file is to be written"
        raise OutputError(
            f"`{path}` is a folder that this command did not make ({made}), so it stays; choose another name"
        )
    if sign and not path.is_dir():
        raise OutputError(f"`{path}` is a file, and a folder is to be made; choose another name")


def _refuse_inputs(path: Path, inputs: Sequence[Path | None]) -> None:
    real = path.resolve()
    for one in inputs:
        if one is None:
            continue
        read = one.resolve()
        if real == read:
            raise OutputError(f"`{path}` is what is read, and would be replaced; choose another name")
        if real in read.parents and path.exists():
            raise OutputError(f"`{path}` holds `{one}`, which is read; choose a name beside it")
        if read in real.parents and path.is_file():
            raise OutputError(f"`{path}` is one of the files in `{one}`, which are read; choose another name")


def is_stream(path: Path) -> bool:
    """Whether a path is a device or a FIFO, which is written to and never replaced."""
    return path.exists() and not path.is_file() and not path.is_dir()


def refuse_held(path: Path) -> None:
    """Refuse early what `held` would refuse.

    Raises:
        OutputError: another program is writing it.
    """
    with suppress(OSError):
        handle = os.open(_lock_of(path), os.O_RDONLY)
        free = try_lock(handle)
        os.close(handle)
        if not free:
            raise _is_held(path)


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Keep every other program from writing the same output, and sweep what a killed one has left of it.

    The lock is a file beside the output; the system frees it when the process ends, however it ends.

    Raises:
        OutputError: another program is writing it, or the folder around it cannot be made or written.
    """
    lock = _lock_of(path)
    made = [folder for folder in path.parents if not folder.exists()]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = _locked(lock)
    except OSError as error:
        error.filename = str(path)
        raise OutputError(describe_os_error(error)) from error
    if handle is None:
        raise _is_held(path)
    try:
        sweep(path)
        yield
    finally:
        with suppress(OSError):
            lock.unlink()
        os.close(handle)
        for folder in made:  # nothing came of it
            with suppress(OSError):
                folder.rmdir()


def _lock_of(path: Path) -> Path:
    return path.with_name(f".{path.name}.lock")


def _is_held(path: Path) -> OutputError:
    return OutputError(f"`{path}` is being written by another run; wait for its end, or choose another name")


def _locked(lock: Path) -> int | None:
    """Open and lock a file that is still there afterwards; None: another process has it."""
    while True:
        handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
        if not try_lock(handle):
            os.close(handle)
            return None
        with suppress(OSError):
            if os.path.samestat(os.fstat(handle), lock.stat()):
                return handle
        os.close(handle)  # its owner deleted it in between


def try_lock(handle: int) -> bool:
    """Lock an open file or folder until it is closed or the process ends; False: another one has it."""
    if sys.platform == "win32":
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True


def sweep(path: Path) -> None:
    """Delete what killed programs left beside an output, and put an older result back that was moved aside.

    Temporary files and folders are locked by whoever writes them: those that can be locked are nobody's.
    """
    if sys.platform == "win32":
        return
    starts = (f".{path.name}-", f".{path.stem}-")
    with suppress(OSError):
        left = [entry for entry in os.scandir(path.parent) if entry.name.startswith(starts)]
        for entry in left:
            if entry.name.endswith(".old"):
                _restore(Path(entry.path), path)
            elif entry.name.endswith((".part", f".part{path.suffix}")):
                _delete(Path(entry.path))


def _restore(old: Path, path: Path) -> None:
    kept = old / path.name
    if not kept.exists():
        with suppress(OSError):
            old.rmdir()
    elif not path.exists():
        kept.rename(path)
        old.rmdir()
        note(f"`{path}` is back: a run that was killed had moved it aside")
    else:
        _delete(old)


def _delete(left: Path) -> None:
    try:
        handle = os.open(left, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return
    try:
        if not try_lock(handle):
            return
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            with suppress(OSError):
                left.unlink()
    finally:
        os.close(handle)
