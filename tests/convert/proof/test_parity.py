"""Promises of the proof: every model sees the same photographs, and what a recipe does not allow is said."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from convert.proof.disagreements import largest_disagreements, pictures
from convert.proof.parity import KERAS, Agreement, Batch, FileScorer, KerasScorer, Scored, score
from convert.quantize.recipes import DYNAMIC, FLOAT16, FLOAT32, INT8, INT16X8, RECIPES
from convert.quantize.tflite import load_saved_model, reference
from convert.run_folder import LabelledPhotograph, RunFolder, interleave_classes, read_run_folder
from edge_app.common.errors import ConversionError
from edge_app.metrics.accuracy import MeasuredAccuracy
from edge_app.model.classifier import Classifier
from edge_app.photographs.decoder import read_photograph
from tests.conftest import Chain
from tests.convert.conftest import PARITY_PHOTOGRAPHS


class FromPaths:
    """A model that reads the files itself, as a browser does."""

    most_photographs = 40

    def __init__(self, path: Path) -> None:
        self._classifier = Classifier(path)

    def scores(self, batch: Batch) -> np.ndarray:
        return np.stack([self._classifier.scores(read_photograph(path)) for path in batch.paths])


@pytest.fixture(scope="module")
def run(chain: Chain) -> RunFolder:
    return read_run_folder(chain.run)


def test_files_and_models_that_read_files_themselves_see_the_same_photographs(
    run: RunFolder, chain: Chain, tmp_path: Path
) -> None:
    (tmp_path / "text.jpg").write_text("no picture")
    photographs = interleave_classes(run.splits["validation"], 2)[:70]
    photographs.insert(3, LabelledPhotograph(tmp_path / "text.jpg", 0))
    path = chain.models / "tiny-int8.tflite"
    keras_model = KerasScorer(reference(load_saved_model(run.saved_model)))
    scored = score(run, photographs, {KERAS: keras_model, "file": FileScorer(path), "paths": FromPaths(path)}, "all")
    assert (len(scored.targets), scored.unreadable) == (70, 1)
    assert scored.probabilities[KERAS].shape == scored.probabilities["file"].shape == (70, 2)
    few = scored.photographs("paths")
    assert few == 40
    assert np.array_equal(scored.probabilities["paths"], scored.probabilities["file"][:few])
    assert scored.comparison("paths").photographs == scored.accuracy("paths", "all").photographs == few


def test_photographs_that_cannot_be_read_at_all_are_one_sentence(run: RunFolder, tmp_path: Path) -> None:
    nothing = [LabelledPhotograph(tmp_path / "gone.jpg", 0)]
    with pytest.raises(ConversionError, match=r"none of the photographs of .* can be read"):
        score(run, nothing, {KERAS: KerasScorer(lambda images: np.zeros((len(images), 2), np.float32))}, "none")


def scored(keras: list[float], file: list[float], targets: list[int] | None = None) -> Scored:
    """Of two classes, by the probability of the second."""
    both = {name: np.array([[1 - p, p] for p in ps], np.float32) for name, ps in (("keras", keras), ("file", file))}
    paths = tuple(Path(f"{number}.jpg") for number in range(len(keras)))
    return Scored(paths, np.array(targets or [0] * len(keras)), both)


def test_agreement_counts_labels_and_measures_probabilities() -> None:
    found = scored([0.1, 0.4, 0.9, 0.8], [0.1, 0.6, 0.8, 0.8]).agreement("file")
    assert (found.photographs, found.same_label) == (4, 0.75)
    assert found.mean_difference == pytest.approx(0.075)
    assert found.mean_difference_error == pytest.approx(np.std([0.0, 0.2, 0.1, 0.0], ddof=1) / 2)
    assert found.largest_difference == pytest.approx(0.2)


def test_a_burst_says_no_more_of_agreement_than_one_photograph() -> None:
    keras, file = [0.1, 0.4, 0.9, 0.8, 0.3], [0.1, 0.6, 0.8, 0.8, 0.2]
    single = scored(keras, file).agreement("file")
    copies = scored(keras * 4, file * 4)
    burst = replace(copies, groups=tuple("abcde" * 4)).agreement("file")
    assert single.independent is None
    assert burst.independent == pytest.approx(5)
    assert burst.mean_difference_error == pytest.approx(single.mean_difference_error)
    assert copies.agreement("file").mean_difference_error < 0.6 * single.mean_difference_error


def test_one_group_leaves_the_error_of_its_photographs() -> None:
    found = scored([0.1, 0.4, 0.9, 0.8], [0.1, 0.6, 0.8, 0.8])
    alone = replace(found, groups=("film",) * 4).agreement("file")
    assert alone == replace(found.agreement("file"), independent=1.0)


def test_accuracies_are_compared_photograph_by_photograph() -> None:
    found = scored([0.1, 0.4, 0.9, 0.8], [0.1, 0.6, 0.2, 0.8], [0, 0, 0, 1]).comparison("file")
    assert (found.only_first, found.only_second, found.difference) == (1, 1, 0.0)


@pytest.mark.parametrize(
    ("agreement", "recipe", "sentence"),
    [
        (Agreement(800, 0.92, 0.01, 0.9), INT8, "same label as the Keras model on 92.0% of 800 validation photographs"),
        (Agreement(2500, 0.94, 0.01, 0.9), INT8, "same label as the Keras model on 94.0% of 2,500 validation"),
        (Agreement(800, 0.94, 0.01, 0.9), INT8, None),  # 92.1 to 95.4 %: cannot be told from 95 %
        (Agreement(800, 0.92, 0.01, 0.9, independent=40), INT8, None),  # 40 bursts of 20: 79.5 to 97.2 %
        (Agreement(200, 0.98, 0.01, 0.9), INT16X8, None),  # 95.0 to 99.2 %: cannot be told from 99 %
        (Agreement(90, 1.0, 0.036, 0.4, 0.005), DYNAMIC, None),  # 0.026 to 0.046: cannot be told from 0.03
        (Agreement(2500, 1.0, 0.036, 0.4, 0.001), DYNAMIC, "differ by 0.0360 on average, where at most 0.03"),
        (Agreement(800, 1.0, 0.06, 0.9), INT8, "differ by 0.0600 on average, where at most 0.05 is allowed"),
        (Agreement(800, 1.0, 0.0, 0.002), FLOAT32, "differ by 0.0020 at worst, where at most 0.001 is allowed"),
        (Agreement(800, 1.0, 0.0, 0.02), FLOAT16, "differ by 0.0200 at worst, where at most 0.01 is allowed"),
        (Agreement(800, 1.0, math.nan, math.nan), INT8, "differ by nan"),
        (Agreement(800, 0.99, 0.01, 0.9), INT8, None),
        (Agreement(15, 13 / 15, 0.01, 0.9), INT8, None),  # two photographs on the border
        (Agreement(15, 12 / 15, 0.01, 0.9), INT8, "same label as the Keras model on 80.0% of 15"),
    ],
)
def test_every_recipe_has_bounds(agreement: Agreement, recipe: object, sentence: str | None) -> None:
    objection = agreement.objection(recipe)  # type: ignore[arg-type]  # of a parameter
    assert (objection is None) == (sentence is None)
    assert (sentence or "") in (objection or "")


def test_the_bounds_of_exact_recipes_are_those_that_were_promised() -> None:
    assert FLOAT32.greatest_difference == 1e-3
    assert FLOAT16.greatest_difference == 1e-2
    assert replace(INT8, greatest_difference=1.0) == INT8  # 8 bits may be far off on a photograph that is undecided


def test_the_worst_photographs_come_first_and_rounding_is_not_shown(run: RunFolder) -> None:
    first = scored([0.1, 0.4, 0.9], [0.1, 0.6, 0.85])
    second = scored([0.2, 0.5], [0.9, 0.505])
    found = largest_disagreements((first, second), "file", ("cat", "dog"))
    assert [round(one.difference, 2) for one in found] == [0.7, 0.2, 0.05]
    assert str(found[0]) == "0.jpg (cat): Keras cat 80.0%, file dog 90.0%"
    assert pictures(run, found[0]) == []  # gone
    real = replace(found[0], path=str(run.splits["test"][0].path))
    assert [one[:2] for one in pictures(run, real)] == [b"\xff\xd8"]


@pytest.fixture(scope="module")
def files(everything: Path) -> dict[str, dict[str, object]]:
    content = json.loads((everything / "conversion.json").read_text())
    assert content["schema_version"] == 2
    return {file["recipe"]["name"]: file for file in content["files"]}


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_keeps_its_bounds_on_the_chain(
    files: dict[str, dict[str, dict[str, float]]], everything: Path, name: str
) -> None:
    found, recipe = files[name], RECIPES[name]
    assert found["objections"] == []
    assert (everything / f"all-{name}.tflite").is_file()
    others = (1 - found["agreement"]["same_label"]) * PARITY_PHOTOGRAPHS
    assert others <= max(2, (1 - recipe.least_agreement) * PARITY_PHOTOGRAPHS) + 1e-9
    assert found["agreement"]["largest_difference"] <= recipe.greatest_difference
    assert found["agreement"]["photographs"] == found["accuracy"]["photographs"] == PARITY_PHOTOGRAPHS
    assert found["against_keras"]["low"] <= found["against_keras"]["difference"] <= found["against_keras"]["high"]


def test_the_three_int8_files_differ_in_what_goes_in_and_out_only(
    files: dict[str, dict[str, dict[str, float]]],
) -> None:
    same: Callable[[str], object] = lambda name: (files[name]["agreement"], files[name]["confidence"])  # noqa: E731  # short
    assert same("int8") == same("int8-int8io")
    bytes_out, floats_out = files["int8"]["agreement"], files["int8-floatio"]["agreement"]
    assert floats_out["same_label"] == bytes_out["same_label"]
    # Its float output is not known to be rounded, so a 0 stays 0 there and is half a step in the others.
    assert abs(floats_out["mean_difference"] - bytes_out["mean_difference"]) < 1 / 512


def test_16_bit_activations_are_closer_than_8_bit_ones(files: dict[str, dict[str, dict[str, float]]]) -> None:
    assert files["int16x8"]["agreement"]["mean_difference"] < files["int8"]["agreement"]["mean_difference"]


def test_the_accuracy_of_a_file_has_an_interval_over_groups() -> None:
    alone = scored([0.9] * 20, [0.9] * 18 + [0.1] * 2, [1] * 20)
    grouped = replace(alone, groups=tuple(str(number // 2) for number in range(20)))
    ten = MeasuredAccuracy.from_counts(9, 10, "all")
    assert (grouped.accuracy("file", "all").low, grouped.accuracy("file", "all").high) == pytest.approx(
        (ten.low, ten.high)
    )
    assert alone.accuracy("file", "all") == MeasuredAccuracy.from_counts(18, 20, "all")


def test_files_are_compared_over_groups() -> None:
    once = scored([0.9] * 20, [0.9] * 11 + [0.1] * 9, [1] * 20)
    alone = once.comparison("file")
    assert alone.verdict == "less accurate"
    two_sessions = replace(once, groups=("a",) * 10 + ("b",) * 10).comparison("file")
    assert (two_sessions.difference, two_sessions.p_value, two_sessions.groups) == (-0.45, 1.0, 2)
    assert two_sessions.verdict == "undecided"
    frames = scored([0.9] * 40, [0.9] * 22 + [0.1] * 18, [1] * 40)
    pairs = replace(frames, groups=tuple(str(number // 2) for number in range(40))).comparison("file")
    assert (pairs.low, pairs.high, pairs.p_value) == (alone.low, alone.high, alone.p_value)
    slow = replace(frames, probabilities={**frames.probabilities, "file": frames.probabilities["file"][:30]})
    assert replace(slow, groups=tuple(str(number // 2) for number in range(40))).comparison("file").groups == 15
