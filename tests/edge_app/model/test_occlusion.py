"""Promises of occlusion maps: they lie on what was pasted, for any kind of file, and say when they say nothing."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge_app.demo.faces import paint_pet
from edge_app.demo.looks import random_pet
from edge_app.demo.scenes import Pose, lay_over, place, random_background
from edge_app.model.card import Size
from edge_app.model.card_reading import NOTHING_STATED, StatedInput
from edge_app.model.classifier import Classifier
from edge_app.model.flatbuffer import root_table
from edge_app.model.occlusion import CELLS, Explanation, explain
from edge_app.model.starter import STARTER
from edge_app.photographs.decoder import Image
from tests.models import COLOURS, FOLDER, INT8, SIDE, UINT8

STRANGERS = FOLDER / "strangers"
BOX = (5, 19, 13, 13)  # x, y, width and height of what is pasted, pixels of 32
SHARE = BOX[2] * BOX[3] / SIDE**2
RED_OR_BLUE = ("red", "blue")
ON_IT = 3.0  # times its share of the area: of the map, inside the box of what was pasted
ON_PETS = 2.0  # the same of drawings, of which the starter knows the faces at most, and their boxes hold the bodies too


class Recorded(Classifier):
    """Keeps the pictures that it is asked about."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, 1, COLOURS, trusted=True)
        self.pictures: list[Image] = []

    def scores(self, frame_bgr: Image) -> np.ndarray:
        self.pictures.append(frame_bgr.copy())
        return super().scores(frame_bgr)


class Rounded(Classifier):
    """Gives float scores that were rounded to bytes before, as the files of `int8-floatio` do."""

    def scores(self, frame_bgr: Image) -> np.ndarray:
        return np.asarray(np.rint(super().scores(frame_bgr) * 256) / 256, np.float32)


def pasted(bgr: tuple[int, int, int]) -> Image:
    """A square of a colour on grey grain."""
    picture = np.random.default_rng(0).integers(90, 110, (SIDE, SIDE, 3), dtype=np.uint8)
    x, y, width, height = BOX
    picture[y : y + height, x : x + width] = bgr
    return picture


def box() -> tuple[float, float, float, float]:
    x, y, width, height = (length / SIDE for length in BOX)
    return x, y, width, height


def explanation(drops: np.ndarray, score: float = 0.9, step: float = 0.0, **other: object) -> Explanation:
    told = {"label": "cat", "answer": "cat", "saturated": False, "area": (0.0, 0.0, 1.0, 1.0), **other}
    log_odds = math.log(score / (1.0 - score))
    scores = 1.0 / (1.0 + np.exp(drops - log_odds))
    return Explanation(score=score, log_odds=log_odds, drops=drops, scores=scores, step=step, **told)  # type: ignore[arg-type]


def one_drop(value: float) -> np.ndarray:
    drops = np.zeros((CELLS, CELLS))
    drops[2, 3] = value
    return drops


@pytest.mark.parametrize(
    ("name", "labels", "stated"),
    [
        ("symmetric", COLOURS, NOTHING_STATED),
        ("bytes-float16", COLOURS, NOTHING_STATED),
        ("logits", COLOURS, NOTHING_STATED),
        ("odd-scores", COLOURS, NOTHING_STATED),
        ("int8-unit", COLOURS, NOTHING_STATED),
        ("uint8-unit", COLOURS, NOTHING_STATED),
        ("one-score", RED_OR_BLUE, NOTHING_STATED),
        ("one-logit", RED_OR_BLUE, NOTHING_STATED),
        ("channels-first", COLOURS, NOTHING_STATED),
        ("any-size", COLOURS, StatedInput(size=Size(SIDE, SIDE))),
        ("two-outputs", COLOURS, NOTHING_STATED),
    ],
)
def test_the_map_lies_on_what_was_pasted_whatever_the_file_takes_and_gives(
    name: str, labels: tuple[str, ...], stated: StatedInput
) -> None:
    classifier = Classifier(STRANGERS / f"{name}.tflite", 1, labels, stated=stated, trusted=True)
    for label, bgr in (("blue", (255, 0, 0)), ("red", (0, 0, 255))):
        found = explain(classifier, pasted(bgr))
        assert found.label == found.answer == label
        assert found.score == pytest.approx(classifier.classify(pasted(bgr)).score, abs=1e-6)
        assert not found.is_flat
        assert found.energy_inside(box()) >= ON_IT * SHARE
        assert found.drops.argmax() == 5 * CELLS + 2  # the cell in the middle of the box


