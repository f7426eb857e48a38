"""Promises of the sentence about MediaPipe; `tests/peers` asks MediaPipe itself whether they are true."""

from __future__ import annotations

import pytest

from convert.proof.mediapipe import mediapipe_sentence


@pytest.mark.parametrize(
    ("input_dtype", "output_dtype", "sentence"),
    [
        ("float32", "float32", "accepted"),
        ("uint8", "uint8", "accepted"),
        ("uint8", "float32", "accepted"),
        ("int8", "int8", "refused: it takes uint8 or float32 input, and this file has int8"),
        ("int16", "int16", "refused: it takes uint8 or float32 input, and this file has int16"),
        ("uint8", "int8", "refused: it takes uint8 or float32 output, and this file has int8"),
    ],
)
def test_the_types_of_the_tensors_decide(input_dtype: str, output_dtype: str, sentence: str) -> None:
    assert mediapipe_sentence(input_dtype, output_dtype) == sentence


def test_a_cropped_file_is_accepted_with_a_warning() -> None:
    assert mediapipe_sentence("uint8", "uint8", "center_crop").endswith("it squashes where the card says center_crop")
