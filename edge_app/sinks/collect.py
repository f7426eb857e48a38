"""Frames from the field, for the next training.

::

    DIR/cat/20261124-101502.123-0.57.jpg     the folder is the label shown: check it before training
    DIR/neither/…
    DIR/collected.jsonl                      one line per picture: scores, why, model, part of the frame

Every picture names the session in its header, so that all of a session are in one split (`photographs.groups`).
A folder per label is what `fieldlens train` reads; `convert --calibration` reads any folder of pictures.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Self

import cv2

from edge_app.common.errors import OutputError, UsageError
from edge_app.common.notices import note
from edge_app.display.display_frame import DisplayFrame
from edge_app.model.card import NEITHER
from edge_app.photographs.decoder import Image
from edge_app.photographs.groups import marked
from edge_app.photographs.thumbnails import difference, thumbnail
from edge_app.sinks.picture_folder import JPEG_QUALITY, PictureFolder, new_session

LIST_NAME = "collected.jsonl"
UNSURE_MARGIN = 0.2
"""A frame is unsure when its best two scores are nearer than this, or when it is `neither`."""
SHORTEST_PAUSE_S = 2.0
"""Between two pictures of `unsure` and `change`, so that a moment is not kept thirty times."""
SAME_SCENE_LEVELS = 4.0
"""A picture whose 32×32 grey thumbnail differs less than this from the one saved last (mean, of 0..255) is not kept."""

_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_SAFE = " '()+,-.=@[]_"  # in names of folders, besides letters and digits
_LONGEST_NAME_BYTES = 160


@dataclass(frozen=True)
class CollectRule:
    """When a frame is kept.

    Attributes:
        kind: `unsure`, `change` (of the label display_frame) or `every` (so many seconds).
        period_s: between two pictures, at least.
    """

    kind: Literal["unsure", "change", "every"]
    period_s: float = SHORTEST_PAUSE_S

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `unsure`, `change` or `every:SECONDS`.

        Raises:
            UsageError: it is none of them.
        """
        if text in ("unsure", "change"):
            return cls(text)  # type: ignore[arg-type]  # narrowed by the line above
        match = re.fullmatch(r"every:(\d+(?:\.\d+)?)", text)
        if match is None or float(match[1]) <= 0.0:
            raise UsageError(f"`--when {text}` is unknown; give unsure, change or every:SECONDS (every:30)")
        return cls("every", float(match[1]))


