"""Promises of text on pictures: every script or a sentence, never silent question marks, nothing that obeys labels."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_app.common.notices import escape_control
from edge_app.display import lettering
from edge_app.display.image_cache import ImageCache
from edge_app.display.lettering import draw_text, fit_text, text_mask, text_width_px

OPENCV_5 = hasattr(cv2, "FontFace")
ESCAPED = "\\u0e41\\u0e21\\u0e27"


@pytest.fixture(autouse=True)
def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lettering, "_cache", ImageCache(200, 1 << 24))
    monkeypatch.setattr(lettering, "_told", type(lettering._told)())


def no_pillow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lettering, "pillow_is_there", lambda: False)


@pytest.mark.skipif(not OPENCV_5, reason="OpenCV 4 has no fonts of its own; the next tests say what happens there")
@pytest.mark.parametrize("label", ["tabby cat", "Straße ñ ł", "Γάτα", "Кошка ёж", "猫 ねこ", "고양이", "חתול"])
def test_opencv_5_draws_these_scripts_without_a_word(
    label: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    no_pillow(monkeypatch)
    marks = text_mask("?" * len(label), 24)
    mask = text_mask(label, 24)
    assert mask.max() > 200
    assert mask.shape != marks.shape or (mask != marks).any()
    single = text_mask("?", 24)
    for character in set(label) - {" "}:
        one = text_mask(character, 24)
        assert one.shape != single.shape or (one != single).any(), character
    assert capsys.readouterr().err == ""


def test_a_script_nobody_can_draw_is_said_once_and_shown_by_code_points(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    no_pillow(monkeypatch)
    mask = text_mask("แมว", 24)
    np.testing.assert_array_equal(mask, text_mask(ESCAPED, 24))
    text_mask("บิลลี่", 24)
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "cannot draw Thai letters" in told
    assert "pip install pillow" in told


def test_opencv_4_draws_ascii_and_hands_over_the_rest(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    no_pillow(monkeypatch)
    monkeypatch.delattr(cv2, "FontFace", raising=False)
    lettering._in_opencv_font.cache_clear()
    assert text_mask("tabby cat", 24).max() > 200
    assert capsys.readouterr().err == ""
    np.testing.assert_array_equal(text_mask("Γ", 24), text_mask("\\u0393", 24))
    assert "cannot draw Greek letters" in capsys.readouterr().err


def test_pillow_draws_and_joins_what_opencv_cannot(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("PIL", reason="the extra edge-fonts is optional")
    from edge_app.display.fonts import font_file_for

    arabic = "قطة"
    mask = text_mask(arabic, 24)
    if font_file_for("".join(sorted(set(arabic)))) is None:  # a machine without such a font says so
        assert "cannot draw Arabic letters" in capsys.readouterr().err
        return
    assert mask.max() > 200
    assert mask.shape[0] == text_mask("cat", 24).shape[0]
    assert capsys.readouterr().err == ""
    letters = sum(text_width_px(letter, 24) for letter in arabic)
    assert mask.shape[1] < letters  # joined letters are narrower than single ones


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=40))
def test_nothing_that_obeys_gets_through_and_anything_can_be_drawn(label: str) -> None:
    display_frame = escape_control(label)
    assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for character in display_frame)
    with pytest.MonkeyPatch.context() as patch:
        no_pillow(patch)  # looking for a font takes a while
        draw_text(np.zeros((40, 50, 3), np.uint8), label, (-5, -3), 20, (255, 255, 255))


def test_a_text_is_cut_to_its_room_and_the_cut_is_seen() -> None:
    room = text_width_px("Egyptian", 20)
    cut = fit_text("Egyptian cat with a hat", room, 20)
    assert cut.endswith("…")
    assert text_width_px(cut, 20) <= room
    assert fit_text("cat", room, 20) == "cat"


def test_letters_are_as_sharp_as_the_size_allows() -> None:
    small, large = text_mask("cat", 20), text_mask("cat", 80)
    enlarged = cv2.resize(small, (large.shape[1], large.shape[0]), interpolation=cv2.INTER_LINEAR)

    def soft(mask: np.ndarray) -> float:  # share of the ink that is neither full nor none
        return float(((mask > 40) & (mask < 215)).sum() / (mask > 40).sum())

    assert soft(large) < 0.5 * soft(enlarged)
