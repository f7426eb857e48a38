"""What outlier exposure brings to a fine-tuned network: a finished run against the same recipe trained with exposure.

Both are judged on the test photographs and on pictures of anything else that neither was shown: the classes that were
left out, drawn scenes without a pet, and textures. The finished run, which was shown none, tells what the plain best
probability is worth.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.experiments.neither.pictures import DRAWN, draw_scenes, draw_textures
from benchmarks.results.device import examine_device
from benchmarks.results.envelope import write_envelope
from edge_app.common.atomic_files import atomic_folder
from edge_app.common.errors import RunFolderError, UsageError
from edge_app.common.outputs import refuse_existing
from edge_app.common.own_process import python_command
from edge_app.common.progress import Progress
from edge_app.common.tables import text_table
from edge_app.model.run_folder import TrainedRun, read_run_json, read_trained_run
from edge_app.photographs.folders import PhotographFolder, find_photographs
from train.data.loading import SplitReader, hash_files, load_photographs
from train.evaluation.confidence import NeitherEvaluation, evaluate_neither
from train.models.trained_run import load_predictor

_BATCH = 32
_SIGN = ".shown"  # in a folder that this experiment made

Pictures = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class JudgedRun:
    """A run on the same pictures as the other.

    Attributes:
        name: of the kind of training.
        accuracy: on test photographs, 0..1.
        neither: by source of pictures of anything else.
    """

    name: str
    accuracy: float
    neither: Mapping[str, NeitherEvaluation]


def run_neither_runs(photographs: Path, anything: Path, exposed: int, plain: Path, out: Path, overwrite: bool) -> int:
    """Train with exposure what was trained without, judge both, print a table, write the raw result.

    Args:
        photographs: of the classes.
        anything: a folder per class of anything else.
        exposed: how many of its classes, in the order of their names, are shown in training.
        plain: finished run without exposure; the other gets its name and `-neither`.
        out: where the result goes.
        overwrite: whether an older one may be replaced.

    Raises:
        FieldLensError: an input cannot be used, or training ended with an error.
    """
    refuse_existing(out, overwrite)
    of_anything = find_photographs(anything)
    if not 0 < exposed < len(of_anything.labels):
        raise UsageError(f"--exposed must be 1 to {len(of_anything.labels) - 1}, received {exposed}")
    run = read_trained_run(plain)
    with_exposure = plain.with_name(f"{plain.name}-neither")
    if not (with_exposure / "metrics.json").is_file():
        _train(photographs, of_anything, exposed, plain, with_exposure)
    reader = SplitReader(find_photographs(photographs), run.input_size.width)
    known = {split: reader.load(split) for split in ("validation", "test")}
    others = _sources(of_anything, exposed, run)
    judged = [
        _judge(name, read_trained_run(path), known, others)
        for name, path in (("best probability, without exposure", plain), ("outlier exposure", with_exposure))
    ]
    cost = judged[0].accuracy - judged[1].accuracy
    content = {
        "photographs": {split: len(loaded) for split, loaded in known.items()},
        "exposed_classes": list(of_anything.labels[:exposed]),
        "unseen_classes": list(of_anything.labels[exposed:]),
        "recipes": {
            name: read_run_json(path)["recipe"] for name, path in (("without", plain), ("with", with_exposure))
        },
        "runs": judged,
        "accuracy_cost": cost,
    }
    write_envelope(out, "neither-runs", content, examine_device())
    head = ("training", "accuracy", *(f"AUROC, {name}" for name in others))
    rows = [(one.name, f"{one.accuracy:.2%}", *(f"{j.auroc:.4f}" for j in one.neither.values())) for one in judged]
    print(text_table(head, rows))
    print(f"exposure costs {100 * cost:.2f} points of accuracy\nresult  {out}")
    return 0


def _train(photographs: Path, anything: PhotographFolder, exposed: int, plain: Path, out: Path) -> None:
    """Train the plain run's recipe and seed again, with the exposed classes.

    Raises:
        RunFolderError: training ended with an error, which it has told.
    """
    shown = out.with_name(f"{out.name}.shown")
    with atomic_folder(shown, overwrite=True, sign=_SIGN) as temporary:
        (temporary / _SIGN).touch()
        for label in anything.labels[:exposed]:
            shutil.copytree(anything.root / label, temporary / label)
    run = read_run_json(plain)
    words = python_command("train", "fit", str(photographs), "--recipe", run["recipe"]["name"])
    words += ["--seed", str(run["seed"]), "--neither", str(shown), "--out", str(out)]
    words += ["--soup", str(run["recipe"].get("soup", 1))]
    if out.with_name(f"{out.name}.unfinished").exists():
        words.append("--resume")
    code = subprocess.run(words, check=False).returncode
    if code:
        raise RunFolderError(f"training with `{shown}` ended with code {code}; see above")


def _sources(anything: PhotographFolder, exposed: int, run: TrainedRun) -> dict[str, Pictures]:
    """Return pictures that no training was shown, by source: (pictures, size, size, 3) uint8 RGB."""
    files, _ = hash_files(anything)
    unseen = [file for file in files if file.label not in anything.labels[:exposed]]
    loaded, _ = load_photographs(anything.root, unseen, anything.labels, run.input_size, what="reading unseen classes")
    size = run.input_size.width
    return {
        "unseen classes": loaded.images_rgb,
        "drawn scenes": draw_scenes(DRAWN, size),
        "textures": draw_textures(DRAWN, size),
    }


def _judge(name: str, run: TrainedRun, known: Mapping[str, Any], others: Mapping[str, Pictures]) -> JudgedRun:
    predict = load_predictor(run)

    def probabilities(images_rgb: Pictures, what: str) -> Floats:
        parts = []
        with Progress(f"{name}: {what}", len(images_rgb)) as progress:
            for start in range(0, len(images_rgb), _BATCH):
                parts.append(predict(images_rgb[start : start + _BATCH]))
                progress.step(steps=len(parts[-1]))
        return np.concatenate(parts)

    validation = probabilities(known["validation"].images_rgb, "validation photographs")
    test = probabilities(known["test"].images_rgb, "test photographs")
    return JudgedRun(
        name=name,
        accuracy=float((test.argmax(axis=1) == known["test"].targets).mean()),
        neither={
            source: evaluate_neither(validation, test, probabilities(pictures, source))
            for source, pictures in others.items()
        },
    )
