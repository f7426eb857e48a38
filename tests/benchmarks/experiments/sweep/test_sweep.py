"""Promises of the sweep: early refusals, a budget that adds up, finished work kept, a failure stops no others."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.experiments.sweep import judged_files
from benchmarks.experiments.sweep.budget import convolution_macs, correction, training_s
from benchmarks.experiments.sweep.judged_files import SweepSettings, trained_recipe
from benchmarks.experiments.sweep.points import GOAL, GRID, Point, parse_points, scaled_filters, with_weights
from benchmarks.experiments.training import process
from benchmarks.results.sweep.result import read_sweep
from convert.run_folder import read_run_folder
from edge_app.common.errors import RunFolderError, UsageError
from edge_app.metrics.accuracy import MeasuredAccuracy, independent_photographs
from tests.conftest import Chain
from tests.grouped_run import GROUP_SIZE, grouped_copy
from train.models.architectures.custom_cnn import CUSTOM_CNN, TINY
from train.models.architectures.mobilenet_v2 import MOBILENET_V2
from train.recipes import Recipe


def settings_in(folder: Path, photographs: Path) -> SweepSettings:
    return SweepSettings(photographs, folder / "runs", folder / "models", ("int8",))


@pytest.mark.parametrize("point", list(dict.fromkeys([*GRID, *GOAL])), ids=lambda point: point.name)
def test_every_point_is_a_command_that_train_takes(point: Point) -> None:
    recipe = trained_recipe(settings_in(Path(), Path("photos")), point)
    assert (recipe.name, recipe.input_size) == (point.recipe, point.input_px)


def test_a_width_scales_filters_to_multiples_of_eight() -> None:
    assert scaled_filters(CUSTOM_CNN.filters, 0.5) == (8, 16, 32, 64, 96)
    assert scaled_filters((16, 20), 0.1) == (8, 8)


def test_points_are_presets_patterns_and_names_each_once() -> None:
    points, named = parse_points("goal, mobilenet_v2-1.0-1*,tiny-0.5-32,mobilenet_v2-1.0-160")
    assert points[: len(GOAL)] == GOAL
    assert points[len(GOAL) :] == (Point("tiny", 0.5, 32),)
    assert named == {Point("tiny", 0.5, 32), Point("mobilenet_v2", 1.0, 160)}


@pytest.mark.parametrize(
    ("points", "sentence"),
    [
        ("", "--points names none"),
        ("mobilenet", "`mobilenet` is no point; write RECIPE-WIDTH-PX"),
        ("inception_v3-1.0-299", "`inception_v3` has no width to sweep"),
        ("tiny-9-48", "the width of `tiny-9.0-48` must be from 0.05 to 4"),
        ("tiny-1-31", "must be from 32 to 2048 px"),
        ("nothing-*", "no point of the grid is called `nothing-*`"),
    ],
)
def test_what_is_no_point_is_one_sentence(points: str, sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["experiment", "sweep", "photos", "--points", points]) == 2
    assert sentence in capsys.readouterr().err


def test_points_without_weights_are_left_out_and_told_but_a_named_one_is_refused() -> None:
    def only_whole(recipe: Recipe) -> bool:
        return recipe.width == 1.0

    points = (Point("mobilenet_v2", 1.0, 96), Point("mobilenet_v2", 0.75, 96), Point("tiny", 0.5, 32))
    kept, notes = with_weights(points, frozenset(), only_whole)
    assert kept == (points[0], points[2])
    assert "points left out, 1 of them: no ImageNet weights for width 0.75" in notes[0]
    with pytest.raises(UsageError, match=r"`mobilenet_v2-0\.75-96` cannot be trained: no ImageNet weights"):
        with_weights(points, frozenset({points[1]}), only_whole)
    assert with_weights(points[2:], frozenset(), only_whole) == (points[2:], ())


@pytest.mark.parametrize("options", [("--image-size", "64"), ("--filters", "8,8,8"), ("--teacher", "runs/other")])
def test_train_options_may_not_make_another_point(options: tuple[str, ...]) -> None:
    settings = SweepSettings(Path("photos"), Path("runs"), Path("models"), ("int8",), options)
    with pytest.raises(UsageError, match="--train-options may not change"):
        trained_recipe(settings, Point("tiny", 1.0, 48))


def test_the_estimate_counts_convolutions_grows_with_the_work_and_learns_from_finished_runs() -> None:
    # 48 px: 9·3·16·48² + 9·16·32·24² + 9·32·32·12² + 9·32·32·6²
    assert convolution_macs(TINY) == 995_328 + 2_654_208 + 1_327_104 + 331_776
    small, large = training_s(TINY, 1_000), training_s(TINY, 2_000)
    assert small < large < 2 * small  # a start is paid once
    assert training_s(TINY, 1_000, teacher=MOBILENET_V2) > small
    assert correction([], []) == 1.0
    assert correction([10.0, 20.0, 30.0], [20.0, 40.0, 300.0]) == 2.0


@pytest.mark.parametrize("begun", [False, True])
def test_an_unfinished_training_is_resumed(begun: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[list[str]] = []

    def note(command: list[str], check: bool) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", note)
    if begun:
        (tmp_path / "point.unfinished").mkdir()
    process.train_into(tmp_path / "point", ["photos"], "it")
    assert ("--resume" in commands[0]) is begun


@pytest.fixture
def finished(chain: Chain, tmp_path: Path) -> list[str]:
    """The words of a sweep whose only point is trained and converted already."""
    (tmp_path / "runs").mkdir()
    shutil.copytree(chain.run, tmp_path / "runs" / "tiny-1.0-48")
    models = shutil.copytree(chain.models, tmp_path / "models" / "tiny-1.0-48")
    conversion = json.loads((models / "conversion.json").read_text())
    conversion["settings"]["recipes"] = "float32,int8"  # the chain left them to `convert`
    (models / "conversion.json").write_text(json.dumps(conversion))
    words = [
        "experiment",
        "sweep",
        str(chain.drawings),
        "--recipes",
        "int8",
        "--rounds",
        "2",
        "--runs",
        "10",
        "--seconds",
        "0.05",
    ]
    words += ["--run-folders", str(tmp_path / "runs"), "--models", str(tmp_path / "models")]
    return [*words, "--out", str(tmp_path / "out"), "--points"]


def test_finished_work_is_kept_a_failed_point_is_told_and_the_rest_is_measured(
    finished: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(folder: Path, *_: object) -> None:
        raise RunFolderError(f"training {folder.name} ended with code 3; see above")

    def convert(*_: object) -> None:
        raise AssertionError("a finished bundle was converted again")

    monkeypatch.setattr(judged_files, "train_into", fail)
    monkeypatch.setattr(judged_files, "_convert", convert)
    assert main([*finished, "tiny-1.0-48,tiny-0.5-32"]) == 1
    assert "tiny-0.5-32 failed: training tiny-0.5-32 ended with code 3" in capsys.readouterr().out
    sweep = read_sweep(tmp_path / "out")
    (file,) = sweep.files
    assert not sweep.complete
    assert file.frame_to_label is not None
    assert file.macs > 1_000_000
    assert file.validation.photographs > 100
    assert file.validation.data.startswith("validation split")
    assert file.test.data.startswith("test split")

    assert main([*finished, "tiny-1.0-48", "--budget-mb", "1"]) == 0  # an unfinished result is gone on with
    told = capsys.readouterr().out
    assert "1 points (1 finished), 1 files" in told
    assert "best within 1 MB: tiny-int8.tflite" in told
    assert read_sweep(tmp_path / "out").complete
    assert (tmp_path / "out" / "sweep.png").stat().st_size > 30_000
    assert (tmp_path / "out" / "latency" / "result.json").is_file()

    assert main([*finished, "tiny-1.0-48"]) == 1  # a complete one is not replaced unasked
    assert "sweep.json` exists already" in capsys.readouterr().err


def test_validation_photographs_of_groups_are_judged_over_groups(chain: Chain, tmp_path: Path) -> None:
    model, run = chain.models / "tiny-int8.tflite", grouped_copy(chain.run, tmp_path / "run")
    alone, grouped = (judged_files.judge_on_validation(folder, [model])[model.name] for folder in (chain.run, run))
    assert (grouped.top1, grouped.photographs) == (alone.top1, alone.photographs)
    groups = [item.group for item in read_run_folder(run).splits["validation"]]
    assert len(groups) / GROUP_SIZE <= len(set(groups)) <= len(groups) / GROUP_SIZE + 2
    correct = round(grouped.top1 * len(groups))
    assert grouped == MeasuredAccuracy.from_counts(correct, len(groups), grouped.data, independent_photographs(groups))
    assert grouped.high - grouped.low > 1.5 * (alone.high - alone.low)


def test_a_run_of_other_settings_is_refused_before_anything_is_done(
    finished: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*finished, "tiny-1.0-48", "--epochs", "3"]) == 1
    assert "was trained with epochs 15, now 3 is asked for" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_dry_run_prints_the_budget_and_does_nothing(
    finished: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*finished, "tiny-1.0-48,custom_cnn-0.5-64", "--dry-run"]) == 0
    told = capsys.readouterr().out
    assert "2 points (1 trained, 1 to do), 2 files" in told
    assert "in total at most" in told
    assert not (tmp_path / "out").exists()
