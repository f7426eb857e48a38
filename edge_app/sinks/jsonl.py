"""One JSON object per frame."""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import IO, Self

from edge_app.atomic import atomic_file, refuse_existing
from edge_app.classifier import Prediction
from edge_app.photograph import Image


class JsonLinesSink:
    """Writes `Prediction`s as JSON lines.

    Args:
        target: a path, or `-` for stdout.
        overwrite: whether an existing file may be replaced.

    Raises:
        OutputError: the file exists, or cannot be written.
    """

    drawn = False

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

    def take(self, prediction: Prediction, drawn_bgr: Image | None) -> bool:
        """Write one line; flushed, so that a reader at the other end of a pipe is live too."""
        record = asdict(prediction)
        record["score"] = round(record["score"], 6)
        record["top"] = [[label, round(score, 6)] for label, score in prediction.top]
        record["latency_ms"], record["age_ms"] = round(prediction.latency_ms, 4), round(prediction.age_ms, 4)
        self._stream.write(json.dumps(record, ensure_ascii=False) + "\n")
        self._stream.flush()
        return True
