"""Promises of `bench experiment review` that need no browser: the frames are as said, and so are the numbers."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.experiments.review import write_frames
from benchmarks.publish.reviewing import key, ready
from benchmarks.results.device import examine_device
from benchmarks.results.json_records import from_json, to_json
from benchmarks.results.reviewing import Opened, Reviewing, rows
from edge_app.photographs.decoder import read_photograph
from edge_app.photographs.groups import mark_in
from edge_app.teaching.review.frames import find_frames


def test_frames_are_those_of_a_camera_that_hardly_moves(tmp_path: Path) -> None:
    root = write_frames(tmp_path / "frames", 24)
    frames = find_frames(root).frames
    assert Counter(frame.folder for frame in frames) == {"cat": 12, "dog": 12}
    images = [read_photograph(root / frame.path) for frame in frames]
    assert {image.shape for image in images} == {(480, 640, 3)}
    assert len({(root / frame.path).read_bytes() for frame in frames}) == 24
    assert {mark_in((root / frame.path).read_bytes()) for frame in frames} == {b"session 0"}


def test_numbers_are_medians_with_their_range_first_and_again_apart() -> None:
    opened = tuple(
        Opened(cached, 1.0, ready_s, (0.01 * number, 0.03))
        for number, (cached, ready_s) in enumerate([(False, 1.0), (True, 0.4), (False, 3.0), (True, 0.6), (False, 1.5)])
    )
    result = Reviewing("2026-11-29T12:00:00+00:00", examine_device(), 1000, "Chromium 1", opened)
    assert from_json(Reviewing, to_json(result)) == result
    assert [row[2] for row in rows(result)] == ["1.50 (1.00 to 3.00)", "0.50 (0.40 to 0.60)"]
    payload = to_json(result)
    assert [(one.value, one.low, one.high) for one in ready(payload)] == [(1.5, 1.0, 3.0), (0.5, 0.4, 0.6)]
    (told,) = key(payload)
    assert (told.value, told.low, told.high) == (pytest.approx(0.03), 0.0, 0.04)


def test_what_cannot_be_meant_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["experiment", "review", "--frames", "3", "--out", str(tmp_path / "r.json")]) == 2
    assert "--frames must be at least 20" in capsys.readouterr().err
