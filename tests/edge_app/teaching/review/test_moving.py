"""Promises of moving: renamed byte for byte, never over another file, never through a link, and whole after a kill."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_app.common.errors import OutputError
from edge_app.photographs.groups import mark_in
from edge_app.photographs.splits import sha256_of
from edge_app.teaching.review.log import DELETED, Decision, Move, Saying
from edge_app.teaching.review.moving import carry_out, plan, plan_restoring
from tests.edge_app.teaching.review.field import files_of, write_field


@pytest.fixture
def field(tmp_path: Path) -> Path:
    return write_field(tmp_path / "field")


def said(root: Path, path: str, say: Saying, folder: str = "") -> dict[str, Decision]:
    return {path: Decision(say, folder, {path: sha256_of((root / path).read_bytes())})}


def test_a_frame_is_renamed_and_keeps_its_session_and_its_bytes(field: Path) -> None:
    path = "cat/20261120-100000.jpg"
    content, inode = (field / path).read_bytes(), (field / path).stat().st_ino
    moves, stay = plan(field, said(field, path, "class", "dog mix"))
    assert carry_out(field, moves) == [Move(path, "dog mix/20261120-100000.jpg", sha256_of(content))]
    there = field / "dog mix" / "20261120-100000.jpg"
    assert (there.read_bytes(), there.stat().st_ino) == (content, inode)
    assert mark_in(content) == b"session 0"
    assert not (field / path).exists()
    assert stay == []


def test_names_never_clash_whoever_has_them(field: Path) -> None:
    """`cat` and `dog` have frames of the same names; a third one comes between plan and move."""
    names = [f"2026112{number}-10000{copy}.jpg" for number in range(4) for copy in range(2)]
    before = files_of(field)
    decisions = {name: one for path in names for name, one in said(field, f"cat/{path}", "class", "dog").items()}
    moves, _ = plan(field, decisions)
    (field / moves[0].to).write_bytes(b"of somebody else")
    done = carry_out(field, moves)
    after = files_of(field)
    assert after.pop(moves[0].to) == b"of somebody else"
    assert sorted(after.values()) == sorted(before.values())
    assert len({move.to for move in done}) == 8
    assert not (field / "cat").exists() or not list((field / "cat").iterdir())


def test_deleted_frames_are_kept_and_come_back_to_their_class(field: Path) -> None:
    before = files_of(field)
    decisions = {name: one for path in before for name, one in said(field, path, "delete").items()}
    carry_out(field, plan(field, decisions)[0])
    assert set(files_of(field)) == {f"{DELETED}/{path}" for path in before}
    (field / "cat" / "20261120-100000.jpg").write_bytes(b"taken meanwhile")
    carry_out(field, plan_restoring(field))
    after = files_of(field)
    assert after.pop("cat/20261120-100000.jpg") == b"taken meanwhile"
    assert after.pop("cat/20261120-100000-2.jpg") == before.pop("cat/20261120-100000.jpg")
    assert after == before


def test_a_frame_that_changed_since_it_was_looked_at_stays(field: Path) -> None:
    path, gone = "cat/20261120-100000.jpg", "cat/20261121-100000.jpg"
    decisions = {**said(field, path, "delete"), **said(field, gone, "neither")}
    (field / path).write_bytes(b"another picture")
    (field / gone).unlink()
    moves, stay = plan(field, decisions)
    assert moves == []
    assert [sentence.split("`")[1] for sentence in stay] == [path, gone]


def test_a_run_that_was_killed_is_finished_whichever_step_it_died_at(field: Path) -> None:
    before = files_of(field)
    decisions = {name: one for path in before for name, one in said(field, path, "class", "other").items()}
    moves, _ = plan(field, decisions)
    carry_out(field, moves[:5])
    (field / moves[5].to).touch()  # the name was reserved, and then came the kill
    done = carry_out(field, moves)
    assert sorted(files_of(field).values()) == sorted(before.values())
    assert {move.to for move in done} == set(files_of(field))
    assert carry_out(field, moves) == moves  # and once more is not too much


@pytest.mark.parametrize("link", ["dog", DELETED])
def test_nothing_is_moved_through_a_link_or_out_of_the_folder(field: Path, tmp_path: Path, link: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    if link == "dog":
        (field / "dog").rename(tmp_path / "real dog")
    (field / link).symlink_to(elsewhere)
    path = "cat/20261120-100000.jpg"
    decisions = said(field, path, "class", "dog") if link == "dog" else said(field, path, "delete")
    moves, _ = plan(field, decisions)
    for refused in (moves, [Move(path, "../1.jpg", "0" * 64)], [Move(path, "/tmp/1.jpg", "0" * 64)]):
        with pytest.raises(OutputError, match="nothing was moved"):
            carry_out(field, refused)
    assert list(elsewhere.iterdir()) == []
    assert (field / path).exists()


def test_a_link_in_the_place_of_a_frame_stays(field: Path, tmp_path: Path) -> None:
    path = "cat/20261120-100000.jpg"
    decisions = said(field, path, "delete")
    (field / path).rename(tmp_path / "kept.jpg")
    (field / path).symlink_to(tmp_path / "kept.jpg")
    assert plan(field, decisions)[0] == []
