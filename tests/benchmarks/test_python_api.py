from __future__ import annotations

from pathlib import Path

import pytest

import benchmarks
from benchmarks import benchmark
from edge_app.common.errors import OutputError, UsageError
from tests.models import UINT8


def test_a_line_measures_and_says_what_makes_it_doubtful(tmp_path: Path) -> None:
    measured = benchmark(UINT8, rounds=1, seconds=0.1, out=tmp_path / "out")
    (row,) = measured.rows
    assert row[0] == "colours-uint8.tflite"
    assert len(row) == len(measured.head)
    assert len(measured.result.files[0].frame_to_label_s) >= 200
    assert any(sentence.startswith(("warning:", "INVALID:")) for sentence in measured.sentences[1:])
    assert "colours-uint8.tflite" in measured._repr_html_()
    assert (tmp_path / "out" / "result.json").is_file()
    with pytest.raises(OutputError, match="exists already"):
        benchmark(UINT8, out=tmp_path / "out")


def test_a_number_that_cannot_be_meant_is_one_sentence() -> None:
    with pytest.raises(UsageError, match="rounds"):
        benchmark([UINT8], rounds=0)
    with pytest.raises(UsageError, match="there is no model to measure"):
        benchmark([])
    with pytest.raises(UsageError, match="`seconds` must be a number; received 'long'"):
        benchmark(UINT8, seconds="long")  # type: ignore[arg-type]


def test_the_package_shows_what_it_names() -> None:
    assert all(getattr(benchmarks, name) is not None for name in benchmarks.__all__)
