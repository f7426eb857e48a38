"""Promises of `--recipes onnx`: ONNX Runtime says what the `.tflite` says, or there is no ONNX file."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest

from convert.__main__ import main
from convert.onnx_export.exporter import export
from convert.onnx_export.runtime import OnnxModel
from convert.quantize.recipes import without_onnx
from edge_app.common.errors import ConversionError
from edge_app.model.card import ModelCard
from edge_app.model.classifier import Classifier
from tests.conftest import Chain, made_once

NAMES = {"float32": "float32", "int8": "uint8", "int8-int8io": "int8", "int8-floatio": "float32"}
"""Recipes that have a twin, and what goes in."""


@pytest.fixture(scope="module")
def models(chain: Chain, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every file that can be written as ONNX, and one that cannot, by the command line."""

    def make(folder: Path) -> None:
        words = ["--recipes", f"{','.join(NAMES)},dynamic,onnx", "--parity-photographs", "60"]
        assert main([str(chain.run), *words, "--out", str(folder / "tiny")]) == 0

    return made_once(tmp_path_factory, "onnx", make) / "tiny"


@pytest.mark.parametrize("recipe", NAMES)
def test_onnx_runtime_says_what_the_tflite_says(recipe: str, models: Path, chain: Chain) -> None:
    classifier = Classifier(models / f"tiny-{recipe}.tflite")
    twin = OnnxModel(models / f"tiny-{recipe}.onnx", classifier.card)
    pictures = [cv2.imread(str(path)) for path in sorted(chain.drawings.rglob("*.[0-9][0-9][0-9][0-9][0-9].jpg"))[::40]]
    ours, theirs = (np.array([model.scores(picture) for picture in pictures]) for model in (classifier, twin))
    assert len(pictures) == 50
    assert (ours.argmax(axis=1) == theirs.argmax(axis=1)).all()
    np.testing.assert_allclose(ours, theirs, atol=1e-5 if recipe == "float32" else 3 / 256)


def test_an_8_bit_file_stays_one(models: Path) -> None:
    model = onnx.load(models / "tiny-int8.onnx")
    (source,), (result,) = model.graph.input, model.graph.output
    assert source.type.tensor_type.elem_type == result.type.tensor_type.elem_type == onnx.TensorProto.UINT8
    assert [dim.dim_value for dim in source.type.tensor_type.shape.dim] == [1, 48, 48, 3]
    kernels = [one for one in model.graph.initializer if one.name.endswith(("_kernel", "_weights"))]
    assert kernels
    assert all(one.data_type == onnx.TensorProto.INT8 for one in kernels)
    assert "tiny-dynamic.onnx" not in [path.name for path in models.iterdir()]


def test_labels_and_card_are_in_the_file_and_the_proof_is_in_the_record(models: Path) -> None:
    facts = {one.key: one.value for one in onnx.load(models / "tiny-int8.onnx").metadata_props}
    assert facts["labels"] == "cat\ndog"
    assert ModelCard.from_json(facts["model_card"]).input_dtype == "uint8"
    told = json.loads((models / "conversion.json").read_text())["onnx"]
    assert [one["file"] for one in told] == [f"tiny-{name}.onnx" for name in NAMES]
    assert all(one["agreement"]["photographs"] == 60 and one["objection"] is None for one in told)
    assert all(one["size_bytes"] == (models / one["file"]).stat().st_size for one in told)


def test_a_file_that_disagrees_in_onnx_runtime_is_left_out(
    chain: Chain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    right = OnnxModel.scores
    monkeypatch.setattr(OnnxModel, "scores", lambda self, frame_bgr: right(self, frame_bgr)[::-1])
    out = tmp_path / "tiny"
    words = [str(chain.run), "--recipes", "float32,onnx", "--parity-photographs", "20", "--out", str(out)]
    assert main(words) == 1
    assert (
        "tiny-float32.onnx` was rejected: in ONNX Runtime, same label as the Keras model on" in capfd.readouterr().err
    )
    assert (out / "tiny-float32.tflite").is_file()
    assert not (out / "tiny-float32.onnx").exists()


def test_files_of_strangers_can_be_written_too(tmp_path: Path) -> None:
    for name in ("colours-int8.tflite", "colours-uint8.tflite"):
        path = Path(__file__).parent.parent.parent / "models" / name
        classifier, written = Classifier(path), tmp_path / f"{name}.onnx"
        onnx.save(export(path.read_bytes(), name), str(written))
        twin = OnnxModel(written, classifier.card)
        for colour in ((255, 0, 0), (0, 255, 0), (0, 0, 255)):
            picture = np.full((32, 32, 3), colour, np.uint8)
            assert twin.scores(picture).argmax() == classifier.scores(picture).argmax()


def test_what_cannot_be_written_is_refused_by_name(chain: Chain) -> None:
    from convert.quantize.recipes import INT16X8
    from convert.quantize.tflite import convert_model, load_saved_model
    from edge_app.model.card import Size

    pictures = np.random.default_rng(0).integers(0, 256, (8, 48, 48, 3), np.uint8)
    content = convert_model(load_saved_model(chain.run / "saved_model"), INT16X8, Size(48, 48), pictures)
    with pytest.raises(ConversionError, match="`wide` cannot be written as ONNX: values in it are neither float32 nor"):
        export(content, "wide")


@pytest.mark.parametrize("package", ["onnx", "onnxruntime"])
def test_a_missing_package_is_a_sentence_before_anything_begins(
    package: str, chain: Chain, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("edge_app.common.installing.find_spec", lambda name: None if name == package else True)
    assert main([str(chain.run), "--recipes", "int8,onnx", "--out", str(tmp_path / "out")]) == 1
    assert f"`{package}` is not installed; run: pip install" in capfd.readouterr().err


def test_onnx_needs_a_file_that_can_be_written(chain: Chain, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main([str(chain.run), "--recipes", "float16,onnx", "--out", str(tmp_path / "out")]) == 2
    assert "none of the files (float16) can be written as ONNX; add float32 or int8" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("text", "others"), [("onnx", None), ("float32, onnx", "float32"), ("all,onnx", "all"), ("onnx,int8", "int8")]
)
def test_onnx_stands_beside_the_other_names(text: str, others: str | None) -> None:
    assert without_onnx(text) == (others, True)
    assert without_onnx(others) == (others, False)
