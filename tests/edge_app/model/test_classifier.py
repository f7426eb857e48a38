"""Promises of the classifier, on files in the form of other people's; `tests/real` has real ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from edge_app import Classifier
from edge_app.common.errors import ModelFileError, PhotographError, UsageError
from edge_app.model.classifier import top_k
from edge_app.model.scores import Quantization, dequantize
from tests.models import INT8, UINT8

COLOURS_BGR = {
    "red": (30, 20, 220),
    "green": (40, 210, 30),
    "blue": (230, 20, 10),
    "dark": (9, 7, 5),
    "bright": (250,) * 3,
}


@pytest.mark.parametrize("colour", COLOURS_BGR)
@pytest.mark.parametrize("model", [UINT8, INT8], ids=lambda path: path.stem)
def test_a_third_party_file_knows_what_it_was_made_for(model: Path, colour: str) -> None:
    """Also that frames are BGR and networks RGB: red is not blue."""
    frame = np.full((120, 160, 3), COLOURS_BGR[colour], np.uint8)
    prediction = Classifier(model, threads=2).classify(frame, "picture.png", 7)
    assert (prediction.label, prediction.source, prediction.frame) == (colour, "picture.png", 7)
    assert prediction.top[0] == (prediction.label, prediction.score)
    assert len(prediction.top) == 5
    assert prediction.age_ms == prediction.latency_ms > 0


def test_what_was_assumed_is_said() -> None:
    assert "no model card" in Classifier(INT8).assumptions[0]


def test_a_wrong_number_of_labels_is_refused() -> None:
    with pytest.raises(ModelFileError, match="1,001 scores but there are 2 labels"):
        Classifier(INT8, labels=("cat", "dog"))


def test_labels_threads_and_thresholds_that_cannot_be_meant_are_refused() -> None:
    for words, sentence in (
        ({"labels": "red"}, "not one text"),
        ({"threads": 0}, "whole number from 1 on"),
        ({"threshold": 50}, "within 0..1"),
    ):
        with pytest.raises(UsageError, match=sentence):
            Classifier(INT8, **words)  # type: ignore[arg-type]


def test_a_grey_frame_is_refused() -> None:
    with pytest.raises(PhotographError, match="BGR"):
        Classifier(INT8).classify(np.zeros((4, 4), np.uint8))


@pytest.mark.parametrize(
    ("content", "reason"), [(b"", "empty"), (b"hello world, no model", "not a TFLite model"), (None, "cannot be read")]
)
def test_a_file_that_is_no_model_is_refused(tmp_path: Path, content: bytes | None, reason: str) -> None:
    path = tmp_path / "pets.tflite"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelFileError, match=reason):
        Classifier(path)


@pytest.mark.parametrize("share", [0.001, 0.3, 0.9])
def test_a_truncated_model_is_refused(tmp_path: Path, share: float) -> None:
    whole = INT8.read_bytes()
    path = tmp_path / "cut.tflite"
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(ModelFileError, match="cut short"):
        Classifier(path)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="is a folder"):
        Classifier(tmp_path)


@given(arrays.arrays(np.uint8, st.integers(1, 50)), st.integers(1, 10))
def test_top_k_is_the_head_of_a_stable_sort(scores: np.ndarray, count: int) -> None:
    count = min(count, len(scores))
    expected = sorted(range(len(scores)), key=lambda place: (-int(scores[place]), place))[:count]
    assert top_k(scores, count).tolist() == expected


def test_dequantize_is_affine() -> None:
    stored = np.array([0, 128, 255], np.uint8)
    assert dequantize(stored, Quantization(0.5, 128)).tolist() == [-64.0, 0.0, 63.5]
