"""Promises of the published values of several seeds: medians and int8 changes, by hand."""

from __future__ import annotations

import pytest

from benchmarks.publish import several_seeds
from benchmarks.results.seeds import derived
from tests.benchmarks.results.test_seeds import two_recipes


def test_published_values_by_hand() -> None:
    result = two_recipes()
    payload = {**derived(result), "files": [{"recipe": "soup", "own": vars(result.files[0].own), "elsewhere": {}}]}
    payload["files"][0]["elsewhere"] = {"judgement": vars(result.files[0].elsewhere.judgement)}
    (own,) = several_seeds.accuracy("own source")(payload)
    assert (own.value, own.low, own.high) == pytest.approx((0.925, 0.9, 0.95))
    assert own.note == "range of 2 seeds; 20 photographs, test split"
    (elsewhere,) = several_seeds.accuracy("other source", "int8")(payload)
    assert elsewhere.value == pytest.approx(0.8)
    assert elsewhere.note == "range of 2 seeds; 20 photographs, web, odd half"
    (mean,), (lowest,), (loss,) = (
        of(payload) for of in (several_seeds.int8_mean, several_seeds.int8_lowest, several_seeds.int8_log_loss)
    )
    assert (mean.value, lowest.value, loss.value) == pytest.approx((-0.025, -0.05, 0.1))
    assert mean.note == "each: −5.00 points, +0.00 points; 20 photographs (near copies as one)"