def parse_size(text: str) -> int:
    """Read a size in bytes: `500MB`, `2 GB`, `1.5G`, `800000`; units are powers of 1,000.

    Raises:
        UsageError: it is no size.
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?)B?\s*", text.upper())
    size = 0 if match is None else int(float(match[1]) * _UNITS[match[2]])
    if size < 1:
        raise UsageError(f"`{text}` is not a size; write it like 500MB or 2GB")
    return size


class CollectSink:
    """Saves frames as they are, without overlay, with what the model said.

    Collecting ends, and the run goes on, when the budget is spent, the disk is nearly full or a write fails.

    Args:
        folder: continued where it exists.
        rule: which frames are kept.
        budget_bytes: of all pictures in the folder, those of earlier runs included.

    Raises:
        OutputError: the folder cannot be made or written.
    """

    def __init__(self, folder: Path, rule: CollectRule, budget_bytes: int) -> None:
        if folder.exists() and not folder.is_dir():
            raise OutputError(f"`{folder}` is a file; --collect needs a folder")
        self._folder, self._rule, self._budget_bytes = folder, rule, budget_bytes
        self._pictures = PictureFolder(folder, budget_bytes, "--collect-budget")
        self._saved = 0
        self._last_s = -float("inf")
        self._last_thumbnail: Image | None = None
        self._last_label: str | None = None
        self._hashes: dict[Path, str] = {}
        self._session = new_session()
        self._on = True

    def __enter__(self) -> Self:
        there = self._pictures.open()
        _end_last_line(self._folder / LIST_NAME)
        if there:
            used = f"{there:,} pictures, {self._pictures.used_bytes / 1e6:,.0f} MB"
            note(f"collecting continues in {self._folder}: {used} of {self._budget_bytes / 1e6:,.0f} MB")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        note(f"collected {self._saved:,} pictures in {self._folder}")

    def consume(self, display_frame: DisplayFrame) -> bool:
        """Keep the frame if it is one to keep."""
        changed = display_frame.label != self._last_label
        self._last_label = display_frame.label
        if self._on and self._wanted(display_frame, changed):
            try:
                self._keep(display_frame)
            except OutputError as error:
                self._stop(str(error))
        return True

    def _wanted(self, display_frame: DisplayFrame, changed: bool) -> bool:
        now_s = time.monotonic()
        if now_s - self._last_s < self._rule.period_s:
            return False
        if self._rule.kind == "change" and not changed:
            return False
        if self._rule.kind == "unsure" and not is_unsure(display_frame):
            return False
        small = thumbnail(display_frame.classified.image_bgr)
        if self._last_thumbnail is not None and difference(small, self._last_thumbnail) < SAME_SCENE_LEVELS:
            return False
        self._last_s, self._last_thumbnail = now_s, small
        return True

    def _keep(self, display_frame: DisplayFrame) -> None:
        encoded = cv2.imencode(".jpg", display_frame.classified.image_bgr, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[
            1
        ].tobytes()
        encoded = marked(encoded, self._session)
        now = datetime.now()
        name = f"{now:%Y%m%d-%H%M%S}.{now.microsecond // 1000:03d}-{display_frame.score:.2f}.jpg"
        path = Path(folder_name(display_frame.label)) / name
        self._pictures.add(path, encoded)
        self._saved += 1
        self._list(path, display_frame, now)

    def _list(self, path: Path, display_frame: DisplayFrame, now: datetime) -> None:
        prediction, box = display_frame.classified.prediction, display_frame.classified.box
        record: dict[str, Any] = {
            "file": path.as_posix(),
            "time": now.astimezone().isoformat(timespec="milliseconds"),
            "when": self._rule.kind,
            "shown": display_frame.label,
            "top": [[label, round(score, 6)] for label, score in prediction.top],
            "source": prediction.source,
            "roi": None if box is None else list(box),
            "model": display_frame.classified.classifier.path.name,
            "model_sha256": self._hash(display_frame.classified.classifier.path),
        }
        try:
            with (self._folder / LIST_NAME).open("a", encoding="utf-8") as file:
                file.write(json.dumps(record) + "\n")
        except OSError as error:
            raise OutputError(f"`{self._folder / LIST_NAME}` cannot be written: {error.strerror}") from error

    def _hash(self, model: Path) -> str:
        if model not in self._hashes:
            self._hashes[model] = hashlib.sha256(model.read_bytes()).hexdigest()
        return self._hashes[model]

    def _stop(self, why: str) -> None:
        self._on = False
        note(f"collecting stopped: {why}; classifying continues")


def is_unsure(display_frame: DisplayFrame) -> bool:
    """Tell whether the model is in doubt about this frame: `neither`, or two labels nearly as good as each other."""
    prediction = display_frame.classified.prediction
    if prediction.label == NEITHER:
        return True
    scores = [score for _, score in prediction.top[:2]]
    return len(scores) == 2 and scores[0] - scores[1] < UNSURE_MARGIN


def folder_name(label: str) -> str:
    """Return the name of a label's folder: letters of every script stay, what means something to file systems is %XX.

    Different labels get different names; no name is hidden, a path, or too long.
    """
    name = "".join(character if _may_stay(character) else _escaped(character) for character in label)
    for place in (0, -1):
        if name[place] in " .":
            name = _escaped(name[0]) + name[1:] if place == 0 else name[:-1] + _escaped(name[-1])
    if len(name.encode()) > _LONGEST_NAME_BYTES:
        name = f"{name[: _LONGEST_NAME_BYTES // 8]}~{hashlib.sha256(label.encode('utf-8', 'replace')).hexdigest()[:12]}"
    return name


def _may_stay(character: str) -> bool:
    """Accents and vowel signs (Mn, Mc) are no letters to Python."""
    return character.isalnum() or character in _SAFE or unicodedata.category(character) in ("Mn", "Mc")


def _escaped(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "replace"))


def _end_last_line(path: Path) -> None:
    """A run that was killed may have left half a line; the next one must not be glued to it."""
    if path.exists() and path.stat().st_size and not path.read_bytes().endswith(b"\n"):
        with path.open("a", encoding="utf-8") as file:
            file.write("\n")
