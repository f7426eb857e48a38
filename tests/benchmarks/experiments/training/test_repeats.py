"""Promises of the training experiments: real runs, kept and not trained twice; a table of means with their range."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.experiments.training import repeats
from benchmarks.experiments.training.repeats import Repeat, table_rows
from benchmarks.experiments.training.variants import ABLATION, EXPERIMENTS, Experiment, Variant
from benchmarks.verbs.experiment import training
from tests.conftest import Chain
from train.models.registry import recipes
from train.verbs import fit as fit_verb


def repeat(variant: str, seed: int, accuracy: float) -> Repeat:
    test = {"accuracy": accuracy, "log_loss": 0.1, "confidence": {"expected_calibration_error": 0.01}}
    return Repeat(variant, seed, (), {}, test, {"accuracy": 0.5}, 0.9, {"features": 30.0, "head": 40.0, "x": 20.0})


def test_a_row_has_the_mean_the_range_and_the_median_of_the_seeds() -> None:
    rows = table_rows(ABLATION, [repeat("none", seed, share) for seed, share in enumerate((0.80, 0.81, 0.85))])
    assert rows == [("none", "82.00% (80.00% to 85.00%)", "81.00%", "50.00%", "90.00%", "0.1000", "1.00%", "1.0 min")]


@pytest.mark.parametrize("experiment", EXPERIMENTS.values(), ids=lambda one: one.name)
def test_every_variant_is_a_command_that_train_takes(experiment: Experiment) -> None:
    from edge_app.common.command_line import HelpfulParser

    parser = HelpfulParser()
    fit_verb.add_arguments(parser)
    for variant in experiment.variants:
        arguments = parser.parse_args(["photos", *variant.options])
        from train.verbs.recipe_options import with_options

        assert with_options(recipes()[arguments.recipe], arguments).name == arguments.recipe


def test_the_command_trains_once_and_writes_result_and_plot(
    drawings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    tiny = Experiment("tiny", "does it run?", (Variant("tiny, short", ("--recipe", "tiny", "--epochs", "1")),), seeds=1)
    monkeypatch.setitem(training.EXPERIMENTS, "tiny", tiny)
    photographs = tmp_path / "photos"
    for label in ("cat", "dog"):
        (photographs / label).mkdir(parents=True)
        for path in sorted((drawings / label).iterdir())[:100]:
            shutil.copy(path, photographs / label)
    words = ["experiment", "training", "tiny", "--photos", str(photographs), "--run-folders", str(tmp_path / "runs")]
    assert main([*words, "--out", str(tmp_path / "tiny.json")]) == 0
    assert "tiny, short" in capfd.readouterr().out
    result = json.loads((tmp_path / "tiny.json").read_text())["payload"]
    metrics = json.loads((tmp_path / "runs" / "tiny" / "tiny-short-0" / "metrics.json").read_text())
    assert result["repeats"][0]["test"] == metrics["test"]
    assert result["repeats"][0]["command"][-2:] == ["--seed", "0"]
    assert (tmp_path / "tiny.png").stat().st_size > 10_000

    def trained_again(*_: object) -> None:
        raise AssertionError("a finished run was trained again")

    monkeypatch.setattr(repeats, "_train", trained_again)
    assert main([*words, "--out", str(tmp_path / "again.json")]) == 0
    again = json.loads((tmp_path / "again.json").read_text())["payload"]
    assert again["repeats"] == result["repeats"]


def test_a_missing_teacher_is_one_sentence(chain: Chain, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["experiment", "training", "small", "--photos", str(chain.drawings), "--out", str(tmp_path / "small.json")]
    assert main(words) == 2
    assert "the experiment `small` needs --teacher" in capsys.readouterr().err


def test_a_run_of_another_seed_is_refused(chain: Chain) -> None:
    from edge_app.common.errors import RunFolderError

    with pytest.raises(RunFolderError, match=r"is no run of this experiment \(seed 0\)"):
        repeats.read_repeat(chain.run, Variant("tiny", ()), 7)
