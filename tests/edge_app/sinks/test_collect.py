"""Promises of --collect: what training and calibration read, within a budget, without thirty copies of a moment."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_app.common.errors import OutputError, UsageError
from edge_app.display.display_frame import DisplayFrame
from edge_app.photographs.folders import find_photographs
from edge_app.photographs.groups import mark_in
from edge_app.sinks import collect, picture_folder
from edge_app.sinks.collect import CollectRule, CollectSink, folder_name, parse_size
from tests.edge_app.display.display_examples import display_example, frame_bgr

UNSURE = (("cat", 0.55), ("dog", 0.45))
SURE = (("cat", 0.9), ("dog", 0.1))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that pass between frames; tests change it."""
    step_s = [10.0]
    now_s = [0.0]

    def monotonic() -> float:
        now_s[0] += step_s[0]
        return now_s[0]

    monkeypatch.setattr(collect.time, "monotonic", monotonic)
    return step_s


@pytest.fixture
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "pets.tflite"
    path.write_bytes(b"weights")
    return path


def scene(seed: int, model: Path, label: str = "cat", top: tuple[tuple[str, float], ...] = UNSURE) -> DisplayFrame:
    return display_example(label, top, frame_bgr(seed), model=model)


def pictures(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.jpg"))


def test_what_was_collected_is_a_folder_of_photographs_to_train_on(
    tmp_path: Path, clock: list[float], model: Path
) -> None:
    with CollectSink(tmp_path / "field", CollectRule("every", 1.0), 10**9) as sink:
        for seed, label in enumerate(["cat", "dog", "neither", "cat"]):
            sink.consume(scene(seed, model, label))
    found = find_photographs(tmp_path / "field")
    assert found.layout == "folder per class"
    assert found.labels == ("cat", "dog", "neither")
    assert len(found.files) == 4
    assert not found.unlabelled


def test_all_pictures_of_a_session_name_it_and_another_session_is_another(
    tmp_path: Path, clock: list[float], model: Path
) -> None:
    sessions = []
    for seed in (0, 10):
        with CollectSink(tmp_path / str(seed), CollectRule("every", 1.0), 10**9) as sink:
            for number, label in enumerate(["cat", "dog", "cat"]):
                sink.consume(scene(seed + number, model, label))
        sessions.append({mark_in(path.read_bytes()) for path in pictures(tmp_path / str(seed))})
    assert [len(session) for session in sessions] == [1, 1]
    assert sessions[0] != sessions[1]
    assert all(session != {b""} for session in sessions)


def test_pictures_are_whole_frames_without_overlay_and_listed(tmp_path: Path, clock: list[float], model: Path) -> None:
    display_frame = scene(1, model)
    with CollectSink(tmp_path, CollectRule("unsure"), 10**9) as sink:
        sink.consume(display_frame)
    (path,) = pictures(tmp_path)
    as_jpeg = cv2.imencode(".jpg", display_frame.classified.image_bgr, [cv2.IMWRITE_JPEG_QUALITY, 95])[1]
    np.testing.assert_array_equal(cv2.imread(str(path)), cv2.imdecode(as_jpeg, cv2.IMREAD_COLOR))
    assert path.name.endswith("-0.55.jpg")
    record = json.loads((tmp_path / "collected.jsonl").read_text())
    assert record["file"] == path.relative_to(tmp_path).as_posix()
    assert record["top"] == [["cat", 0.55], ["dog", 0.45]]
    assert record["when"] == "unsure"
    assert record["model_sha256"] == hashlib.sha256(b"weights").hexdigest()


@pytest.mark.parametrize(
    ("when", "kept"),
    [(CollectRule("unsure"), [1, 3]), (CollectRule("change"), [0, 2, 3]), (CollectRule("every", 15.0), [0, 2])],
)
def test_each_rule_keeps_its_frames(
    when: CollectRule, kept: list[int], tmp_path: Path, clock: list[float], model: Path
) -> None:
    frames = [("cat", SURE), ("cat", UNSURE), ("dog", (("dog", 0.9), ("cat", 0.1))), ("neither", SURE)]
    with CollectSink(tmp_path, when, 10**9) as sink:
        for seed, (label, top) in enumerate(frames):
            display_frame = scene(seed, model, label, top)
            before = len(pictures(tmp_path))
            sink.consume(display_frame)
            assert (len(pictures(tmp_path)) > before) is (seed in kept), seed


def test_a_moment_is_kept_once(tmp_path: Path, clock: list[float], model: Path) -> None:
    clock[0] = 1 / 30
    with CollectSink(tmp_path, CollectRule("unsure"), 10**9) as sink:
        for seed in range(30):
            sink.consume(scene(seed, model))
    assert len(pictures(tmp_path)) == 1


def test_a_scene_that_stays_is_kept_once_however_long(tmp_path: Path, clock: list[float], model: Path) -> None:
    noise = np.random.default_rng(0)
    with CollectSink(tmp_path, CollectRule("every", 1.0), 10**9) as sink:
        for _ in range(20):
            noisy = np.clip(frame_bgr(0) + noise.normal(0, 5, frame_bgr(0).shape), 0, 255).astype(np.uint8)
            sink.consume(display_example("cat", UNSURE, noisy, model=model))
    assert len(pictures(tmp_path)) == 1


def test_the_budget_counts_earlier_runs_and_ends_collecting_only(
    tmp_path: Path, clock: list[float], model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with CollectSink(tmp_path, CollectRule("unsure"), 10**9) as sink:
        sink.consume(scene(0, model))
    (first,) = pictures(tmp_path)
    capsys.readouterr()
    with CollectSink(tmp_path, CollectRule("unsure"), int(2.5 * first.stat().st_size)) as sink:
        assert all(sink.consume(scene(seed, model)) for seed in range(1, 9))
    assert len(pictures(tmp_path)) == 2
    assert sum(path.stat().st_size for path in pictures(tmp_path)) <= 2.5 * first.stat().st_size
    told = capsys.readouterr().err
    assert "collecting continues in" in told
    assert told.count("collecting stopped: the budget of") == 1
    assert len((tmp_path / "collected.jsonl").read_text().splitlines()) == 2


def test_a_nearly_full_disk_ends_collecting_only(
    tmp_path: Path, clock: list[float], model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(picture_folder, "RESERVE_BYTES", 1 << 60)
    with CollectSink(tmp_path, CollectRule("unsure"), 10**9) as sink:
        assert all(sink.consume(scene(seed, model)) for seed in range(3))
    assert pictures(tmp_path) == []
    assert capsys.readouterr().err.count("collecting stopped: less than") == 1


def test_half_a_line_of_a_killed_run_spoils_no_other(tmp_path: Path, clock: list[float], model: Path) -> None:
    (tmp_path / "collected.jsonl").write_text('{"file": "cat/x.j')
    with CollectSink(tmp_path, CollectRule("unsure"), 10**9) as sink:
        sink.consume(scene(0, model))
    lines = (tmp_path / "collected.jsonl").read_text().splitlines()
    assert len(lines) == 2
    assert json.loads(lines[1])["shown"] == "cat"


def test_a_folder_that_cannot_be_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="is a file; --collect needs a folder"):
        CollectSink(tmp_path / "file", CollectRule("unsure"), 1)
    with pytest.raises(OutputError), CollectSink(tmp_path / "file" / "below", CollectRule("unsure"), 1):
        raise AssertionError("it was opened")


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("tabby cat", "tabby cat"),
        ("猫", "猫"),
        ("बिल्ली", "बिल्ली"),
        ("a/b", "a%2Fb"),
        ("..", "%2E%2E"),
        (".hidden", "%2Ehidden"),
        ("100%", "100%25"),
        ("\x1b[31m", "%1B[31m"),
        ('C:\\con"', "C%3A%5Ccon%22"),
    ],
)
def test_labels_become_names_of_folders(label: str, name: str) -> None:
    assert folder_name(label) == name


@settings(deadline=None)
@given(st.sets(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80), min_size=2, max_size=6))
def test_different_labels_have_different_folders_inside_of_the_folder(labels: set[str]) -> None:
    names = [folder_name(label) for label in labels]
    assert len(set(names)) == len(labels)
    for name in names:
        assert "/" not in name
        assert "\\" not in name
        assert name[0] not in ". "
        assert name[-1] not in ". "
        assert 0 < len(name.encode()) < 255


@pytest.mark.parametrize(
    ("text", "size"), [("500MB", 500_000_000), ("2 gb", 2_000_000_000), ("1.5G", 1_500_000_000), ("800", 800)]
)
def test_sizes_are_read_as_people_write_them(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "many", "-5MB", "0", "5 PB"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not a size"):
        parse_size(text)


@pytest.mark.parametrize("text", ["sometimes", "every", "every:", "every:0", "every:-2"])
def test_what_is_no_rule_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="give unsure, change or every:SECONDS"):
        CollectRule.parse(text)


def test_rules_are_read() -> None:
    assert CollectRule.parse("every:2.5") == CollectRule("every", 2.5)
    assert CollectRule.parse("change").kind == "change"
