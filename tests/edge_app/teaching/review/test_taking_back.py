"""Promises of taking back what was applied: every frame where it was, its bytes untouched, whenever it is cut short."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest

from edge_app.__main__ import main
from edge_app.common.errors import DataError
from edge_app.teaching.review import desk as desk_module
from edge_app.teaching.review import moving
from edge_app.teaching.review.desk import Desk
from edge_app.teaching.review.log import LOG_NAME
from tests.edge_app.teaching.review.field import files_of, write_field


@pytest.fixture
def field(tmp_path: Path) -> Path:
    return write_field(tmp_path / "field")


def place_of(desk: Desk, path: str) -> int:
    return [frame.path for frame in desk.frames].index(path)


def apply_some(field: Path) -> None:
    """One frame changes its class, where its name is taken; one is deleted, one is neither, one is right."""
    with closing(Desk(field, "anna")) as desk:
        for day, (say, folder) in enumerate((("class", "dog"), ("delete", ""), ("neither", ""), ("right", ""))):
            desk.decide(0, [place_of(desk, f"cat/2026112{day}-100000.jpg")], say, folder)  # type: ignore[arg-type]
        desk.apply(0, 2, 1)


def test_every_frame_is_back_and_looked_at_again_and_the_log_says_who(field: Path) -> None:
    before = files_of(field)
    apply_some(field)
    assert files_of(field) != before
    with closing(Desk(field, "ben")) as desk:
        assert desk.take_back(0) == {"back": 3, "stay": []}
        assert files_of(field) == before
        assert len(desk.frames) == 15  # the one that is right stays checked
        with pytest.raises(DataError, match=r"nothing was applied to .* that is not taken back already"):
            desk.take_back(1)
    last = json.loads((field / LOG_NAME).read_text().splitlines()[-1])
    assert (last["by"], last["say"], last["back"], len(last["moves"])) == ("ben", "applied", True, 3)


def test_what_was_applied_before_it_is_taken_back_next(field: Path) -> None:
    before = files_of(field)
    apply_some(field)
    after = files_of(field)
    with closing(Desk(field, "anna", everything=True)) as desk:
        desk.decide(0, [place_of(desk, "dog/20261120-100000-2.jpg")], "delete")
        desk.apply(0, 0, 1)
        assert desk.take_back(1)["back"] == 1
        assert files_of(field) == after
        assert desk.take_back(2)["back"] == 3
        assert files_of(field) == before


def test_what_has_changed_or_gone_stays_and_a_name_that_is_taken_is_not_overwritten(field: Path) -> None:
    before = files_of(field)
    apply_some(field)
    (field / "neither" / "20261122-100000.jpg").write_bytes(b"edited")
    (field / "cat" / "20261120-100000.jpg").write_bytes(b"new")
    with closing(Desk(field, "anna")) as desk:
        done = desk.take_back(0)
    assert done["back"] == 2
    assert done["stay"] == ["`neither/20261122-100000.jpg` stays: it has changed or gone since it was moved there"]
    assert (field / "cat" / "20261120-100000.jpg").read_bytes() == b"new"
    assert (field / "cat" / "20261120-100000-2.jpg").read_bytes() == before["cat/20261120-100000.jpg"]
    assert (field / "neither" / "20261122-100000.jpg").read_bytes() == b"edited"


def test_decisions_that_wait_are_not_mixed_up_with_it(field: Path) -> None:
    apply_some(field)
    after = files_of(field)
    with closing(Desk(field, "anna")) as desk:
        desk.decide(0, [0], "delete")
        with pytest.raises(DataError, match="apply or undo them, then take back what was applied"):
            desk.take_back(0)
    assert files_of(field) == after


@pytest.mark.parametrize("steps", [0, 1, 2])
def test_cut_short_it_is_finished_by_the_next_start(field: Path, steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a kill or Ctrl-C between two renames leaves it."""
    before = files_of(field)
    apply_some(field)

    def some(root: Path, moves: list[moving.Move]) -> list[moving.Move]:
        moving.carry_out(root, moves[:steps])
        raise KeyboardInterrupt

    with closing(Desk(field, "anna")) as desk, monkeypatch.context() as patch:
        patch.setattr(desk_module, "carry_out", some)
        with pytest.raises(KeyboardInterrupt):
            desk.take_back(0)
    assert files_of(field) != before
    with closing(Desk(field, "anna")) as desk:
        assert files_of(field) == before
        with pytest.raises(DataError, match="nothing was applied"):
            desk.take_back(0)


def test_the_command_says_what_came_of_it(field: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = files_of(field)
    apply_some(field)
    assert main(["review", str(field), "--undo"]) == 0
    assert capsys.readouterr().out == "3 frames are back where they were before the last apply\n"
    assert files_of(field) == before
    assert main(["review", str(field), "--undo"]) == 1
    assert "nothing was applied to" in capsys.readouterr().err
    assert main(["review", str(field), "--undo", "--restore"]) == 2
    assert "give one of them" in capsys.readouterr().err
