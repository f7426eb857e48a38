"""Writing so that a full disk, Ctrl-C, a crash or a power cut leaves the last good file, never half of one.

Everything is written under a temporary name beside its place, brought to the disk, and renamed when complete.
"""

from __future__ import annotations

import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from edge_app.common.errors import OutputError, describe_os_error
from edge_app.common.outputs import is_stream, refuse_existing, sweep, try_lock

_AT_FDCWD = -100  # of linux/fcntl.h
_RENAME_EXCHANGE = 2  # of linux/fs.h
_NO_FSYNC = (errno.EINVAL, errno.ENOSYS, errno.EROFS, errno.ENOTSUP, errno.EBADF)


@contextmanager
def atomic_file(path: Path, durable: bool = True) -> Iterator[Path]:
    """Yield a temporary path with the same suffix; rename it to `path` if the block ends well.

    A link is followed: the file that it points to is replaced. A device or a FIFO is written to.

    Args:
        path: of the file.
        durable: bring it to the disk before the older one goes, so that a power cut leaves one of the two. It costs
            some milliseconds on a disk, tens on a memory card.

    Raises:
        OutputError: the system refused to create, write or rename the file.
    """
    real = path.resolve() if path.is_symlink() else path
    temporary: Path | None = None
    handle: int | None = None
    try:
        folder = Path(tempfile.gettempdir()) if is_stream(real) else real.parent
        folder.mkdir(parents=True, exist_ok=True)
        if durable:
            sweep(folder / real.name)
        handle, temporary = hidden_file(folder / real.name)
        yield temporary
        if is_stream(real):
            _pour(temporary, real)
            return
        make_readable(temporary)
        if durable:
            to_disk(temporary)
        temporary.replace(real)
        if durable:
            to_disk(real.parent)
    except OSError as error:
        raise OutputError(describe_os_error(_naming(error, path))) from error
    finally:
        if handle is not None:
            os.close(handle)
        if temporary is not None:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)


@contextmanager
def atomic_folder(path: Path, overwrite: bool = False, sign: str = "") -> Iterator[Path]:
    """Yield a temporary folder; put it in the place of `path` if the block ends well.

    An older folder at `path` stays until the new one is complete and on the disk.

    Args:
        path: of the folder.
        overwrite: whether an older one may be replaced.
        sign: the file that every folder made by the same program has; only such a folder is replaced.

    Raises:
        OutputError: `path` may not be replaced, or the system refused. If something else took its place while the
            block ran, the result is kept beside it.
    """
    refuse_existing(path, overwrite, sign)
    temporary: Path | None = None
    handle: int | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{path.name}-", suffix=".part", dir=path.parent))
        handle = _locked_folder(temporary)
        yield temporary
        temporary.chmod(0o777 & ~_umask())
        _all_to_disk(temporary)
        _refuse_late(temporary, path, overwrite, sign)
        _swap_in(temporary, path)
    except OSError as error:
        raise OutputError(describe_os_error(_naming(error, path))) from error
    finally:
        if handle is not None:
            os.close(handle)
        if temporary is not None and temporary.exists():
            shutil.rmtree(temporary, ignore_errors=True)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text atomically."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes, durable: bool = True) -> None:
    """Write bytes atomically; see `atomic_file`."""
    with atomic_file(path, durable) as temporary:
        temporary.write_bytes(content)


def _refuse_late(temporary: Path, path: Path, overwrite: bool, sign: str) -> None:
    """Look again: what came in the meantime stays, and so does the result."""
    try:
        refuse_existing(path, overwrite, sign)
    except OutputError as error:
        beside = next(name for n in range(2, 1000) if not (name := path.with_name(f"{path.name}-{n}")).exists())
        temporary.rename(beside)
        raise OutputError(f"{error}; it came while this run worked, whose result is at `{beside}`") from error


def _swap_in(temporary: Path, path: Path) -> None:
    """Exchange two folders in one step where the system can; else move the older one aside first."""
    if not path.exists():
        temporary.rename(path)
        to_disk(path.parent)
        return
    if _exchanged(temporary, path):
        to_disk(path.parent)  # the older one, now under the temporary name, goes only after that
        return
    old = Path(tempfile.mkdtemp(prefix=f".{path.name}-", suffix=".old", dir=path.parent)) / path.name
    path.rename(old)
    try:
        temporary.rename(path)
        to_disk(path.parent)
    except OSError:
        old.rename(path)
        raise
    finally:
        shutil.rmtree(old.parent, ignore_errors=True)


def _exchanged(one: Path, other: Path) -> bool:
    """Let two names change places (renameat2 of Linux 3.15); False: not here."""
    if sys.platform != "linux":
        return False
    import ctypes  # some milliseconds, which writing files does not cost

    exchange = getattr(ctypes.CDLL(None), "renameat2", None)  # glibc 2.28
    if exchange is None:
        return False
    return bool(exchange(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) == 0)


def _all_to_disk(folder: Path) -> None:
    for root, _, files in os.walk(folder):
        for name in files:
            to_disk(Path(root) / name)
        to_disk(Path(root))


def to_disk(path: Path) -> None:
    """Wait until a file or the names in a folder are on the disk.

    A full disk may only now be noticed, so that is not passed over; a file system that cannot do this is.
    """
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:  # Windows opens no folders
        return
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _NO_FSYNC:
            raise
    finally:
        os.close(handle)


def _locked_folder(folder: Path) -> int | None:
    """Lock a folder that is being filled, so that nobody sweeps it; None: this system opens no folders."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return None
    try_lock(handle)
    return handle


def _pour(temporary: Path, stream: Path) -> None:
    with temporary.open("rb") as source, stream.open("wb") as sink:
        shutil.copyfileobj(source, sink)


def hidden_file(path: Path) -> tuple[int, Path]:
    """Make an empty file beside a path, under a hidden name with the same suffix, locked so that nobody sweeps it.

    Returns:
        it, open, and its path.

    Raises:
        OSError: the system refused.
    """
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=f".part{path.suffix}", dir=path.parent)
    try_lock(handle)
    return handle, Path(name)


def make_readable(temporary: Path) -> None:
    """Give a file that mkstemp made, which only its owner may read, the rights that a result has."""
    temporary.chmod(0o666 & ~_umask())


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _naming(error: OSError, path: Path) -> OSError:
    """Name the file that the user asked for, not our temporary one."""
    error.filename = str(path)
    return error
