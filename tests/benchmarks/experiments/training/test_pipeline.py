"""Promises of the comparison of input pipelines: turns alternate, numbers are what they are called, files agree."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.__main__ import main
from benchmarks.experiments.training import pipeline
from benchmarks.experiments.training.pipeline import (
    KERAS,
    OURS,
    Contender,
    Ratio,
    Turn,
    describe_pixels,
    ratio,
    take_turns,
)
from tests.pictures import write_photographs


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    """Eight of each class in the sizes of photographs."""
    return write_photographs(tmp_path / "photos", 8)


def test_every_second_round_goes_backwards_and_what_was_queued_is_thrown_away() -> None:
    made: list[str] = []

    def contender(name: str) -> Contender:
        def batch() -> np.ndarray:
            made.append(name)
            return np.zeros((5, 2, 2, 3))

        return Contender(name, batch, queued=3)

    turns = take_turns([contender("a"), contender("b")], rounds=3, seconds=1e-9)
    assert [(turn.contender, turn.round) for turn in turns] == [
        *[("a", 0), ("b", 0)],
        *[("b", 1), ("a", 1)],
        *[("a", 2), ("b", 2)],
    ]
    assert {turn.images for turn in turns} == {5}
    assert len(made) == 6 * (1 + 4)


def test_the_ratio_is_of_rates_in_the_same_round() -> None:
    turns = [
        *[Turn(OURS, number, 100, 1.0, 2.0) for number in range(3)],
        *[Turn(KERAS, number, 10, seconds, 1.0) for number, seconds in enumerate((1.0, 2.0, 0.5))],
    ]
    assert ratio(turns, KERAS) == Ratio(KERAS, median=10.0, low=5.0, high=20.0)


def test_pixels_are_described_by_their_channels() -> None:
    images = np.zeros((2, 4, 4, 3))
    images[0, ..., 0] = 100.0
    images[:, :2, :, 2] = 50.0
    pixels = describe_pixels("x", [images[:1], images[1:]])
    assert pixels.images == 2
    assert pixels.mean == (50.0, 0.0, 25.0)
    assert pixels.spread == (50.0, 0.0, 25.0)
    assert pixels.spread_within == pytest.approx(25.0 / 3)


@pytest.mark.filterwarnings("ignore:Please import `affine:DeprecationWarning")  # tf-keras uses an old name of SciPy's
def test_a_comparison_leaves_raw_times_and_finds_the_same_pixels_where_nothing_is_resized(
    photographs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, small in {"_QUEUED": 1, "_JUDGED": 2, "BATCH": 8}.items():
        monkeypatch.setattr(pipeline, name, small)
    out = tmp_path / "pipeline.json"
    words = [
        "experiment",
        "pipeline",
        "--photos",
        str(photographs),
        "--rounds",
        "2",
        "--seconds",
        "0.01",
        "--out",
        str(out),
    ]
    assert main(words) == 0
    content = json.loads(out.read_text())["payload"]
    assert [turn["round"] for turn in content["turns"]] == [0, 0, 0, 1, 1, 1]
    assert all(turn["cpu_s"] > 0 for turn in content["turns"])
    assert content["photographs"]["files"] == 16
    copies, originals = content["differences"]
    assert copies["largest"] <= 3.0  # the decoders' own rounding
    assert originals["mean"] < 6.0  # Pillow's filter grows with the reduction
    ours, keras, _ = content["pixels"]
    np.testing.assert_allclose(ours["mean"], keras["mean"], atol=12.0)
    assert ours["spread_within"] == pytest.approx(keras["spread_within"], rel=0.15)
    assert "ours is × as fast" in capsys.readouterr().out
    assert main(words) == 1
    assert "--overwrite" in capsys.readouterr().err


def test_a_missing_package_is_said_with_the_way_to_get_it(
    photographs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pipeline, "find_spec", lambda name: None if name == "scipy" else name)
    assert main(["experiment", "pipeline", "--photos", str(photographs), "--out", str(tmp_path / "x.json")]) == 1
    assert "ImageDataGenerator needs scipy, which is missing; pip install scipy" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        ("cats/broken.jpg", "is not the same to both pipelines: "),
        ("cats/odd.webp", "only one of both pipelines reads `cats/odd.webp`; take the file out"),
    ],
)
def test_a_file_that_only_one_of_them_reads_is_said(
    photographs: Path, broken: str, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = photographs / broken
    if path.suffix == ".webp":
        assert cv2.imwrite(str(path), np.zeros((9, 9, 3), np.uint8))
    else:
        path.write_bytes(b"\xff\xd8 no picture")
    assert main(["experiment", "pipeline", "--photos", str(photographs), "--out", str(tmp_path / "x.json")]) == 1
    assert sentence in capsys.readouterr().err
    assert not (tmp_path / "x.json").exists()