@pytest.mark.parametrize(("label", "bgr"), [("dark", (0, 0, 0)), ("bright", (255, 255, 255))])
def test_the_map_of_a_grey_input_lies_on_what_was_pasted(label: str, bgr: tuple[int, int, int]) -> None:
    classifier = Classifier(STRANGERS / "grey.tflite", 1, ("dark", "bright"), threshold=0.0, trusted=True)
    square = np.full((SIDE, SIDE, 3), 128, np.uint8)
    x, y, width, height = BOX
    square[y : y + height, x : x + width] = bgr
    found = explain(classifier, square)
    assert found.label == label
    assert found.energy_inside(box()) >= ON_IT * SHARE


@pytest.mark.parametrize("file", [INT8, UINT8])
def test_the_map_of_a_thousand_labels_lies_on_what_was_pasted(file: Path) -> None:
    picture = np.full((224, 224, 3), 100, np.uint8)
    picture[105:217, 35:147] = (255, 0, 0)
    found = explain(Classifier(file, 1, trusted=True), picture)
    assert found.label == "blue"
    assert found.energy_inside((35 / 224, 105 / 224, 0.5, 0.5)) >= ON_IT / 4


def test_a_patch_is_two_sevenths_of_a_side_in_the_mean_colour_around_every_cell() -> None:
    classifier = Recorded(STRANGERS / "symmetric.tflite")
    frame = np.random.default_rng(1).integers(0, 100, (SIDE, SIDE, 3), dtype=np.uint8)
    explain(classifier, frame)
    first, *covered = classifier.pictures
    np.testing.assert_array_equal(first, frame)
    assert len(covered) == CELLS**2
    mean = np.rint(frame.mean(axis=(0, 1)))
    for number, picture in enumerate(covered):
        rows, columns = np.nonzero((picture != frame).any(axis=2))
        middle = (np.array(divmod(number, CELLS)) + 0.5) * SIDE / CELLS
        for places, centre in zip((rows, columns), middle, strict=True):
            assert places.min() == pytest.approx(max(0.0, centre - SIDE / 7), abs=1)
            assert places.max() + 1 == pytest.approx(min(SIDE, centre + SIDE / 7), abs=1)
        assert (picture[rows, columns] == mean).all()


def test_a_cell_gets_the_mean_of_the_patches_that_cover_it() -> None:
    cells = explanation(one_drop(4.0)).cells
    quarter, half = 4.0 * 0.25 * 0.25, 4.0 * 0.5 * 0.25
    assert cells[1:4, 2:5].tolist() == [[quarter, half, quarter], [half, 1.0, half], [quarter, half, quarter]]
    assert np.count_nonzero(cells) == 9
    np.testing.assert_allclose(explanation(np.full((CELLS, CELLS), 2.0)).cells, 2.0)


def test_energy_is_shared_by_area_and_what_speaks_against_has_none() -> None:
    found = explanation(one_drop(4.0))
    assert found.energy_inside((0.0, 0.0, 1.0, 1.0)) == pytest.approx(1.0)
    assert found.energy_inside((0.0, 0.0, 3.5 / 7, 1.0)) == pytest.approx(0.5)  # through the middle of its column
    assert explanation(-one_drop(4.0)).energy_inside((0.0, 0.0, 1.0, 1.0)) == 0.0


def test_the_largest_drop_is_told_as_a_number() -> None:
    (said,) = explanation(one_drop(4.0)).sentences()
    assert (
        said == "cat 90.0%. Covering what matters most leaves 14.2%: the largest drop of the log-odds is 4.0, from 2.2."
    )


