"""Promises of the recipes: each says what it is, and what a run cannot have is refused before anything is made."""

from __future__ import annotations

from dataclasses import replace

import pytest

from convert.quantize.recipes import (
    DEFAULT_NAMES,
    RECIPES,
    RECIPES_QAT,
    choose_recipes,
    parse_names,
    refuse_unused_settings,
)
from convert.run_folder import Compression, RunFolder, read_run_folder
from convert.settings import ConversionSettings
from edge_app.common.errors import UsageError
from tests.conftest import Chain


@pytest.fixture(scope="module")
def run(chain: Chain) -> RunFolder:
    return read_run_folder(chain.run)


@pytest.fixture(scope="module")
def quantized(run: RunFolder) -> RunFolder:
    return replace(run, compression=Compression("qat", "tiny", "qat", True, ()))


def names(recipes: tuple[object, ...]) -> list[str]:
    return [recipe.name for recipe in recipes]  # type: ignore[attr-defined]


@pytest.mark.parametrize("recipe", [*RECIPES.values(), *RECIPES_QAT.values()], ids=lambda recipe: recipe.summary)
def test_no_file_is_called_int8_without_saying_what_of_it_is_int8(recipe: object) -> None:
    summary = recipe.summary  # type: ignore[attr-defined]
    assert " in" in summary
    if recipe.weights == "int8":  # type: ignore[attr-defined]
        assert "int8 weights" in summary
        assert "activations" in summary
        assert f"{recipe.input_dtype} in" in summary  # type: ignore[attr-defined]


def test_the_usual_recipes_are_made_without_asking(run: RunFolder) -> None:
    chosen, skipped = choose_recipes(run, None)
    assert names(chosen) == list(DEFAULT_NAMES) == ["float32", "float16", "dynamic", "int8"]
    assert skipped == ()


def test_all_and_any_order_of_names(run: RunFolder) -> None:
    assert names(choose_recipes(run, "all")[0]) == list(RECIPES)
    assert names(choose_recipes(run, " int8 ,float32,int8")[0]) == ["float32", "int8"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("int9", "there is no recipe `int9`; did you mean int8?"),
        ("float32,tensorrt", "there is no recipe `tensorrt`; choose from float32, float16, dynamic, int8, int8-int8io"),
        (" ,", "names no recipe; choose from float32"),
        ("all,int8", "there is no recipe `all`"),
    ],
)
def test_an_unknown_recipe_is_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        parse_names(text)


def test_a_run_with_ranges_of_its_own_has_8_bit_files_only(quantized: RunFolder) -> None:
    chosen, (sentence,) = choose_recipes(quantized, "all")
    assert names(chosen) == ["int8", "int8-int8io", "int8-floatio"]
    assert all(recipe.quantized and not recipe.calibrated for recipe in chosen)
    assert sentence.startswith("no float32, float16, dynamic, int16x8 file: quantization-aware training")
    with pytest.raises(UsageError, match="cannot have the recipe float32: quantization-aware training made"):
        choose_recipes(quantized, "int8,float32")


def test_a_whitened_run_has_float_files_only(run: RunFolder) -> None:
    whitened = replace(run, input_statistics="zca")
    chosen, (sentence,) = choose_recipes(whitened, "all")
    assert names(chosen) == ["float32", "float16"]
    assert "no dynamic, int8, int8-int8io, int8-floatio, int16x8 file: ZCA whitening" in sentence
    with pytest.raises(UsageError, match="cannot have the recipe int8: ZCA whitening"):
        choose_recipes(whitened, "int8")


def test_settings_without_a_use_are_refused(run: RunFolder, quantized: RunFolder) -> None:
    floats = choose_recipes(run, "float32,dynamic")[0]
    with pytest.raises(UsageError, match=r"none of the files \(float32, dynamic\) is calibrated"):
        refuse_unused_settings(ConversionSettings(calibration=run.path), floats)
    with pytest.raises(UsageError, match="--diagnose examines the calibrated int8 file"):
        refuse_unused_settings(ConversionSettings(diagnose=True), choose_recipes(quantized, None)[0])
    refuse_unused_settings(ConversionSettings(calibration=run.path, diagnose=True), choose_recipes(run, "int8")[0])


@pytest.mark.parametrize("name", ["calibration", "parity"])
def test_a_number_of_photographs_below_one_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match=f"--{name}-photographs must be at least 1, received 0"):
        ConversionSettings(**{f"{name}_photographs": 0})  # type: ignore[arg-type]  # of a dictionary
