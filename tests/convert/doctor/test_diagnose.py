"""Promises of the doctor: it names the fault that a file has, how to mend it, and none that it has not."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from convert.__main__ import main
from convert.doctor.label_order import LabelOrder
from convert.doctor.preprocessing import CAFFE, RAW, SYMMETRIC, UNIT, ModelUnderTest, Preprocessing
from convert.doctor.search import HypothesisResult, preprocessing_grid, simplified
from edge_app.model.card import ModelCard, Size, write_card
from edge_app.model.classifier import Classifier
from edge_app.model.preparation import resize_rgb
from edge_app.photographs.decoder import read_photograph
from edge_app.photographs.groups import marked
from tests.conftest import Chain
from tests.models import UINT8

SIZE = 32
CARD = ModelCard(
    "made", ("apple", "blossom", "cherry", "date"), Size(SIZE, SIZE), "float32", mean=(127.5,) * 3, std=(127.5,) * 3
)


@pytest.fixture
def doctor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., dict[str, Any]]:
    """The program on a file and photographs: what it wrote, and under "told" what it printed."""

    def ask(model: Path, photographs: Path, *words: str) -> dict[str, Any]:
        out = tmp_path / "doctor.json"
        command = ["doctor", str(model), "--photos", str(photographs), "--out", str(out), "--overwrite"]
        assert main([*command, "--most", "160", *words]) == 0
        content: dict[str, Any] = json.loads(out.read_text())
        return {**content, "told": capsys.readouterr().out}

    return ask


def with_card(model: Path, to: Path, **changes: Any) -> Path:
    to.write_bytes(write_card(model.read_bytes(), replace(Classifier(model).card, **changes)))
    return to


# --- TINY, the chain's own files ---


@pytest.mark.parametrize("kind", ["float32", "int8"])
def test_a_good_file_has_nothing_better(chain: Chain, doctor: Callable[..., dict[str, Any]], kind: str) -> None:
    said = doctor(chain.models / f"tiny-{kind}.tflite", chain.drawings)
    assert not said["found"]
    assert "no other preprocessing is better" in said["verdict"]
    assert said["advice"] == []
    assert said["now"]["accuracy"]["top1"] > 0.85
    assert said["now"]["accuracy"]["data"] == f"test split of {chain.drawings.name}"
    assert "labels reversed" in said["told"]


def test_a_float_file_that_is_normalized_twice_is_told_its_numbers(
    chain: Chain, doctor: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    """Its graph rescales 0..255 itself; this card makes [-1, 1] of them first."""
    wrong = with_card(chain.models / "tiny-float32.tflite", tmp_path / "x.tflite", mean=(127.5,) * 3, std=(127.5,) * 3)
    said = doctor(wrong, chain.drawings)
    assert said["found"]
    assert said["best"]["changes"] == ["[0, 255]"]
    assert said["advice"] == [
        "pixels: the model expects [0, 255]; set `mean` and `std` of its card to mean 0, std 1",
    ]
    assert ") if [0, 255] (difference +" in said["told"]
    assert said["comparison"]["low"] > 0


def test_labels_in_the_wrong_order_are_put_right(
    chain: Chain, doctor: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    wrong = with_card(chain.models / "tiny-int8.tflite", tmp_path / "x.tflite", labels=("dog", "cat"))
    said = doctor(wrong, chain.drawings)
    assert said["best"]["changes"] == ["labels reversed"]
    assert "labels: `labels` of its card must be reversed: cat, dog" in said["advice"][0]


def test_two_faults_are_found_together(chain: Chain, doctor: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    model = chain.models / "tiny-float32.tflite"
    wrong = with_card(model, tmp_path / "x.tflite", labels=("dog", "cat"), mean=(0.0,) * 3, std=(255.0,) * 3)
    said = doctor(wrong, chain.drawings)
    assert said["found"]
    assert said["best"]["changes"] == ["[0, 255]", "labels reversed"]
    assert len(said["advice"]) == 2


def test_a_file_that_says_nothing_is_read_and_told_what_to_write(
    chain: Chain, doctor: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    """No card, no metadata, no labels: the folders' names serve, and the first operators tell what they want."""
    bare = without_metadata(chain.models / "tiny-float32.tflite", tmp_path / "bare.tflite")
    said = doctor(bare, chain.drawings)
    assert said["best"]["changes"] == []
    assert any("its first operators want pixels of 0 to 255" in one for one in said["assumptions"])
    assert any(
        "it has no labels; the classes are taken in alphabetical order: cat, dog" in one for one in said["assumptions"]
    )
    assert "all of" in said["now"]["accuracy"]["data"]


