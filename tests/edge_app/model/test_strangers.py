"""Files of others give the label that a bare interpreter gives, fed as their makers feed it, or are refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from edge_app.common.errors import ModelFileError
from edge_app.model.card import Size
from edge_app.model.card_reading import NOTHING_STATED, StatedInput
from edge_app.model.classifier import Classifier
from edge_app.model.runtime import load_interpreter
from tests.models import COLOURS, FOLDER, SIDE

STRANGERS = FOLDER / "strangers"
MEAN = (150.0, 120.0, 90.0)  # of red, green, blue
CAFFE = (123.68, 116.779, 103.939)
Fed = Callable[[np.ndarray], np.ndarray]


def frames_bgr(count: int = 60) -> list[np.ndarray]:
    """(32, 32, 3) uint8: noise around a colour, so that every number between 0 and 255 comes in."""
    pictures = []
    for seed in range(count):
        random = np.random.default_rng(seed)
        colour = random.integers(0, 256, 3)
        pictures.append((colour + random.normal(0, 30, (SIDE, SIDE, 3))).clip(0, 255).astype(np.uint8))
    return pictures


def symmetric(rgb: np.ndarray) -> np.ndarray:
    return rgb.astype(np.float32) / 127.5 - 1.0


def blue_first(rgb: np.ndarray) -> np.ndarray:
    return ((rgb - np.float32(MEAN)) / 60)[..., ::-1]


def caffe_quantized(rgb: np.ndarray) -> np.ndarray:
    scale = (151.061 + 123.68) / 255  # of 0 to 255 less the mean
    return np.rint(((rgb - np.float32(CAFFE))[..., ::-1] + 123.68) / scale).astype(np.uint8)


@dataclass(frozen=True)
class Stranger:
    """A file, how its maker feeds it, and how its output is read.

    Attributes:
        feed: (32, 32, 3) uint8 RGB → the input tensor without its batch.
        labels: given by the user.
        stated: by the user.
        read: output → place of the label.
        says: a part of what the app says that it assumed.
    """

    name: str
    feed: Fed
    labels: tuple[str, ...] = COLOURS
    stated: StatedInput = NOTHING_STATED
    read: Callable[[np.ndarray], int] = lambda scores: int(scores.argmax())
    says: str = "no model card"
    output: int = 0


STRANGER_FILES = (
    Stranger("symmetric", symmetric, says=r"taken as normalized to [-1, 1]"),
    Stranger("bytes", lambda rgb: rgb.astype(np.float32), says="want pixels of 0 to 255"),
    Stranger("bytes-float16", lambda rgb: rgb.astype(np.float32), says="want pixels of 0 to 255"),
    Stranger("bytes-offset", lambda rgb: rgb.astype(np.float32), says="want pixels of 0 to 255"),
    Stranger("bytes-folded", lambda rgb: rgb.astype(np.float32), says="has the small kernels"),
    Stranger("bytes-folded-float16", lambda rgb: rgb.astype(np.float32), says="has the small kernels"),
    Stranger("symmetric", lambda rgb: rgb / np.float32(255), stated=StatedInput("unit")),
    Stranger("symmetric", lambda rgb: (rgb - np.float32(100)) / 60, stated=StatedInput(mean=(100.0,), std=(60.0,))),
    Stranger("symmetric", blue_first, stated=StatedInput(mean=MEAN, std=(60.0,), blue_first=True)),
    Stranger(
        "channels-first",
        lambda rgb: blue_first(rgb).transpose(2, 0, 1),
        stated=StatedInput(mean=MEAN, std=(60.0,), blue_first=True),
    ),
    Stranger("uint8-caffe", caffe_quantized, stated=StatedInput(mean=CAFFE, std=(1.0,), blue_first=True)),
    Stranger("logits", symmetric, says="softmax is applied"),
    Stranger("odd-scores", symmetric),
    Stranger("int8-unit", lambda rgb: (rgb.astype(np.int16) - 128).astype(np.int8), says="as they are"),
    Stranger("uint8-unit", lambda rgb: rgb, says="as they are"),
    Stranger("one-score", symmetric, ("red", "blue"), read=lambda scores: int(scores[0] > 0.5), says="its one score"),
    Stranger("one-score", symmetric, ("blue",), read=lambda scores: int(scores[0] > 0.5), says="'not blue'"),
    Stranger("one-logit", symmetric, ("red", "blue"), read=lambda scores: int(scores[0] > 0.0)),
    Stranger("channels-first", lambda rgb: symmetric(rgb).transpose(2, 0, 1)),
    Stranger("any-size", symmetric, stated=StatedInput(size=Size(SIDE, SIDE))),
    Stranger("two-outputs", symmetric, output=1),
)


def bare_answer(stranger: Stranger, rgb: np.ndarray) -> int:
    interpreter = load_interpreter(STRANGERS / f"{stranger.name}.tflite", 1)
    taken = stranger.feed(rgb)[np.newaxis]
    place = interpreter.get_input_details()[0]["index"]
    interpreter.resize_tensor_input(place, taken.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(place, taken)
    interpreter.invoke()
    return stranger.read(interpreter.get_tensor(interpreter.get_output_details()[stranger.output]["index"])[0])


@pytest.mark.parametrize(
    "stranger",
    STRANGER_FILES,
    ids=lambda one: (
        f"{one.name}-{one.stated.values}-{len(one.labels)}{one.stated.mean}{'bgr' if one.stated.blue_first else ''}"
    ),
)
def test_the_label_is_that_of_a_bare_interpreter(stranger: Stranger) -> None:
    classifier = Classifier(
        STRANGERS / f"{stranger.name}.tflite", threads=1, labels=stranger.labels, stated=stranger.stated, trusted=True
    )
    assert any(stranger.says in sentence for sentence in classifier.assumptions)
    seen = set()
    for frame_bgr in frames_bgr():
        prediction = classifier.classify(frame_bgr)
        place = bare_answer(stranger, np.ascontiguousarray(frame_bgr[..., ::-1]))
        assert prediction.label == classifier.card.labels[place]
        assert 0.0 <= prediction.score <= 1.0
        assert sum(score for _, score in prediction.top) == pytest.approx(1.0, abs=0.02)
        assert classifier.real_scores(classifier.raw_scores()).argmax() == place
        seen.add(place)
    assert len(seen) == len(classifier.card.labels)  # or the test would say nothing


def test_a_grey_input_is_fed_grey() -> None:
    classifier = Classifier(STRANGERS / "grey.tflite", labels=("dark", "bright"), trusted=True)
    assert "the input is grey: frames are turned grey" in classifier.assumptions
    for level, label in ((20, "dark"), (230, "bright")):
        assert classifier.classify(np.full((48, 64, 3), level, np.uint8)).label == label


def test_a_quantized_input_of_an_unusual_range_is_said() -> None:
    usual = Classifier(STRANGERS / "uint8-unit.tflite", labels=COLOURS, trusted=True)
    assert usual.assumptions[-1] == "bytes go into the uint8 input as they are"
    unusual = Classifier(STRANGERS / "uint8-caffe.tflite", labels=COLOURS, trusted=True)
    assert "though -124 to 151, which it holds, is none of the usual ranges" in unusual.assumptions[-1]
    assert "try --mean and --std, or --bgr" in unusual.assumptions[-1]


def test_a_network_that_takes_any_size_is_told_one() -> None:
    with pytest.raises(ModelFileError, match=r"takes pictures of any size; say which .* --input-size 224"):
        Classifier(STRANGERS / "any-size.tflite", labels=COLOURS)
    sized = Classifier(STRANGERS / "any-size.tflite", labels=COLOURS, stated=StatedInput(size=Size(40, 24)))
    assert sized.card.input_size == Size(40, 24)


def test_a_size_that_the_network_does_not_take_is_refused() -> None:
    with pytest.raises(ModelFileError, match=r"takes pictures of 32×32 only, received 64×64"):
        Classifier(STRANGERS / "bytes.tflite", labels=COLOURS, stated=StatedInput(size=Size(64, 64)))


def test_of_several_outputs_the_labels_choose_or_nobody() -> None:
    with pytest.raises(ModelFileError, match=r"has 2 outputs .* none of them has a score for each of 2 labels"):
        Classifier(STRANGERS / "two-outputs.tflite", labels=("a", "b"))


def test_what_no_last_operator_tells_the_scores_tell_once(capsys: pytest.CaptureFixture[str]) -> None:
    classifier = Classifier(STRANGERS / "odd-scores.tflite", labels=COLOURS, trusted=True)
    for frame_bgr in frames_bgr(5):
        classifier.classify(frame_bgr)
    assert capsys.readouterr().err.count("softmax is applied") == 1


def test_an_edge_tpu_file_is_refused_with_the_way_out() -> None:
    with pytest.raises(ModelFileError, match=r"is compiled for a Coral Edge TPU .* has no `_edgetpu` in its name"):
        Classifier(STRANGERS / "bytes_edgetpu.tflite", labels=COLOURS)
