"""Promises of compression: it keeps what it promises down to the bytes of the file, and refuses what it cannot do."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
import tensorflow as tf
import tf_keras as keras

from convert.__main__ import main as convert
from edge_app.common.errors import DataError, RunFolderError, UsageError
from edge_app.model.classifier import Classifier
from edge_app.photographs.splits import sha256_of, split_of
from tests.train.fitting.test_fit import SMALL, two_colours
from train.__main__ import main
from train.compression.fine_tuning import FineTuningData, fine_tune
from train.compression.finished_run import read_finished_run, recorded_photographs
from train.compression.flat_network import compressible_layers, fold_batch_norm, load_network, refuse_nested
from train.compression.methods import METHODS, CompressionSettings
from train.compression.pruning import pruned
from train.compression.quantization import quantized, refuse_unquantizable
from train.compression.stage import Promise
from train.compression.toolkit import tfmot

ROOT = Path(__file__).parent.parent.parent.parent
CLUSTERS = 8


@dataclass(frozen=True)
class Compressed:
    """A compressed run, what was converted from it, and what compressing printed."""

    run: Path
    models: Path
    printed: str


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`TINY` at 32 px on 160 reddish and bluish pictures."""
    folder = tmp_path_factory.mktemp("compress")
    pictures = two_colours(160)
    for number, (image_rgb, target) in enumerate(zip(pictures.images_rgb, pictures.targets, strict=True)):
        path = folder / "photos" / ("blue" if target else "red") / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        assert cv2.imwrite(str(path), image_rgb[:, :, ::-1])
    words = ["--recipe", "tiny", "--image-size", "32", "--epochs", "3", "--batch-size", "16"]
    assert main([str(folder / "photos"), *words, "--out", str(folder / "runs" / "tiny")]) == 0
    return folder / "runs" / "tiny"


def compressed(run: Path, *words: str) -> Compressed:
    with redirect_stdout(io.StringIO()) as printed:
        assert main(["compress", str(run), *words, "--epochs", "1", "--learning-rate", "0.001"]) == 0
    made = run.with_name(f"{run.name}-{METHODS[words[1]].suffix}")
    models = run.parent.parent / "models" / made.name
    assert convert([str(made), "--out", str(models)]) == 0
    return Compressed(made, models, printed.getvalue())


@pytest.fixture(scope="module")
def pcqat(run: Path) -> Compressed:
    return compressed(run, "--method", "pcqat", "--clusters", str(CLUSTERS))


@pytest.fixture(scope="module")
def two_of_four(run: Path) -> Compressed:
    return compressed(run, "--method", "prune-2x4")


def kernels(path: Path) -> list[npt.NDArray[Any]]:
    """The kernels of all convolutions and dense layers, by the interpreter and not by our own reader."""
    plain = tf.lite.experimental.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    with pytest.warns(UserWarning, match="deprecated"):
        interpreter = tf.lite.Interpreter(str(path), experimental_op_resolver_type=plain)
    interpreter.allocate_tensors()
    operators = ("CONV_2D", "FULLY_CONNECTED", "DEPTHWISE_CONV_2D")
    indices = [one["inputs"][1] for one in interpreter._get_ops_details() if one["op_name"] in operators]
    return [interpreter.get_tensor(index) for index in indices]


def test_the_int8_file_takes_bytes_as_they_are_and_computes_in_integers(pcqat: Compressed) -> None:
    assert sorted(path.name for path in pcqat.models.iterdir()) == [
        "conversion.json", "report.html", "tiny-int8-pcqat.tflite",
    ]  # fmt: skip
    classifier = Classifier(pcqat.models / "tiny-int8-pcqat.tflite", as_stored=True)
    scale, zero_point = classifier.interpreter.get_input_details()[0]["quantization"]
    assert scale == pytest.approx(2 / 255, rel=1e-5)
    assert zero_point in (127, 128)
    assert classifier._preparer.takes_raw_bytes
    dtypes = {np.dtype(tensor["dtype"]).name for tensor in classifier.interpreter.get_tensor_details()}
    assert "float32" not in dtypes


def test_pruning_clustering_and_quantization_together_keep_every_promise_in_the_file(pcqat: Compressed) -> None:
    first, *hidden, head = kernels(pcqat.models / "tiny-int8-pcqat.tflite")
    assert first.shape == (16, 3, 3, 3)
    assert len(np.unique(first)) > CLUSTERS
    assert len(hidden) == 4
    for kernel in hidden:
        assert kernel.dtype == np.int8
        assert (kernel == 0).mean() >= 0.5 - 1 / kernel.size
        assert len(np.unique(kernel)) <= CLUSTERS
    assert (head == 0).mean() >= 0.5
    found = json.loads((pcqat.models / "conversion.json").read_text())["compression"]["kernels"]
    (rows,) = found.values()
    layers = ["block1_conv", "block2_conv", "block3_conv", "block4_conv", "hidden", "probabilities"]
    assert [row["layer"] for row in rows] == layers
    assert [row["sparsity"] for row in rows[1:5]] == [float((kernel == 0).mean()) for kernel in hidden]


