"""Promises of the choice between a whole photograph and its inside."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import tf_keras as keras

from convert.__main__ import main as convert
from edge_app.model.card import Size
from edge_app.model.classifier import Classifier
from edge_app.model.preparation import ResizeRule, resize_rgb
from edge_app.photographs.decoder import Image
from train.__main__ import main as train
from train.data.photograph_set import PhotographSet
from train.data.splits import SplitFile
from train.evaluation.resize_choice import ResizeChoice, choose_resize

SIZE = Size(32, 32)
RED, BLUE = (0, 0, 255), (255, 0, 0)  # BGR
COUNT = 60


def red_or_blue() -> Any:
    """A network that answers by the mean colour of what it sees."""
    pictures = keras.Input((SIZE.height, SIZE.width, 3))
    mean = keras.layers.GlobalAveragePooling2D()(pictures)
    model = keras.Model(pictures, keras.layers.Dense(2, activation="softmax")(mean))
    model.layers[-1].set_weights([np.array([[-4.0, 4.0], [0.0, 0.0], [4.0, -4.0]]), np.zeros(2)])
    return model


def photographs(paint: Any) -> list[Image]:
    """Noisy frames of two classes."""
    draws, frames = np.random.default_rng(0), []
    for number in range(COUNT):
        frame = draws.integers(0, 256, (80, 100, 3), np.uint8)
        paint(frame, (BLUE, RED)[number % 2], (RED, BLUE)[draws.integers(2)])
        frames.append(frame)
    return frames


def in_the_middle(frame: Image, colour: tuple[int, int, int], other: tuple[int, int, int]) -> None:
    frame[:8], frame[-8:], frame[:, :10], frame[:, -10:] = [other] * 4
    frame[30:50, 40:60] = colour


def at_the_edge(frame: Image, colour: tuple[int, int, int], other: tuple[int, int, int]) -> None:
    frame[:6], frame[-6:], frame[:, :8], frame[:, -8:] = [colour] * 4


def nowhere(frame: Image, colour: tuple[int, int, int], other: tuple[int, int, int]) -> None:
    """Noise everywhere."""


def read(frames: list[Image], resize: ResizeRule) -> PhotographSet:
    images_rgb = np.stack([resize_rgb(frame, SIZE, resize) for frame in frames])
    files = tuple(SplitFile(f"{number}.png", "any", "validation", str(number)) for number in range(COUNT))
    return PhotographSet(files, images_rgb, np.arange(COUNT) % 2)


@pytest.mark.parametrize(
    ("paint", "expected"), [(in_the_middle, "center_zoom"), (at_the_edge, "squash"), (nowhere, "squash")]
)
def test_the_inside_is_chosen_only_where_it_is_clearly_better(paint: Any, expected: ResizeRule) -> None:
    frames = photographs(paint)
    chosen, seen = choose_resize(red_or_blue(), read(frames, "squash"), partial(read, frames, "center_zoom"))
    assert chosen.resize == expected
    np.testing.assert_array_equal(seen.pictures(np.arange(COUNT)), read(frames, expected).images_rgb)
    if paint is not nowhere:
        assert min(chosen.log_losses, key=chosen.log_losses.__getitem__) == expected


def test_the_choice_is_said_with_both_losses() -> None:
    losses = {"squash": 0.0461, "center_zoom": 0.0362}
    assert "sees the inner 80% of width and height" in str(ResizeChoice("center_zoom", losses))  # type: ignore[arg-type]
    assert "sees all of a photograph" in str(ResizeChoice("squash", losses))  # type: ignore[arg-type]
    assert all("0.0362" in str(ResizeChoice(rule, losses)) for rule in losses)  # type: ignore[arg-type]


def test_what_was_chosen_reaches_the_device(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From the command line to the file: every step sees the inside, and the conversion is proved with it."""
    for number, frame in enumerate(photographs(in_the_middle) * 3):
        path = tmp_path / "photos" / ("blue", "red")[number % 2] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        frame[0, 0] = number
        assert cv2.imwrite(str(path), frame)
    run, models = tmp_path / "runs" / "colours", tmp_path / "models" / "colours"
    words = ["--recipe", "tiny", "--image-size", "32", "--epochs", "3", "--validation", "split", "--resize", "auto"]
    assert train([str(tmp_path / "photos"), *words, "--out", str(run)]) == 0
    assert "the network sees " in capsys.readouterr().out
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    assert set(record["resize_log_losses"]) == {"squash", "center_zoom"}
    again = [*words[:-1], "center_zoom", "--out", str(run), "--overwrite"]
    assert train([str(tmp_path / "photos"), *again]) == 0
    assert json.loads((run / "run.json").read_text(encoding="utf-8"))["resize"] == "center_zoom"
    assert convert([str(run), "--recipes", "float32", "--out", str(models)]) == 0
    assert Classifier(models / "colours-float32.tflite").card.resize == "center_zoom"
