"""Promises of the first layers: fitted on training photographs, part of the network, and first in every artifact."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import tensorflow as tf
import tf_keras as keras
from ai_edge_litert.interpreter import Interpreter

from edge_app.common.errors import UsageError
from edge_app.common.native_stderr import quiet_native_stderr
from train.data import batches
from train.models import build_model
from train.models.architectures.custom_cnn import TINY
from train.models.input_layers import (
    INPUT_LAYERS,
    Whitening,
    apply_input_statistics,
    fit_input_statistics,
    learnable_weights,
    unfitted_statistics,
)
from train.models.quiet_imports import model_optimization
from train.models.zca import fit_zca, patches
from train.recipes import InputStatistics

Bytes = npt.NDArray[np.uint8]
SMALL = replace(TINY, filters=(4, 8), dense_units=4)


def normalize(images_rgb: Bytes) -> npt.NDArray[np.float32]:
    return np.asarray(batches.normalize(images_rgb))


def only(statistics: Any, size: int) -> Any:
    inputs = keras.Input((size, size, 3))
    return keras.Model(inputs, apply_input_statistics(inputs, statistics))


def test_standardized_training_photographs_have_mean_zero_and_deviation_one(photographs_rgb: Bytes) -> None:
    model = only(fit_input_statistics("standardize", photographs_rgb), 48)
    found = model.predict_on_batch(normalize(photographs_rgb))
    np.testing.assert_allclose(found.mean(axis=(0, 1, 2)), 0.0, atol=1e-4)
    np.testing.assert_allclose(found.std(axis=(0, 1, 2)), 1.0, atol=1e-4)


def test_a_colour_that_never_changes_stays_finite() -> None:
    images = np.zeros((3, 32, 32, 3), np.uint8)
    images[..., 1] = np.arange(32)
    statistics = fit_input_statistics("standardize", images)
    assert statistics is not None
    summary = statistics.to_json()
    assert summary["mean"][0] == -1.0
    assert summary["std"][0] == pytest.approx(1 / 127.5)
    assert np.abs(only(statistics, 32).predict_on_batch(normalize(images))[..., 0]).max() < 1e-3


def test_patches_are_whitened_each_by_itself_and_put_back_in_their_places(photographs_rgb: Bytes) -> None:
    statistics = fit_input_statistics("zca", photographs_rgb)
    assert isinstance(statistics, Whitening)
    assert statistics.to_json() == {
        "kind": "zca", "patch": 8, "whole_picture": False, "epsilon": 1e-3, "samples": 60 * 36,
    }  # fmt: skip
    found = only(statistics, 48).predict_on_batch(normalize(photographs_rgb[:4]))
    assert found.shape == (4, 48, 48, 3)
    whitened = statistics.zca.whiten(patches(photographs_rgb[:4], 8))
    cut = found.reshape(4, 6, 8, 6, 8, 3).transpose(0, 1, 3, 2, 4, 5).reshape(-1, 192)
    np.testing.assert_allclose(cut, whitened, atol=1e-4)
    back = statistics.zca.unwhiten(cut)
    np.testing.assert_allclose(back, patches(photographs_rgb[:4], 8), atol=1e-3)


def test_a_small_picture_is_whitened_as_a_whole(photographs_rgb: Bytes) -> None:
    """At 12 px, where the matrix is small; 32 px has the same layers."""
    images = photographs_rgb[:, ::4, ::4]
    statistics = fit_input_statistics("zca", images)
    assert isinstance(statistics, Whitening)
    assert statistics.whole
    found = only(statistics, 12).predict_on_batch(normalize(images[:4]))
    expected = fit_zca(images, 12).whiten(normalize(images[:4]).reshape(4, -1)).reshape(4, 12, 12, 3)
    np.testing.assert_allclose(found, expected, atol=1e-3)


def test_at_32_px_whole_pictures_are_whitened_and_unfitted_layers_change_nothing(photographs_rgb: Bytes) -> None:
    model = build_model(replace(SMALL, input_size=32, input_statistics="zca"), 2)
    layer = model.get_layer("zca_whiten")
    assert isinstance(layer, keras.layers.Dense)
    assert layer.units == 3072
    images = normalize(photographs_rgb[:2, :32, :32])
    found = keras.Model(model.input, model.get_layer("zca_picture").output).predict_on_batch(images)
    np.testing.assert_allclose(found, images, atol=1e-6)
    for size in (48, 96):
        kinds: tuple[InputStatistics, ...] = ("standardize", "zca")
        for kind in kinds:
            images = np.random.default_rng(0).uniform(-1, 1, (2, size, size, 3)).astype(np.float32)
            same = only(unfitted_statistics(kind, size), size).predict_on_batch(images)
            np.testing.assert_allclose(same, images, atol=1e-6)


def test_statistics_of_another_kind_are_refused(photographs_rgb: Bytes) -> None:
    with pytest.raises(ValueError, match="statistics standardize for a recipe with none"):
        build_model(SMALL, 2, statistics=fit_input_statistics("standardize", photographs_rgb))


def test_a_size_that_cannot_be_cut_is_one_sentence() -> None:
    with pytest.raises(UsageError, match=r"of 8 px, and 299 px is not a multiple of that; give --image-size 296"):
        build_model(replace(SMALL, input_size=299, input_statistics="zca"), 2)


@pytest.mark.parametrize("kind", ["standardize", "zca"])
def test_a_saved_network_needs_no_class_of_ours_and_training_leaves_the_first_layers_alone(
    kind: InputStatistics, photographs_rgb: Bytes, tmp_path: Path
) -> None:
    images = normalize(photographs_rgb)
    statistics = fit_input_statistics(kind, photographs_rgb)
    model = build_model(replace(SMALL, input_statistics=kind), 2, statistics=statistics)
    (first,) = (layer for layer in model.layers if layer.name in INPUT_LAYERS)
    before = first.get_weights()
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit(images, np.arange(60) % 2, verbose=0)
    for old, new in zip(before, first.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    expected = model.predict_on_batch(images)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "You are saving your model as an HDF5", UserWarning)
        model.save(str(tmp_path / "model.h5"), include_optimizer=False)
    loaded = keras.models.load_model(str(tmp_path / "model.h5"), compile=False)
    np.testing.assert_allclose(loaded.predict_on_batch(images), expected, atol=1e-6)


def converted(model: Any, images: Any, quantized: bool) -> Interpreter:
    function = tf.function(lambda pictures: model(pictures, training=False), autograph=False)
    concrete = function.get_concrete_function(tf.TensorSpec((1, *model.input_shape[1:]), tf.float32))
    converter = tf.lite.TFLiteConverter.from_concrete_functions([concrete], model)
    if quantized:

        def samples() -> Iterator[list[Any]]:
            for image in (*images, np.full_like(images[0], -1), np.full_like(images[0], 1)):
                yield [image[np.newaxis]]

        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = samples
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = tf.uint8
    with quiet_native_stderr():
        interpreter = Interpreter(model_content=converter.convert(), num_threads=1)
        interpreter.allocate_tensors()
    return interpreter


def scores(interpreter: Interpreter, picture: Any) -> npt.NDArray[np.float64]:
    taken, given = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    interpreter.set_tensor(taken["index"], picture[np.newaxis].astype(taken["dtype"]))
    interpreter.invoke()
    raw = interpreter.get_tensor(given["index"])[0].astype(np.float64)
    return raw * given["quantization"][0] if given["dtype"] is np.uint8 else raw


def test_standardization_is_the_first_operator_of_the_quantized_file(photographs_rgb: Bytes) -> None:
    statistics = fit_input_statistics("standardize", photographs_rgb)
    model = build_model(replace(SMALL, input_statistics="standardize"), 2, statistics=statistics)
    images = normalize(photographs_rgb[:20])
    file = converted(model, images, quantized=True)
    operators = [operator["op_name"] for operator in file._get_ops_details()]
    assert operators[:3] == ["QUANTIZE", "DEPTHWISE_CONV_2D", "CONV_2D"]
    scale, zero_point = file.get_input_details()[0]["quantization"]
    assert scale == pytest.approx(2 / 255, rel=1e-5)
    assert zero_point in (127, 128)
    expected = model.predict_on_batch(images[:5])
    for picture, row in zip(photographs_rgb[:5], expected, strict=True):
        np.testing.assert_allclose(scores(file, picture), row, atol=0.04)


def test_standardization_stays_first_after_quantization_aware_training(photographs_rgb: Bytes) -> None:
    tfmot = model_optimization()
    statistics = fit_input_statistics("standardize", photographs_rgb)
    model = build_model(replace(SMALL, filters=(4,), input_statistics="standardize"), 2, statistics=statistics)
    aware = tfmot.quantization.keras.quantize_apply(tfmot.quantization.keras.quantize_annotate_model(model))
    images = normalize(photographs_rgb)
    aware(images, training=True)  # the ranges are learned
    left_out = {weight.name for weight in aware.trainable_weights} - {
        weight.name for weight in learnable_weights(aware)
    }
    assert left_out == {"standardize/depthwise_kernel:0"}
    assert len(learnable_weights(model)) == len(model.trainable_weights)
    file = converted(aware, images[:5], quantized=True)
    assert [operator["op_name"] for operator in file._get_ops_details()][:2] == ["QUANTIZE", "DEPTHWISE_CONV_2D"]


def test_a_whitened_network_converts_to_float(photographs_rgb: Bytes) -> None:
    statistics = fit_input_statistics("zca", photographs_rgb)
    model = build_model(replace(SMALL, input_statistics="zca"), 2, statistics=statistics)
    images = normalize(photographs_rgb[:3])
    file = converted(model, images, quantized=False)
    for image, row in zip(images, model.predict_on_batch(images), strict=True):
        np.testing.assert_allclose(scores(file, image), row, atol=1e-4)
