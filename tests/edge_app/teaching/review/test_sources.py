"""Promises of what is handed over: frames of `--collect` and of `teach` are reviewed as they were written."""

from __future__ import annotations

import shutil
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge_app.model.card import read_own_card
from edge_app.model.card_writing import replace_card
from edge_app.model.starter import STARTER
from edge_app.photographs.groups import mark_in
from edge_app.sinks.collect import CollectRule, CollectSink
from edge_app.teaching.album import Album
from edge_app.teaching.learning import TAUGHT_ON
from edge_app.teaching.review.desk import Desk
from edge_app.verbs.review import taught_model
from tests.edge_app.display.display_examples import display_example, frame_bgr


def test_collected_frames_come_with_their_scores_and_keep_their_session_when_they_move(tmp_path: Path) -> None:
    field = tmp_path / "field"
    with CollectSink(field, CollectRule("every", 1e-9), 10**8) as sink:
        for number, (label, sure) in enumerate((("cup/mug", 0.9), ("phone", 0.55), ("neither", 0.3))):
            top = ((label, sure), ("lamp", 1 - sure)) if label != "neither" else (("phone", sure), ("lamp", 0.2))
            sink.consume(display_example(label, top, frame_bgr(number, 320, 240), model=STARTER))
    before = {mark_in(path.read_bytes()) for path in field.rglob("*.jpg")}
    assert len(before) == 1
    with closing(Desk(field, "anna")) as desk:
        assert desk.wait(60)
        shown = desk.overview()
        places = [group[0] for group in shown["groups"]]
        assert [shown["list"][place]["folder"] for place in places] == ["phone", "neither", "cup%2Fmug"]
        assert {one["label"] for one in shown["classes"]} == {"cup/mug", "phone", "lamp"}
        assert shown["neither"] == "neither"
        desk.decide(0, [places[0]], "class", "cup%2Fmug")
        desk.decide(0, [places[1]], "class", "lamp")  # which has no folder yet
        assert desk.apply(0, 2, 0)["moved"] == 2
    assert sorted(path.parent.name for path in field.rglob("*.jpg")) == ["cup%2Fmug", "cup%2Fmug", "lamp"]
    assert {mark_in(path.read_bytes()) for path in field.rglob("*.jpg")} == before


def test_frames_that_were_shown_are_moved_between_labels_and_learned_from_there(tmp_path: Path) -> None:
    desk_folder = tmp_path / "desk"
    with Album(desk_folder, 10**8) as album:
        for label in ("cup", "phone"):
            for number in range(3):
                album.keep(label, frame_bgr(number if label == "cup" else 50 + number, 64, 48))
    with closing(Desk(desk_folder, "anna")) as desk:
        assert desk.wait(60)
        wrong = [place for place, frame in enumerate(desk.frames) if frame.folder == "cup"][:2]
        desk.decide(0, [wrong[0]], "class", "phone")
        desk.decide(0, [wrong[1]], "delete")
        desk.apply(0, 1, 1)
    with Album(desk_folder, 10**8) as album:
        shown = list(album.photographs(album.paths(("cup", "phone"))))
    assert [one.label for one in shown] == ["cup", *["phone"] * 4]
    assert len({one.session for one in shown}) == 1


def test_the_present_model_is_the_one_that_was_taught_on_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "photos" / "desk"
    folder.mkdir(parents=True)
    assert taught_model(folder) is None
    (tmp_path / "models").mkdir()
    path = Path(shutil.copy(STARTER, tmp_path / "models" / "desk.tflite"))
    assert taught_model(folder) is None  # of the same name, and not taught
    replace_card(path, replace(read_own_card(path), trained_on=f"{TAUGHT_ON} desk"))
    assert taught_model(folder) == Path("models/desk.tflite")
    path.write_bytes(np.random.default_rng(0).bytes(1000))
    assert taught_model(folder) is None
