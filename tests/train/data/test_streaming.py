"""Promises of `--stream`: photographs that stay in their files train the same network; one that vanishes is said."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge_app.model.card import Size
from edge_app.photographs.folders import find_photographs
from tests.train.test_main import refusal, write_photographs
from train.__main__ import main
from train.data.loading import hash_files, load_photographs, stream_photographs
from train.data.photograph_set import Photographs, StreamedPhotographs, picture_blocks
from train.evaluation.confidence import logits_of
from train.fitting.fit import FittedNetwork, fit
from train.fitting.resume import TrainingState, UnfinishedRun
from train.fitting.stages import TrainingData
from train.models.architectures.custom_cnn import TINY
from train.models.input_layers import fit_input_statistics

SMALL = replace(TINY, input_size=40, epochs=2, batch_size=16, input_statistics="standardize")


@pytest.fixture(scope="module")
def pets(tmp_path_factory: pytest.TempPathFactory) -> tuple[StreamedPhotographs, Photographs]:
    """150 pictures of noise, in files and in memory; 40 pixels wide, so that ZCA whitens patches."""
    folder = find_photographs(write_photographs(tmp_path_factory.mktemp("streaming") / "pets", ("cat", "dog"), 75))
    files = hash_files(folder)[0]
    streamed, _ = stream_photographs(folder.root, files, folder.labels, Size(40, 40))
    loaded, _ = load_photographs(folder.root, files, folder.labels, Size(40, 40))
    return streamed, loaded


def trained(photographs: Photographs, folder: Path) -> FittedNetwork:
    return fit(SMALL, TrainingData(photographs, photographs, 2), UnfinishedRun(folder / "run"), TrainingState(), seed=1)


def test_it_trains_the_same_network(pets: tuple[StreamedPhotographs, Photographs], tmp_path: Path) -> None:
    one, two = (trained(photographs, tmp_path / str(number)) for number, photographs in enumerate(pets))
    assert [(row.loss, row.val_loss) for row in one.history] == [(row.loss, row.val_loss) for row in two.history]
    for weights, same in zip(one.model.get_weights(), two.model.get_weights(), strict=True):
        np.testing.assert_array_equal(weights, same)
    assert one.statistics == two.statistics
    assert one.statistics is not None
    assert one.statistics["kind"] == "standardize"
    np.testing.assert_array_equal(*(logits_of(one.model, photographs) for photographs in pets))


def test_it_whitens_the_same(pets: tuple[StreamedPhotographs, Photographs]) -> None:
    one, two = (fit_input_statistics("zca", photographs) for photographs in pets)
    np.testing.assert_array_equal(one.zca.whitening, two.zca.whitening)  # type: ignore[union-attr]
    assert one.to_json() == two.to_json()  # type: ignore[union-attr]


def test_blocks_show_every_photograph_once_in_order(pets: tuple[StreamedPhotographs, Photographs]) -> None:
    one, two = (list(picture_blocks(photographs, 70)) for photographs in pets)
    assert [len(block) for block in one] == [70, 70, 10]
    np.testing.assert_array_equal(np.concatenate(one), np.concatenate(two))


def test_the_plan_says_where_photographs_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photographs = write_photographs(tmp_path / "photos", ("cat", "dog"), 40)
    words = (str(photographs), "--recipe", "tiny", "--dry-run")
    assert main((*words, "--stream", "always")) == 0
    assert "read from their files in every epoch (--stream)" in capsys.readouterr().out
    assert main(words) == 0
    assert "kept in memory" in capsys.readouterr().out


def test_a_photograph_that_vanishes_in_training_is_one_sentence_and_the_run_can_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photographs, run = write_photographs(tmp_path / "photos", ("cat", "dog"), 60), tmp_path / "run"
    gone = next(file.path for file in hash_files(find_photographs(photographs))[0] if file.split == "train")
    kept = (photographs / gone).read_bytes()
    words = (str(photographs), "--recipe", "tiny", "--epochs", "300", "--patience", "300", "--out", str(run))

    def vanish() -> None:
        deadline_s = time.monotonic() + 60
        while not (tmp_path / "run.unfinished" / "state.npz").exists() and time.monotonic() < deadline_s:
            time.sleep(0.01)
        (photographs / gone).unlink()

    thread = threading.Thread(target=vanish)
    thread.start()
    sentence = refusal(capsys, *words, "--stream", "always")
    thread.join()
    assert f"`{photographs / gone}` cannot be read: no such file or directory; it was readable" in sentence
    assert "restore it and use --resume" in sentence
    assert not run.exists()
    assert (tmp_path / "run.unfinished" / "state.npz").exists()
    without = refusal(capsys, *words, "--resume")
    assert "the photographs are not the same as when it was started" in without
    (photographs / gone).write_bytes(kept)
