"""Promises of the diagnosis: the worst layers by name, and what keeping them in float32 really brings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convert.proof.layer_sensitivity import sqnr_db


@pytest.fixture(scope="module")
def diagnosis(everything: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((everything / "conversion.json").read_text())["diagnosis"]
    return found


def test_signal_to_noise_is_ten_times_the_logarithm_of_the_powers() -> None:
    real = np.array([3.0, -4.0, 0.0])  # power 25/3
    assert sqnr_db(real, np.array([31, -40, 0], np.int8), 0.1, 0) == pytest.approx(10 * np.log10(25 / 0.01))
    assert sqnr_db(real, np.array([4, -3, 1], np.int8), 1.0, 1) == 150.0


def test_rounding_to_8_bits_of_a_uniform_signal_leaves_the_textbook_ratio() -> None:
    real = np.random.default_rng(0).uniform(-1, 1, 100_000)
    stored = np.rint(real * 127).astype(np.int8)
    assert sqnr_db(real, stored, 1 / 127, 0) == pytest.approx(20 * np.log10(254), abs=0.1)


def test_layers_are_named_the_worst_first(diagnosis: dict[str, Any], everything: Path) -> None:
    ratios = [layer["sqnr_db"] for layer in diagnosis["layers"]]
    assert ratios == sorted(ratios)
    assert 10 < ratios[0] < 60
    assert any("block1_conv" in layer["layer"] for layer in diagnosis["layers"])
    page = (everything / "report.html").read_text()
    assert ">SQNR, dB</th>" in page
    assert "<td>tiny/block" in page
    assert "<td>worst 3 layers in float32</td>" in page


def test_keeping_layers_in_float32_costs_bytes_and_brings_the_scores_closer(diagnosis: dict[str, Any]) -> None:
    few, more, most = diagnosis["mixed"]
    assert few["kept"] == more["kept"][:1] == most["kept"][:1] == [diagnosis["layers"][0]["layer"]]
    assert diagnosis["int8_bytes"] < few["size_bytes"] < most["size_bytes"]
    assert most["agreement"]["mean_difference"] < diagnosis["int8"]["mean_difference"]
    assert most["agreement"]["photographs"] == diagnosis["int8"]["photographs"] == 96
