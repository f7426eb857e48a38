"""Promises to owners of other people's models, on two that are downloaded a lot, and on a photograph of a cat."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from edge_app import Classifier
from edge_app.__main__ import main
from edge_app.model.card import write_card
from edge_app.model.direct_input import direct_network
from edge_app.model.metadata import read_metadata
from edge_app.photographs.decoder import read_photograph

INT8 = "tf2_mobilenet_v2_1.0_224_ptq.tflite"  # int8 between two conversions, without a signature
UINT8 = "mobilenet_v2_1.0_224_quant.tflite"  # uint8 all the way


@pytest.mark.parametrize("name", [INT8, UINT8])
def test_a_third_party_file_knows_an_egyptian_cat(data_folder: Path, name: str) -> None:
    frame = read_photograph(data_folder / "models" / "cat_720p.jpg")
    prediction = Classifier(data_folder / "models" / name, threads=2).classify(frame, "cat_720p.jpg", 7)
    assert (prediction.label, prediction.source, prediction.frame) == ("Egyptian cat", "cat_720p.jpg", 7)
    assert prediction.top[0] == (prediction.label, prediction.score)
    assert len(prediction.top) == 5


def test_the_app_sees_a_cat(data_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = str(data_folder / "models" / "cat_720p.jpg")
    assert main([str(data_folder / "models" / INT8), "--source", picture, "--jsonl", "-", "--threads", "2"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert "cat" in json.loads(line)["label"]


def test_without_its_conversion_the_answers_are_the_same_to_the_bit(data_folder: Path) -> None:
    path = data_folder / "models" / INT8
    direct, stored = Classifier(path, 1), Classifier(path, 1, as_stored=True)
    assert (direct.is_direct, stored.is_direct) == (True, False)
    assert direct.card == stored.card
    frames = [np.zeros((480, 640, 3), np.uint8), np.full((9, 7, 3), 255, np.uint8)]
    for frame in [*frames, *np.random.default_rng(0).integers(0, 256, (4, 120, 160, 3), np.uint8)]:
        np.testing.assert_array_equal(direct.scores(frame), stored.scores(frame))
        assert direct.classify(frame).top == stored.classify(frame).top


def test_a_network_of_bytes_is_left_alone(data_folder: Path) -> None:
    path = data_folder / "models" / UINT8
    assert direct_network(path) is None
    assert not Classifier(path, 1).is_direct


@pytest.mark.parametrize("name", [INT8, UINT8])
def test_its_metadata_is_read(data_folder: Path, name: str) -> None:
    metadata = read_metadata(data_folder / "models" / name)
    assert metadata.mean == metadata.std == (127.5,)
    assert metadata.labels is not None
    assert len(metadata.labels.splitlines()) == 1001
    assert "Egyptian cat" in metadata.labels.splitlines()


def test_both_layers_of_the_card_are_written_into_it_and_it_still_runs(data_folder: Path, tmp_path: Path) -> None:
    original = data_folder / "models" / INT8
    before = Classifier(original)
    path = tmp_path / "carded.tflite"
    path.write_bytes(write_card(original.read_bytes(), before.card))
    after = Classifier(path)
    assert after.assumptions == ()
    assert after.card == before.card
    assert read_metadata(path).mean == (127.5,)
    frame = read_photograph(data_folder / "models" / "cat_720p.jpg")
    assert after.classify(frame).top == before.classify(frame).top
