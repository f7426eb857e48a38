"""Records of a measurement: seconds and bytes only, every raw time kept; tables and plots are derived."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.device import Device
from benchmarks.judgement import Judgement
from edge_app.errors import ResultError
from edge_app.model_card import MeasuredAccuracy

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class FileResult:
    """What was measured of one `.tflite` file.

    Attributes:
        file: path as it was given.
        sha256: of its bytes.
        size_bytes: of the file.
        input_size: width × height, pixels.
        input_dtype: of the input tensor.
        load_s: from the file to a ready interpreter, in a fresh process.
        first_invoke_s: the first run of that interpreter.
        start_to_label_s: from the start of a fresh process to its first label, one per repetition.
        peak_memory_bytes: of that process, imports and all.
        invoke_s: warm runs of the bare interpreter, raw.
        frame_to_label_s: warm runs from a 640×480 BGR frame to the label, raw; interleaved with `invoke_s`.
        accuracy: None where no photographs were given, or their labels are not the model's.
        accuracy_note: why there is no accuracy, or what was left out.
        judgement: everything else about the accuracy; None where there is none.
    """

    file: str
    sha256: str
    size_bytes: int
    input_size: str
    input_dtype: str
    load_s: float
    first_invoke_s: float
    start_to_label_s: tuple[float, ...]
    peak_memory_bytes: int
    invoke_s: tuple[float, ...]
    frame_to_label_s: tuple[float, ...]
    accuracy: MeasuredAccuracy | None = None
    accuracy_note: str = ""
    judgement: Judgement | None = None

    def __post_init__(self) -> None:
        times = (self.load_s, self.first_invoke_s, *self.start_to_label_s, *self.invoke_s, *self.frame_to_label_s)
        if not all(math.isfinite(time_s) and time_s > 0 for time_s in times):
            raise ValueError(f"a time of `{self.file}` is not above 0")
        if not self.invoke_s or not self.frame_to_label_s or min(self.size_bytes, self.peak_memory_bytes) < 1:
            raise ValueError(f"`{self.file}` has no times, or no size")


@dataclass(frozen=True)
class Result:
    """One measurement of one or more files on one device."""

    date: str
    device: Device
    threads: int
    files: tuple[FileResult, ...]

    def to_json(self) -> str:
        """Return the whole record."""
        content = {"schema_version": SCHEMA_VERSION, **asdict(self)}
        return json.dumps(rounded(content), indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str, name: str) -> Result:
        """Read a record written by `to_json`.

        Raises:
            ResultError: it is none.
        """
        try:
            content = json.loads(text)
            if content["schema_version"] != SCHEMA_VERSION:
                raise ValueError(f"schema version {content['schema_version']!r}, known is {SCHEMA_VERSION}")
            return cls(
                date=str(content["date"]),
                device=Device(**content["device"]),
                threads=int(content["threads"]),
                files=tuple(_file_from_json(file) for file in content["files"]),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise ResultError(f"`{name}` is no benchmark result ({error}); measure again") from error


def read_result(path: Path) -> Result:
    """Read a result file.

    Raises:
        ResultError: missing, unreadable or no result.
    """
    try:
        return Result.from_json(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise ResultError(f"`{path}` cannot be read ({error}); give a result.json of `python -m benchmarks`") from error


def _file_from_json(content: Mapping[str, Any]) -> FileResult:
    fields = dict(content)
    for name in ("start_to_label_s", "invoke_s", "frame_to_label_s"):
        fields[name] = tuple(float(time_s) for time_s in fields[name])
    if fields.get("accuracy") is not None:
        fields["accuracy"] = MeasuredAccuracy(**fields["accuracy"])
    if fields.get("judgement") is not None:
        fields["judgement"] = Judgement.from_json(fields["judgement"])
    return FileResult(**fields)


def rounded(value: Any) -> Any:
    """Times to a tenth of a microsecond: the clock tells no more, and the file stays small."""
    if isinstance(value, float):
        return round(value, 7)
    if isinstance(value, dict):
        return {name: rounded(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item) for item in value]
    return value
