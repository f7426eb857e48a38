"""Promises of the page's answers: the labels are those of the Python app, in every runtime."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from convert.web.chromium import BrowserSession
from edge_app.model.card import NEITHER, ModelCard, write_card
from edge_app.model.classifier import Classifier
from edge_app.photographs.decoder import read_photograph
from tests.conftest import Chain

# Of max |Δp|: decoded and resized pixels are equal.
FLOAT_BOUND, INTEGER_BOUND = 1e-5, 1e-5


def python_scores(model: Path, photographs: list[Path]) -> np.ndarray:  # type: ignore[type-arg]
    classifier = Classifier(model)
    return np.stack([classifier.scores(read_photograph(path)) for path in photographs])


@pytest.mark.parametrize(
    ("runtime", "file", "bound"),
    [("tfjs-wasm", "tiny-float32.tflite", FLOAT_BOUND), ("litert", "tiny-int8.tflite", INTEGER_BOUND)],
)
def test_labels_are_those_of_python_on_photographs(
    session: BrowserSession, chain: Chain, full_size: list[Path], runtime: str, file: str, bound: float
) -> None:
    expected = python_scores(chain.models / file, full_size)
    found = session.scores(full_size, runtime)
    difference = np.abs(expected - found).max(axis=1)
    same = expected.argmax(axis=1) == found.argmax(axis=1)
    print(f"{runtime}: {len(same)} photographs, same label {same.mean():.2%}, max|Δp| {difference.max():.2g}")
    assert difference.max() <= bound
    assert same[np.abs(expected[:, 0] - expected[:, 1]) > 2 * bound].all()  # a tie may fall either way
    assert same.mean() >= 0.99
    assert {0, 1} == set(expected.argmax(axis=1))  # a model that always says the same would agree with anything


@pytest.mark.parametrize(
    ("runtime", "file", "bound"),
    [("tfjs-wasm", "tiny-float32.tflite", 1e-5), ("litert", "tiny-int8.tflite", 1 / 256 + 1e-6)],
)
def test_on_the_very_same_pixels_scores_are_the_same(
    session: BrowserSession, chain: Chain, full_size: list[Path], tmp_path: Path, runtime: str, file: str, bound: float
) -> None:
    """Photographs that have the size of the input already: nothing is resized on either side."""
    small = [tmp_path / f"{path.stem}.png" for path in full_size[::4]]
    for path, original in zip(small, full_size[::4], strict=True):
        cv2.imwrite(str(path), cv2.resize(read_photograph(original), (48, 48)))
    difference = np.abs(python_scores(chain.models / file, small) - session.scores(small, runtime)).max()
    print(f"{runtime}: {len(small)} photographs, same pixels, max|Δp| {difference:.2g}")
    assert difference <= bound


@pytest.mark.parametrize("runtime", ["litert", "tfjs-wasm"])
def test_threads_change_nothing(
    web: Path, session: BrowserSession, full_size: list[Path], runtime: str, open_beside: Callable[..., BrowserSession]
) -> None:
    together = session.scores(full_size[:10], runtime)
    assert session.page.evaluate("() => crossOriginIsolated") is True
    with open_beside(web, worker=False) as single:
        assert single.page.evaluate("() => crossOriginIsolated") is False
        np.testing.assert_allclose(single.scores(full_size[:10], runtime), together, atol=1e-5)


def test_the_graphics_runtimes_agree_too(
    web: Path, chain: Chain, full_size: list[Path], open_beside: Callable[..., BrowserSession]
) -> None:
    """WebGL and WebGPU, computed on the processor where there is no graphics card."""
    expected = python_scores(chain.models / "tiny-float32.tflite", full_size[:10])
    with open_beside(web, graphics=True) as session:
        for runtime in ("tfjs-webgl", "tfjs-webgpu"):
            np.testing.assert_allclose(session.scores(full_size[:10], runtime), expected, atol=FLOAT_BOUND)


def with_threshold(web: Path, out: Path, threshold: float) -> Path:
    """A copy of the bundle whose cards ask for more."""
    shutil.copytree(web, out)
    for card in (out / "model_card.json", out / "tiny-int8.json"):
        content = json.loads(card.read_text())
        card.write_text(json.dumps({**content, "neither_threshold": threshold}))
    return out


def test_neither_is_said_where_python_says_it(
    web: Path, chain: Chain, full_size: list[Path], tmp_path: Path, open_beside: Callable[..., BrowserSession]
) -> None:
    photographs = full_size[:40]
    scores = python_scores(chain.models / "tiny-int8.tflite", photographs)
    threshold = float(np.median(scores.max(axis=1)))
    model = tmp_path / "asks-more.tflite"
    card = replace(Classifier(chain.models / "tiny-int8.tflite").card, neither_threshold=threshold)
    model.write_bytes(write_card((chain.models / "tiny-int8.tflite").read_bytes(), card))
    classifier = Classifier(model)
    expected = [classifier.classify(read_photograph(path)).label for path in photographs]
    assert NEITHER in expected
    assert set(expected) != {NEITHER}
    with open_beside(with_threshold(web, tmp_path / "web", threshold)) as session:
        for path, label in zip(photographs, expected, strict=True):
            session.page.set_input_files("#file", path)
            session.page.wait_for_function(
                "(name) => document.querySelector('#picture').dataset.file === name", arg=path.name
            )
            assert session.page.inner_text("#label") == label, path.name
            assert session.page.get_attribute("#result", "data-state") == (NEITHER if label == NEITHER else "known")
        assert "when the best score is below" in session.page.text_content("#threshold")


def test_the_cards_are_those_of_the_files(web: Path, chain: Chain) -> None:
    for card, model in (("model_card.json", "tiny-float32.tflite"), ("tiny-int8.json", "tiny-int8.tflite")):
        assert ModelCard.from_json((web / card).read_text()) == Classifier(chain.models / model).card