def test_a_picture_without_anything_matters_nowhere() -> None:
    found = explain(
        Classifier(STRANGERS / "symmetric.tflite", 1, COLOURS, trusted=True), np.full((90, 70, 3), 99, np.uint8)
    )
    assert found.is_flat
    assert "Nothing matters: wherever the picture is covered, the log-odds fall by 0.00 at most" in found.sentences()[0]
    assert not found.energy_inside((0.0, 0.0, 1.0, 1.0))


@pytest.mark.parametrize(("drop", "step", "flat"), [(0.2, 0.0, True), (0.3, 0.0, False), (0.3, 1 / 256, False)])
def test_a_small_drop_is_nothing_and_so_is_one_step_of_the_scores(drop: float, step: float, flat: bool) -> None:
    assert explanation(one_drop(drop), 0.9, step).is_flat is flat
    one_step = math.log(0.996 / 0.004) - math.log((0.996 - 1 / 256) / (0.004 + 1 / 256))
    assert one_step > 0.3
    sure = explanation(one_drop(one_step), 0.996, 1 / 256)
    assert sure.is_flat
    assert f"about one step of its scores ({one_step:.2f})" in sure.sentences()[0]
    assert not explanation(one_drop(one_step), 0.996).is_flat


@pytest.mark.parametrize("name", ["int8-unit", "uint8-unit"])
def test_scores_at_the_end_of_their_grid_are_said_to_be(name: str) -> None:
    classifier = Classifier(STRANGERS / f"{name}.tflite", 1, COLOURS, trusted=True)
    sure, unsure = np.full((SIDE, SIDE, 3), (255, 0, 0), np.uint8), pasted((255, 0, 0))
    found = explain(classifier, sure)
    assert found.saturated
    assert found.sentences()[-1].endswith(
        "is as high as this file can say (steps of 1/256), so true drops may be larger."
    )
    assert not explain(classifier, unsure).saturated


def test_float_scores_that_were_rounded_before_are_read_as_bytes() -> None:
    """Their zeros would be an endless drop."""
    path = STRANGERS / "symmetric.tflite"
    frame = pasted((255, 0, 0))
    frame[:14] = (255, 0, 0)
    rounded, exact = (explain(kind(path, 1, COLOURS, trusted=True), frame) for kind in (Rounded, Classifier))
    assert rounded.step == 1 / 256
    assert exact.step == 0.0
    np.testing.assert_allclose(rounded.drops, exact.drops, atol=1.0)
    white = Rounded(path, 1, COLOURS, trusted=True)
    assert explain(white, np.full((SIDE, SIDE, 3), (255, 0, 0), np.uint8)).log_odds < 8.0


def test_neither_is_explained_by_its_best_label() -> None:
    classifier = Classifier(STRANGERS / "symmetric.tflite", 1, COLOURS, threshold=0.99, trusted=True)
    found = explain(classifier, pasted((255, 0, 0)))
    assert (found.answer, found.label) == ("neither", "blue")
    assert found.sentences()[0] == "The answer is neither: the best label, blue, stays below 99.0%."
    assert found.energy_inside(box()) >= ON_IT * SHARE


def test_what_a_centre_crop_leaves_out_is_outside_of_the_map() -> None:
    usual = Classifier(STRANGERS / "symmetric.tflite", 1, COLOURS, trusted=True)
    classifier = Classifier(usual.path, 1, card=replace(usual.card, resize="center_crop"), trusted=True)
    wide = np.full((60, 100, 3), 100, np.uint8)
    wide[:, :20] = (0, 0, 255)  # only this would be red
    wide[20:40, 40:60] = (255, 0, 0)
    found = explain(classifier, wide)
    assert found.area == (0.2, 0.0, 0.6, 1.0)
    assert found.label == "blue"
    assert found.energy_inside((40 / 100, 20 / 60, 20 / 100, 20 / 60)) >= 3.0 / 9.0


def test_what_center_zoom_leaves_out_is_outside_of_the_map() -> None:
    usual = Classifier(STRANGERS / "symmetric.tflite", 1, COLOURS, trusted=True)
    classifier = Classifier(usual.path, 1, card=replace(usual.card, resize="center_zoom"), trusted=True)
    frame = np.full((60, 100, 3), 100, np.uint8)
    frame[:6], frame[-6:], frame[:, :10], frame[:, -10:] = [(0, 0, 255)] * 4  # only this would be red
    frame[20:40, 40:60] = (255, 0, 0)
    found = explain(classifier, frame)
    assert found.area == (0.1, 0.1, 0.8, 0.8)
    assert found.label == "blue"


