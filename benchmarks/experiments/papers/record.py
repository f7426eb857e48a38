"""The result of a paper: points that are kept as soon as they are measured, so that a run can be stopped and go on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

from benchmarks.experiments.papers.findings import Finding
from benchmarks.experiments.papers.pictures import Pictures
from benchmarks.results.device import Device
from benchmarks.results.envelope import read_envelope, write_envelope
from benchmarks.results.json_records import RecordError, from_json, to_json
from edge_app.common.errors import ResultError

KIND = "paper"

Key = tuple[str | int | float, ...]
"""Which point: what is varied, and last the seed."""


class Point(Protocol):
    """What was measured once: a frozen dataclass."""

    @property
    def key(self) -> Key:
        """Which point it is."""


PointT = TypeVar("PointT", bound=Point)


class Paper(Protocol[PointT]):
    """A frozen dataclass whose fields are the settings."""

    name: ClassVar[str]
    point: ClassVar[type[Any]]

    def keys(self, seeds: int, /) -> list[Key]:
        """Return all points to measure, seed after seed."""

    def measure(self, key: Key, pictures: Pictures, /) -> PointT:
        """Measure one."""

    def findings(self, points: Sequence[PointT], /) -> tuple[Finding, Finding]:
        """Judge the paper's two claims."""

    def table(self, points: Sequence[PointT], /) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
        """Return head and rows of a table of means."""

    def draw(self, points: Sequence[PointT], path: Path, /) -> None:
        """Draw the plot."""


@dataclass(frozen=True)
class Record:
    """What the file holds beside the points.

    Attributes:
        paper: its name.
        question: that was asked.
        reference: where the effect was described.
        date: of the last measurement, ISO.
        device: that measured.
        tensorflow: its version.
        pictures: see `Pictures.to_json`.
        settings: of the paper.
        seeds: how many.
    """

    paper: str
    question: str
    reference: str
    date: str
    device: Device
    tensorflow: str
    pictures: Mapping[str, Any]
    settings: Mapping[str, Any]
    seeds: int


def write_record(path: Path, record: Record, points: Sequence[Any], findings: Sequence[Finding]) -> None:
    """Write the result; without findings it is marked as partial.

    Raises:
        OutputError: the system refused.
    """
    payload = {name: value for name, value in to_json(record).items() if name not in ("date", "device")}
    payload |= {"partial": not findings, "findings": findings, "points": points}
    write_envelope(path, KIND, payload, record.device, record.date)


def read_kept(path: Path, record: Record, point: type[PointT]) -> tuple[Record, list[PointT]]:
    """Read the points that were kept, and when and where; none if there is no file.

    Args:
        path: of the result.
        record: what is to be measured now: same paper, photographs and settings, whatever the seeds.
        point: their type.

    Raises:
        ResultError: the file is damaged, of another kind, or was measured otherwise.
    """
    if not path.exists():
        return record, []
    found = read_envelope(path, KIND)
    content, wanted = found.payload, to_json(record)
    differing = [name for name in ("paper", "pictures", "settings") if content.get(name) != wanted[name]]
    if differing:
        raise ResultError(
            f"`{path}` was measured with other {' and '.join(differing)}; choose another folder, or add "
            "--overwrite to measure anew"
        )
    try:
        points = from_json(list[point], content.get("points"), "points")  # type: ignore[valid-type]  # known at run time
        device = from_json(Device, found.device, "device")
        kept = replace(record, date=found.date, device=device, tensorflow=str(content.get("tensorflow")))
    except RecordError as error:
        raise ResultError(f"`{path}` is damaged ({error}); move it away, or add --overwrite") from error
    return kept, points
