"""One JSON object per frame."""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, Self

from edge_app.atomic import atomic_file, refuse_existing
from edge_app.shown import Shown


class JsonLinesSink:
    """Writes `Prediction`s as JSON lines.

    Args:
        target: a path, or `-` for stdout.
        overwrite: whether an existing file may be replaced.

    Raises:
        OutputError: the file exists, or cannot be written.
    """

    def __init__(self, target: str, overwrite: bool = False) -> None:
        self._path = None if target == "-" else Path(target)
        self._stack = ExitStack()
        self._stream: IO[str] = sys.stdout
        if self._path is not None:
            refuse_existing(self._path, overwrite)

    def __enter__(self) -> Self:
        if self._path is not None:
            temporary = self._stack.enter_context(atomic_file(self._path))
            self._stream = self._stack.enter_context(temporary.open("w", encoding="utf-8"))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        # Ctrl-C is the usual end of a live run: what was seen until then is the result.
        if kind is KeyboardInterrupt:
            kind = error = None
        self._stack.__exit__(kind, error, None)

    def take(self, shown: Shown) -> bool:
        """Write one line; flushed, so that a reader at the other end of a pipe is live too."""
        self._stream.write(json_line(record_of(shown)))
        self._stream.flush()
        return True


def record_of(shown: Shown) -> dict[str, Any]:
    """Return a result as JSON says it: raw scores of the frame, and the label that was shown, which may be smoothed."""
    prediction = shown.seen.prediction
    return {
        "source": prediction.source,
        "frame": prediction.frame,
        "label": prediction.label,
        "score": round(prediction.score, 6),
        "shown": shown.label,
        "top": [[label, round(score, 6)] for label, score in prediction.top],
        "latency_ms": round(prediction.latency_ms, 4),
        "age_ms": round(prediction.age_ms, 4),
    }


def json_line(record: dict[str, Any]) -> str:
    """Return a record as a line; control characters that JSON allows (C1, direction marks) are escaped too.

    Lines may land on a terminal, which obeys some of them.
    """
    text = json.dumps(record, ensure_ascii=False)
    if not text.isprintable():
        text = "".join(character if character.isprintable() else json.dumps(character)[1:-1] for character in text)
    return text + "\n"
