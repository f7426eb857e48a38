"""Small files in the place of other people's models: their form is real, their weights are made by `make.py`."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent
UINT8 = FOLDER / "colours-uint8.tflite"
"""In the form of Coral's `mobilenet_v2_1.0_224_quant.tflite`: bytes from the first operator to the last."""
INT8 = FOLDER / "colours-int8.tflite"
"""In the form of Coral's `tf2_mobilenet_v2_1.0_224_ptq.tflite`: int8 between two conversions, a scale per channel."""
LABELS = ("background", "red", "green", "blue", "dark", "bright", *(f"class {number}" for number in range(6, 1001)))
"""A picture that is all red is `red`, and so on for the first six; a grey one is `background`."""
SIDE = 32
"""Pixels of the files in `strangers`, which `make_strangers.py` makes: every way to hand over a picture and scores."""
COLOURS = ("red", "green", "blue")
