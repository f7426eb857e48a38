"""Promise of the list of recipes: the accuracy and the time of each are those of one and the same committed run."""

from __future__ import annotations

import json
import re
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from edge_app.model.training_time import training_duration_s
from tests.docs.pages import ROOT
from train.models.registry import named_recipes

RESULTS = ROOT / "results"
PATTERN = re.compile(r"(\d+\.\d) %")


def of_run(folder: Path) -> tuple[str, int]:
    """Test accuracy as the help shows it, and minutes."""
    accuracy = json.loads((folder / "metrics.json").read_text())["test"]["accuracy"]
    timings_s = json.loads((folder / "run.json").read_text())["timings_s"]
    return f"{100 * accuracy:.1f}", round(training_duration_s(timings_s) / 60)


@pytest.mark.parametrize(
    ("recipe", "runs", "time"),
    [
        ("mobilenet_v2_small", ("small",), "{} minutes for "),
        ("custom_cnn", ("custom_cnn-exposed", "custom_cnn-distilled"), "{} minutes ({} with the teacher) for "),
    ],
)
def test_accuracy_and_time_of_a_recipe_are_of_the_same_run(recipe: str, runs: tuple[str, ...], time: str) -> None:
    named = named_recipes()[recipe]
    accuracies, minutes = zip(*(of_run(RESULTS / run) for run in runs), strict=True)
    assert tuple(PATTERN.findall(named.accuracy)) == accuracies
    assert named.time.startswith(time.format(*minutes))


def repeats_of(experiment: str) -> list[dict[str, Any]]:
    """The three seeds of a committed training experiment."""
    repeats: list[dict[str, Any]] = json.loads((RESULTS / "training" / experiment).read_text())["payload"]["repeats"]
    assert len(repeats) == 3
    return repeats


def median_percent(repeats: list[dict[str, Any]]) -> str:
    return f"{100 * median(one['test']['accuracy'] for one in repeats):.1f}"


def test_the_default_recipe_has_the_median_accuracy_and_the_times_of_its_seeds() -> None:
    named, soups, single = named_recipes()["mobilenet_v2"], repeats_of("soup.json"), repeats_of("mobilenet_v2.json")
    assert named.recipe.soup == len([stage for stage in soups[0]["timings_s"] if stage.startswith("fine-tuning")])
    assert PATTERN.findall(named.accuracy) == [median_percent(soups), median_percent(single)]
    minutes = sorted(round(training_duration_s(one["timings_s"]) / 60) for one in soups)
    assert named.time.startswith(f"{minutes[0]} to {minutes[-1]} minutes for ")
