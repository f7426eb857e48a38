"""Downloading one large file: resumed where it broke off, never glued from two, and checked.

What has arrived stays in the file's place; a small JSON file beside it says of which version of which address it is
the beginning. A resume asks with `Range` and `If-Range` (RFC 9110, 13.1.5 and 14.2), so a server whose file has changed
since sends the new one from its start. Standard library only.
"""

from __future__ import annotations

import errno
import http.client
import json
import re
import sys
import time
import urllib.error
import urllib.request
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NoReturn

from edge_app.common.atomic_files import write_text
from edge_app.common.errors import DataError
from edge_app.common.progress import Progress, human_time
from edge_app.photographs.splits import file_sha256
from edge_app.photographs.zip_files import refuse_full_disk
from train.data.archives import Archive

MEGABYTE = 1_000_000

_CHUNK_BYTES = 1 << 18
_PARTIAL_CONTENT = 206
_RANGE_NOT_SATISFIABLE = 416
_PASSING = (408, 425, 429)  # and 5xx: worth another try
_DISK_FAULTS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
_CONTENT_RANGE = re.compile(r"bytes (?P<first>\d+)-\d+/(?P<total>\d+|\*)$")
_USER_AGENT = "FieldLens (python-urllib)"


@dataclass(frozen=True)
class Patience:
    """How long a server may be silent, and how often it is asked again.

    Attributes:
        tries: without a byte of progress, before giving up; progress starts the count anew.
        first_wait_s: before the second try; doubled before each further one.
        timeout_s: of silence on an open connection.
    """

    tries: int = 5
    first_wait_s: float = 1.0
    timeout_s: float = 30.0


PATIENT = Patience()


@dataclass(frozen=True)
class _Version:
    """Which version of which file a download is the beginning of; empty validators: it cannot be resumed."""

    url: str
    etag: str = ""
    last_modified: str = ""

    @property
    def validator(self) -> str:
        """What `If-Range` takes: a strong ETag, else the date."""
        return self.etag if self.etag and not self.etag.startswith("W/") else self.last_modified


class _InterruptedError(Exception):
    """The transfer broke off in a way that another try may mend."""


def download(archive: Archive, path: Path, patience: Patience = PATIENT) -> None:
    """Bring an archive to `path`, whole and proven by its hash; nothing is asked of the server if it is there already.

    Raises:
        DataError: the server does not answer or has another file; what has arrived stays for the next try, except a
            download that fails its hash. Another file at `path` is left alone.
        OutputError: the disk has no room for what the server says it has, and for its photographs.
        OSError: the system refused to write.
    """
    if path.exists() and not state_file(path).exists():
        _refuse_foreign_file(archive, path)
        return
    silent = 0
    while not is_whole(archive, path):
        before = _size(path)
        try:
            _transfer(archive, path, patience.timeout_s)
        except _InterruptedError as error:
            silent = 1 if _size(path) > before else silent + 1
            if silent >= patience.tries:
                raise DataError(
                    f"`{archive.url}` failed {silent} times in a row ({error}); {_size(path) / MEGABYTE:,.0f} MB "
                    "are kept: run the same command again to continue"
                ) from error
            wait_s = patience.first_wait_s * 2 ** (silent - 1)
            sys.stderr.write(f"{error}; trying again in {human_time(wait_s)}\n")
            time.sleep(wait_s)
    _check_hash(archive, path)
    state_file(path).unlink(missing_ok=True)


def is_whole(archive: Archive, path: Path) -> bool:
    """Tell whether all bytes have arrived; the size is known, or was learned from the server."""
    size_bytes = archive.size_bytes or _learned_size(archive, path)
    return size_bytes > 0 and _size(path) == size_bytes


def bytes_missing(archive: Archive, path: Path) -> int:
    """Return how many bytes of an archive of known size have not arrived; at most its size."""
    return max(0, archive.size_bytes - _size(path))


def state_file(path: Path) -> Path:
    """Return the file that says of what `path` is the beginning."""
    return path.with_name(path.name + ".json")


def _transfer(archive: Archive, path: Path, timeout_s: float) -> None:
    """Ask once, and write what comes.

    Raises:
        _InterruptedError: it broke off.
        DataError: another try would not help.
    """
    have = _resumable_bytes(archive, path)
    try:
        with urllib.request.build_opener().open(_request(archive, path, have), timeout=timeout_s) as answer:
            _receive(archive, path, answer, have)
    except urllib.error.HTTPError as error:
        _judge_refusal(archive, path, error)
    except (OSError, http.client.HTTPException) as error:
        if isinstance(error, OSError) and (error.filename or error.errno in _DISK_FAULTS):
            error.filename = str(path)
            raise  # our own file, not the connection
        raise _InterruptedError(_reason(error)) from error


def _request(archive: Archive, path: Path, have: int) -> urllib.request.Request:
    headers = {"User-Agent": _USER_AGENT, "Accept-Encoding": "identity"}
    if have:
        headers |= {"Range": f"bytes={have}-", "If-Range": _read_version(path).validator}
    return urllib.request.Request(archive.url, headers=headers)  # http and https only: `Archive` sees to it


