"""Reading a run folder, what `fieldlens train` leaves behind: files only, no TensorFlow.

This is the one reader of `run.json`, `splits.csv` and the test accuracy in `metrics.json`. Start with
`read_trained_run`, which checks the folder and returns what every user of a run needs: labels, input, preparation and
the whole record. A program that needs more takes it from `TrainedRun.record` inside `damage_reported`, which turns a
missing or malformed value into the same sentence everywhere: so `convert` and `train compress` add their own fields.
`refuse_no_run` is the check that costs nothing, for refusing a wrong path before TensorFlow starts.
"""

from __future__ import annotations

import csv
import errno
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, get_args

from edge_app.common.errors import RunFolderError
from edge_app.metrics.accuracy import MeasuredAccuracy
from edge_app.model.card import Interpolation, ResizeRule, Size
from edge_app.model.foreign_code.gate import refuse_foreign_run
from edge_app.photographs.splits import SPLITS, Cuts, Split

if TYPE_CHECKING:  # OpenCV, which is not needed to read a run
    from edge_app.photographs.decoder import Image

RUN_FILE = "run.json"
RUN_SCHEMA_VERSION = 1
"""Of `run.json`."""
SPLITS_FILE = "splits.csv"
METRICS_FILE = "metrics.json"

_LARGEST_SIDE = 8192  # pixels, of the picture that a network takes


@dataclass(frozen=True)
class TrainedRun:
    """A finished run, as its `run.json` describes it.

    Attributes:
        path: of the run folder.
        labels: in the order of the scores.
        input_size: of the network.
        resize: rule of the training photographs.
        interpolation: of the training photographs.
        input_statistics: what the first layers do to the picture: `none`, `standardize` or `zca`.
        neither_threshold: best score below which the model answers "neither", 0..1; None: it never does.
        record: all of `run.json`.
    """

    path: Path
    labels: tuple[str, ...]
    input_size: Size
    resize: ResizeRule
    interpolation: Interpolation
    input_statistics: str
    neither_threshold: float | None
    record: Mapping[str, Any]

    @property
    def saved_model(self) -> Path:
        """The SavedModel with its `core` and `serving_default` signatures."""
        return self.path / "saved_model"

    @property
    def validated_by_folds(self) -> bool:
        """Whether no validation photographs were held back: cross-validation chose what there was to choose."""
        return bool(self.record.get("validation", {}).get("way") == "folds")

    @property
    def trained_on_all(self) -> bool:
        """Whether no photograph was held back at all: what the run measured comes from cross-validation."""
        tested = self.record.get("data", {}).get("counts", {}).get("test")
        return self.validated_by_folds and not tested

    def photograph_folder(self, moved_to: Path | None = None) -> Path:
        """Return the folder of the run's photographs.

        Args:
            moved_to: where they are now, a folder or a ZIP file; None: where they were.
        """
        if moved_to is None:
            return Path(self.record["data"]["folder"])
        from edge_app.photographs.zip_files import unpacked

        return unpacked(moved_to)

    def cuts(self) -> dict[str, Cuts]:
        """Return the cuts of its classes; runs before there were any have the usual ones.

        Raises:
            RunFolderError: they are damaged.
        """
        with damage_reported(self.path):
            cuts = self.record["data"].get("cuts", {})
            return {str(label): Cuts(*map(float, pair)) for label, pair in cuts.items()}

    def given_split(self) -> dict[str, Split]:
        """Return the split of each folder that gave one, by its name; empty: the bytes of the files decided."""
        given = dict(self.record["data"].get("given_split", {}))
        if set(given.values()) - set(SPLITS):
            raise ValueError(f"given_split {given!r}")
        return given

    @property
    def test_words(self) -> str:
        """What to call the test photographs: `test split`, or `test split (val/)` where a folder gave it."""
        parts = [part for part, split in self.given_split().items() if split == "test"]
        return f"test split ({', '.join(f'{part}/' for part in parts)})" if parts else "test split"

    def recorded_files(self) -> list[RecordedFile]:
        """Read which photograph was in which split; see `read_recorded_files`."""
        return read_recorded_files(self.path)

    def test_accuracy(self) -> float | None:
        """Return the accuracy on the test split that the run measured, 0..1; None: it is not recorded."""
        try:
            return float(json.loads((self.path / METRICS_FILE).read_text(encoding="utf-8"))["test"]["accuracy"])
        except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
            return None

    def prepare(self, frame_bgr: Image) -> Image:
        """Return (input height, input width, 3) uint8 RGB, prepared as the training photographs were."""
        from edge_app.model.preparation import resize_rgb

        return resize_rgb(frame_bgr, self.input_size, self.resize, self.interpolation)


