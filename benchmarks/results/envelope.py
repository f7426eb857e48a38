"""Every result file is an envelope: what kind of result, which version, when, on which device, and the payload.

`{"kind": "latency", "schema": 1, "date": "2026-11-28T05:54:29+00:00", "device": {…} or null, "payload": {…}}`

What a result is, is read from `kind` and never guessed from its keys. A payload is the fields of a record (see
`json_records`), and under `derived`, for readers of the JSON, what follows from them; it is not read back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

from benchmarks.results.device import Device
from benchmarks.results.json_records import RecordError, from_json, json_text, rounded, to_json
from edge_app.common.atomic_files import write_text
from edge_app.common.errors import ResultError

SCHEMA = 1
"""Of the envelope and all payloads; a newer one is refused."""

KINDS: Mapping[str, str] = {
    "latency": "speed, start, memory and accuracy of files on one device: `benchmarks run`",
    "sustained": "files under load for a long time: `benchmarks sustained`",
    "operators": "the time of every operator of a file: `benchmarks operators`",
    "comparison": "which of two files is faster: `benchmarks compare`",
    "model-comparison": "is the new model better: `benchmarks compare` of two models",
    "sweep": "cost and accuracy of many networks: `benchmarks experiment sweep`",
    "peers": "the same file in other people's runtimes: `benchmarks experiment peers`",
    "mediapipe": "the same files through MediaPipe Tasks: `benchmarks experiment mediapipe`",
    "tfjs": "our TF.js graph beside the official converter's: `benchmarks experiment tfjs`",
    "browser": "the browser page's runtimes: `benchmarks experiment browser`",
    "live": "throughput, frame age and start of the live app: `benchmarks experiment live`",
    "soak": "the app for hours on a camera that drops: `benchmarks experiment soak`",
    "viewers": "what viewers of the live page cost: `benchmarks experiment viewers`",
    "imports": "how long the device half takes to import: `benchmarks experiment imports`",
    "survival": "kills, races and power cuts: `benchmarks experiment survival`",
    "fuzz": "damaged files of every kind, read by the programs: `benchmarks experiment fuzz`",
    "sensitivity": "the smallest difference that `compare` sees: `benchmarks experiment sensitivity`",
    "other-source": "accuracy where a model was not trained, beside its own: `benchmarks other-source`",
    "third-party": "other people's files, in the app and in a bare interpreter: `benchmarks experiment third-party`",
    "resizing": "ways to resize a photograph: `benchmarks experiment resizing`",
    "pipeline": "images per second of the training input: `benchmarks experiment pipeline`",
    "training": "recipes repeated with several seeds: `benchmarks experiment training`",
    "seeds": "several seeds of two recipes, on their own and another source: `benchmarks experiment seeds`",
    "course": "our fine-tuning beside the course's: `benchmarks experiment course`",
    "neither": "heads with and without outlier exposure: `benchmarks experiment neither`",
    "neither-file": "labels that a file gives to anything else: `benchmarks experiment neither --model`",
    "neither-runs": "whole runs with and without outlier exposure: `benchmarks experiment neither --run`",
    "few": "heads from few photographs, beside scikit-learn's: `benchmarks experiment few`",
    "few-run": "a whole run of `train` on few photographs, timed: `benchmarks experiment few --time-run`",
    "calibration": "fitted temperatures and 8-bit scores on other photographs: `benchmarks experiment calibration`",
    "two-commands": "what a newcomer's two commands state: `benchmarks experiment few --two-commands`",
    "review": "the page of `fieldlens review`: `benchmarks experiment review`",
    "explain": "maps of pasted photographs, and their time: `benchmarks experiment explain`",
    "teach": "heads of two sittings, judged on a third: `benchmarks experiment teach`",
    "gpu": "training on a GPU, beside the CPU: `benchmarks experiment gpu`",
    "onnx": "files as ONNX beside themselves: `benchmarks experiment onnx`",
    "teach-live": "what recording costs live labels, and how soon own ones come: `benchmarks experiment teach-live`",
    "mqtt": "the live loop beside an MQTT broker that goes away: `benchmarks experiment mqtt`",
    "tuning": "fine-tuning from the linear head, beside scikit-learn's: `benchmarks experiment tuning`",
    "remote": "deploying and measuring over ssh, on servers of ssh on one machine: `benchmarks experiment remote`",
    "paper": "an effect described in a paper, on these photographs: `benchmarks experiment papers`",
    "house": "modules on everyday walks through the code, before and after: `python -m tests.house.walks`",
    "clone time": "`make check` and `make test` in a fresh clone: `python -m tests.clone_time`",
    "course chapters": "the course on a reader's photographs, executed: `python -m tests.course time`",
    "newcomer": "the README followed on a bare Debian: `make test-readme`",
    "emulated-board": "deploying to an emulated ARM machine over ssh, and measuring there: `make test-arm64`",
    "systemd": "deploying to a Debian with a systemd of its own: `make test-systemd`",
    "arm64": "answers on emulated ARM machines beside this one: `make test-arm64`",
}
"""What kinds there are, in a sentence each. A kind that has a record names it there (`KIND`); the others are written by
the experiment that measures them and read by `publish`."""

DERIVED = "derived"

_KEYS = ("kind", "schema", "date", "device", "payload")
_OF_ENVELOPE = ("date", "device")


class ResultRecord(Protocol):
    """A frozen dataclass that is a result: `date` and `device` go to the envelope, all other fields to the payload."""

    KIND: ClassVar[str]

    @property
    def date(self) -> str:
        """See `Envelope`."""

    @property
    def device(self) -> Device | None:
        """It was measured on."""


ResultT = TypeVar("ResultT", bound=ResultRecord)


@dataclass(frozen=True)
class Envelope:
    """One result file.

    Attributes:
        kind: a key of `KINDS`.
        schema: version of the format.
        date: UTC, ISO 8601; a day alone where the time was not recorded.
        device: fields of `Device`; None: it says nothing of one device.
        payload: fields of the kind's record, and `derived`.
    """

    kind: str
    schema: int
    date: str
    device: Mapping[str, Any] | None
    payload: Mapping[str, Any]

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"the kind `{self.kind}` is unknown; known are {', '.join(KINDS)}")
        datetime.fromisoformat(self.date)

    def record(self, kind: type[ResultT]) -> ResultT:
        """Return the result.

        Args:
            kind: the record of this envelope's kind.

        Raises:
            RecordError: a field is missing, unknown, of another type, or impossible.
        """
        content = {name: value for name, value in self.payload.items() if name != DERIVED}
        return from_json(kind, {**content, "date": self.date, "device": self.device})


def now() -> str:
    """Return the date of a result that is being made."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def read_envelope(path: Path, kind: str | None = None) -> Envelope:
    """Read a result file.

    Args:
        path: of the file.
        kind: that it must be of; None: any.

    Raises:
        ResultError: missing, unreadable, no envelope, of another kind, or of a newer version.
    """
    if path.is_dir():
        raise ResultError(f"`{path}` is a folder; name the JSON file of a result in it, such as {path / 'result.json'}")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ResultError(f"`{path}` cannot be read as JSON ({error}); measure again") from error
    if not isinstance(content, dict) or not content.keys() >= set(_KEYS):
        raise ResultError(
            f"`{path}` is no result of FieldLens (it needs {', '.join(_KEYS)}); if it is an older one: "
            f"python -m benchmarks.results.migrate {path}"
        )
    schema = content["schema"]
    if isinstance(schema, int) and schema > SCHEMA:
        raise ResultError(f"`{path}` has schema {schema}, this version reads up to {SCHEMA}; update FieldLens")
    if kind is not None and content["kind"] != kind:
        raise ResultError(f"`{path}` is a result of kind `{content['kind']}`; a `{kind}` is needed")
    try:
        return from_json(Envelope, content)
    except RecordError as error:
        raise ResultError(f"`{path}` is no result of FieldLens ({error}); measure again") from error


