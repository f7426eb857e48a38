"""A command that runs when the label changes."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from typing import Self

from edge_app.common.errors import UsageError
from edge_app.common.notices import Once, escape_control
from edge_app.display.display_frame import DisplayFrame

_LEAVE_S = 1.0  # until it is asked to end, and from then on until it is ended
_POLL_S = 0.02
_GROUPS = hasattr(os, "killpg")  # not on Windows
_WATCHER = f"""
import os, signal, sys, time
group = 0
signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
for line in sys.stdin:
    group = int(line)
for one, pause_s in ((signal.SIGTERM, {_LEAVE_S}), (signal.SIGKILL, 0)):
    if group:
        try:
            os.killpg(group, one)
        except OSError:
            break
        time.sleep(pause_s)
"""


class OnChangeSink:
    """Starts a command at every change of the label display_frame, the first label included.

    The command is a vector of arguments, never a shell's line, so no label can become a part of it; the label is in its
    environment. One runs at a time: changes during a run are passed over until it ends, then the newest label counts.

    The command and what it starts are a process group, which is gone two seconds after the end of the run at latest.
    That holds even if the app is killed: a process watches over it and ends the group when it hears no more of the app.

    Args:
        command: as a shell would split it: quotes hold words together.

    Raises:
        UsageError: it is empty, its quotes are not closed, or there is no such program.
    """

    def __init__(self, command: str) -> None:
        try:
            self._words = shlex.split(command)
        except ValueError as error:
            raise UsageError(f"`--on-change {command}` cannot be split into words: {str(error).lower()}") from error
        if not self._words:
            raise UsageError("--on-change needs a command, received nothing")
        if shutil.which(self._words[0]) is None:
            raise UsageError(
                f"`{self._words[0]}` of --on-change cannot be started; check that the name is right and the program is "
                "executable (for a shell's own words: --on-change \"sh -c '…'\")"
            )
        self._once = Once()
        self._told_label: str | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._watcher: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        if _GROUPS:
            words = [sys.executable, "-I", "-S", "-c", _WATCHER]
            self._watcher = subprocess.Popen(words, stdin=subprocess.PIPE, start_new_session=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if self._process is not None:
            code = _ended(self._process)
            if code is not None:
                self._judge(code)
        self._watch(0)
        if self._watcher is not None and self._watcher.stdin is not None:
            self._watcher.stdin.close()
            self._watcher.wait()

    def consume(self, display_frame: DisplayFrame) -> bool:
        """Start the command if the label differs from the one told last and no command is running."""
        if self._process is not None:
            code = self._process.poll()
            if code is None:
                return True
            self._process = None
            self._judge(code)
        if display_frame.label != self._told_label:
            self._start(display_frame)
            self._told_label = display_frame.label
        return True

    def _start(self, display_frame: DisplayFrame) -> None:
        told = {
            "FIELDLENS_LABEL": escape_control(display_frame.label),
            "FIELDLENS_SCORE": f"{display_frame.score:.4f}",
            "FIELDLENS_PREVIOUS": escape_control(self._told_label or ""),
            "FIELDLENS_SOURCE": escape_control(display_frame.classified.frame.source),
        }
        try:
            # stdout may carry our JSON lines: what the command prints goes to stderr
            self._process = subprocess.Popen(
                self._words,
                env=os.environ | told,
                stdin=subprocess.DEVNULL,
                stdout=sys.__stderr__,
                start_new_session=_GROUPS,
            )
            self._watch(self._process.pid)
        except OSError as error:
            self._once.note(f"--on-change cannot start `{self._words[0]}`: {(error.strerror or str(error)).lower()}")

    def _watch(self, group: int) -> None:
        """Tell the watcher which group it has to end; 0: none."""
        if self._watcher is not None and self._watcher.stdin is not None:
            with suppress(OSError):
                self._watcher.stdin.write(b"%d\n" % group)
                self._watcher.stdin.flush()

    def _judge(self, code: int) -> None:
        if code != 0:
            how = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
            self._once.note(f"--on-change: `{self._words[0]}` {how}; further failures are not shown", about="code")


def _ended(process: subprocess.Popen[bytes]) -> int | None:
    """Wait for a command, ask its group to end, and end it; return its code, None where it was ended."""
    for ask in (signal.SIGTERM, signal.SIGKILL if _GROUPS else signal.SIGTERM):
        until_s = time.monotonic() + _LEAVE_S
        while time.monotonic() < until_s:
            if process.poll() is not None and not _group_lives(process.pid):
                return process.returncode if ask == signal.SIGTERM else None
            time.sleep(_POLL_S)
        with suppress(OSError):
            os.killpg(process.pid, ask) if _GROUPS else process.terminate()
    process.wait()
    return None


def _group_lives(group: int) -> bool:
    if not _GROUPS:
        return False
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody of the group has other rights now
        return True
    return True
