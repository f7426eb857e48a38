"""Writing so that a full disk, Ctrl-C or a crash leaves the last good file, never half of one.

Everything is written under a temporary name beside its place and renamed when complete.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from edge_app.common.errors import OutputError, describe_os_error


def refuse_existing(path: Path, overwrite: bool) -> None:
    """Refuse an output that is there already, unless the user allowed it.

    Raises:
        OutputError: `path` exists (and is not an empty folder) and `overwrite` is false.
    """
    if overwrite or not path.exists() or (path.is_dir() and not any(path.iterdir())):
        return
    raise OutputError(f"`{path}` exists already; choose another name, or add --overwrite to replace it")


@contextmanager
def atomic_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path with the same suffix; rename it to `path` if the block ends well.

    Raises:
        OutputError: the system refused to create, write or rename the file.
    """
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=f".part{path.suffix}", dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        yield temporary
        temporary.chmod(0o666 & ~_umask())  # mkstemp makes private files; results are meant to be read
        temporary.replace(path)
    except OSError as error:
        raise OutputError(describe_os_error(_naming(error, path))) from error
    finally:
        if temporary is not None:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)


@contextmanager
def atomic_folder(path: Path, overwrite: bool = False) -> Iterator[Path]:
    """Yield a temporary folder; put it in the place of `path` if the block ends well.

    An older folder at `path` stays until the new one is complete.

    Raises:
        OutputError: `path` exists and `overwrite` is false, or the system refused.
    """
    refuse_existing(path, overwrite)
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{path.name}-", suffix=".part", dir=path.parent))
        yield temporary
        temporary.chmod(0o777 & ~_umask())
        _swap_in(temporary, path)
    except OSError as error:
        raise OutputError(describe_os_error(_naming(error, path))) from error
    finally:
        if temporary is not None and temporary.exists():
            shutil.rmtree(temporary, ignore_errors=True)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text atomically."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Write bytes atomically."""
    with atomic_file(path) as temporary:
        temporary.write_bytes(content)


def _swap_in(temporary: Path, path: Path) -> None:
    if not path.exists():
        temporary.rename(path)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{path.name}-", suffix=".old", dir=path.parent)) / path.name
    path.rename(old)
    try:
        temporary.rename(path)
    except OSError:
        old.rename(path)
        raise
    finally:
        shutil.rmtree(old.parent, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _naming(error: OSError, path: Path) -> OSError:
    """Name the file that the user asked for, not our temporary one."""
    error.filename = str(path)
    return error
