"""A `.tflite` file that was never seen here is first tried in a process of its own.

The runtime is C++ and trusts its input: a damaged or hostile file can kill the process that opens it. So the first
opening happens in a child (`probe_child`); if that dies, hangs or complains, the app says so in a sentence and lives.
That a file is good is remembered by the hash of its bytes and the release of the runtime, so it is tried once.

This shows that a file runs, not that it is harmless: the child has the rights of the user, and what goes wrong only
with certain pictures is not found.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from pathlib import Path

from edge_app.common.errors import ModelFileError
from edge_app.common.user_cache import recall, remember
from edge_app.model.runtime import interpreter_module, runtime_name, runtime_release

try:
    from _blake2 import blake2b  # without `hashlib`, which costs every start the 4 MiB of OpenSSL
except ImportError:
    from hashlib import blake2b

CACHE_FILE = "probed.json"
"""Its name in the cache folder: the files that are good, by hash and runtime."""
TIME_LIMIT_S = 30.0
"""Of a probe: a Pi with a slow card needs 5 s; what has given no label by then is not live."""

CRASHES = "crashes the runtime"
"""In the sentence about a file whose trial ended in a crash."""
HANGS = "did not run within"
"""In the sentence about a file whose trial had to be ended."""

_TRIAL = "direct"  # what a trial opens; files that passed a lesser one are tried again
_CHUNK_BYTES = 1 << 18
_HASH_BYTES = 32
# The child sees the packages that we see, wherever they were found.
_START = (
    r"import sys; sys.path[:] = sys.argv[1].split('\n'); "
    "from edge_app.model.trial_process import main; main(sys.argv[2:])"
)


def require_trial_run(path: Path, *, plain: bool = False, time_limit_s: float = TIME_LIMIT_S) -> None:
    """Try a file in a process of its own, unless the same bytes are known to be good with this runtime.

    Args:
        path: a `.tflite` file that `metadata.read_metadata` has found whole.
        plain: it will be run without the runtime's accelerators: other code, so another trial.
        time_limit_s: after which the trial is ended.

    Raises:
        MissingDependencyError: no runtime is installed.
        ModelFileError: the file cannot be read, crashes the runtime, hangs, or is refused by it.
    """
    hashing = _Hashing(path)
    interpreter_module()  # takes 50 ms to import, where another core hashes in 8; a missing one is no fault of the file
    key = f"{hashing.result()} {runtime_release()}{' plain' if plain else f' {_TRIAL}'}"
    if recall(CACHE_FILE, key) is True:
        return
    _judge(path, _run_child(path, plain, time_limit_s))
    remember(CACHE_FILE, key, True)  # where it cannot be remembered, the next start takes a third of a second longer


class _Hashing(threading.Thread):
    """Hashes a file in the background."""

    def __init__(self, path: Path) -> None:
        super().__init__(daemon=True)
        self._path, self._found = path, ""
        self._fault: ModelFileError | None = None
        self.start()

    def run(self) -> None:
        try:
            self._found = _hash(self._path)
        except ModelFileError as error:
            self._fault = error

    def result(self) -> str:
        self.join()
        if self._fault is not None:
            raise self._fault
        return self._found


def _hash(path: Path) -> str:
    digest = blake2b(digest_size=_HASH_BYTES)
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                digest.update(chunk)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ModelFileError(f"`{path}` cannot be read: {reason}; check the path") from error
    return digest.hexdigest()


def _run_child(path: Path, plain: bool, time_limit_s: float) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", _START, "\n".join(sys.path), str(path), *(["plain"] if plain else [])]
    try:
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=time_limit_s,
            check=False,
            encoding="utf-8",
            errors="replace",
        )
    except subprocess.TimeoutExpired as error:
        raise ModelFileError(
            f"`{path}` {HANGS} {time_limit_s:g} s in a trial run in a separate process: it is "
            "damaged, or far too large for this machine; convert or download it again"
        ) from error
    except OSError as error:
        raise ModelFileError(
            f"`{path}` could not be tried in a separate process: {(error.strerror or str(error)).lower()}; "
            "close other programs and try again"
        ) from error


def _judge(path: Path, ended: subprocess.CompletedProcess[str]) -> None:
    """Raise for every end but a good verdict; a verdict before a crash does not count."""
    if ended.returncode != 0:
        raise ModelFileError(
            f"`{path}` {CRASHES} ({runtime_name()}; a trial run in a separate process {_how(ended.returncode)}): it is "
            "damaged, or malicious; convert or download it again"
        )
    try:
        verdict = json.loads((ended.stdout.splitlines() or [""])[-1])
        good, reason = bool(verdict["good"]), str(verdict["reason"])
    except (ValueError, KeyError, TypeError) as error:
        raise ModelFileError(
            f"`{path}` could not be tried in a separate process: `{sys.executable}` did not answer; start the app with "
            "the Python that it is installed in"
        ) from error
    if not good:
        raise ModelFileError(reason)


def _how(code: int) -> str:
    if code > 0:
        return f"ended with code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"