def tested_accuracy(test: Mapping[str, Any]) -> MeasuredAccuracy:
    """Return the accuracy with its interval, from the `test` of `metrics.json`.

    Raises:
        KeyError, TypeError, ValueError: it is damaged; see `damage_reported`.
    """
    top1, low, high = (float(test[name]) for name in ("accuracy", "accuracy_low", "accuracy_high"))
    return MeasuredAccuracy(top1, low, high, int(test["photographs"]), str(test["confidence"]["data"]))


@dataclass(frozen=True)
class RecordedFile:
    """One row of `splits.csv`.

    Attributes:
        path: relative to the folder of photographs, with forward slashes.
        label: what it shows.
        split: train, validation or test.
        copy_of: path of the photograph that it is an augmented copy of; empty: it is a photograph itself.
        group: the same for photographs that stay together; empty: it is by itself.
    """

    path: str
    label: str
    split: str
    copy_of: str = ""
    group: str = ""


def read_trained_run(path: Path) -> TrainedRun:
    """Read a run folder that holds a SavedModel.

    Raises:
        RunFolderError: it is no run folder, damaged, or of another version.
        ForeignCodeError: it carries code, and the user has not said --trust.
    """
    record = read_run_json(path)
    if not (path / "saved_model" / "saved_model.pb").is_file():
        raise RunFolderError(f"`{path}` has no saved_model; train again with --overwrite")
    with damage_reported(path):
        run = trained_run(path, record)
    refuse_foreign_run(path)
    return run


def trained_run(path: Path, record: Mapping[str, Any]) -> TrainedRun:
    """Return what `run.json` says.

    Args:
        path: of the run folder.
        record: from `read_run_json`.

    Raises:
        KeyError: a value is missing.
        TypeError: a value has the wrong type.
        ValueError: a value is unknown.
    """
    labels = tuple(str(label) for label in record["labels"])
    if record["resize"] not in get_args(ResizeRule) or record["interpolation"] not in get_args(Interpolation):
        raise ValueError(f"resize {record['resize']!r}, interpolation {record['interpolation']!r}")
    size, threshold = int(record["input_size"]), record.get("neither_threshold")
    if size > _LARGEST_SIDE:
        raise ValueError(f"input_size above {_LARGEST_SIDE:,}")
    return TrainedRun(
        path=path,
        labels=labels,
        input_size=Size(size, size),
        resize=cast(ResizeRule, record["resize"]),
        interpolation=cast(Interpolation, record["interpolation"]),
        input_statistics=str(record.get("recipe", {}).get("input_statistics", "none")),
        neither_threshold=None if threshold is None else float(threshold),
        record=record,
    )


def refuse_no_run(path: Path) -> None:
    """Refuse a path that holds no `run.json`, without reading it.

    Raises:
        RunFolderError: there is none.
    """
    if not path.exists():
        raise RunFolderError(f"`{path}` does not exist; give a folder made by `fieldlens train`")
    if not (path / RUN_FILE).is_file():
        raise RunFolderError(f"`{path}` is not a run folder (no {RUN_FILE}); give one made by `fieldlens train`")


def read_run_json(path: Path) -> dict[str, Any]:
    """Read `run.json` of a run folder.

    Raises:
        RunFolderError: it is no run folder, damaged, or of another version.
    """
    refuse_no_run(path)
    file = path / RUN_FILE
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise RunFolderError(f"`{file}` cannot be read ({error}); train again with --overwrite") from error
    if not isinstance(content, dict):
        raise RunFolderError(f"`{file}` is not a JSON object; train again with --overwrite")
    version = content.get("schema_version")
    if version != RUN_SCHEMA_VERSION:
        raise RunFolderError(
            f"`{path}` has schema version {version!r}, but this program reads version {RUN_SCHEMA_VERSION}; "
            "use the FieldLens that made it, or train again"
        )
    return content


@contextmanager
def damage_reported(path: Path) -> Iterator[None]:
    """Turn a value of `run.json` that is missing, unknown or malformed into a sentence.

    Raises:
        RunFolderError: the block raised what reading a value raises.
    """
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        raise RunFolderError(f"`{path / RUN_FILE}` is damaged ({error!r}); train again with --overwrite") from error
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            raise
        raise RunFolderError(
            f"`{path}` names a file whose path no system takes ({len(str(error.filename)):,} letters); train again "
            "with --overwrite"
        ) from error


def read_recorded_files(path: Path) -> list[RecordedFile]:
    """Read `splits.csv` of a run folder; older ones name no copies and no groups.

    Raises:
        RunFolderError: it is missing or damaged.
    """
    try:
        with (path / SPLITS_FILE).open(encoding="utf-8", errors="surrogateescape", newline="") as file:
            return [
                RecordedFile(row["path"], row["label"], row["split"], row.get("copy_of") or "", row.get("group") or "")
                for row in csv.DictReader(file)
            ]
    except (OSError, KeyError, ValueError, csv.Error) as error:
        raise RunFolderError(f"`{path}` has no readable {SPLITS_FILE}; train again with --overwrite") from error