def read_result(path: Path, kind: type[ResultT]) -> ResultT:
    """Read the result of one kind.

    Raises:
        ResultError: see `read_envelope`, or its payload does not fit.
    """
    try:
        return read_envelope(path, kind.KIND).record(kind)
    except RecordError as error:
        raise ResultError(f"`{path}` is damaged: {error}; measure again") from error


def write_envelope(
    path: Path, kind: str, payload: Mapping[str, Any], device: Device | Mapping[str, Any] | None, date: str = ""
) -> None:
    """Write a result file, atomically.

    Args:
        path: of the file.
        kind: a key of `KINDS`.
        payload: numbers, texts, lists, mappings and records.
        device: it was measured on; None: it says nothing of one device.
        date: see `Envelope`; empty: now.

    Raises:
        OutputError: the system refused to write.
    """
    envelope = Envelope(kind, SCHEMA, date or now(), None if device is None else to_json(device), to_json(payload))
    write_text(path, json_text(to_json(envelope)))


def write_result(path: Path, result: ResultRecord, derived: Mapping[str, Any] | None = None, digits: int = 7) -> None:
    """Write the result of one kind, atomically.

    Args:
        path: of the file.
        result: a record with `KIND`, `date` and `device`.
        derived: what follows from it, for readers of the JSON.
        digits: of every float, after the point.

    Raises:
        OutputError: the system refused to write.
    """
    names = [field.name for field in fields(result) if field.name not in _OF_ENVELOPE]  # type: ignore[arg-type]  # records are dataclasses
    payload = {name: to_json(getattr(result, name)) for name in names}
    first = {DERIVED: to_json(derived)} if derived else {}
    write_envelope(path, result.KIND, rounded({**first, **payload}, digits), result.device, result.date)
