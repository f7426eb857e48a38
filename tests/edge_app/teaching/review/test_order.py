"""Promises of the order: what the model contradicts comes first, and frames that look alike come together."""

from __future__ import annotations

import numpy as np
import pytest

from edge_app.demo.drawn_pets import write_drawings
from edge_app.photographs.decoder import read_photograph
from edge_app.photographs.thumbnails import thumbnail
from edge_app.teaching.review.order import look_alikes, margin


@pytest.mark.parametrize(
    ("scores", "label", "expected"),
    [
        ({"cup": 0.9, "phone": 0.1}, "cup", 0.8),
        ({"cup": 0.9, "phone": 0.1}, "phone", -0.8),
        ({"cup": 0.5, "phone": 0.5}, "cup", 0.0),
        ({"cup": 0.6, "phone": 0.3}, "lamp", -0.6),  # known to the model, and not among the best
        ({"cup": 0.9, "phone": 0.1}, None, -0.8),  # `neither`, which the model takes for a cup
        ({"cup": 0.4, "phone": 0.3}, None, 0.2),
    ],
)
def test_a_frame_is_the_more_doubtful_the_more_the_model_prefers_another_label(
    scores: dict[str, float], label: str | None, expected: float
) -> None:
    assert margin(scores, label) == pytest.approx(expected)


@pytest.fixture(scope="module")
def greys(tmp_path_factory: pytest.TempPathFactory) -> np.ndarray:
    """Thumbnails of six drawn pets, each three times: as it is, darker, and with a shifted edge."""
    folder = tmp_path_factory.mktemp("pets")
    write_drawings(folder, 6, size=96)
    images = [read_photograph(path) for path in sorted(folder.rglob("*.*")) if path.suffix in (".jpg", ".png")]
    variants = [one for image in images for one in (image, image // 10 * 9, np.roll(image, 1, axis=1))]
    return np.stack([thumbnail(one) for one in variants])


def test_frames_of_one_scene_are_a_group_whose_most_doubtful_frame_leads(greys: np.ndarray) -> None:
    order = [*range(17, -1, -1)]
    groups = look_alikes(order, greys, ["pet"] * 18)
    assert groups == [[place, place - 1, place - 2] for place in range(17, -1, -3)]


def test_no_group_has_two_classes_or_more_frames_than_can_be_looked_at(greys: np.ndarray) -> None:
    kinds = ["cat", "dog", "cat"] * 6
    assert look_alikes(range(18), greys, kinds)[:2] == [[0, 2], [1]]
    same = np.repeat(greys[:1], 50, axis=0)
    assert [len(group) for group in look_alikes(range(50), same, ["cat"] * 50, most=24)] == [24, 24, 2]


def test_black_frames_are_alone_because_nothing_is_seen_of_them() -> None:
    assert look_alikes(range(3), np.zeros((3, 32, 32), np.uint8), ["cat"] * 3) == [[0], [1], [2]]
