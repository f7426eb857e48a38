"""Promises of --trust from the command line, on a run whose network ends in a Lambda layer that harms nobody."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path

import pytest
import tf_keras as keras

from tests.conftest import Chain
from train.__main__ import main as train


@pytest.fixture(scope="module")
def foreign(chain: Chain, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run folder whose flat network (model.h5) ends in a Lambda layer."""
    run = tmp_path_factory.mktemp("foreign") / "run"
    shutil.copytree(chain.run, run)
    network = keras.models.load_model(chain.run / "model.h5", compile=False)
    outputs = inputs = keras.Input(network.input_shape[1:])
    for layer in network.layers[1:]:
        outputs = layer(outputs)
    outputs = keras.layers.Lambda(lambda scores: scores * 1.0, name="strange")(outputs)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "You are saving your model as an HDF5 file")
        keras.Model(inputs, outputs).save(run / "model.h5", include_optimizer=False)
    return run


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
    (sentence,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert "the network ends in a layer Lambda" in sentence