@pytest.mark.parametrize("recipe", ["float32", "int8"])
def test_two_of_every_four_weights_along_the_input_channels_are_zero(two_of_four: Compressed, recipe: str) -> None:
    first, *others = kernels(two_of_four.models / f"tiny-{recipe}-pruned-2x4.tflite")
    assert (first == 0).mean() < 0.1
    for kernel in others:
        fours = kernel.reshape(-1, 4)  # TFLite has the input channels last
        assert ((fours == 0).sum(axis=1) >= 2).all()
        if recipe == "float32":
            assert ((fours == 0).sum(axis=1) == 2).mean() > 0.99  # two, not more


def test_it_is_said_plainly_that_zeros_make_a_file_no_smaller(two_of_four: Compressed) -> None:
    saving = json.loads((two_of_four.models / "conversion.json").read_text())["compression"]["saving"]
    assert saving["of"] == "tiny"
    assert [one["recipe"] for one in saving["recipes"]] == ["float32", "int8"]
    for one in saving["recipes"]:
        assert one["bytes"] == pytest.approx(one["original_bytes"], rel=0.01)
        assert one["gzip_bytes"] < 0.85 * one["original_gzip_bytes"]
    page = (two_of_four.models / "report.html").read_text()
    assert "MB before compression: no smaller;" in page


def test_a_compressed_run_has_the_shape_of_any_other(run: Path, pcqat: Compressed) -> None:
    screened = {"screening.json"}  # once, in the run that was compressed
    assert {path.name for path in pcqat.run.iterdir()} == {path.name for path in run.iterdir()} - screened
    assert "see the report of `tiny`" in (pcqat.run / "report.html").read_text()
    assert (pcqat.run / "splits.csv").read_text() == (run / "splits.csv").read_text()
    told = json.loads((pcqat.run / "run.json").read_text())
    assert told["compression"]["of"] == "tiny"
    assert told["compression"]["quantized"] is True
    stages = [line.split(",")[0] for line in (pcqat.run / "history.csv").read_text().splitlines()[1:]]
    assert stages == ["prune", "cluster", "qat"]
    printed = [line for line in pcqat.printed.splitlines() if line.startswith("calibration ")]
    assert printed == told["calibration_sentences"]
    assert len(printed) == 1  # two colours that nobody mistakes


def test_all_savings_of_a_quantized_run_predict_the_same(pcqat: Compressed) -> None:
    with tfmot.quantization.keras.quantize_scope():
        model = keras.models.load_model(pcqat.run / "model.h5", compile=False)
    images = two_colours(8, 5).images_rgb
    expected = np.asarray(model.predict_on_batch(images / np.float32(127.5) - 1))
    signatures = tf.saved_model.load(str(pcqat.run / "saved_model")).signatures
    served = signatures["serving_default"](images=tf.constant(images, tf.float32))["probabilities"]
    np.testing.assert_allclose(np.asarray(served), expected, atol=1e-5)
    model.load_weights(str(pcqat.run / "checkpoints" / "best")).expect_partial()
    np.testing.assert_allclose(model.predict_on_batch(images / np.float32(127.5) - 1), expected, atol=1e-6)


def test_a_broken_promise_is_refused(two_of_four: Compressed, tmp_path: Path, capsys: Any) -> None:
    liar = tmp_path / "liar"
    shutil.copytree(two_of_four.run, liar)
    told = json.loads((liar / "run.json").read_text())
    told["compression"]["layers"][2]["promise"]["sparsity"] = 0.75
    (liar / "run.json").write_text(json.dumps(told))
    assert convert([str(liar), "--out", str(tmp_path / "models")]) == 1
    assert "layer `block3_conv` of `models-float32-pruned-2x4.tflite` has 50.0% zeros where at least 75.0%" in (
        capsys.readouterr().err
    )
    assert not (tmp_path / "models").exists()


