"""Promises of lines: raw scores and the shown label, and nothing that a terminal would obey."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_app.sinks.lines import JsonLinesSink, TextLinesSink, json_line, json_record
from tests.edge_app.display.display_examples import display_example


def test_a_record_has_the_raw_answer_and_the_label_shown() -> None:
    display_frame = display_example("dog", (("dog", 0.7), ("cat", 0.3)))
    smoothed = replace(display_frame.overlay, label="cat", top=(("cat", 0.6), ("dog", 0.4)))
    record = json_record(replace(display_frame, overlay=smoothed))
    assert record["label"] == "dog"
    assert record["score"] == 0.7
    assert record["top"] == [["dog", 0.7], ["cat", 0.3]]
    assert record["shown"] == "cat"


@settings(deadline=None)
@given(st.text(min_size=1, max_size=30))
def test_a_line_is_printable_and_gives_the_label_back(label: str) -> None:
    line = json_line({"label": label})
    assert line.endswith("\n")
    assert line[:-1].isprintable()
    assert json.loads(line) == {"label": label}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit to set on a file's size")
def test_a_disk_that_fills_ends_the_lines_keeps_them_and_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import resource

    path = tmp_path / "out.jsonl"
    line = len(json_line(json_record(display_example())))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with JsonLinesSink(str(path)) as sink:
        resource.setrlimit(resource.RLIMIT_FSIZE, (3 * line + line // 2, before[1]))
        try:
            taken = [sink.consume(display_example()) for _ in range(6)]
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert taken == [True] * 6
    assert [json.loads(line)["label"] for line in path.read_text().splitlines()] == ["cat"] * 3
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "the file ends here and is kept; classifying continues" in told
    assert [left.name for left in tmp_path.iterdir()] == ["out.jsonl"]


def test_a_label_cannot_drive_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with TextLinesSink() as sink:
        assert sink.consume(display_example("\x1b]0;owned\x07", (("\x1b]0;owned\x07", 0.9),)))
    assert capsys.readouterr().out == "camera 0 #0  \\x1b]0;owned\\x07  90.0%  3.2 ms\n"
