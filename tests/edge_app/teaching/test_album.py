"""Promises of the album: whole frames in a folder per label, marked with their sitting; what is taken back is gone."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from edge_app.common.errors import OutputError
from edge_app.photographs.folders import find_photographs
from edge_app.photographs.groups import mark_in
from edge_app.sinks import picture_folder
from edge_app.teaching.album import Album
from tests.pictures import photograph

BUDGET = 10**9


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_frames_are_in_the_folder_of_their_label_and_name_their_sitting(tmp_path: Path) -> None:
    with Album(tmp_path / "desk", BUDGET) as album:
        kept = [album.keep(label, photograph(number)) for number, label in enumerate(["cup", "phone/2", "cup"])]
    assert files(album.root) == sorted(str(path) for path in kept)
    assert [path.parent.name for path in kept if path] == ["cup", "phone%2F2", "cup"]
    for number, path in enumerate(kept):
        assert path is not None
        encoded = (album.root / path).read_bytes()
        assert mark_in(encoded).decode() == album.session
        image = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_COLOR)
        assert image is not None
        assert np.abs(image.astype(int) - photograph(number)).mean() < 6  # not mirrored, nothing drawn on it
    assert find_photographs(album.root).labels == ("cup", "phone%2F2")


def test_the_driver_may_use_its_memory_again_at_once(tmp_path: Path) -> None:
    frame = photograph(0).copy()
    with Album(tmp_path, BUDGET) as album:
        path = album.keep("cup", frame)
        frame[:] = 0
    assert path is not None
    image = cv2.imread(str(tmp_path / path))
    assert image is not None
    assert image.mean() > 20


def test_what_is_taken_back_is_gone_also_before_it_was_written(tmp_path: Path) -> None:
    with Album(tmp_path, BUDGET) as album:
        kept = [path for number in range(8) if (path := album.keep("cup", photograph(number)))]
        album.take_back(kept[3:])
    assert files(tmp_path) == sorted(str(path) for path in kept[:3])


def test_another_sitting_finds_what_is_there_and_is_another_group(tmp_path: Path) -> None:
    sessions = []
    for number in range(2):
        with Album(tmp_path, BUDGET) as album:
            album.keep("cup", photograph(number))
            sessions.append(album.session)
    (tmp_path / "phone").mkdir()
    assert cv2.imwrite(str(tmp_path / "phone" / "brought.png"), photograph(5))
    (tmp_path / "phone" / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    with Album(tmp_path, BUDGET) as album:
        paths = album.paths(("cup", "phone", "nothing"))
        there = list(album.photographs(paths))
    assert [one.label for one in there] == ["cup", "cup", "phone"]
    assert len(paths) == 4
    assert [one.session for one in there[:2]] == sessions
    assert there[2].session not in ("", *sessions)  # by itself
    assert len(set(sessions)) == 2


def test_a_spent_budget_is_said_once_and_what_was_not_written_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Album(tmp_path, 150_000) as album:
        kept = [path for number in range(12) if (path := album.keep("cup", photograph(number)))]
    assert 0 < len(files(tmp_path)) < 12
    assert sorted(str(path) for path in kept if path not in album.lost) == files(tmp_path)
    assert capsys.readouterr().err.count("not kept: the budget of 0.15 MB is spent (--budget)") == 1


def test_the_disk_is_left_some_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture_folder, "RESERVE_BYTES", 1 << 60)
    with Album(tmp_path, BUDGET) as album:
        album.keep("cup", photograph(0))
    assert files(tmp_path) == []
    assert "are free on its disk" in album.fault


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "desk").write_text("")
    with pytest.raises(OutputError, match="is a file; --out needs a folder"):
        Album(tmp_path / "desk", BUDGET)