def mobile_block() -> Any:
    """What MobileNetV2 is made of, with batch norm that has learned something."""
    rng = np.random.default_rng(0)
    images = keras.Input((16, 16, 3), name="images")
    x = images
    for number, layer in enumerate(
        (
            keras.layers.Conv2D(8, 3, 2, "same", use_bias=False),
            keras.layers.DepthwiseConv2D(3, padding="same", use_bias=False),
            keras.layers.Conv2D(16, 1, use_bias=False, name="narrow"),
        )
    ):
        x = keras.layers.BatchNormalization(name=f"norm{number}")(layer(x))
        x = keras.layers.ReLU(6.0, name=f"relu{number}")(x) if number < 2 else x
    wide = keras.layers.ReLU(6.0)(
        keras.layers.BatchNormalization(name="norm3")(keras.layers.Conv2D(16, 1, name="wide")(x))
    )
    padded = keras.layers.ZeroPadding2D(1)(wide)
    deep = keras.layers.DepthwiseConv2D(3, use_bias=False)(padded)
    x = keras.layers.Add()([x, keras.layers.BatchNormalization(name="norm4")(deep)])
    x = keras.layers.Dropout(0.2)(keras.layers.GlobalAveragePooling2D()(x))
    model = keras.Model(images, keras.layers.Dense(2, activation="softmax", name="probabilities")(x))
    for number in range(5):
        norm = model.get_layer(f"norm{number}")
        scales = np.exp(rng.normal(0, 1.5, norm.gamma.shape))  # as uneven as those of MobileNetV2
        norm.set_weights([scales, rng.normal(0, 1, scales.shape), rng.normal(0, 0.2, scales.shape), scales])
    return model


def test_folding_batch_norm_changes_no_prediction() -> None:
    model = mobile_block()
    folded = fold_batch_norm(model)
    images = np.random.default_rng(1).uniform(-1, 1, (8, 16, 16, 3)).astype(np.float32)
    np.testing.assert_allclose(folded.predict_on_batch(images), model.predict_on_batch(images), atol=1e-5)
    assert not any(isinstance(layer, keras.layers.BatchNormalization) for layer in folded.layers)
    assert [layer.name for layer in compressible_layers(folded)] == ["narrow", "wide", "probabilities"]


def test_a_quantized_mobile_block_is_in_the_file_what_it_was_in_training() -> None:
    """Depthwise kernels have a range per channel on both sides, so the scores are equal to two levels of 1/256."""
    photographs = replace(two_colours(64), images_rgb=two_colours(64).images_rgb[:, ::2, ::2])
    data = FineTuningData(photographs, photographs, SMALL.augmentation, 16, 0)
    model, _ = fine_tune(quantized(fold_batch_norm(mobile_block()), {}), "qat", data, 2, 1e-3)
    one = tf.function(lambda images: model(images, training=False), input_signature=[tf.TensorSpec((1, 16, 16, 3))])
    converter = tf.lite.TFLiteConverter.from_concrete_functions([one.get_concrete_function()], model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.inference_input_type = converter.inference_output_type = tf.uint8
    with pytest.warns(UserWarning, match="deprecated"):
        interpreter = tf.lite.Interpreter(model_content=converter.convert())
    interpreter.allocate_tensors()
    details = interpreter.get_tensor_details()
    depthwise = [one for one in details if tuple(one["shape"]) in ((1, 3, 3, 8), (1, 3, 3, 16))]
    assert sorted(len(one["quantization_parameters"]["scales"]) for one in depthwise) == [8, 16]
    scale, zero_point = interpreter.get_input_details()[0]["quantization"]
    for image in photographs.images_rgb[:16]:
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], image[np.newaxis])
        interpreter.invoke()
        scores = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])[0] / 256
        exact = (image[np.newaxis].astype(np.float32) - zero_point) * scale
        np.testing.assert_allclose(scores, model.predict_on_batch(exact)[0], atol=2 / 256)


def test_an_epoch_before_all_zeros_are_there_is_not_the_best() -> None:
    photographs = two_colours(64)
    data = FineTuningData(photographs, photographs, SMALL.augmentation, 16, 0)
    network = fold_batch_norm(keras.models.clone_model(two_dense_layers()))
    wrapped, promises = pruned(network, 0.5, data.steps_per_epoch, 2)
    assert wrapped.first_eligible_epoch == 2
    assert promises == {"hidden": Promise(0.5), "probabilities": Promise(0.5)}
    model, history = fine_tune(wrapped, "prune", data, 2, 1e-3)
    assert (model.get_layer("hidden").kernel.numpy() == 0).mean() == 0.5
    scores = model.predict_on_batch(photographs.images_rgb / np.float32(127.5) - 1)
    loss = -np.log(scores[np.arange(64), photographs.targets]).mean()
    assert loss == pytest.approx(history[1].val_loss, rel=1e-3)


