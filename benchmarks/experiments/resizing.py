"""Bilinear or area? Both rules on the same full-size photographs, through the file contract.

Training photographs are small (200×200) where cameras give 640×480 to 1920×1080, so a model sees coarser grids on a
device than in training. Only photographs whose names are in the test split of the run are used.
"""

from __future__ import annotations

import csv
import math
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

import cv2
import numpy as np

from benchmarks.results.device import examine_device
from benchmarks.results.envelope import write_envelope
from benchmarks.statistics.summary import summarize
from edge_app.common.errors import DataError, PhotographError
from edge_app.common.outputs import refuse_existing
from edge_app.common.progress import Progress
from edge_app.common.tables import text_table
from edge_app.metrics.accuracy import MeasuredAccuracy
from edge_app.model.card import Interpolation, write_card
from edge_app.model.classifier import Classifier
from edge_app.photographs.decoder import Image, read_photograph
from edge_app.photographs.folders import find_photographs

_HD_HEIGHT = 1080
_SMALLEST_PROBABILITY = 1e-7
_REPETITIONS = 5


@dataclass(frozen=True)
class Trial:
    """One file, one rule, one size of photographs.

    Attributes:
        file: name of the model.
        photographs: `full size` or `enlarged to 1080p`.
        interpolation: the rule.
        accuracy: with its interval.
        log_loss: nats.
        true_label_probabilities: one per photograph.
        prepare_s: time of the preparation, one per photograph: the fastest of five.
    """

    file: str
    photographs: str
    interpolation: Interpolation
    accuracy: MeasuredAccuracy
    log_loss: float
    true_label_probabilities: tuple[float, ...]
    prepare_s: tuple[float, ...]


def run_resizing(models: Sequence[Path], photographs: Path, splits: Path, out: Path, overwrite: bool) -> int:
    """Compare, print a table, write the raw result.

    Raises:
        FieldLensError: an input cannot be used.
    """
    refuse_existing(out, overwrite)
    chosen = test_photographs(photographs, splits)
    trials = [trial for model in models for trial in _try_model(model, chosen)]
    content = {
        "photographs": [path.name for path, _ in chosen],
        "trials": trials,
    }
    write_envelope(out, "resizing", content, examine_device())
    print(text_table(("file", "photographs", "rule", "accuracy", "log loss", "prepare, ms"), [_row(t) for t in trials]))
    print(f"result  {out}")
    return 0


def test_photographs(root: Path, splits: Path) -> list[tuple[Path, str]]:
    """Return path and label of the photographs whose names (`cat.103`) are in the test split of a run.

    Raises:
        DataError: there are none.
    """
    try:
        with splits.open(encoding="utf-8", newline="") as file:
            held_out = {Path(row["path"]).stem: row["label"] for row in csv.DictReader(file) if row["split"] == "test"}
    except (OSError, KeyError) as error:
        raise DataError(f"`{splits}` is no splits.csv of a run ({error}); give the one of the models' run") from error
    files = [root / file.path for file in find_photographs(root).files]
    chosen = [(path, held_out[path.stem]) for path in files if path.stem in held_out]
    if not chosen:
        raise DataError(f"`{root}` has no photograph whose name is in the test split of `{splits}`; give the originals")
    return chosen


test_photographs.__test__ = False  # type: ignore[attr-defined]  # not a test, whatever pytest makes of its name


def enlarged(image_bgr: Image, height: int = _HD_HEIGHT) -> Image:
    """Scale a picture to a height, keeping its shape; cubic, as a viewer would."""
    width = max(1, round(image_bgr.shape[1] * height / image_bgr.shape[0]))
    return np.asarray(cv2.resize(image_bgr, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def with_interpolation(model: Path, interpolation: Interpolation, folder: Path) -> Classifier:
    """Return a copy of a model whose card asks for another rule."""
    card = Classifier(model).card
    path = folder / f"{interpolation}-{model.name}"
    path.write_bytes(write_card(model.read_bytes(), replace(card, interpolation=interpolation)))
    return Classifier(path)


def _try_model(model: Path, chosen: Sequence[tuple[Path, str]]) -> list[Trial]:
    with tempfile.TemporaryDirectory() as folder:
        rules: dict[Interpolation, Classifier] = {
            rule: with_interpolation(model, rule, Path(folder)) for rule in get_args(Interpolation)
        }
        kinds = ("full size", f"enlarged to {_HD_HEIGHT}p")
        seen: dict[tuple[str, Interpolation], list[tuple[float, bool, float]]] = {
            (kind, rule): [] for kind in kinds for rule in rules
        }
        with Progress(f"trying {model.name}", len(chosen)) as progress:
            for path, label in chosen:
                progress.step()
                try:
                    image = read_photograph(path)
                except PhotographError:
                    continue
                for kind, frame in zip(kinds, (image, enlarged(image)), strict=True):
                    for rule, classifier in rules.items():
                        seen[kind, rule].append(_look(classifier, frame, label))
    return [_trial(model, kind, rule, looks) for (kind, rule), looks in seen.items()]


def _look(classifier: Classifier, frame_bgr: Image, label: str) -> tuple[float, bool, float]:
    """Probability of the true label, whether it is the best, and the time of preparing."""
    prepare_s = math.inf
    for _ in range(_REPETITIONS):
        start_s = time.perf_counter()
        classifier.prepare(frame_bgr)
        prepare_s = min(prepare_s, time.perf_counter() - start_s)
    scores = classifier.scores(frame_bgr)
    place = classifier.card.labels.index(label)
    return float(scores[place]), int(scores.argmax()) == place, prepare_s


def _trial(model: Path, kind: str, rule: Interpolation, looks: list[tuple[float, bool, float]]) -> Trial:
    probabilities = tuple(probability for probability, _, _ in looks)
    losses = [-math.log(min(1.0, max(probability, _SMALLEST_PROBABILITY))) for probability in probabilities]
    return Trial(
        file=model.name,
        photographs=kind,
        interpolation=rule,
        accuracy=MeasuredAccuracy.from_counts(sum(right for _, right, _ in looks), len(looks), kind),
        log_loss=sum(losses) / len(losses),
        true_label_probabilities=probabilities,
        prepare_s=tuple(prepare_s for _, _, prepare_s in looks),
    )


def _row(trial: Trial) -> tuple[str, ...]:
    return (
        trial.file,
        trial.photographs,
        trial.interpolation,
        str(trial.accuracy),
        f"{trial.log_loss:.4f}",
        f"{summarize(trial.prepare_s).median_s * 1e3:.2f}",
    )
