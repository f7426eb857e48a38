"""Reading a finished run to go on from it: its settings, and its photographs in the splits that they had."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from edge_app.common.errors import RunFolderError
from edge_app.model.card import Interpolation, ResizeRule, Size
from edge_app.model.run_folder import read_recorded_files, read_run_json, run_input
from edge_app.photographs.folders import find_photographs
from train.augment.augmentation import Augmentation
from train.data.loading import hash_files
from train.data.splits import SplitFile, refuse_empty_splits

_KEPT = ("recipe", "weights", "seed", "input_size", "resize", "interpolation", "labels")


@dataclass(frozen=True)
class FinishedRun:
    """What further training needs to know.

    Attributes:
        path: of the run folder.
        name: of the run.
        labels: in the order of the scores.
        size: of the network's input.
        resize: rule of the photographs.
        interpolation: of the photographs.
        seed: of the run.
        batch_size: photographs per step.
        learning_rate: of the run's last stage at its peak.
        augmentation: of training photographs.
        photographs: their folder.
        data: what the run said about them.
        test_accuracy: that the run measured, 0..1; None: it does not say.
        settings: what of `run.json` stays true after further training.
    """

    path: Path
    name: str
    labels: tuple[str, ...]
    size: Size
    resize: ResizeRule
    interpolation: Interpolation
    seed: int
    batch_size: int
    learning_rate: float
    augmentation: Augmentation
    photographs: Path
    data: Mapping[str, Any]
    test_accuracy: float | None
    settings: Mapping[str, Any]

    @property
    def architecture(self) -> str:
        """Which builder made the network."""
        return str(self.settings["recipe"]["architecture"])

    @property
    def input_statistics(self) -> str:
        """What the first layers of the network do to the picture."""
        return str(self.settings["recipe"].get("input_statistics", "none"))


def read_finished_run(path: Path, photographs: Path | None = None) -> FinishedRun:
    """Read `run.json`.

    Args:
        path: of the run folder.
        photographs: where its photographs are now; None: where they were.

    Raises:
        RunFolderError: it is no run folder, damaged, of another version, or compressed already.
    """
    run = read_run_json(path)
    if "compression" in run:
        raise RunFolderError(f"`{path}` is compressed already; start from the run that it was made of, in one command")
    try:
        return _parsed(path, run, photographs)
    except (KeyError, TypeError, ValueError) as error:
        raise RunFolderError(f"`{path / 'run.json'}` is damaged ({error!r}); train again with --overwrite") from error


def recorded_photographs(run: FinishedRun) -> tuple[list[SplitFile], list[str]]:
    """Find the photographs of a run again, each in the split that it had.

    A photograph whose bytes have changed may fall into another split. It is left out: the network may have seen its
    older self in training.

    Returns:
        the files, and a sentence per photograph that is left out.

    Raises:
        DataError: the folder is gone, or too few of its photographs are left.
        RunFolderError: the run has no `splits.csv`.
    """
    recorded = {file.path: (file.label, file.split) for file in read_recorded_files(run.path)}
    folder = find_photographs(run.photographs)
    hashed, skipped = hash_files(replace(folder, files=tuple(file for file in folder.files if file.path in recorded)))
    kept = []
    for file in hashed:
        label, split = recorded[file.path]
        if file.split == split and file.label == label:
            kept.append(file)
        else:
            skipped.append(
                f"`{run.photographs / file.path}` has changed since training ({split} {label}, now {file.split} "
                f"{file.label}): left out"
            )
    refuse_empty_splits(run.photographs, kept, run.labels)
    return kept, skipped


def _parsed(path: Path, run: Mapping[str, Any], photographs: Path | None) -> FinishedRun:
    recipe, found = run["recipe"], run_input(run)
    return FinishedRun(
        path=path,
        name=str(run["name"]),
        labels=found.labels,
        size=found.size,
        resize=found.resize,
        interpolation=found.interpolation,
        seed=int(run["seed"]),
        batch_size=int(recipe["batch_size"]),
        learning_rate=float(recipe["learning_rate"]),
        augmentation=_augmentation(recipe["augmentation"]),
        photographs=photographs or Path(run["data"]["folder"]),
        data=dict(run["data"]),
        test_accuracy=_test_accuracy(path),
        settings={name: run.get(name) for name in (*_KEPT, "neither_threshold")},
    )


def _augmentation(settings: Mapping[str, Any]) -> Augmentation:
    low, high = settings["erase_area"]
    return Augmentation(**{**settings, "erase_area": (low, high)})


def _test_accuracy(path: Path) -> float | None:
    try:
        return float(json.loads((path / "metrics.json").read_text(encoding="utf-8"))["test"]["accuracy"])
    except (OSError, ValueError, KeyError, TypeError):
        return None  # told for comparison only
