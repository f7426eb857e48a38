"""Reading a finished run to go on from it: its settings, and its photographs in the splits that they had."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from edge_app.common.errors import RunFolderError
from edge_app.model.run_folder import TrainedRun, damage_reported, read_run_json, trained_run
from edge_app.photographs.folders import find_photographs
from train.augment.augmentation import Augmentation
from train.data.loading import hash_files
from train.data.splits import SplitFile, refuse_empty_splits

_KEPT = ("recipe", "weights", "seed", "input_size", "resize", "interpolation", "labels")


@dataclass(frozen=True)
class FinishedRun(TrainedRun):
    """What further training needs to know.

    Attributes:
        name: of the run.
        seed: of the run.
        batch_size: photographs per step.
        learning_rate: of the run's last stage at its peak.
        augmentation: of training photographs.
        photographs: their folder.
        data: what the run said about them.
        settings: what of `run.json` stays true after further training.
    """

    name: str
    seed: int
    batch_size: int
    learning_rate: float
    augmentation: Augmentation
    photographs: Path
    data: Mapping[str, Any]
    settings: Mapping[str, Any]

    @property
    def architecture(self) -> str:
        """Which builder made the network."""
        return str(self.settings["recipe"]["architecture"])


def read_finished_run(path: Path, photographs: Path | None = None) -> FinishedRun:
    """Read `run.json`.

    Args:
        path: of the run folder.
        photographs: where its photographs are now; None: where they were.

    Raises:
        RunFolderError: it is no run folder, damaged, of another version, or compressed already.
    """
    record = read_run_json(path)
    if "compression" in record:
        raise RunFolderError(f"`{path}` is already compressed; start from the run it was made from")
    with damage_reported(path):
        if trained_run(path, record).validated_by_folds:
            raise RunFolderError(
                f"`{path}` held back no validation photographs, so none is left to judge a smaller network on; train "
                "it again with --validation split"
            )
        recipe, run = record["recipe"], trained_run(path, record)
        return FinishedRun(
            **vars(run),
            name=str(record["name"]),
            seed=int(record["seed"]),
            batch_size=int(recipe["batch_size"]),
            learning_rate=float(recipe["learning_rate"]),
            augmentation=Augmentation.from_json(recipe["augmentation"]),
            photographs=run.photograph_folder(photographs),
            data=dict(record["data"]),
            settings={name: record.get(name) for name in (*_KEPT, "neither_threshold")},
        )


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
    recorded = {file.path: (file.label, file.split) for file in run.recorded_files()}
    folder = find_photographs(run.photographs)
    hashed, skipped = hash_files(
        replace(folder, files=tuple(file for file in folder.files if file.path in recorded)), cuts=run.cuts()
    )
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