def _receive(archive: Archive, path: Path, answer: Any, have: int) -> None:
    start = _start_of(answer, have)
    total = _total_of(archive, answer, start)
    refuse_full_disk(path, total - _size(path) + total, "download and unpack")  # what a server claims may be anything
    if start == 0:
        version = _Version(archive.url, answer.headers.get("ETag", ""), answer.headers.get("Last-Modified", ""))
        path.unlink(missing_ok=True)
        write_text(state_file(path), json.dumps({**asdict(version), "size_bytes": total}) + "\n")
    what = f"downloading {archive.name}, MB" if start == 0 else f"downloading the rest of {archive.name}, MB"
    with _open(path, "ab") as file, Progress(what, round((total - start) / MEGABYTE)) as progress:
        began_s, got = time.monotonic(), 0
        while chunk := answer.read(_CHUNK_BYTES):
            if start + got + len(chunk) > total:
                raise DataError(f"`{archive.url}` sends more than the {total:,} bytes that it promised; try a mirror")
            file.write(chunk)
            got += len(chunk)
            rate = got / MEGABYTE / max(1e-3, time.monotonic() - began_s)
            progress.reach(got // MEGABYTE, f"{rate:.1f} MB/s")
        if start + got < total:
            raise _InterruptedError(f"the server closed after {start + got:,} of {total:,} bytes")


def _open(path: Path, mode: str) -> Any:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open(mode)


def _start_of(answer: Any, have: int) -> int:
    """Where the body begins: a server that knows no ranges, or has a newer file, begins at 0.

    Raises:
        _InterruptedError: the server answers another range than the one asked for.
    """
    if answer.status != _PARTIAL_CONTENT:
        return 0
    match = _CONTENT_RANGE.match(answer.headers.get("Content-Range", ""))
    if match is None or int(match["first"]) != have:
        raise _InterruptedError(f"the server answered the range {answer.headers.get('Content-Range')!r}")
    return have


def _total_of(archive: Archive, answer: Any, start: int) -> int:
    """Return the size of the whole file.

    Raises:
        DataError: the server does not say it, or it is not the one of the archive.
    """
    told = answer.headers.get("Content-Length", "")
    if start:
        told = answer.headers.get("Content-Range", "").rpartition("/")[2]
    if not told.isdigit():
        if archive.size_bytes:
            return archive.size_bytes
        raise DataError(f"`{archive.url}` does not report its size; give it with --size-bytes")
    total = int(told)
    if archive.size_bytes and total != archive.size_bytes:
        raise DataError(
            f"`{archive.url}` has {total:,} bytes and {archive.name} has {archive.size_bytes:,}: it is a different "
            "file; try a mirror with --url, or describe the new file with --sha256 and --size-bytes"
        )
    return total


def _judge_refusal(archive: Archive, path: Path, error: urllib.error.HTTPError) -> NoReturn:
    with error:
        if error.code == _RANGE_NOT_SATISFIABLE:  # the file there is shorter than ours: begin again
            path.unlink(missing_ok=True)
            raise _InterruptedError("the server has no more of the file") from error
        if error.code in _PASSING or error.code >= 500:
            raise _InterruptedError(f"HTTP {error.code} {error.reason}") from error
        raise DataError(
            f"`{archive.url}` answers {error.code} {error.reason}; check the address, or give a mirror with --url"
        ) from error


def _refuse_foreign_file(archive: Archive, path: Path) -> None:
    """A file that no download of ours began is the archive itself, or is not ours to delete."""
    received = file_sha256(path)
    if received != archive.sha256:
        raise DataError(f"`{path}` is neither a partial download nor {archive.name} (SHA-256 {received}); move it away")


def _check_hash(archive: Archive, path: Path) -> None:
    received = file_sha256(path)
    if received == archive.sha256:
        return
    path.unlink()
    state_file(path).unlink(missing_ok=True)
    raise DataError(
        f"the download from `{archive.url}` fails its check: SHA-256 {received} where {archive.name} has "
        f"{archive.sha256}; it was deleted and nothing was unpacked, so run it again or try a mirror with --url"
    )


def _resumable_bytes(archive: Archive, path: Path) -> int:
    """How many bytes can be built on: none without a validator, or if they came from another address."""
    version = _read_version(path)
    total = archive.size_bytes or _learned_size(archive, path)
    fits = version.url == archive.url and version.validator and (not total or _size(path) < total)
    return _size(path) if fits else 0


def _read_state(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(state_file(path).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _read_version(path: Path) -> _Version:
    state = _read_state(path)
    return _Version(*(str(state.get(name, "")) for name in ("url", "etag", "last_modified")))


def _learned_size(archive: Archive, path: Path) -> int:
    """What the same address said when the download began; 0: it did not begin there."""
    state = _read_state(path)
    size = state.get("size_bytes", 0)
    return size if isinstance(size, int) and state.get("url") == archive.url else 0


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _reason(error: Exception) -> str:
    cause = getattr(error, "reason", error)
    return str(getattr(cause, "strerror", None) or cause or type(error).__name__).lower()
