"""Promises of a taught file: it says what the head says, and is a file like any other of ours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_app import Classifier
from edge_app.common.errors import ModelFileError
from edge_app.model.card import read_own_card
from edge_app.model.flatbuffer import root_table
from edge_app.model.metadata import read_metadata
from edge_app.model.runtime import load_interpreter
from edge_app.model.starter import STARTER
from edge_app.teaching.backbone import Backbone, find_ending
from edge_app.teaching.learning import TaughtHead, learn, model_file
from edge_app.teaching.writing import as_backbone
from tests.edge_app.teaching.shown import LABELS, backbone, examples, frame


@pytest.fixture(scope="module")
def taught() -> TaughtHead:
    return learn(examples(), LABELS, "desk")


@pytest.fixture(scope="module")
def file(taught: TaughtHead, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("taught") / "desk.tflite"
    path.write_bytes(model_file(backbone(), taught, "desk"))
    return path


def test_the_file_gives_the_scores_of_the_head_within_the_grids(taught: TaughtHead, file: Path) -> None:
    """Logits and scores have 256 steps each; weights are rounded too, which is less than the room left here."""
    classifier = Classifier(file, 1)
    details = classifier.interpreter.get_tensor_details()
    (step,) = {
        one["quantization"][0] for one in details if one["shape"].tolist() == [1, 3] and "/MatMul" in one["name"]
    }
    assert 4.0 / 255 <= step < 0.2
    for number in range(100, 130):  # frames that the head has not seen
        exact = np.exp(taught.head.log_probabilities(backbone().features(frame(number))[np.newaxis]))[0]
        # half a step of each of two logits moves a score by at most a quarter of a step, and as much for the weights
        np.testing.assert_allclose(classifier.scores(frame(number)), exact, atol=step / 2 + 1.5 / 256)


def test_the_file_tells_what_it_was_shown(file: Path) -> None:
    assert [Classifier(file, 1).classify(frame(number)).top[0][0] for number in range(100, 112)] == [
        LABELS[number % 3] for number in range(100, 112)
    ]


def test_card_and_labels_are_the_new_ones_and_the_way_of_pictures_stays(taught: TaughtHead, file: Path) -> None:
    card, old = read_own_card(file), read_own_card(STARTER)
    assert (card.name, card.labels, card.neither_threshold) == ("desk", LABELS, taught.threshold)
    assert card.accuracy == taught.accuracy
    assert (card.input_size, card.input_dtype, card.mean, card.score_floor) == (
        old.input_size, old.input_dtype, old.mean, old.score_floor,
    )  # fmt: skip
    assert (card.other_source, dict(card.cuts)) == (None, {})
    assert card.trained_on.startswith("photographs shown to `fieldlens teach`: desk")
    assert card.terms == old.terms  # of the photographs that the features come from
    assert read_metadata(file).labels == "\n".join(LABELS)


def test_standard_metadata_names_the_new_model(file: Path) -> None:
    content = file.read_bytes()
    model = root_table(content)
    (number,) = (int(one.scalar(1, "I")) for one in model.tables(6) if one.string(0) == "TFLITE_METADATA")
    metadata = root_table(list(model.tables(4))[number].bytes_view(0).tobytes())
    assert metadata.string(0) == "desk"
    assert metadata.string(1).startswith("Image classifier: pet, stripes, wall.")


def test_the_layer_of_the_old_classes_is_gone(file: Path) -> None:
    before, after = (find_ending(path, path.read_bytes()) for path in (STARTER, file))
    assert (len(before.hidden), len(after.hidden)) == (1, 0)
    assert after.features == before.features
    assert file.stat().st_size < STARTER.stat().st_size + 20_000


def test_a_taught_file_can_be_taught_again(file: Path, tmp_path: Path) -> None:
    again = Backbone(file, 1)
    np.testing.assert_array_equal(again.features(frame(0)), backbone().features(frame(0)))
    two = tmp_path / "two.tflite"
    shown = examples()
    few = type(shown)(shown.features, (shown.targets == 2).astype(np.int64), shown.sessions, shown.bursts)
    two.write_bytes(model_file(again, learn(few, ("thing", "wall"), "two"), "two"))
    assert [Classifier(two, 1).classify(frame(number)).top[0][0] for number in (100, 101, 102)] == [
        "thing",
        "wall",
        "thing",
    ]


def test_the_same_frames_give_the_same_bytes(taught: TaughtHead, file: Path) -> None:
    assert model_file(backbone(), learn(examples(), LABELS, "desk"), "desk") == file.read_bytes()


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The starter as `convert backbone` would write it."""
    path = tmp_path_factory.mktemp("bare") / "pets-backbone.tflite"
    path.write_bytes(as_backbone(STARTER, "photographs of pets: cat, dog"))
    return path


def test_the_output_of_a_backbone_file_is_the_features(bare: Path) -> None:
    """Read by a bare interpreter, as somebody else's program would."""
    interpreter = load_interpreter(bare, 1, None)
    (taken,), (given,) = interpreter.get_input_details(), interpreter.get_output_details()
    assert given["shape"].tolist() == [1, backbone().width]
    ours = Backbone(bare, 1)
    ours.prepare(frame(0))
    scale, zero_point = given["quantization"]
    picture = np.random.default_rng(0).integers(0, 256, taken["shape"], np.uint8)
    interpreter.set_tensor(taken["index"], picture)
    interpreter.invoke()
    found = (interpreter.get_tensor(given["index"])[0].astype(np.float32) - zero_point) * np.float32(scale)
    np.testing.assert_allclose(found, backbone().features(picture[0, ..., ::-1]), atol=1e-6)  # the size is its own


def test_a_head_on_a_backbone_file_is_the_head_on_the_network_itself(
    bare: Path, file: Path, taught: TaughtHead, tmp_path: Path
) -> None:
    again = tmp_path / "desk.tflite"
    again.write_bytes(model_file(Backbone(bare, 1), taught, "desk"))
    for number in range(100, 110):
        np.testing.assert_array_equal(
            Classifier(again, 1).scores(frame(number)), Classifier(file, 1).scores(frame(number))
        )
    card = read_own_card(again)
    assert not card.features
    assert card.trained_on.endswith("(photographs of pets: cat, dog)")


def test_a_backbone_file_says_nothing_of_labels(bare: Path) -> None:
    card = read_own_card(bare)
    assert card.features
    assert (card.accuracy, card.other_source, card.neither_threshold) == (None, None, None)
    assert card.input_size == read_own_card(STARTER).input_size
    with pytest.raises(
        ModelFileError, match=r"gives features, not labels; teach it some: fieldlens teach .* --backbone"
    ):
        Classifier(bare, 1)


def test_a_backbone_of_a_backbone_is_the_same_network(bare: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.tflite"
    again.write_bytes(as_backbone(bare, "photographs of pets: cat, dog"))
    np.testing.assert_array_equal(Backbone(again, 1).features(frame(0)), backbone().features(frame(0)))
