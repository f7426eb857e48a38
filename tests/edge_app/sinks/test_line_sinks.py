"""Promises of lines: raw scores and the shown label, and nothing that a terminal would obey."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_app.sinks.lines import JsonLinesSink, TextLinesSink, json_line
from edge_app.sources.frames import now_s
from tests.edge_app.display.display_examples import display_example


def test_a_record_has_the_raw_answer_and_the_label_shown() -> None:
    display_frame = display_example("dog", (("dog", 0.7), ("cat", 0.3)))
    smoothed = replace(display_frame.overlay, label="cat", top=(("cat", 0.6), ("dog", 0.4)))
    record = json.loads(json_line(replace(display_frame, overlay=smoothed)))
    assert record["label"] == "dog"
    assert record["score"] == 0.7
    assert record["top"] == [["dog", 0.7], ["cat", 0.3]]
    assert record["shown"] == "cat"


@settings(deadline=None)
@given(st.text(min_size=1, max_size=30), st.floats(0, 1), st.floats(0, 1e6), st.integers(0, 10**9))
def test_a_line_is_printable_and_is_what_json_makes_of_its_fields(
    text: str, score: float, age_ms: float, number: int
) -> None:
    plain = display_example(text, ((text, score), ("dog", 1.0 - score)), model=Path("pets.tflite"), number=number)
    prediction = replace(plain.classified.prediction, source=text, age_ms=age_ms)
    line = json_line(replace(plain, classified=replace(plain.classified, prediction=prediction)))
    assert line.endswith("}\n")
    assert line[:-1].isprintable()
    record = json.loads(line)
    assert datetime.fromisoformat(record.pop("time")).utcoffset() == timedelta(0)
    wanted = {
        "model": "pets.tflite",
        "source": text,
        "frame": number,
        "label": text,
        "score": round(score, 6),
        "shown": text,
        "top": [[text, round(score, 6)], ["dog", round(1.0 - score, 6)]],
        "latency_ms": 3.2,
        "age_ms": round(age_ms, 4),
    }
    assert list(record.items()) == list(wanted.items())
    if text.isascii():
        assert line.partition('"model"')[2] == json.dumps(wanted).partition('"model"')[2] + "\n"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit to set on a file's size")
def test_a_disk_that_fills_ends_the_lines_keeps_them_and_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import resource

    path = tmp_path / "out.jsonl"
    line = len(json_line(display_example()))
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


def test_a_record_says_which_model_answered_and_when_by_the_clock_on_the_wall() -> None:
    display_frame = display_example(model=Path("models/pets/pets-int8.tflite"))
    frame = replace(display_frame.classified.frame, captured_at_s=now_s() - 60.0)
    record = json.loads(json_line(replace(display_frame, classified=replace(display_frame.classified, frame=frame))))
    assert record["model"] == "pets-int8.tflite"
    captured = datetime.fromisoformat(record["time"])
    assert captured.utcoffset() == timedelta(0)
    assert abs((datetime.now(UTC) - captured).total_seconds() - 60.0) < 1.0


def test_a_terminal_gets_a_line_when_the_label_changes_and_the_rate(capsys: pytest.CaptureFixture[str]) -> None:
    seconds = iter(range(100))
    cat, dog = display_example("cat", (("cat", 0.9),)), display_example("dog", (("dog", 0.8),))
    with TextLinesSink(changes_only=True, clock_s=lambda: float(next(seconds))) as sink:
        assert all(sink.consume(frame) for frame in (cat, cat, dog, dog, dog, dog, cat))
    assert capsys.readouterr().out.splitlines() == [
        "camera 0 #0  cat  90.0%  3.2 ms",
        "camera 0 #0  dog  80.0%  3.2 ms",
        "1.0 frames/s, 3.2 ms each",
        "camera 0 #0  cat  90.0%  3.2 ms",
    ]


def test_every_picture_of_a_folder_has_its_line_on_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    seconds = iter(range(0, 1000, 10))
    with TextLinesSink(changes_only=True, clock_s=lambda: float(next(seconds))) as sink:
        for name in ("a.jpg", "b.jpg"):
            shown = display_example()
            prediction = replace(shown.classified.prediction, source=name)
            sink.consume(replace(shown, classified=replace(shown.classified, prediction=prediction)))
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["a.jpg", "b.jpg"]


def test_a_pipe_gets_a_line_per_frame(capsys: pytest.CaptureFixture[str]) -> None:
    with TextLinesSink() as sink:  # captured output is no terminal
        for number in range(3):
            sink.consume(display_example(number=number))
    assert [line.split()[2] for line in capsys.readouterr().out.splitlines()] == ["#0", "#1", "#2"]


def test_a_label_cannot_drive_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with TextLinesSink() as sink:
        assert sink.consume(display_example("\x1b]0;owned\x07", (("\x1b]0;owned\x07", 0.9),)))
    assert capsys.readouterr().out == "camera 0 #0  \\x1b]0;owned\\x07  90.0%  3.2 ms\n"
