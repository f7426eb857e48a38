"""The result of a paper: points that are kept as soon as they are measured, so that a run can be stopped and go on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self, TypeVar

from benchmarks.experiments.papers.findings import Finding
from benchmarks.experiments.papers.pictures import Pictures
from edge_app.common.atomic_files import write_text
from edge_app.common.errors import ResultError

SCHEMA = 1

Key = tuple[str | int | float, ...]
"""Which point: what is varied, and last the seed."""


class Point(Protocol):
    """What was measured once: a frozen dataclass."""

    @property
    def key(self) -> Key:
        """Which point it is."""

    @classmethod
    def from_json(cls, content: Mapping[str, Any], /) -> Self:
        """Read what `asdict` wrote."""


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
        device: see `benchmarks.results.device`.
        tensorflow: its version.
        pictures: see `Pictures.to_json`.
        settings: of the paper.
        seeds: how many.
    """

    paper: str
    question: str
    reference: str
    date: str
    device: Mapping[str, Any]
    tensorflow: str
    pictures: Mapping[str, Any]
    settings: Mapping[str, Any]
    seeds: int


def write_record(path: Path, record: Record, points: Sequence[Any], findings: Sequence[Finding]) -> None:
    """Write the result; without findings it is marked as partial.

    Raises:
        OutputError: the system refused.
    """
    content = {
        "schema": SCHEMA,
        **asdict(record),
        "partial": not findings,
        "findings": [asdict(finding) for finding in findings],
        "points": [asdict(point) for point in points],
    }
    write_text(path, json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def read_kept(path: Path, record: Record, point: type[PointT]) -> tuple[Record, list[PointT]]:
    """Read the points that were kept, and when and where; none if there is no file.

    Args:
        path: of the result.
        record: what is to be measured now: same paper, photographs and settings, whatever the seeds.
        point: their type.

    Raises:
        ResultError: the file is damaged, of another schema, or was measured otherwise.
    """
    if not path.exists():
        return record, []
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["schema"] != SCHEMA:
            raise ValueError(f"schema {content['schema']}, this program reads {SCHEMA}")
        differing = [
            name for name in ("paper", "pictures", "settings") if content[name] != _as_json(getattr(record, name))
        ]
        points = [] if differing else [point.from_json(one) for one in content["points"]]
        kept = replace(record, **{name: content[name] for name in ("date", "device", "tensorflow")})
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ResultError(
            f"`{path}` is no result of this command ({error}); move it away, or add --overwrite"
        ) from error
    if differing:
        raise ResultError(
            f"`{path}` was measured with other {' and '.join(differing)}; choose another folder, or add "
            "--overwrite to measure anew"
        )
    return kept, points


def plain_from_json(point: type[PointT], content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a point, lists as tuples.

    Raises:
        ValueError: a field is missing.
    """
    names = [field.name for field in fields(point)]  # type: ignore[arg-type]  # points are dataclasses
    missing = [name for name in names if name not in content]
    if missing:
        raise ValueError(f"a point lacks {', '.join(missing)}")
    return {name: tuple(content[name]) if isinstance(content[name], list) else content[name] for name in names}


def _as_json(value: Any) -> Any:
    """Return what reading a value back from JSON gives."""
    return json.loads(json.dumps(value))