def test_faults_of_the_users_code_are_named_as_lines_of_code(
    chain: Chain, doctor: Callable[..., dict[str, Any]]
) -> None:
    said = doctor(chain.models / "tiny-int8.tflite", chain.drawings, "--scaling", "twice")
    assert said["best"]["changes"] == ["[-1, 1]"]
    assert said["advice"] == ["pixels: the model expects [-1, 1]; in your code: pixels / 127.5 - 1"]


def test_an_accuracy_that_the_user_got_is_explained(chain: Chain, doctor: Callable[..., dict[str, Any]]) -> None:
    said = doctor(chain.models / "tiny-int8.tflite", chain.drawings, "--got", "7")
    assert said["explanations"] == ["labels reversed"]
    assert "7.0% is what your code gets: labels reversed would explain that" in said["told"]


def test_the_page_holds_the_verdict(chain: Chain, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.html"
    words = ["doctor", str(chain.models / "tiny-int8.tflite"), "--photos", str(chain.drawings), "--most", "40"]
    assert main([*words, "--out", str(page)]) == 0
    assert "tiny-int8.tflite: no mismatch found" in page.read_text()
    assert "doubt    validated on 20 photographs" in capsys.readouterr().out
    assert main([*words, "--out", str(page)]) == 1
    assert "exists already" in capsys.readouterr().err


# --- files whose answer is known ---


def without_metadata(model: Path, to: Path) -> Path:
    from ai_edge_litert import schema_py_generated as schema
    from flatbuffers import Builder

    content = schema.ModelT.InitFromPackedBuf(bytearray(model.read_bytes()), 0)
    content.metadata = []
    builder = Builder(1 << 16)
    builder.Finish(content.Pack(builder), file_identifier=b"TFL3")
    to.write_bytes(bytes(builder.Output()))
    return to


def made_model(scores: Callable[[Any], list[Any]], integers: bool = False) -> bytes:
    """Convert a function of (1, SIZE, SIZE, 3) pictures in [-1, 1] to scores of four classes."""
    import tensorflow as tf

    from edge_app.common.native_stderr import quiet_native_stderr

    @tf.function(input_signature=[tf.TensorSpec((1, SIZE, SIZE, 3), tf.float32, "images")])  # type: ignore[untyped-decorator]
    def answer(images: Any) -> Any:
        return tf.nn.softmax(tf.stack(scores(images), axis=1))

    def samples() -> Any:
        for seed in range(20):
            yield [np.random.default_rng(seed).uniform(-1, 1, (1, SIZE, SIZE, 3)).astype(np.float32)]
        yield [np.full((1, SIZE, SIZE, 3), -1, np.float32)]
        yield [np.full((1, SIZE, SIZE, 3), 1, np.float32)]

    with quiet_native_stderr():
        converter = tf.lite.TFLiteConverter.from_concrete_functions([answer.get_concrete_function()], tf.Module())
        if integers:
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter.representative_dataset = samples
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
            converter.inference_input_type = converter.inference_output_type = tf.int8
        return bytes(converter.convert())


def colours(images: Any) -> list[Any]:
    """Red, green or neither in the left and right eighths of the picture, which a centre crop of wide ones cuts off."""
    import tensorflow as tf

    edges = tf.concat([images[:, :, : SIZE // 8], images[:, :, -SIZE // 8 :]], axis=2)
    red, green, _ = tf.unstack(tf.reduce_mean(edges, axis=(1, 2)), axis=1)
    return [4 * (red - green), 4 * (green - red), 4 * (red + green), -4 * (red + green)]


CLASSES = {"apple": (220, 40), "blossom": (40, 220), "cherry": (210, 210), "date": (40, 40)}
"""Red and green of each class; blue says nothing."""


@pytest.fixture(scope="module")
def wide_pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures twice as wide as high: the class is in the colour of the edges, the middle and blue are chance."""
    folder = tmp_path_factory.mktemp("wide")
    random = np.random.default_rng(0)
    for label, (red, green) in CLASSES.items():
        (folder / label).mkdir()
        for number in range(40):
            picture = random.integers(0, 256, (40, 80, 3), dtype=np.uint8)
            picture[:, :20] = picture[:, -20:] = (random.integers(0, 256), green, red)
            cv2.imwrite(str(folder / label / f"{number}.png"), picture)
    return folder


@pytest.fixture(scope="module")
def colour_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("made") / "colours.tflite"
    path.write_bytes(write_card(made_model(colours), CARD))
    return path


def test_a_model_trained_on_bgr_is_found(
    wide_pictures: Path, doctor: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    swapped = tmp_path / "bgr.tflite"
    swapped.write_bytes(write_card(made_model(lambda images: colours(images[..., ::-1])), CARD))
    said = doctor(swapped, wide_pictures, "--all-photos")
    assert said["best"]["changes"] == ["BGR"]
    assert said["advice"][0].startswith("channels: the model was trained on BGR")
    assert said["now"]["accuracy"]["top1"] < 0.7
    assert said["best"]["accuracy"]["top1"] > 0.95
    assert ") if BGR (difference +" in said["told"]


def test_code_that_gives_bgr_is_told_to_swap(
    colour_model: Path, wide_pictures: Path, doctor: Callable[..., dict[str, Any]]
) -> None:
    said = doctor(colour_model, wide_pictures, "--all-photos", "--channels", "BGR")
    assert said["best"]["changes"] == ["RGB"]
    assert "cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)" in said["advice"][0]


@pytest.mark.parametrize(("sessions", "few"), [(10, False), (1, True)])
def test_photographs_of_sessions_are_counted_by_session_where_these_are_enough(
    colour_model: Path,
    wide_pictures: Path,
    doctor: Callable[..., dict[str, Any]],
    tmp_path: Path,
    sessions: int,
    few: bool,
) -> None:
    """One session per class would make a test of four: it could find no fault, however plain."""
    pictures = Path(shutil.copytree(wide_pictures, tmp_path / "sessions"))
    for number, path in enumerate(sorted(pictures.glob("*/*"))):
        path.write_bytes(marked(path.read_bytes(), f"{path.parent.name} {number % sessions}"))
    said = doctor(colour_model, pictures, "--all-photos", "--channels", "BGR")
    assert said["best"]["changes"] == ["RGB"]
    assert said["found"]
    assert any(f"in {4 * sessions} groups, too few to count by" in one for one in said["doubts"]) is few
    counted = said["comparison"]
    assert (counted["groups"] == counted["photographs"]) is few
    assert counted["groups"] <= 4 * sessions or few


def test_a_crop_that_cuts_off_what_matters_is_found(
    colour_model: Path, wide_pictures: Path, doctor: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    wrong = with_card(colour_model, tmp_path / "x.tflite", resize="center_crop")
    said = doctor(wrong, wide_pictures, "--all-photos")
    assert said["best"]["changes"] == ["squashed"]
    assert "set `resize` of its card to squash" in said["advice"][0]


def test_any_order_of_labels_is_read_off_the_photographs(
    colour_model: Path, wide_pictures: Path, doctor: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    wrong = with_card(colour_model, tmp_path / "x.tflite", labels=("blossom", "date", "apple", "cherry"))
    said = doctor(wrong, wide_pictures, "--all-photos", "--most", "160")
    assert said["best"]["changes"] == ["labels alphabetical"]
    wrong = with_card(colour_model, tmp_path / "y.tflite", labels=("apple", "blossom", "cherry", "date"))
    swapped = tmp_path / "z.tflite"
    shuffled = made_model(lambda images: [colours(images)[place] for place in (1, 3, 0, 2)])
    swapped.write_bytes(write_card(shuffled, CARD))
    said = doctor(swapped, wide_pictures, "--all-photos")
    assert said["best"]["changes"] == ["labels in an order inferred from the photographs"]
    assert "must be in an order inferred from the photographs: blossom, date, apple, cherry" in said["advice"][0]
    few = doctor(swapped, wide_pictures, "--all-photos", "--most", "64")
    assert any("inferred from 8 photographs per class: check it on more" in one for one in few["doubts"])


def test_bytes_misread_as_int8_and_scores_misread_as_bytes_are_found(
    wide_pictures: Path, doctor: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    model = tmp_path / "int8.tflite"
    model.write_bytes(write_card(made_model(colours, integers=True), replace(CARD, input_dtype="int8")))
    said = doctor(model, wide_pictures, "--all-photos")
    assert not said["found"]
    assert said["now"]["accuracy"]["top1"] > 0.95
    assert {"bytes read as int8", "int8 scores read as bytes"} <= {one["changes"][0] for one in said["changes"]}
    said = doctor(model, wide_pictures, "--all-photos", "--scaling", "wrapped")
    assert said["best"]["changes"] == ["[-1, 1]"]
    said = doctor(model, wide_pictures, "--all-photos", "--scores", "unsigned")
    assert said["best"]["changes"] == ["scores dequantized"]
    assert "read them as signed numbers" in said["advice"][0]


def test_wrong_names_of_photographs_are_no_fault_of_preprocessing(
    colour_model: Path, doctor: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    random = np.random.default_rng(1)
    for number in range(120):
        folder = tmp_path / "random" / ("apple", "blossom", "cherry", "date")[number % 4]
        folder.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / f"{number}.png"), random.integers(0, 256, (40, 80, 3), dtype=np.uint8))
    said = doctor(colour_model, tmp_path / "random", "--all-photos")
    assert said["hopeless"]
    assert "the fault lies in the model or in the labels of the photographs" in said["verdict"]
    assert said["advice"] == []


# --- parts ---


@pytest.mark.parametrize("kind", ["float32", "int8"])
def test_what_the_file_states_is_prepared_exactly_as_by_the_app(chain: Chain, kind: str) -> None:
    classifier = Classifier(chain.models / f"tiny-{kind}.tflite", as_stored=True)
    model = ModelUnderTest(classifier)
    for path in sorted((chain.drawings / "dog").iterdir())[:5]:
        frame = read_photograph(path)
        small = resize_rgb(frame, classifier.card.input_size)[..., ::-1]
        np.testing.assert_array_equal(model.scores(model.stated(), small), classifier.scores(frame))


def test_scalings_that_give_the_same_bytes_count_once(chain: Chain) -> None:
    keys = [
        one.key
        for one in ModelUnderTest(Classifier(chain.models / "tiny-int8.tflite", as_stored=True)).scalings(SYMMETRIC)
    ]
    assert keys == ["symmetric", "unit", "bytes", "torch", "caffe", "twice"]  # raw bytes are [-1, 1] here


def test_the_inside_is_tried_only_where_somebody_speaks_of_it(chain: Chain) -> None:
    """It is better for many models that never were meant for it, and would be no explanation."""
    model = ModelUnderTest(Classifier(chain.models / "tiny-int8.tflite", as_stored=True))
    stated = model.stated()
    assert {one.resize for one in preprocessing_grid(model, stated)} == {"squash", "center_crop"}
    model.card = replace(model.card, resize="center_zoom")
    rules = {one.resize for one in preprocessing_grid(model, stated)}
    assert rules == {"squash", "center_crop", "center_zoom"}


def test_a_change_that_does_not_pay_is_taken_back() -> None:
    right = np.ones(200, bool)
    almost, bad = right.copy(), right.copy()
    almost[:1], bad[:60] = False, False
    order = LabelOrder("as the file states", (0, 1))
    now = HypothesisResult(Preprocessing(SYMMETRIC, "RGB", "squash"), order, bad, "x")
    both = HypothesisResult(Preprocessing(UNIT, "BGR", "squash"), order, right, "x")
    one = HypothesisResult(Preprocessing(UNIT, "RGB", "squash"), order, almost, "x")
    assert simplified(both, now, [now, both, one]) is one
    assert simplified(one, now, [now, one]) is one
    assert CAFFE.mean[0] > RAW.mean[0]


# --- bad input ---


def test_bad_input_is_one_sentence(chain: Chain, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, third = str(chain.models / "tiny-int8.tflite"), str(UINT8)
    few = tmp_path / "few"
    for label in ("cat", "dog"):
        (few / label).mkdir(parents=True)
        for path in sorted((chain.drawings / label).iterdir())[:4]:
            (few / label / path.name).write_bytes(path.read_bytes())
    drawn = str(chain.drawings)
    for words, code, sentence in (
        ([str(tmp_path / "no.tflite"), "--photos", drawn], 1, "cannot be read: no such file"),
        ([model, "--photos", str(tmp_path / "nowhere")], 1, "does not exist; give a folder of photographs"),
        (
            [model, "--photos", str(few), "--all-photos"],
            1,
            "8 photographs (all of few) cannot show a difference; give 20",
        ),
        ([third, "--photos", drawn], 1, "and the number of its scores is different; name the folders as its labels"),
        ([model, "--photos", drawn, "--got", "610"], 2, "--got is a percentage"),
        ([model, "--photos", drawn, "--most", "0"], 2, "--most must be at least 1"),
        ([model, "--photos", drawn, "--scaling", "wrapped"], 2, "takes uint8 input, so --scaling wrapped"),
        ([model, "--photos", drawn, "--scores", "unsigned"], 2, "gives uint8 scores"),
    ):
        assert main(["doctor", *words]) == code, words
        complaint = capsys.readouterr().err
        assert sentence in complaint
        assert sum(line.startswith("error:") for line in complaint.splitlines()) == 1
