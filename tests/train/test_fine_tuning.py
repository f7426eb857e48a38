"""From a hundred photographs per class: a linear head, then fine-tuning; the command line's promises, and resume."""

from __future__ import annotations

import csv
import io
import json
import random
import signal
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge_app.metrics.accuracy import is_cross_validation
from edge_app.photographs.groups import GROUPS_NAME, GroupedFile, format_manifest
from edge_app.photographs.splits import sha256_of
from tests.networks import write_backbone
from train.__main__ import main as train

ROOT = Path(__file__).parent.parent.parent
PER_CLASS = 100
LABELS = ("blue", "red")
SMALL = ("--recipe", "mobilenet_v2", "--width", "0.35", "--image-size", "32")
SHORT = ("--validation", "folds", "--fine-tune-from", "Conv_1", "--epochs", "2", "--batch-size", "16")


@dataclass(frozen=True)
class Colours:
    """Small pictures of two colours in two sessions each, so that there are two folds; and random weights."""

    photographs: Path
    weights: Path

    def words(self, out: Path, *more: str) -> list[str]:
        """A command line of `train`."""
        return [str(self.photographs), *SMALL, "--weights", str(self.weights), "--out", str(out), *more]


@dataclass(frozen=True)
class Trained:
    """What one run left and printed."""

    run: Path
    printed: str

    def record(self) -> dict[str, object]:
        return dict(json.loads((self.run / "run.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def colours(tmp_path_factory: pytest.TempPathFactory) -> Colours:
    root, rows = tmp_path_factory.mktemp("tuned") / "colours", []
    draws = np.random.default_rng(0)
    for place, label in enumerate(LABELS):
        (root / label).mkdir(parents=True)
        hashes: list[str] = []
        for number in range(PER_CLASS):
            picture = draws.integers(0, 120, (32, 32, 3))
            picture[..., 2 * place] += draws.integers(0, 60)
            path = root / label / f"{number}.png"
            cv2.imwrite(str(path), picture.astype(np.uint8))
            hashes.append(sha256_of(path.read_bytes()))
            rows.append(GroupedFile(f"{label}/{number}.png", hashes[-1], hashes[number % 2]))
    (root / GROUPS_NAME).write_bytes(format_manifest(rows))
    return Colours(root, write_backbone(tmp_path_factory.mktemp("weights"), 0.35))


def _subprocess(words: list[str]) -> subprocess.Popen[str]:
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    return subprocess.Popen([sys.executable, "-m", "train", *words], cwd=ROOT, text=True, **pipes)  # type: ignore[call-overload,no-any-return]


@pytest.fixture(scope="module")
def trained(colours: Colours, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    run, printed = tmp_path_factory.mktemp("runs") / "tuned", io.StringIO()
    with redirect_stdout(printed), redirect_stderr(printed):
        code = train(colours.words(run, *SHORT))
    assert code == 0, printed.getvalue()
    return Trained(run, printed.getvalue())


def test_it_says_which_way_was_taken_what_it_costs_and_what_came_of_it(trained: Trained) -> None:
    assert (
        "training a linear head, then fine-tuning where it helps, on all photographs, with cross-validation, because "
        "validation `folds` was asked for"
    ) in trained.printed
    assert "up to 3 trainings of 2 epochs; --validation split trains once" in trained.printed
    assert "fold 1 of 2: fine-tuning on the photographs of the others" in trained.printed
    found = trained.record()["validation"]["fine_tuning"]  # type: ignore[index]
    outcome = "fine-tuning was kept: the log loss" if found["kept"] else "fine-tuning was tried and not kept: the log"
    assert outcome in trained.printed
    assert found["kept"] is (found["log_loss"] < found["head_log_loss"])
    report = (trained.run / "report.html").read_text(encoding="utf-8")
    assert outcome in report


def test_the_stated_accuracy_is_of_networks_that_had_not_seen_the_photographs(trained: Trained) -> None:
    measured = json.loads((trained.run / "metrics.json").read_text(encoding="utf-8"))["test"]
    assert measured["photographs"] == 2 * PER_CLASS
    assert is_cross_validation("2-fold cross-validation on 200 photographs of colours")
    assert f"accuracy {measured['accuracy']:.1%} (" in trained.printed
    assert "in 2-fold cross-validation on 200 photographs of colours" in trained.printed
    rows = list(csv.DictReader((trained.run / "splits.csv").read_text(encoding="utf-8").splitlines()))
    assert {row["split"] for row in rows} == {"train"}


def test_killed_and_resumed_it_ends_with_the_same_weights(colours: Colours, trained: Trained, tmp_path: Path) -> None:
    """The log losses are of the fold in which it was killed, so they tell more than the weights of a head alone."""
    out = tmp_path / "killed"
    with _subprocess(colours.words(out, *SHORT)) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "fine-tuning 1:" in line:
                break
        time.sleep(random.uniform(0.0, 0.6))
        process.send_signal(signal.SIGKILL)
    assert (tmp_path / "killed.unfinished").exists()
    assert train(colours.words(out, *SHORT)) == 1  # it has to be told whether to go on
    assert train(colours.words(out, *SHORT, "--resume")) == 0
    record = Trained(out, "").record()
    assert record["weights_sha256"] == trained.record()["weights_sha256"]
    assert record["validation"] == trained.record()["validation"]
    assert not (tmp_path / "killed.unfinished").exists()


def test_a_plan_counts_the_trainings_of_all_folds(
    colours: Colours, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(colours.words(tmp_path / "plan", *SHORT, "--dry-run")) == 0
    printed = capsys.readouterr().out
    assert "fine-tuning 4 epochs of 12 steps" in printed  # two folds, and 200 photographs in batches of 16
