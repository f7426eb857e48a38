"""Promises of running papers: points are kept, measured once, and refused when something else was measured."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from benchmarks.__main__ import main
from benchmarks.experiments.papers.data_size import DataSize, SizePoint
from benchmarks.experiments.papers.double_descent import FEATURES, DoubleDescent
from benchmarks.experiments.papers.dropout import Dropout
from benchmarks.experiments.papers.pictures import Part, Pictures, in_turn
from benchmarks.experiments.papers.record import Key
from benchmarks.experiments.papers.run import run_paper
from benchmarks.experiments.papers.training import batch_orders
from benchmarks.experiments.papers.variance_shift import BOTH, VARIANTS, VarianceShift
from benchmarks.results.json_records import from_json
from edge_app.common.errors import ResultError
from train.data.splits import SplitFile


def part(count: int, seed: int) -> Part:
    """Dark pictures and bright ones, in turn, with noise."""
    random, targets = np.random.default_rng(seed), np.arange(count) % 2
    bright = 60 + 90 * targets[:, None, None, None] + random.integers(-60, 60, (count, 64, 64, 3))
    return Part(bright.astype(np.uint8), targets.astype(np.int64))


PICTURES = Pictures(("dark", "bright"), part(64, 0), part(8, 1), part(16, 2), sha256="made here")


@dataclass(frozen=True)
class QuickDescent(DoubleDescent):
    """Double descent without the CNN."""

    name: ClassVar[str] = "double-descent"

    def keys(self, seeds: int) -> list[Key]:
        return [key for key in super().keys(seeds) if key[0] == FEATURES]


QUICK = QuickDescent(label_noise=(0.2,), photographs=20, ratios=(0.2, 1.0, 4.0))


class StoppedError(Exception):
    """What ends a run in its middle."""


@dataclass(frozen=True)
class StoppingDescent(QuickDescent):
    def measure(self, key: Key, pictures: Pictures) -> object:  # type: ignore[override]
        if key[-1] == 1:
            raise StoppedError
        return super().measure(key, pictures)


def test_a_stopped_run_keeps_its_points_and_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "double-descent.json"
    stopping = StoppingDescent(**vars(QUICK))
    with pytest.raises(StoppedError):
        run_paper(stopping, PICTURES, 2, path)
    kept = json.loads(path.read_text())["payload"]
    assert (kept["partial"], len(kept["points"]), kept["findings"]) == (True, 3, [])
    run_paper(QUICK, PICTURES, 2, path)
    whole = json.loads(path.read_text())["payload"]
    assert (whole["partial"], len(whole["points"]), whole["seeds"]) == (False, 6, 2)
    assert whole["points"][:3] == kept["points"]
    assert whole["findings"][1]["verdict"] == "unclear"
    assert path.with_suffix(".png").stat().st_size > 10_000
    run_paper(StoppingDescent(**vars(QUICK)), PICTURES, 1, path)  # all there: nothing is measured, both seeds count
    assert json.loads(path.read_text())["payload"] == whole


def test_other_settings_and_other_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "double-descent.json"
    run_paper(QUICK, PICTURES, 1, path)
    with pytest.raises(ResultError, match="was measured with other settings; choose another folder"):
        run_paper(replace(QUICK, label_noise=(0.1,)), PICTURES, 1, path)
    with pytest.raises(ResultError, match="with other pictures"):
        run_paper(QUICK, replace(PICTURES, sha256="others"), 1, path)
    path.write_text('{"schema": 9}')
    with pytest.raises(ResultError, match="is no result of FieldLens"):
        run_paper(QUICK, PICTURES, 1, path)


def test_dropout_trains_judges_and_draws(tmp_path: Path) -> None:
    paper, path = Dropout(judgements=2, every=2), tmp_path / "dropout.json"
    run_paper(paper, PICTURES, 1, path)
    content = json.loads(path.read_text())["payload"]
    points = [from_json(paper.point, point) for point in content["points"]]
    assert [point.key for point in points] == paper.keys(1)
    assert points[1].curve.steps == (2, 4)
    assert content["findings"] == [asdict(finding) for finding in paper.findings(points)]
    assert content["settings"] == {"rate": 0.5, "block_rate": 0.1, "judgements": 2, "every": 2}
    assert path.with_suffix(".png").stat().st_size > 10_000


def test_the_variance_of_every_batch_norm_is_compared(tmp_path: Path) -> None:
    paper = VarianceShift(steps=4, filters=(2, 2))
    both = paper.measure((BOTH, 0), PICTURES)
    assert len(both.variance_ratios) == len(both.shift_ratios) == 2
    assert min(both.shift_ratios) >= 1.0
    points = [replace(both, variant=variant, seed=seed) for variant in VARIANTS for seed in (0, 1)]
    paper.draw(points, tmp_path / "shift.png")
    assert [row[0] for row in paper.table(points)[1]] == list(VARIANTS)


def test_photographs_and_augmentation_are_judged_seed_by_seed(tmp_path: Path) -> None:
    paper = DataSize(sizes=(16, 32), steps=4)
    assert paper.measure((16, "with", 0), PICTURES).key == (16, "with", 0)
    error = {(16, "without"): 0.4, (32, "without"): 0.3, (16, "with"): 0.35, (32, "with"): 0.25}
    points = [SizePoint(size, kind, seed, 0.1, error[size, kind]) for size, kind in error for seed in (0, 1)]
    more, moved = paper.findings(points)
    assert more.sentence.startswith(
        "Seen: without augmentation the test accuracy is 60.0 % with 16 photographs and 70.0 %"
    )
    assert moved.sentence.startswith("Seen: augmentation changes the test accuracy by +5.0 points on average")
    paper.draw(points, tmp_path / "size.png")


def test_wrong_labels_are_as_many_as_asked_and_the_photographs_stay() -> None:
    noisy = PICTURES.train.with_wrong_labels(0.25, 2, seed=1)
    assert (noisy.targets != PICTURES.train.targets).sum() == 16
    assert noisy.images_rgb is PICTURES.train.images_rgb


def test_a_larger_sample_contains_the_smaller_one_and_classes_are_even() -> None:
    small, large = (PICTURES.train.sample(count, 2, seed=4) for count in (10, 40))
    np.testing.assert_array_equal(small.images_rgb, large.images_rgb[:10])
    assert small.targets.sum() == 5


def test_classes_come_in_turn_by_hash_whatever_their_names() -> None:
    files = [SplitFile(f"{label}{n}", label, "train", f"{n * 7 % 5}{label}") for n in range(5) for label in ("a", "b")]
    chosen = in_turn(files, ("a", "b"), 5)
    assert [file.label for file in chosen] == ["a", "b", "a", "b"]
    assert [file.sha256 for file in chosen] == ["0a", "0b", "1a", "1b"]


def test_batches_show_every_photograph_once_an_epoch_wherever_they_begin() -> None:
    whole = batch_orders(seed=0, count=48, first=0, steps=6)
    assert sorted(whole.ravel()[:48]) == list(range(48))
    np.testing.assert_array_equal(whole[4:], batch_orders(seed=0, count=48, first=4, steps=2))


def test_options_of_another_paper_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = [
        "experiment",
        "papers",
        "dropout",
        "--photos",
        str(tmp_path),
        "--out",
        str(tmp_path),
        "--label-noise",
        "0.1",
    ]
    assert main(words) == 2
    assert "--label-noise and --features are of double-descent, `dropout` has neither" in capsys.readouterr().err
