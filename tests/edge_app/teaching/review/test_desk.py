"""Promises of the desk: the doubtful first, nothing moves before it is applied, what was checked is not shown again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from edge_app.common.errors import DataError, OutputError
from edge_app.model.classifier import Classifier
from edge_app.model.starter import STARTER
from edge_app.teaching.review import desk as desk_module
from edge_app.teaching.review.desk import Desk
from edge_app.teaching.review.log import DELETED
from edge_app.teaching.review.looks import CACHE
from tests.edge_app.teaching.review.field import files_of, write_field


@pytest.fixture
def field(tmp_path: Path) -> Path:
    return write_field(tmp_path / "field")


@pytest.fixture
def opened(field: Path) -> Iterator[Callable[..., Desk]]:
    """Sits down at the folder; everybody leaves at the end."""
    with ExitStack() as desks:

        def sit_down(**named: Any) -> Desk:
            desk = desks.enter_context(closing(Desk(field, "anna", **named)))
            assert desk.wait(60)
            return desk

        yield sit_down


def place_of(desk: Desk, path: str) -> int:
    return [frame.path for frame in desk.frames].index(path)


def test_the_least_sure_come_first_in_groups_of_look_alikes(opened: Callable[..., Desk]) -> None:
    desk = opened()
    shown = desk.overview()
    assert shown["model"] == "pets.tflite"
    groups = [[desk.frames[number].path for number in group] for group in shown["groups"]]
    assert [len(group) for group in groups] == [2] * 8
    assert groups[0] == ["cat/20261123-100001.jpg", "cat/20261123-100000.jpg"]
    margins = [shown["list"][group[0]]["margin"] for group in shown["groups"]]
    assert margins == sorted(margins)
    assert shown["classes"] == [{"folder": name, "label": name} for name in ("cat", "dog")]


def test_nothing_moves_until_it_is_applied_and_then_as_many_as_were_confirmed(
    opened: Callable[..., Desk], field: Path
) -> None:
    desk, before = opened(), files_of(field)
    first, second, third, fourth = (place_of(desk, f"cat/2026112{day}-100000.jpg") for day in range(4))
    desk.decide(0, [first, place_of(desk, "cat/20261120-100001.jpg")], "class", "dog")
    desk.decide(0, [second], "delete")
    desk.decide(0, [third], "neither")
    counts = desk.decide(0, [fourth], "right")
    assert counts == {"decided": 5, "moves": 3, "deletes": 1}
    assert files_of(field) == before
    with pytest.raises(DataError, match="look again"):
        desk.apply(0, 3, 0)
    assert files_of(field) == before
    done = desk.apply(0, 3, 1)
    assert (done["moved"], done["deleted"], done["stay"]) == (3, 1, [])
    after = files_of(field)
    assert sorted(after.values()) == sorted(before.values())
    assert after[f"{DELETED}/cat/20261121-100000.jpg"] == before["cat/20261121-100000.jpg"]
    assert after["neither/20261122-100000.jpg"] == before["cat/20261122-100000.jpg"]
    assert after["dog/20261120-100000-2.jpg"] == before["cat/20261120-100000.jpg"]
    assert after["cat/20261123-100000.jpg"] == before["cat/20261123-100000.jpg"]


def test_what_was_checked_is_not_shown_again_unless_it_changes(opened: Callable[..., Desk], field: Path) -> None:
    desk = opened()
    desk.decide(0, [place_of(desk, "cat/20261120-100000.jpg")], "class", "dog")
    desk.decide(0, [place_of(desk, "cat/20261121-100000.jpg")], "right")
    desk.apply(0, 1, 0)
    desk.close()
    again = opened()
    assert len(again.frames) == 14
    assert again.sentences() == ["2 frames checked before are not shown (--all shows them)"]
    assert len(opened(everything=True).frames) == 16
    (field / "cat" / "20261121-100000.jpg").write_bytes((field / "dog" / "20261121-100000.jpg").read_bytes())
    assert "cat/20261121-100000.jpg" in [frame.path for frame in opened().frames]


def test_a_moved_frame_keeps_the_scores_that_were_collected_with_it(opened: Callable[..., Desk]) -> None:
    desk = opened()
    desk.decide(0, [place_of(desk, "cat/20261123-100000.jpg")], "class", "dog")
    desk.apply(0, 1, 0)
    desk.close()
    again = opened(everything=True)
    about = again.overview()["list"][place_of(again, "dog/20261123-100000-2.jpg")]
    assert about["scores"] == [("cat", 0.65), ("dog", 0.35)]
    assert about["margin"] == pytest.approx(-0.3)


def test_deleted_frames_come_back_and_are_looked_at_again(opened: Callable[..., Desk], field: Path) -> None:
    before = files_of(field)
    desk = opened()
    desk.decide(0, [*range(len(desk.frames))], "delete")
    with pytest.raises(DataError, match=r"16 decisions about .* are not applied yet"):
        desk.restore()
    desk.apply(0, 0, 16)
    assert desk.overview()["groups"] == []
    desk.close()
    assert opened().restore() == 16
    assert files_of(field) == before
    assert len(opened().frames) == 16


def test_numbers_of_an_older_page_and_folders_of_nobody_are_refused(opened: Callable[..., Desk]) -> None:
    desk = opened()
    for numbers in ([16], [-1]):
        with pytest.raises(DataError, match="load it again"):
            desk.decide(0, numbers, "right")
    for folder in ("../..", "owl", ".deleted", "/tmp"):
        with pytest.raises(DataError, match="is no class of"):
            desk.decide(0, [0], "class", folder)
    desk.decide(0, [0], "right")
    desk.apply(0, 0, 0)
    with pytest.raises(DataError, match="load it again"):
        desk.undo(0)
    with pytest.raises(DataError, match="load it again"):
        desk.picture(0, 0, 100)


def test_undo_tells_which_frames_it_was_about_and_what_is_said_of_them_now(opened: Callable[..., Desk]) -> None:
    desk = opened()
    desk.decide(0, [3], "neither")
    desk.decide(0, [3, 4], "delete")
    desk.close()
    again = opened()
    undone = again.undo(0)
    assert undone["undone"] == {3: {"say": "neither", "to": ""}, 4: {"say": "", "to": ""}}
    assert undone["decided"] == 1


def test_the_own_class_of_a_frame_is_right(opened: Callable[..., Desk]) -> None:
    desk = opened()
    assert desk.decide(0, [0], "class", desk.frames[0].folder)["moves"] == 0
    assert desk.overview()["list"][0]["say"] == "right"


def test_a_move_that_the_system_refuses_is_told_and_finished_by_the_next_start(
    opened: Callable[..., Desk], field: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files_of(field)
    desk = opened()
    desk.decide(0, [0, 1, 2], "class", "dog")

    def full(_root: Path, _moves: object) -> None:
        raise PermissionError(13, "Permission denied", str(field / "dog"))

    with monkeypatch.context() as patch:
        patch.setattr(desk_module, "carry_out", full)
        with pytest.raises(OutputError, match="permission denied"):
            desk.apply(0, 3, 0)
        with pytest.raises(DataError, match="apply again"):
            desk.decide(0, [5], "right")
    assert files_of(field) == before
    desk.close()
    again = opened()
    assert sum(path.startswith("dog/") for path in files_of(field)) == 11
    assert len(again.frames) == 13


def test_a_model_looks_at_every_frame_once_and_its_scores_are_kept_beside(
    opened: Callable[..., Desk], field: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def scores(desk: Desk) -> list[Any]:
        return [one["scores"] for one in desk.overview()["list"]]

    model = Classifier(STARTER)
    desk = opened(classifier=model)
    assert desk.state()["known"] == 16
    said = scores(desk)
    expected = model.scores(cv2.imread(str(field / desk.frames[0].path)))
    assert dict(said[0])["cat"] == pytest.approx(expected[model.card.labels.index("cat")], abs=1e-5)
    desk.decide(0, [0], "class", "dog")
    desk.apply(0, 1, 0)
    desk.close()
    assert (field / CACHE / "looks.jsonl").exists()

    def fail(*_arguments: object) -> None:
        raise AssertionError("it was asked again")

    monkeypatch.setattr(model, "scores", fail)
    again = opened(classifier=model, everything=True)
    assert sorted(map(str, scores(again))) == sorted(map(str, said))


def test_pictures_are_as_small_as_asked_and_the_model_says_why(opened: Callable[..., Desk]) -> None:
    desk = opened(classifier=Classifier(STARTER))
    for side, shape in ((50, (50, 50, 3)), (1000, (96, 96, 3))):
        shown = cv2.imdecode(np.frombuffer(desk.picture(0, 0, side), np.uint8), cv2.IMREAD_COLOR)
        assert shown.shape == shape
    assert cv2.imdecode(np.frombuffer(desk.explanation(0, 0), np.uint8), cv2.IMREAD_COLOR) is not None
    with pytest.raises(DataError, match="--model FILE"):
        opened().explanation(0, 0)


def test_a_broken_frame_is_on_the_desk_and_can_be_deleted(opened: Callable[..., Desk], field: Path) -> None:
    (field / "cat" / "broken.jpg").write_bytes(b"no picture")
    desk = opened(classifier=Classifier(STARTER))
    place = place_of(desk, "cat/broken.jpg")
    assert desk.overview()["list"][place]["scores"] == []
    desk.decide(0, [place], "delete")
    assert desk.apply(0, 0, 1)["deleted"] == 1


@pytest.mark.parametrize("link", [CACHE, f"{CACHE}/looks.jsonl"])
def test_nothing_is_kept_outside_of_the_folder(
    opened: Callable[..., Desk], field: Path, tmp_path: Path, link: str
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "looks.jsonl").write_text("precious")
    (field / link).parent.mkdir(exist_ok=True)
    (field / link).symlink_to(elsewhere if link == CACHE else elsewhere / "looks.jsonl")
    assert opened().state()["known"] == 16
    assert (elsewhere / "looks.jsonl").read_text() == "precious"
