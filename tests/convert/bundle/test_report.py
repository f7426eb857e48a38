"""Promises of the report: every measurement of every file, and plain words about what does not pay."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from convert.bundle.report import HEAD
from convert.proof.compression_gain import RecipeGain
from convert.proof.latency import interleaved_latency_s
from convert.quantize.recipes import RECIPES
from edge_app.model.classifier import Classifier

SHORT = {"same label as Keras": "same label, validation"}
"""Columns that are named for their section in the report."""


def test_the_report_has_every_file_with_what_it_is(everything: Path) -> None:
    page = (everything / "report.html").read_text()
    for column in HEAD:
        assert f">{SHORT.get(column, column)}</th>" in page
    for heading in (
        "Accuracy",
        "Agreement with Keras",
        "Size and latency",
        "Notes",
        "Largest disagreements",
        "Calibration data",
    ):
        assert f"<h2>{heading}" in page
    for name, recipe in RECIPES.items():
        assert f"all-{name}.tflite" in page
        assert recipe.summary in page
    assert page.count("data:image/png;base64,") == 1
    assert "measured on 200 photographs from the training split of pets (100 cat, 100 dog)" in page


def test_a_slow_file_is_marked_in_table_report_and_json(everything: Path) -> None:
    """The reference kernels of int16x8 are many times slower than XNNPACK, however busy the machine is."""
    files = {file["recipe"]["name"]: file for file in json.loads((everything / "conversion.json").read_text())["files"]}
    ratio = files["int16x8"]["times_float32"]
    assert ratio > 1.05
    mark = f"slower than float32 on this machine ({ratio:.1f} ×)"
    assert mark in files["int16x8"]["notes"]
    assert mark in (everything / "report.html").read_text()
    assert files["float32"]["times_float32"] == 1.0
    assert not any("slower" in note for note in files["float32"]["notes"])


def test_what_stays_outside_xnnpack_is_noted(everything: Path) -> None:
    files = {file["recipe"]["name"]: file for file in json.loads((everything / "conversion.json").read_text())["files"]}
    assert "no operator runs in XNNPACK" in files["int16x8"]["notes"]
    assert any(note.startswith("not in XNNPACK: ") and "1 SOFTMAX" in note for note in files["int8"]["notes"])
    assert not any("XNNPACK" in note for note in files["float32"]["notes"])
    assert {one["name"]: one["delegated"] for one in files["int16x8"]["operators"]["counts"]}["CONV_2D"] == 0


def test_photographs_far_from_the_keras_model_are_shown(everything: Path) -> None:
    page = (everything / "report.html").read_text()
    files = {file["recipe"]["name"]: file for file in json.loads((everything / "conversion.json").read_text())["files"]}
    shown = sum(len(file["worst_photographs"]) for file in files.values())
    assert shown > 0
    used = re.search(r"Use all-(\w+)\.tflite", page)
    assert used is not None
    explained = len(files[used[1]]["worst_photographs"])  # two pictures each: the second shows what the label hangs on
    assert explained > 0
    assert page.count("data:image/jpeg;base64,") == shown + explained
    first = files["int8"]["worst_photographs"][0]
    assert Path(first["path"]).name in page
    assert files["float32"]["worst_photographs"] == []


def test_every_file_is_timed_in_turn(everything: Path) -> None:
    names = ("float32", "int8")
    found = interleaved_latency_s({name: Classifier(everything / f"all-{name}.tflite") for name in names}, 0.01)
    assert set(found) == set(names)
    assert min(found.values()) > 0


@pytest.mark.parametrize(
    ("saved", "sentence"),
    [
        (
            (1000, 1000, 900, 500, 1.01),
            "no smaller; no faster; after gzip 0.00 MB against 0.00 MB: 44% less to download",
        ),
        ((1000, 1004, 900, 898, 1.2), "no smaller; slower here (1.20 × the latency); after gzip"),
        ((1000, 500, 900, 450, 0.5), "50% smaller; faster here (0.50 × the latency); after gzip"),
        (
            (1000, 1200, 900, 1000, 1.0),
            "20% larger; no faster; after gzip 0.00 MB against 0.00 MB: 11% more to download",
        ),
    ],
)
def test_what_compression_has_come_to_is_said_plainly(saved: tuple[int, int, int, int, float], sentence: str) -> None:
    original, now, original_gzip, now_gzip, times = saved
    told = str(RecipeGain("float32", original, now, original_gzip, now_gzip, times))
    assert sentence in told
    assert told.startswith("float32 (float32 throughout, 0..255 in): ")
