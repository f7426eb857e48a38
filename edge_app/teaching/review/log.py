"""Who said what of which frame, and when: JSON lines that are on the disk before the next key.

::

    {"time": "…", "by": "anna", "say": "class", "folder": "phone", "files": {"cup/1.jpg": "SHA-256", …}}
    {"time": "…", "by": "anna", "say": "undo"}
    {"time": "…", "by": "anna", "say": "apply", "moves": [{"file": "cup/1.jpg", "to": "phone/1.jpg", "sha256": "…"}]}
    {"time": "…", "by": "anna", "say": "applied", "moves": […]}
    {"time": "…", "by": "anna", "say": "apply", "back": true, "moves": […]}

`right`, `neither` and `delete` are said like `class`, without a folder. An `apply` without its `applied` was cut short,
and is finished by the next start. One with `back` takes the moves back that were applied last.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, get_args

from edge_app.common.errors import OutputError, describe_os_error

LOG_NAME = "reviewed.jsonl"
"""Beside the frames."""

DELETED = ".deleted"
"""Folder of what was deleted, with a folder per class; a hidden one, so that training does not read it."""

Saying = Literal["right", "class", "neither", "delete"]
SAYINGS: tuple[Saying, ...] = get_args(Saying)


@dataclass(frozen=True)
class Decision:
    """What was said of some frames with one key.

    Attributes:
        say: what.
        folder: of the class where it is another one.
        files: their paths, and the SHA-256 of the bytes that were looked at.
    """

    say: Saying
    folder: str = ""
    files: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.say not in SAYINGS or (self.say == "class") != bool(self.folder):
            raise ValueError(f"`{self.say}` of folder `{self.folder}` cannot be said of a frame")


@dataclass(frozen=True)
class Move:
    """A file that gets another place: both paths relative to the folder, and the SHA-256 of its bytes."""

    file: str
    to: str
    sha256: str


@dataclass
class Said:
    """What the lines add up to.

    Attributes:
        decisions: since the last time they were applied, without those that were undone.
        checked: frames that somebody looked at before that: their SHA-256, by their paths of today.
        first_paths: of frames that were moved: where they were first, by their paths of today.
        unfinished: moves that were begun; None: none.
        goes_back: whether these take earlier ones back.
        applied: moves of each time that some were applied, without those that were taken back.
        unreadable: lines that say nothing.
    """

    decisions: list[Decision] = field(default_factory=list)
    checked: dict[str, str] = field(default_factory=dict)
    first_paths: dict[str, str] = field(default_factory=dict)
    unfinished: tuple[Move, ...] | None = None
    goes_back: bool = False
    applied: list[tuple[Move, ...]] = field(default_factory=list)
    unreadable: int = 0

    def current(self) -> dict[str, Decision]:
        """Return the last decision about every frame that has one."""
        return {path: one for one in self.decisions for path in one.files}

    def read(self, record: Mapping[str, Any]) -> None:
        """Take in a line.

        Raises:
            KeyError, TypeError, ValueError: it is none of ours.
        """
        say = record["say"]
        if say == "undo":
            if self.decisions:
                self.decisions.pop()
        elif say == "apply":
            self.unfinished, self.goes_back = _moves(record), record.get("back") is True
        elif say == "applied":
            self._take_as_applied(_moves(record), record.get("back") is True)
        else:
            self.decisions.append(Decision(say, record.get("folder", ""), dict(record["files"])))

    def _take_as_applied(self, moves: tuple[Move, ...], back: bool) -> None:
        for path, decision in self.current().items():
            self.checked[path] = decision.files[path]
        for move in moves:
            self.first_paths[move.to] = self.first_paths.pop(move.file, move.file)
            self.checked.pop(move.file, None)
            if not (back or move.file.startswith(f"{DELETED}/")):  # what was brought back is looked at again
                self.checked[move.to] = move.sha256
        if back:
            del self.applied[-1:]
        elif moves:
            self.applied.append(moves)
        self.decisions, self.unfinished, self.goes_back = [], None, False


def _moves(record: Mapping[str, Any]) -> tuple[Move, ...]:
    return tuple(Move(str(one["file"]), str(one["to"]), str(one["sha256"])) for one in record["moves"])


def _back(back: bool) -> dict[str, bool]:
    return {"back": True} if back else {}


class ReviewLog:
    """The lines of a folder: read once, and added to.

    Args:
        root: folder of the frames.
        by: who is at the keyboard.

    Raises:
        OutputError: the file is a link, or cannot be read or written.
    """

    def __init__(self, root: Path, by: str) -> None:
        self.path, self._by = root / LOG_NAME, by
        self.said = Said()
        for line in self._lines():
            try:
                self.said.read(json.loads(line))
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
                self.said.unreadable += 1

    def decide(self, decision: Decision) -> None:
        """Keep a decision."""
        about = {"folder": decision.folder} if decision.folder else {}
        self._add({"say": decision.say, **about, "files": dict(decision.files)})

    def undo(self) -> Decision | None:
        """Take back the last decision and return it; None: there is none since they were applied."""
        if not self.said.decisions:
            return None
        last = self.said.decisions[-1]
        self._add({"say": "undo"})
        return last

    def begin(self, moves: Iterable[Move], back: bool = False) -> None:
        """Keep what is about to be moved.

        Args:
            moves: as planned.
            back: whether they take back what was applied last.
        """
        self._add({"say": "apply", **_back(back), "moves": [asdict(move) for move in moves]})

    def end(self, moves: Iterable[Move]) -> None:
        """Keep what was moved, of what was begun."""
        self._add({"say": "applied", **_back(self.said.goes_back), "moves": [asdict(move) for move in moves]})

    def _add(self, record: dict[str, Any]) -> None:
        whole = {"time": datetime.now().astimezone().isoformat(timespec="milliseconds"), "by": self._by, **record}
        line = json.dumps(whole).encode() + b"\n"
        try:
            handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | _NO_LINK, 0o666)
            try:
                os.write(handle, line)
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as error:
            error.filename = str(self.path)
            raise OutputError(describe_os_error(error)) from error
        self.said.read(record)

    def _lines(self) -> list[str]:
        """Return the lines; half a line of a power cut gets an end, so that the next one is not glued to it."""
        if self.path.is_symlink():
            raise OutputError(f"`{self.path}` is a link, and is not followed; remove it")
        try:
            content = self.path.read_bytes()
            if content and not content.endswith(b"\n"):
                with self.path.open("ab") as file:
                    file.write(b"\n")
        except FileNotFoundError:
            return []
        except OSError as error:
            raise OutputError(describe_os_error(error)) from error
        return content.decode(errors="replace").splitlines()


_NO_LINK = getattr(os, "O_NOFOLLOW", 0)  # Windows has no such flag
