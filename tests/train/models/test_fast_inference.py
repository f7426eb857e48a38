"""The promise of fast inference: whichever runtime predicts, the probabilities are those of the run."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from convert.quantize.tflite import load_saved_model
from edge_app.common.errors import MissingDependencyError, RunFolderError
from edge_app.model.run_folder import read_trained_run
from tests.conftest import Chain
from train.models import fast_inference
from train.models.fast_inference import fastest_inference
from train.models.trained_run import load_signature


@pytest.mark.parametrize("batch", [3, 5])
def test_litert_says_what_tensorflow_says(chain: Chain, batch: int) -> None:
    run = read_trained_run(chain.run)
    pictures = np.random.default_rng(0).uniform(-1, 1, (batch, 48, 48, 3)).astype(np.float32)
    assert fast_inference._by_litert(run) is not None
    answers = fastest_inference(run)
    for _ in range(2):  # the size of the batch may change in between
        expected = np.asarray(load_signature(run, "core")(tf.constant(pictures)))
        np.testing.assert_allclose(np.asarray(answers(pictures)), expected, atol=1e-5)
        pictures = pictures[:-1]


def test_without_a_runtime_tensorflow_answers(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise MissingDependencyError("no LiteRT runtime is installed")

    monkeypatch.setattr(fast_inference, "interpreter_module", missing)
    pictures = np.zeros((2, 48, 48, 3), np.float32)
    answers = np.asarray(fastest_inference(read_trained_run(Path(chain.run)))(tf.constant(pictures)))
    assert answers.shape == (2, 2)


@pytest.mark.parametrize("damage", ["variables/variables.data-00000-of-00001", "saved_model.pb"])
def test_a_saved_model_that_is_cut_short_is_one_sentence(damage: str, chain: Chain, tmp_path: Path) -> None:
    shutil.copytree(chain.run, tmp_path / "run", ignore=shutil.ignore_patterns("plots", "checkpoints"))
    path = tmp_path / "run" / "saved_model" / damage
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(RunFolderError, match=r"^[^\n]*saved_model` cannot be loaded [^\n]*train again[^\n]*$"):
        load_signature(read_trained_run(tmp_path / "run"), "core")
    with pytest.raises(RunFolderError, match=r"^[^\n]*saved_model` cannot be loaded [^\n]*$"):
        load_saved_model(tmp_path / "run" / "saved_model")


def test_pictures_of_another_size_are_one_sentence(chain: Chain) -> None:
    with pytest.raises(RunFolderError, match=r"^[^\n]*saved_model` cannot be run [^\n]*train again$"):
        load_signature(read_trained_run(chain.run), "core")(tf.constant(np.zeros((1, 7, 7, 4), np.float32)))
