"""Runs the experiment on one folder: features once, then draws; writes JSON and plot, prints the table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
import tf_keras as keras

from benchmarks.experiments.few.draws import Featured, Wanted, judge_all, refuse_too_few
from benchmarks.experiments.few.peers import peers, version
from benchmarks.results.device import examine_device
from benchmarks.results.envelope import now, write_result
from benchmarks.results.few import (
    COVERAGE_HEAD,
    DIFFERENCE_HEAD,
    Draw,
    FewPhotographs,
    Statement,
    coverage_rows,
    derived_from,
    difference_rows,
)
from benchmarks.results.few_plot import plot_few
from benchmarks.results.plots import write_plot
from edge_app.common.outputs import refuse_existing
from edge_app.common.progress import Progress
from edge_app.common.tables import text_table
from edge_app.model.runtime import usable_cores
from edge_app.photographs.folders import find_photographs
from train.data.loading import SplitReader
from train.data.splits import data_sha256
from train.evaluation.inference import run_over
from train.fitting.way import group_of
from train.models import build_model
from train.models.architectures.mobilenet_v2 import MOBILENET_V2
from train.models.head import FEATURES_LAYER

T = TypeVar("T", Draw, Statement)

_KEPT_EVERY = 50  # draws


@dataclass(frozen=True)
class Plan:
    """What is drawn.

    Attributes:
        per_class: photographs of each class, a size each.
        draws: of each size, judged beside the peers.
        coverage_draws: of each size, whose stated intervals are judged.
        first_seed: of the draws.
    """

    per_class: tuple[int, ...]
    draws: int
    coverage_draws: int
    first_seed: int

    def wanted(self) -> Iterator[Wanted]:
        """Return every draw, sizes in turn."""
        for number in range(max(self.draws, self.coverage_draws)):
            for per_class in self.per_class:
                yield Wanted(per_class, self.first_seed + number, number < self.draws)


def run_few(photographs: Path, weights: str, plan: Plan, out: Path, overwrite: bool) -> int:
    """Draw, judge, print the tables, write the raw result and its plot.

    Args:
        photographs: the folder.
        weights: of the backbone, see `build_model`.
        plan: what is drawn.
        out: the JSON; the plot gets its name and `.png`.
        overwrite: whether an older result may be replaced.

    Raises:
        FieldLensError: an input cannot be used, or scikit-learn is missing.
    """
    refuse_existing(out, overwrite)
    peers()
    device, date = examine_device(), now()
    featured = features_of(photographs, weights, plan.per_class)
    plain = FewPhotographs(
        date=date,
        device=device,
        folder=photographs.resolve().name,
        sha256=featured.sha256,
        labels=featured.labels,
        photographs=len(featured.targets),
        recipe=MOBILENET_V2.name,
        scikit_learn=version(),
        draws=(),
        statements=(),
    )
    result = _judged(plain, featured, list(plan.wanted()), out)
    print(text_table(DIFFERENCE_HEAD, difference_rows(result)))
    print(text_table(COVERAGE_HEAD, coverage_rows(result)))
    for written in (out, *write_plot(out.with_suffix(".png"), lambda path: plot_few(result, path))):
        print(f"result  {written}")
    return 0


def _judged(plain: FewPhotographs, featured: Featured, wanted: list[Wanted], out: Path) -> FewPhotographs:
    """Judge all draws; write after every few of them, so that a run that is stopped leaves what it has."""
    draws, statements = list[Draw](), list[Statement]()
    result = plain
    with Progress("heads", len(wanted)) as progress:
        for number, (draw, statement) in enumerate(judge_all(featured, wanted, usable_cores()), start=1):
            draws += [] if draw is None else [draw]
            statements.append(statement)
            progress.step()
            if number % _KEPT_EVERY == 0 or number == len(wanted):
                result = replace(plain, draws=_by_size(draws), statements=_by_size(statements))
                write_result(out, result, derived_from(result), digits=5)
    return result


def _by_size(items: list[T]) -> tuple[T, ...]:
    return tuple(sorted(items, key=lambda one: one.per_class))


def features_of(root: Path, weights: str, sizes: tuple[int, ...]) -> Featured:
    """Return the features that `train.fitting.linear_head.fit_head` would learn from, of all photographs of a folder.

    Raises:
        DataError: no folder of photographs, or too few of a class.
    """
    reader = SplitReader(find_photographs(root), MOBILENET_V2.input_size, refuse_empty=False)
    reader.train_on_all()
    reader.streamed = True  # the same pixels, and no gigabytes of them
    photographs = reader.load("train")
    model = build_model(MOBILENET_V2, len(reader.labels), weights)
    backbone = keras.Model(model.input, model.get_layer(FEATURES_LAYER).output)
    files = photographs.files
    refuse_too_few(reader.labels, photographs.targets, sizes)
    return Featured(
        features=run_over(backbone, photographs, "features of the photographs").astype(np.float64),
        targets=photographs.targets,
        groups=tuple(group_of(file) for file in files),
        labels=reader.labels,
        sha256=data_sha256(list(files)),
    )
