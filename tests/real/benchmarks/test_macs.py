"""The promise of `fieldlens bench macs`, on networks whose numbers are published."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.measure.operators.macs import count_macs


@pytest.mark.parametrize(
    "file", ["mobilenet_v2_1.0_224_quant.tflite", "tf2_mobilenet_v2_1.0_224_ptq.tflite"], ids=["quant", "ptq"]
)
def test_mobilenet_v2_has_the_macs_of_its_paper(data_folder: Path, file: str) -> None:
    """300 M (Sandler 2018, table 4); parameters: Keras' 3,504,872 weights and biases without batch norm's scale of
    17,056 channels, and one class more."""
    cost = count_macs(data_folder / "models" / file)
    assert cost.macs == pytest.approx(300e6, rel=0.01)
    assert cost.parameters == 3_504_872 - 17_056 + 1_281
