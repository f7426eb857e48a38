"""Promises of the explain experiment: places are known, what is not recognised is left out, chance is told."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.__main__ import main
from benchmarks.experiments.explain import paste, squared
from benchmarks.publish.explanations import energy, map_time
from benchmarks.results.envelope import read_envelope, read_result
from benchmarks.results.explanations import Explanations, Pasted, elsewhere_ratio, energy_ratio
from edge_app.model.card import write_card
from edge_app.model.classifier import Classifier
from tests.models import COLOURS, FOLDER


def write(path: Path, bgr: tuple[int, int, int]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), np.full((60, 80, 3), bgr, np.uint8))


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    """A model of colours, squares of two colours that it knows and one that it takes for another, and grey grounds."""
    stranger = FOLDER / "strangers" / "symmetric.tflite"
    model = tmp_path / "colours.tflite"
    card = Classifier(stranger, 1, COLOURS, trusted=True).card
    model.write_bytes(write_card(stranger.read_bytes(), card))
    for number in range(6):
        write(tmp_path / "photos" / "blue" / f"{number}.png", (255, number, 0))
        write(tmp_path / "photos" / "red" / f"{number}.png", (0, number, 255))
        write(tmp_path / "photos" / "green" / f"{number}.png", (0, number, 255))
        write(tmp_path / "photos" / "yellow" / f"{number}.png", (0, 255, 255))
        write(tmp_path / "grounds" / f"{number}.png", (95 - 5 * (number % 2), 90, 90 + 5 * (number % 2)))
    words = ["experiment", "explain", str(model), "--photos", str(tmp_path / "photos"), "--threads", "1"]
    return [*words, "--backgrounds", str(tmp_path / "grounds"), "--out", str(tmp_path / "explain.json")]


def test_maps_of_squares_lie_on_them_and_not_elsewhere(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    out = Path(words[-1])
    assert main(words) == 0
    result = read_result(out, Explanations)
    assert result.tried == 18  # of the labels that the model knows
    labels = [one.label for one in result.pasted]
    assert set(labels) == {"blue", "red"}  # the green ones are red
    for label, odd in (("blue", "1"), ("red", "0")):  # the others lie on what has their colour by itself
        of_label = [one for one in result.pasted if one.label == label]
        assert len(of_label) == 6
        assert 0 < sum(one.background_alone for one in of_label) < 6
        assert all((int(Path(one.background).stem) % 2 == int(odd)) != one.background_alone for one in of_label)
    assert set(result.recognised) == {one for one in result.pasted if not one.background_alone}
    for one in result.recognised:
        assert one.area == pytest.approx(0.4 * 0.3, rel=0.02)
        assert one.energy >= 3.0 * one.area
        assert one.map_s > 0.0
    assert energy_ratio(result.telling).low > 3.0
    assert elsewhere_ratio(result.telling).value < 2.5
    told = capsys.readouterr().out
    assert "in a box elsewhere" in told
    payload = read_envelope(out).payload
    (ratio,), (time,) = energy(payload), map_time(payload)
    assert ratio.value == energy_ratio(result.telling).value
    alone = len(result.pasted) - len(result.recognised)
    assert f"{len(result.recognised)} recognised, 0 of these maps flat" in ratio.note
    assert f"with the {alone} whose background gets the label alone" in ratio.note
    assert time.value is not None
    assert "`colours.tflite`, 1 threads" in time.note


def test_too_few_that_are_recognised_are_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*words, "--pasted", "1"]) == 1
    assert "too few; give others" in capsys.readouterr().err
    assert not Path(words[-1]).exists()
    assert main([*words, "--pasted", "0"]) == 2


def test_flat_maps_are_counted_and_left_out() -> None:
    box = (0.1, 0.1, 0.4, 0.25)
    told = Pasted("a", "b", "cat", 0.9, box, 0.4, 0.1, 3.0, False, False, 0.1)
    flat = Pasted("a", "b", "cat", 0.9, box, 0.0, 0.0, 0.1, True, False, 0.1)
    assert energy_ratio([told]).value == pytest.approx(4.0)
    assert elsewhere_ratio([told]).value == pytest.approx(1.0)
    about = {"file": "f", "threads": 2, "photographs": "p", "backgrounds": "q", "tried": 3}
    payload = {**about, "pasted": [{**vars(told), "box": list(box)}, {**vars(flat), "box": list(box)}]}
    (value,) = energy(payload)
    assert value.value == pytest.approx(4.0)
    assert value.note.endswith("3 pasted, 2 recognised, 1 of these maps flat and left out; 1.00 in boxes elsewhere")
    alone = Pasted("a", "b", "cat", 0.9, box, 0.1, 0.1, 3.0, False, False, 0.1, background_alone=True)
    (value,) = energy({**payload, "pasted": [*payload["pasted"], {**vars(alone), "box": list(box)}]})
    assert value.value == pytest.approx(4.0)
    assert "3 pasted, 2 recognised, 1 of these maps flat" in value.note
    assert "; 2.50 (" in value.note  # the mean of 4 and 1


def test_what_is_pasted_keeps_its_shape_and_lies_in_its_box() -> None:
    random = np.random.default_rng(3)
    for _ in range(20):
        picture, (x, y, width, height) = paste(
            np.full((50, 200, 3), 255, np.uint8), squared(np.zeros((100, 300, 3), np.uint8)), random
        )
        rows, columns = np.nonzero(picture[..., 0])
        assert (width, height) == (0.4, 0.1)
        assert (columns.min(), rows.min()) == (round(480 * x), round(480 * y))
        assert len(rows) == 192 * 48
