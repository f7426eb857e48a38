"""A command that runs when the label changes."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from typing import Self

from edge_app.common.errors import UsageError
from edge_app.common.notices import Once, escape_control
from edge_app.display.display_frame import DisplayFrame

_LEAVE_S = 2.0


class OnChangeSink:
    """Starts a command at every change of the label display_frame, the first label included.

    The command is a vector of arguments, never a shell's line, so no label can become a part of it; the label is in its
    environment. One runs at a time: changes during a run are passed over until it ends, then the newest label counts.

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

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if self._process is None:
            return
        try:
            self._judge(self._process.wait(_LEAVE_S))
        except subprocess.TimeoutExpired:
            self._process.terminate()
            self._process.wait()

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
                self._words, env=os.environ | told, stdin=subprocess.DEVNULL, stdout=sys.__stderr__
            )
        except OSError as error:
            self._once.note(f"--on-change cannot start `{self._words[0]}`: {(error.strerror or str(error)).lower()}")

    def _judge(self, code: int) -> None:
        if code != 0:
            how = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
            self._once.note(f"--on-change: `{self._words[0]}` {how}; further failures are not shown", about="code")
