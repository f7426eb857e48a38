"""Promises of --trust from the command line, on runs whose networks hold a Lambda layer that harms nobody."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import tf_keras as keras

from convert.__main__ import main as convert
from edge_app.demo.drawn_pets import write_drawings
from tests.conftest import Chain
from train.__main__ import main as train
from train.run_folder.writing import save_model


def with_code(run: Path, copy: Path, place: int) -> Path:
    """Copy a run; a Lambda layer comes behind the layer at `place` of its flat network, in every file of it."""
    shutil.copytree(run, copy)
    network = keras.models.load_model(run / "model.h5", compile=False)
    outputs = inputs = keras.Input(network.input_shape[1:], name="images")
    for number, layer in enumerate(network.layers[1:], start=1):
        outputs = layer(outputs)
        if number == place % len(network.layers):
            outputs = keras.layers.Lambda(lambda values: values * 1.0, name="strange")(outputs)
    shutil.rmtree(copy / "saved_model")
    save_model(keras.Model(inputs, outputs), copy)
    return copy


@pytest.fixture(scope="module")
def foreign(chain: Chain, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run folder whose network ends in a Lambda layer."""
    return with_code(chain.run, tmp_path_factory.mktemp("foreign") / "run", -1)


@pytest.fixture(scope="module")
def middle(chain: Chain, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run folder whose network has a Lambda layer behind its second convolution."""
    return with_code(chain.run, tmp_path_factory.mktemp("middle") / "run", 5)


def refused(capsys: pytest.CaptureFixture[str]) -> bool:
    (sentence,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    return "the layer `Lambda`" in sentence and sentence.endswith("if you know who made it, add --trust")


def test_a_network_that_ends_in_code_is_a_sentence(
    foreign: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["compress", str(foreign), "--method", "prune", "--epochs", "1", "--out", str(tmp_path / "small")]
    assert train(words) == 1
    assert refused(capsys)
    assert not (tmp_path / "small").exists()
    assert train([*words, "--trust"]) == 1
    said = capsys.readouterr().err
    (sentence,) = [line for line in said.splitlines() if line.startswith("error: ")]
    assert "the network ends in a layer Lambda" in sentence
    assert "photographs:" not in said  # before any of them is read


def commands(run: Path, chain: Chain, out: Path) -> dict[str, tuple[Callable[[list[str]], int], list[str]]]:
    """Every command that goes on from a run with code in the middle, and makes `out`; `few` beside it is taught."""
    small = ["compress", str(run), "--epochs", "1", "--out", str(out), "--method"]
    taught = ["--recipe", "tiny", "--epochs", "1", "--validation", "split", "--out", str(out), "--teacher", str(run)]
    return {
        "prune": (train, [*small, "prune", "--sparsity", "0.5"]),
        "cluster": (train, [*small, "cluster"]),
        "qat": (train, [*small, "qat"]),
        "convert": (convert, [str(run), "--out", str(out), "--recipes", "float32"]),
        "web": (convert, ["web", str(chain.models), "--run", str(run), "--parity-photographs", "0", "--out", str(out)]),
        "teacher": (
            train,
            [str(out.parent / "few"), *taught],
        ),
    }


@pytest.mark.parametrize("command", ["prune", "cluster", "qat", "convert", "web", "teacher"])
def test_code_in_the_middle_is_refused_before_any_work(
    command: str, middle: Path, chain: Chain, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_drawings(tmp_path / "few", 6, size=64)
    main, words = commands(middle, chain, tmp_path / "out")[command]
    assert main(words) == 1
    said = capsys.readouterr()
    (line,) = said.err.splitlines()
    assert line.startswith(f"error: `{middle}/saved_model` holds more than a network: the layer `Lambda`")
    assert line.endswith("if you know who made it, add --trust")
    assert said.out == ""
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("command", "made"),
    [("prune", "run.json"), ("cluster", "run.json"), ("convert", "out-float32.tflite"), ("teacher", "run.json")],
)
def test_with_trust_code_in_the_middle_is_worked_with(
    command: str, made: str, middle: Path, chain: Chain, tmp_path: Path
) -> None:
    write_drawings(tmp_path / "few", 60, size=64)  # of the teacher's classes
    main, words = commands(middle, chain, tmp_path / "out")[command]
    assert main([*words, "--trust"]) == 0
    assert (tmp_path / "out" / made).is_file()
    if command in ("prune", "cluster"):
        layers = keras.models.load_model(tmp_path / "out" / "model.h5", compile=False).layers
        assert [layer.name for layer in layers].count("strange") == 1


def test_what_8_bits_cannot_be_trained_for_is_said_before_training(
    middle: Path, chain: Chain, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main, words = commands(middle, chain, tmp_path / "out")["qat"]
    assert main([*words, "--trust"]) == 1
    said = capsys.readouterr().err
    assert said.splitlines()[-1].startswith("error: quantization-aware training does not support Lambda")
    assert "photographs:" not in said


def test_a_layer_that_is_called_with_more_than_its_inputs_is_said_before_training(
    chain: Chain, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Built again without its arguments, the network would be another one."""
    run = tmp_path / "run"
    shutil.copytree(chain.run, run)
    network = keras.models.load_model(chain.run / "model.h5", compile=False)
    outputs = inputs = keras.Input(network.input_shape[1:], name="images")
    for layer in network.layers[1:]:
        outputs = layer(outputs * 0.5 if layer is network.layers[-1] else outputs)
    shutil.rmtree(run / "saved_model")
    save_model(keras.Model(inputs, outputs), run)
    words = ["compress", str(run), "--method", "prune", "--epochs", "1", "--out", str(tmp_path / "small"), "--trust"]
    assert train(words) == 1
    said = capsys.readouterr().err
    assert "is called with more than its inputs, and only flat networks can be" in said.splitlines()[-1]
    assert "photographs:" not in said
