"""Promises of the weights' places: the name follows width and size, and the file for 224 does for every size."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from train.models.architectures.mobilenet_v2 import MOBILENET_V2, WEIGHTS, weights_file
from train.models.pretrained_weights import cached_path
from train.models.registry import can_get_weights

SMALL = replace(MOBILENET_V2, input_size=160, width=0.35)


@pytest.mark.parametrize(
    ("size", "width", "end"),
    [(224, 1.0, "1.0_224"), (160, 0.35, "0.35_160"), (96, 0.5, "0.5_96"), (200, 1.4, "1.4_224"), (299, 1, "1.0_224")],
)
def test_names_are_those_of_keras(size: int, width: float, end: str) -> None:
    assert weights_file(size, width) == f"mobilenet_v2_weights_tf_dim_ordering_tf_kernels_{end}_no_top.h5"


def test_the_file_of_the_size_is_taken_first_then_that_for_224(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    usual, exact = cached_path(weights_file(224, 0.35)), cached_path(weights_file(160, 0.35))
    usual.parent.mkdir(parents=True)
    assert WEIGHTS.cached(SMALL) is None
    usual.write_bytes(b"weights")
    assert WEIGHTS.cached(SMALL) == usual
    assert can_get_weights(SMALL)
    assert WEIGHTS.cached(replace(SMALL, width=1.0)) is None
    exact.write_bytes(b"weights")
    assert WEIGHTS.cached(SMALL) == exact