def test_whoever_asks_may_stop_it() -> None:
    calls = []

    def stop_at_ten() -> None:
        calls.append(None)
        if len(calls) == 10:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        explain(Classifier(STRANGERS / "symmetric.tflite", 1, COLOURS, trusted=True), pasted((255, 0, 0)), stop_at_ten)
    assert len(calls) == 10


def drawn_pet(seed: int) -> tuple[Image, str, tuple[float, float, float, float]]:
    """A drawn pet somewhere in a drawn place, its label, and the box around it."""
    rng, label, side = np.random.default_rng(seed), ("cat", "dog")[seed % 2], 384
    pose = Pose(rng.uniform(0.3, 0.7), rng.uniform(0.3, 0.7), 0.14, 1.0, 0.0, 0.0, 0.0)
    layer = place(paint_pet(random_pet(rng, label), side), pose, side, side)
    rows, columns = np.nonzero(layer[..., 3] > 128)
    left, top = columns.min() / side, rows.min() / side
    around = left, top, (columns.max() + 1) / side - left, (rows.max() + 1) / side - top
    return lay_over(random_background(rng, side, side), layer), label, around


@pytest.fixture(scope="module")
def known_pets() -> list[tuple[Image, Explanation, tuple[float, float, float, float]]]:
    """Four drawn pets that the starter knows: it learned from photographs, and many drawings are nothing to it."""
    classifier, known = Classifier(STARTER, 2, threshold=0.0), []
    for seed in range(400):
        picture, label, around = drawn_pet(seed)
        prediction = classifier.classify(picture)
        if prediction.label == label and prediction.score >= 0.8:
            known.append((picture, explain(classifier, picture), around))
        if len(known) == 4:
            return known
    pytest.fail("the starter knows too few drawn pets")


def test_the_starters_maps_lie_on_the_pets(
    known_pets: list[tuple[Image, Explanation, tuple[float, float, float, float]]],
) -> None:
    ratios = [found.energy_inside(around) / (around[2] * around[3]) for _, found, around in known_pets]
    assert np.median(ratios) >= ON_PETS, ratios


def ranks(values: np.ndarray) -> np.ndarray:
    return values.ravel().argsort().argsort()


def with_random_weights(content: bytes, kernels: slice) -> bytes:
    """The same file with the numbers of some of its kernels, in their order, mixed up."""
    changed = bytearray(content)
    model = root_table(memoryview(changed))
    (graph,) = model.tables(2)
    buffers = list(model.tables(4))
    views = [
        np.frombuffer(buffers[int(tensor.scalar(2, "I"))].bytes_view(0), np.int8)
        for tensor in graph.tables(0)
        if int(tensor.scalar(1, "b")) == 9 and len(tensor.ints(0)) in (2, 4)  # INT8, of a dense layer or convolution
    ]
    constant = [view for view in views if view.size]
    assert len(constant) > 40
    for view in constant[kernels]:
        np.random.default_rng(0).shuffle(view)
    return bytes(changed)


def test_random_weights_give_another_map(
    known_pets: list[tuple[Image, Explanation, tuple[float, float, float, float]]], tmp_path: Path
) -> None:
    """J. Adebayo et al., "Sanity Checks for Saliency Maps", NeurIPS 2018: else a map tells of the picture alone."""
    path = tmp_path / "random.tflite"
    path.write_bytes(with_random_weights(STARTER.read_bytes(), slice(0, None, 6)))  # some of every block
    classifier = Classifier(path, 2)
    alike, ratios = [], []
    for picture, found, around in known_pets:
        other = explain(classifier, picture)
        alike.append(np.corrcoef(ranks(found.drops), ranks(other.drops))[0, 1])
        ratios.append(other.energy_inside(around) / (around[2] * around[3]))
    assert abs(np.mean(alike)) <= 0.3, alike
    assert np.median(ratios) < ON_PETS
