"""Promises of the page's explanation: drops, map and words are Python's, and people get it with one key."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_app.model.card import ModelCard, ResizeRule, Size
from edge_app.model.occlusion import LIMITS, explain

CARD = ModelCard("colours", ("red", "green", "blue"), Size(28, 21), "uint8")

# A network that is a function of numbers, so that only the covering and the counting are compared.
EXPLAIN = """async ([card, step, bytes, width, height]) => {
  const { explain, sentences } = await import("./explain.js");
  const classify = async ({ data }) => {
    const means = [0, 1, 2].map((channel) => {
      let sum = 0;
      for (let place = channel; place < data.length; place += 4) sum += data[place];
      return Math.exp((CERTAINTY * sum) / (data.length / 4) / 255);
    });
    const total = means[0] + means[1] + means[2];
    const round = (score) => (step ? Math.round(score / step) * step : score);
    return { scores: Float32Array.from(means, (value) => round(value / total)) };
  };
  const found = await explain(card, { scale: 0 }, { data: Uint8ClampedArray.from(bytes), width, height }, classify);
  return { ...found, picture: null, words: sentences(found) };
}"""


class Colours:
    """The same network for Python."""

    score_floor = None

    def __init__(self, card: ModelCard, certainty: float, step: float) -> None:
        self.card, self._certainty, self._step = card, certainty, step

    def scores(self, frame_bgr: np.ndarray) -> np.ndarray:
        odds = np.exp(self._certainty * frame_bgr.mean(axis=(0, 1))[::-1] / 255)
        scores = odds / odds.sum()
        return np.float32(np.rint(scores / self._step) * self._step if self._step else scores)


@pytest.mark.parametrize("resize", ["squash", "center_crop", "center_zoom"])
@pytest.mark.parametrize(
    ("certainty", "step", "threshold"), [(9.0, 0.0, None), (9.0, 1 / 256, None), (40.0, 1 / 256, None), (2.0, 0.0, 0.9)]
)
def test_the_page_explains_as_python_does(
    page: Any, resize: ResizeRule, certainty: float, step: float, threshold: float | None
) -> None:
    card = replace(CARD, resize=resize, neither_threshold=threshold)
    frame = np.random.default_rng(0).integers(60, 120, (90, 130, 3), dtype=np.uint8)
    frame[50:, 40:80] = (250, 40, 10)
    rgba = np.dstack([frame[..., ::-1], np.full(frame.shape[:2], 255, np.uint8)])
    about = [asdict(card), step, rgba.ravel().tolist(), 130, 90]
    found = page.evaluate(EXPLAIN.replace("CERTAINTY", str(certainty)), about)
    wanted = explain(Colours(card, certainty, step), frame)  # type: ignore[arg-type]
    assert found["label"] == wanted.label == "blue"
    assert found["flat"] is wanted.is_flat
    assert found["saturated"] is wanted.saturated
    assert found["words"] == wanted.sentences()
    np.testing.assert_allclose(found["drops"], wanted.drops, atol=2e-5)
    np.testing.assert_allclose(found["cells"], wanted.cells, atol=2e-5)


def test_a_photograph_is_explained_with_one_key_and_closed_with_it(page: Any, full_size: list[Path]) -> None:
    page.focus("#why")
    page.keyboard.press("Enter")
    assert "No picture yet" in page.inner_text("#words")
    page.set_input_files("#file", full_size[0])
    page.wait_for_function("(name) => document.querySelector('#picture').dataset.file === name", arg=full_size[0].name)
    assert not page.is_visible("#explanation")
    page.focus("#why")
    page.keyboard.press("Enter")
    page.wait_for_selector("#heat-map:not([hidden])")
    words = page.locator("#words p").all_inner_texts()
    assert words[-1] == LIMITS
    assert "log-odds" in " ".join(words)
    assert page.evaluate("() => document.getElementById('heat').width") > 1
    page.keyboard.press("Enter")
    assert not page.is_visible("#explanation")
    page.keyboard.press("Enter")
    page.wait_for_selector("#heat-map:not([hidden])")
    page.set_input_files("#file", full_size[1])  # another picture: the map is of the one before
    page.wait_for_function("(name) => document.querySelector('#picture').dataset.file === name", arg=full_size[1].name)
    assert not page.is_visible("#explanation")
