"""Promise of the page's reader of scores: it reads an 8-bit output as the app does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edge_app.model.scores import Quantization, ScoreReader

READ = """async ([stored, output]) => {
  const { readScores } = await import("./scores.js");
  return [...readScores(stored, output)];
}"""


@pytest.mark.parametrize(
    ("stored", "zero_point"),
    [
        ([255, 0], 0),
        ([127, -128], -128),
        ([200, 56], 0),
        ([250, 0, 3, 0, 1], 0),
        ([255, 0, 230], 0),
        ([240] + [0] * 99, 0),
        ([255] + [0] * 99, 0),
    ],
)
def test_the_page_reads_the_same_scores(stored: list[int], zero_point: int, page: Any) -> None:
    quantized = page.evaluate(READ, [stored, {"scale": 1 / 256, "zero_point": zero_point}])
    raw = np.array(stored, np.int8 if zero_point else np.uint8)
    np.testing.assert_allclose(quantized, ScoreReader(Quantization(1 / 256, zero_point)).read(raw), rtol=1e-6)


def test_scores_that_are_not_quantized_stay(page: Any) -> None:
    assert page.evaluate(READ, [[0.25, 0], {"scale": 0, "zero_point": 0}]) == [0.25, 0]