def two_dense_layers() -> Any:
    images = keras.Input((32, 32, 3), name="images")
    x = keras.layers.Flatten()(keras.layers.MaxPooling2D(4)(images))
    x = keras.layers.Dense(16, activation="relu", name="hidden")(x)
    return keras.Model(images, keras.layers.Dense(2, activation="softmax", name="probabilities")(x))


def test_pruning_in_fewer_steps_than_it_needs_is_refused() -> None:
    with pytest.raises(DataError, match="pruning needs 4 steps of training, received 3; give more --epochs"):
        pruned(two_dense_layers(), 0.5, 1, 3)


def test_a_network_inside_a_network_is_refused_and_the_flat_recipe_named(tmp_path: Path) -> None:
    images = keras.Input((32, 32, 3))
    nested = keras.Model(images, two_dense_layers()(images))
    with pytest.raises(RunFolderError, match=r"is a nested model, .* train with --recipe mobilenet_v2"):
        refuse_nested(nested, tmp_path)
    with pytest.raises(RunFolderError, match=r"runs a TF Hub module as one layer, .* --recipe mobilenet_v2"):
        load_network(tmp_path, "hub")


def test_what_8_bits_cannot_hold_is_refused_before_training(tmp_path: Path) -> None:
    images = keras.Input((32, 32, 3))
    unknown = keras.Model(images, keras.layers.Normalization(name="scaled")(images))
    with pytest.raises(RunFolderError, match=r"does not support Normalization .*`scaled`.* prune or cluster it"):
        refuse_unquantizable(unknown, tmp_path, "none")
    with pytest.raises(RunFolderError, match=r"whitens its input \(ZCA\).* prune or cluster it"):
        refuse_unquantizable(two_dense_layers(), tmp_path, "zca")


def test_a_photograph_that_changed_into_another_split_is_left_out(run: Path, tmp_path: Path) -> None:
    before = read_finished_run(run)
    moved = tmp_path / "photos"
    shutil.copytree(before.photographs, moved)
    whole, _ = recorded_photographs(read_finished_run(run, moved))
    assert len(whole) == 160
    trained = next(file for file in whole if file.split == "train")
    content = (moved / trained.path).read_bytes()
    while split_of(sha256_of(content)) == "train":
        content += b"\0"
    (moved / trained.path).write_bytes(content)
    (moved / "red" / "new.png").write_bytes(content)  # the run never saw it
    kept, left_out = recorded_photographs(read_finished_run(run, moved))
    assert {file.path for file in whole} - {file.path for file in kept} == {trained.path}
    assert len(left_out) == 1
    assert "has changed since training (train" in left_out[0]


def refusal(capsys: pytest.CaptureFixture[str], *words: str, code: int = 1) -> str:
    capsys.readouterr()
    assert main(["compress", *words]) == code
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error:")]
    assert len(lines) == 1
    return lines[0]


def test_a_wrong_run_is_said(run: Path, pcqat: Compressed, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "does not exist; give a folder made by" in refusal(capsys, str(tmp_path / "gone"), "--method", "qat")
    assert "is not a run folder (no run.json)" in refusal(capsys, str(tmp_path), "--method", "qat")
    out = ("--out", str(tmp_path / "out"))
    assert "is already compressed" in refusal(capsys, str(pcqat.run), "--method", "qat", *out)
    assert "is the run to start from" in refusal(capsys, str(run), "--method", "qat", "--out", str(run), "--overwrite")
    assert "exists already" in refusal(capsys, str(run), "--method", "pcqat")
    lost = refusal(capsys, str(run), "--method", "qat", "--photos", str(tmp_path / "gone"), *out)
    assert "does not exist; give a folder of photographs" in lost
    (tmp_path / "run.json").write_text("{")
    assert "cannot be read" in refusal(capsys, str(tmp_path), "--method", "qat", *out)
    (tmp_path / "run.json").write_text('{"schema_version": 1}')
    assert "is damaged (KeyError('labels'))" in refusal(capsys, str(tmp_path), "--method", "qat", *out)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"method": "shrink"}, "unknown method `shrink`"),
        ({"method": "prune", "sparsity": 1.0}, "needs sparsity from 0.05 to 0.95, received 1.0"),
        ({"method": "cluster", "clusters": 1}, "needs clusters from 3 to 256, received 1"),
        ({"method": "qat", "epochs": 0}, "needs epochs from 1 to 10000, received 0"),
        ({"method": "qat", "learning_rate": 0.0}, "learning rate must be above 0"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        CompressionSettings(**settings)


def test_help_does_not_wait_for_tensorflow() -> None:
    code = "import sys; sys.modules['tensorflow'] = None; from train.__main__ import main; main(['compress', '--help'])"
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    assert "--method pcqat" in told.stdout
