"""Promises of the registry: an architecture is one file and one line, and what its file forgets is an error."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from edge_app.common.command_line import HelpfulParser
from edge_app.common.errors import UsageError
from tests.train.models import stacked_network
from train.__main__ import main
from train.models import build_model, registry
from train.models.architectures.custom_cnn import ARCHITECTURE, TINY
from train.models.freezing import rate_factors
from train.models.registry import ARCHITECTURES, architecture_named, named_recipes, recipes, recipes_table
from train.recipes import Recipe
from train.settings import fields_of

ROOT = Path(__file__).parent.parent.parent.parent


@pytest.fixture
def stacked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Register the architecture of `stacked_network.py`; this is the one line."""
    monkeypatch.setitem(registry.ARCHITECTURES, "stacked", stacked_network.ARCHITECTURE)


@pytest.mark.usefixtures("stacked")
def test_an_architecture_from_one_file_is_trained_by_the_command_line_and_fine_tuned_from_its_own_blocks(
    drawings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    words = ("--recipe", "stacked", "--fine-tune-from", "stage2_conv", "--block-rate", "0.5", "--out", str(run))
    assert main((str(drawings), *words)) == 0
    told = capsys.readouterr()
    assert "note: two stages are few" in told.out
    assert "head 1:" in told.err
    assert "fine-tuning 1:" in told.err
    found = json.loads((run / "run.json").read_text())
    assert (found["recipe"]["architecture"], found["pretrained"]) == ("stacked", True)
    model = build_model(stacked_network.STACKED, 2)
    factors = rate_factors(model, replace(stacked_network.STACKED, block_rate=0.5))
    assert factors == {"stage1_conv": 0.25, "stage2_conv": 0.5, "probabilities": 1.0}


@pytest.mark.usefixtures("stacked")
def test_its_settings_options_and_blocks_are_known_everywhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for words, sentence in (
        (("--recipe", "stacked", "--pooling", "flatten"), "--pooling applies to custom_cnn only"),
        (("--recipe", "mobilenet_v2", "--filters", "8"), "--filters applies to custom_cnn and stacked only"),
        (("--recipe", "stacked", "--penalty", "0:1e-4:stag3"), "there are stage1_conv, stage2_conv, probabilities"),
        (("--recipe", "stacked", "--fine-tune-from", "x"), "can begin at stage1_conv, stage2_conv, probabilities"),
    ):
        with pytest.raises(UsageError) as caught:
            _try(words, tmp_path)
        assert sentence in str(caught.value), words
    assert "`stacked`" in recipes_table()


def _try(words: tuple[str, ...], folder: Path) -> None:
    """Do what `fit` does before it reads a photograph, and build the network as it would."""
    from train.models.freezing import unfreeze
    from train.verbs.fit import add_arguments, chosen_recipe

    parser = HelpfulParser()
    add_arguments(parser)
    recipe = chosen_recipe(parser.parse_args([str(folder), *words]))
    unfreeze(build_model(recipe, 2, "none"), recipe)


def test_every_file_beside_the_others_is_registered() -> None:
    files = {path.stem for path in (ROOT / "train" / "models" / "architectures").glob("*.py")} - {"__init__"}
    assert files == set(registry._FILES)


def test_an_unknown_architecture_is_one_sentence_and_never_another_network() -> None:
    with pytest.raises(UsageError, match="unknown architecture `resnet`; choose one of mobilenet_v2, custom_cnn"):
        build_model(replace(TINY, architecture="resnet"), 2)


def test_a_file_that_forgets_something_is_an_error_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match=r"`other`: recipes of .*custom_cnn"):
        replace(ARCHITECTURE, name="other")
    with pytest.raises(ValueError, match=r"unknown settings \['depth'\]"):
        replace(ARCHITECTURE, own_settings=frozenset({"depth"}))
    monkeypatch.setitem(registry.ARCHITECTURES, "custom_cnn", replace(ARCHITECTURE, brings_weights=True))
    with pytest.raises(ValueError, match="`custom_cnn` ends in no layer called `features`"):
        build_model(TINY, 2)
    monkeypatch.setitem(registry.ARCHITECTURES, "custom_cnn", replace(ARCHITECTURE, blocks="stage"))
    with pytest.raises(ValueError, match="`custom_cnn` names no block for its layer `block1_conv`"):
        rate_factors(build_model(TINY, 2), TINY)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_the_ways_out_of_refusals_name_recipes_that_there_are(name: str) -> None:
    assert architecture_named(name).recipes[0].name in recipes()
    for field in fields_of(Recipe):
        for need in field.setting.needs:
            _, found, recipe = need.way_out.partition("--recipe ")
            assert not found or recipe in recipes()


def test_every_recipe_says_what_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["fit", "--help"])
    told = " ".join(capsys.readouterr().out.split())
    for one in named_recipes().values():
        assert one.summary in told
        assert one.accuracy in told
        assert one.source in told


def test_the_registry_needs_no_tensorflow() -> None:
    code = (
        "import sys; sys.modules['tensorflow'] = sys.modules['tf_keras'] = sys.modules['cv2'] = None; "
        "from train.models.registry import recipes; print(*recipes())"
    )
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.stdout.split() == list(recipes()), told.stderr
