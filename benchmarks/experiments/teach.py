"""Photographs drawn into three sittings: two teach a head as `fieldlens teach` does, the third judges it.

Photographs of a folder have no sittings, so their errors hardly go together. In a second pass each sitting has a light
of its own (a gain of each colour, the same for all its photographs), which the head of the two others has not seen. In
a third pass they are shown as films to teach's own lesson, which decides what it keeps.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt

from benchmarks.experiments.few.draws import judged
from benchmarks.experiments.few.peers import peers, version
from benchmarks.experiments.teach_films import taught_by_films
from benchmarks.results.device import examine_device
from benchmarks.results.envelope import now, write_result
from benchmarks.results.few import Statement
from benchmarks.results.teach import AS_THEY_ARE, FILMS, HEAD, OWN_LIGHT, Taught, TaughtDraw, derived_from, rows
from edge_app.common.errors import DataError
from edge_app.common.outputs import refuse_existing
from edge_app.common.progress import Progress
from edge_app.common.tables import text_table
from edge_app.model.classifier import Classifier
from edge_app.photographs.decoder import Image, read_photograph
from edge_app.photographs.folders import find_photographs
from edge_app.teaching.backbone import Backbone
from edge_app.teaching.head import stratified_folds
from edge_app.teaching.learning import Examples, TaughtHead, learn, model_file

_BRIGHTNESS, _COLOUR = 0.35, 0.12  # standard deviations of the logarithm of the gain of all colours, and of each
_REFIT_PER_CLASS, _REFITS = 60, 7


@dataclass(frozen=True)
class Plan:
    """What is drawn.

    Attributes:
        draws: of each light.
        per_sitting: photographs of each class in each sitting that teaches.
        judging: photographs of each class in the third.
        first_seed: of the draws.
    """

    draws: int
    per_sitting: int
    judging: int
    first_seed: int


@dataclass(frozen=True)
class _Folder:
    """Photographs of each class, by the place of its label."""

    root: Path
    labels: tuple[str, ...]
    paths: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class _Sitting:
    """Photographs of one sitting: where they are, what they show, and the gain of their light, (3,) BGR."""

    paths: tuple[Path, ...]
    targets: tuple[int, ...]
    gain: npt.NDArray[np.float64]

    def pictures(self) -> Iterator[Image]:
        """Yield them in their light, (height, width, 3) uint8 BGR."""
        for path in self.paths:
            yield np.rint(read_photograph(path) * self.gain).clip(0, 255).astype(np.uint8)


def run_teach(photographs: Path, backbone: Path, plan: Plan, out: Path, overwrite: bool) -> int:
    """Draw, teach, judge, print the table, write the raw result.

    Args:
        photographs: the folder, a folder per class.
        backbone: file whose features are learned from.
        plan: what is drawn.
        out: the JSON.
        overwrite: whether an older result may be replaced.

    Raises:
        FieldLensError: an input cannot be used, or scikit-learn is missing.
    """
    refuse_existing(out, overwrite)
    peers()
    folder, features = _folder(photographs, plan, _REFIT_PER_CLASS), Backbone(backbone, 1)
    device, date = examine_device(), now()
    wanted = [
        (light, plan.first_seed + number) for light in (AS_THEY_ARE, OWN_LIGHT, FILMS) for number in range(plan.draws)
    ]
    draws = list[TaughtDraw]()
    from threadpoolctl import threadpool_limits  # comes with scikit-learn

    # on a busy machine threads would wait for each other
    with threadpool_limits(1), Progress("draws", len(wanted)) as progress:
        for light, seed in wanted:
            draws.append(_draw(folder, features, plan, light, seed))
            progress.step()
    times_s = _refit_times_s(folder, features)
    result = Taught(
        date=date,
        device=device,
        folder=folder.root.resolve().name,
        photographs=sum(map(len, folder.paths)),
        labels=folder.labels,
        backbone=backbone.name,
        scikit_learn=version(),
        per_sitting=plan.per_sitting,
        judging=plan.judging,
        draws=tuple(draws),
        refit_frames=_REFIT_PER_CLASS * len(folder.labels),
        refit_s=tuple(wall_s for wall_s, _ in times_s),
        refit_cpu_s=tuple(cpu_s for _, cpu_s in times_s),
    )
    write_result(out, result, derived_from(result), digits=5)
    print(text_table(HEAD, rows(result)))
    longest = f"{max(result.refit_s):.2f} s at most, {max(result.refit_cpu_s):.2f} s of the processors"
    print(f"a head of {result.refit_frames} frames, file included: {longest}")
    print(f"result  {out}")
    return 0


def sittings_of(folder: _Folder, sizes: Sequence[int], light: str, seed: int) -> list[_Sitting]:
    """Draw sittings that share no photograph.

    Args:
        folder: to draw from.
        sizes: photographs of each class, a size per sitting.
        light: `AS_THEY_ARE` or `OWN_LIGHT`.
        seed: of the draw.
    """
    random = np.random.default_rng(seed)
    orders = [random.permutation(len(paths)) for paths in folder.paths]
    found, start = [], 0
    for size in sizes:
        pairs = [
            (folder.root / folder.paths[place][one], place)
            for place, order in enumerate(orders)
            for one in order[start : start + size]
        ]
        start += size
        gain = np.exp(random.normal(0.0, _BRIGHTNESS) + random.normal(0.0, _COLOUR, 3))
        own = gain if light == OWN_LIGHT else np.ones(3)
        found.append(_Sitting(tuple(path for path, _ in pairs), tuple(place for _, place in pairs), own))
    return found


def _folder(photographs: Path, plan: Plan, refit: int) -> _Folder:
    found = find_photographs(photographs)
    paths = tuple(tuple(file.path for file in found.files if file.label == label) for label in found.labels)
    needed = max(2 * plan.per_sitting + plan.judging, refit)
    for label, own in zip(found.labels, paths, strict=True):
        if len(own) < needed:
            raise DataError(f"`{label}` has {len(own)} photographs, and {needed} are drawn; give fewer")
    return _Folder(photographs, found.labels, paths)


def _draw(folder: _Folder, backbone: Backbone, plan: Plan, light: str, seed: int) -> TaughtDraw:
    first, second, third = sittings_of(folder, (plan.per_sitting, plan.per_sitting, plan.judging), light, seed)
    teaching = (first, second)
    examples = _as_films(teaching, folder, backbone, seed) if light == FILMS else _as_pictures(teaching, backbone)
    taught = learn(examples, folder.labels, folder.root.name)
    unseen = np.stack([backbone.features(image) for image in third.pictures()])
    truth, classes = np.array(third.targets), len(folder.labels)
    ours = judged(taught.head.log_probabilities(unseen), truth)
    assert taught.accuracy is not None
    exact, targets = examples.features.astype(np.float64), examples.targets
    folds = stratified_folds(targets, classes, examples.sessions)
    others = {
        name: judged(fit(exact, targets, folds)(unseen.astype(np.float64)), truth) for name, fit in peers().items()
    }
    stated = taught.accuracy
    statement = Statement(
        plan.per_sitting, seed, stated.top1, stated.low, stated.high, judged=ours.accuracy, others=len(truth)
    )
    return TaughtDraw(light, seed, ours, _accuracy_of_file(backbone, taught, third), others, statement)


def _as_pictures(sittings: Sequence[_Sitting], backbone: Backbone) -> Examples:
    """Return one example per photograph."""
    features = np.stack([backbone.features(image) for sitting in sittings for image in sitting.pictures()])
    names = [f"sitting {number}" for number, sitting in enumerate(sittings) for _ in sitting.paths]
    return Examples(features, np.array([place for sitting in sittings for place in sitting.targets]), names, names)


def _as_films(sittings: Sequence[_Sitting], folder: _Folder, backbone: Backbone, seed: int) -> Examples:
    """Return what a lesson keeps of the films."""
    shown = [list(zip(sitting.targets, sitting.pictures(), strict=True)) for sitting in sittings]
    with TemporaryDirectory() as place:
        return taught_by_films(shown, folder.labels, backbone, Path(place), seed)


def _accuracy_of_file(backbone: Backbone, taught: TaughtHead, sitting: _Sitting) -> float:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "taught.tflite"
        path.write_bytes(model_file(backbone, taught, "taught"))
        classifier = Classifier(path, 1, trusted=True)
        said = [int(classifier.scores(image).argmax()) for image in sitting.pictures()]
    return float(np.mean(np.array(said) == np.array(sitting.targets)))


def _refit_times_s(folder: _Folder, backbone: Backbone) -> list[tuple[float, float]]:
    """Time heads of three sittings, from the features to the bytes of the file: by the wall and of the processors."""
    sittings = sittings_of(folder, [_REFIT_PER_CLASS // 3] * 3, OWN_LIGHT, 0)
    examples, times_s = _as_pictures(sittings, backbone), []
    for _ in range(_REFITS):
        start_s, start_cpu_s = time.perf_counter(), time.process_time()
        model_file(backbone, learn(examples, folder.labels, "timed"), "timed")
        times_s.append((time.perf_counter() - start_s, time.process_time() - start_cpu_s))
    return times_s
