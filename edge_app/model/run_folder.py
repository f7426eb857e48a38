"""What a run folder says about itself: `run.json` and `splits.csv`; files only, no TensorFlow.

`train` writes them; `train`, `convert` and `benchmarks` read them, and hand over nothing else.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast, get_args

from edge_app.common.errors import RunFolderError
from edge_app.model.card import Interpolation, ResizeRule, Size

RUN_SCHEMA_VERSION = 1
"""Of `run.json`."""


@dataclass(frozen=True)
class RunInput:
    """What a run's network takes and tells.

    Attributes:
        labels: in the order of the scores.
        size: of the input picture.
        resize: rule of the training photographs.
        interpolation: of the training photographs.
    """

    labels: tuple[str, ...]
    size: Size
    resize: ResizeRule
    interpolation: Interpolation


@dataclass(frozen=True)
class RecordedFile:
    """One row of `splits.csv`.

    Attributes:
        path: relative to the folder of photographs, with forward slashes.
        label: what it shows.
        split: train, validation or test.
        copy_of: path of the photograph that it is an augmented copy of; empty: it is a photograph itself.
    """

    path: str
    label: str
    split: str
    copy_of: str = ""


def read_run_json(path: Path) -> dict[str, Any]:
    """Read `run.json` of a run folder.

    Raises:
        RunFolderError: it is no run folder, damaged, or of another version.
    """
    file = path / "run.json"
    if not path.exists():
        raise RunFolderError(f"`{path}` does not exist; give a folder made by `python -m train`")
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise RunFolderError(f"`{path}` is no run folder (no run.json); give one made by `python -m train`") from error
    except (OSError, ValueError) as error:
        raise RunFolderError(f"`{file}` cannot be read ({error}); train again with --overwrite") from error
    if not isinstance(content, dict):
        raise RunFolderError(f"`{file}` is no JSON object; train again with --overwrite")
    version = content.get("schema_version")
    if version != RUN_SCHEMA_VERSION:
        raise RunFolderError(
            f"`{path}` has schema version {version!r} where this program knows {RUN_SCHEMA_VERSION}; "
            "use the FieldLens that made it, or train again"
        )
    return content


def run_input(run: Mapping[str, Any]) -> RunInput:
    """Return what `run.json` says about the input and the labels.

    Raises:
        KeyError: something is not said.
        TypeError: something is of another kind.
        ValueError: a value is unknown.
    """
    labels = tuple(str(label) for label in run["labels"])
    if run["resize"] not in get_args(ResizeRule) or run["interpolation"] not in get_args(Interpolation):
        raise ValueError(f"resize {run['resize']!r}, interpolation {run['interpolation']!r}")
    size = int(run["input_size"])
    return RunInput(
        labels=labels,
        size=Size(size, size),
        resize=cast(ResizeRule, run["resize"]),
        interpolation=cast(Interpolation, run["interpolation"]),
    )


def read_recorded_files(path: Path) -> list[RecordedFile]:
    """Read `splits.csv` of a run folder; older ones name no copies.

    Raises:
        RunFolderError: it is missing or damaged.
    """
    try:
        with (path / "splits.csv").open(encoding="utf-8", newline="") as file:
            return [
                RecordedFile(row["path"], row["label"], row["split"], row.get("copy_of") or "")
                for row in csv.DictReader(file)
            ]
    except (OSError, KeyError, ValueError, csv.Error) as error:
        raise RunFolderError(f"`{path}` has no readable splits.csv; train again with --overwrite") from error
