"""Promises of the one reader of scores: 8 bits leave no zero, add up to 1, and change neither order nor best label."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_app.model.card import ModelCard, Size
from edge_app.model.classifier import Classifier, top_k
from edge_app.model.scores import NOT_QUANTIZED, Quantization, ScoreReader, score_floor
from tests.models import INT8, UINT8

BYTES = Quantization(1 / 256, 0)


def rounded(logits: list[float], quantization: Quantization = BYTES) -> np.ndarray:
    """What an output of 8 bits holds of a softmax, as the runtime rounds it."""
    powers = np.exp(np.array(logits) - max(logits))
    limits = np.iinfo(np.int8 if quantization.zero_point < 0 else np.uint8)
    stored = np.rint(powers / powers.sum() / quantization.scale) + quantization.zero_point
    return np.asarray(stored.clip(limits.min, limits.max), limits.dtype)


def test_a_score_that_was_rounded_to_0_is_half_a_step() -> None:
    read = ScoreReader(BYTES).read(np.array([255, 0], np.uint8))
    np.testing.assert_allclose(read, [255 / 255.5, 0.5 / 255.5], rtol=1e-6)
    read = ScoreReader(Quantization(1 / 256, -128)).read(np.array([-128, 127], np.int8))
    np.testing.assert_allclose(read, [0.5 / 255.5, 255 / 255.5], rtol=1e-6)


def test_scores_that_are_not_0_and_add_up_to_1_stay() -> None:
    np.testing.assert_allclose(ScoreReader(BYTES).read(np.array([200, 56], np.uint8)), [200 / 256, 56 / 256], rtol=1e-7)


@pytest.mark.parametrize("quantization", [BYTES, Quantization(1 / 256, -128)])
@given(logits=st.lists(st.floats(-30, 30), min_size=2, max_size=1200))
def test_read_scores_add_up_to_1_in_the_same_order(quantization: Quantization, logits: list[float]) -> None:
    raw = rounded(logits, quantization)
    values = (raw.astype(np.float64) - quantization.zero_point) / 256
    if abs(values.sum() - 1) > 0.05:  # a thousand labels, none of which reaches half a step
        return
    read = ScoreReader(quantization).read(raw)
    assert read.dtype == np.float32
    assert read.min() > 0.0
    assert read.sum(dtype=np.float64) == pytest.approx(1.0, abs=1e-5)
    steps = np.diff(read[np.argsort(raw, kind="stable")])
    assert (steps >= 0.0).all()
    np.testing.assert_array_equal(steps > 0.0, np.diff(np.sort(raw).astype(int)) > 0)
    assert read.argmax() == raw.argmax()
    np.testing.assert_array_equal(top_k(read, min(5, len(raw))), top_k(raw, min(5, len(raw))))


def test_a_thousand_labels_take_no_share_from_the_best() -> None:
    raw = np.zeros(1000, np.uint8)
    raw[7] = 255
    read = ScoreReader(BYTES).read(raw)
    assert read[7] == pytest.approx(255 / 257, rel=1e-6)
    assert read[0] > 0


def test_what_a_thousand_labels_in_doubt_leave_of_1_belongs_to_those_rounded_to_0() -> None:
    raw = np.zeros(1000, np.uint8)
    raw[7] = 180  # the others have 76 of 256 steps together, and none has half a step
    read = ScoreReader(BYTES).read(raw)
    assert read[7] == pytest.approx(180 / 256, rel=1e-6)
    assert read[0] == pytest.approx(76 / 256 / 999, rel=1e-5)


@pytest.mark.parametrize("quantization", [BYTES, Quantization(1 / 256, -128), Quantization(1 / 200, 3)])
@given(logits=st.lists(st.floats(-8, 8), min_size=2, max_size=60))
def test_scores_are_read_alike_alone_and_together_and_as_the_rule_says(
    quantization: Quantization, logits: list[float]
) -> None:
    stored = rounded(logits, quantization)
    reader, scale = ScoreReader(quantization), quantization.scale
    read = reader.read(stored)
    assert reader.read_at(stored, range(len(stored))) == read.tolist()
    values = (stored.astype(np.float64) - quantization.zero_point) * scale
    assert values.sum() == pytest.approx(1.0, abs=0.06 + len(values) / 510)
    shared = max(2 * scale, 1 - values.sum()) / max((values == 0).sum(), 1)
    raised = np.maximum(values, min(0.5 * scale, shared))
    np.testing.assert_allclose(read, raised / raised.sum(), rtol=1e-6)


@given(st.lists(st.floats(0, 1, width=32), min_size=2, max_size=9))
def test_an_output_that_is_not_quantized_is_untouched(values: list[float]) -> None:
    raw = np.array(values, np.float32)
    np.testing.assert_array_equal(ScoreReader(NOT_QUANTIZED).read(raw), raw)
    assert score_floor(NOT_QUANTIZED) is None
    assert score_floor(BYTES) == 1 / 512


@pytest.mark.parametrize("labels", [3, 100])
def test_numbers_that_are_no_probabilities_are_untouched(labels: int) -> None:
    raw = np.array([255, 0, 230] + [0] * (labels - 3), np.uint8)  # labels that do not exclude each other
    assert ScoreReader(BYTES).read_at(raw, [2, 1]) == [230 / 256, 0.0]
    np.testing.assert_array_equal(ScoreReader(BYTES).read(raw), raw / np.float32(256))


@pytest.mark.parametrize("model", [UINT8, INT8])
def test_a_prediction_shows_the_scores_that_are_read(model: Path) -> None:
    classifier = Classifier(model, top_k=1001)
    frame = np.full((32, 32, 3), (250, 10, 10), np.uint8)
    shown, scores = classifier.classify(frame), classifier.scores(frame)
    assert shown.top == tuple(
        (classifier.card.labels[at], scores.item(at)) for at in np.argsort(-scores, kind="stable")
    )
    assert sum(score for _, score in shown.top) == pytest.approx(1.0, abs=1e-6)
    assert scores.min() > 0.0


def test_the_card_states_the_floor_and_older_cards_have_none() -> None:
    card = ModelCard("any", ("a", "b"), Size(8, 8), "uint8", score_floor=1 / 512)
    assert ModelCard.from_json(card.to_json()) == card
    assert "score_floor" not in ModelCard("any", ("a", "b"), Size(8, 8), "uint8").to_json()
    with pytest.raises(ValueError, match="score floor must be"):
        ModelCard("any", ("a", "b"), Size(8, 8), "uint8", score_floor=0.0)
