"""Promises of the operator list: what XNNPACK computes, no Flex, no stray float, and the input that a device fills."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert import schema_py_generated as schema

from convert.proof.operators import (
    Operators,
    read_operators,
    refuse_foreign_operators,
    refuse_lost_standardization,
    stray_float,
)
from convert.quantize.recipes import FLOAT32, INT8, RECIPES
from convert.quantize.tflite import convert_model
from convert.run_folder import read_run_folder
from edge_app.common.errors import ConversionError
from edge_app.model.card import Size
from edge_app.model.classifier import Classifier
from tests.conftest import Chain

SIZE = Size(16, 16)


def operators_of(path: Path) -> Operators:
    return read_operators(Classifier(path, as_stored=True).interpreter)


def saved(network: Callable[[Any], Any], folder: Path) -> Any:
    """A SavedModel with both signatures, of a function from (batch, 16, 16, 3) to (batch, 2)."""
    spec = tf.TensorSpec((None, SIZE.height, SIZE.width, 3), tf.float32, "images")
    module = tf.Module()
    module.core = tf.function(lambda images: {"probabilities": tf.nn.softmax(network(images))}, [spec])
    tf.saved_model.save(module, str(folder), {"core": module.core, "serving_default": module.core})
    return tf.saved_model.load(str(folder))


def convolution(x: Any) -> Any:
    kernel = np.random.default_rng(0).normal(size=(3, 3, 3, 8)).astype(np.float32)
    features = tf.reduce_mean(tf.nn.relu(tf.nn.conv2d(x, kernel, 2, "SAME")), axis=(1, 2))
    return tf.matmul(features, np.random.default_rng(1).normal(size=(8, 2)).astype(np.float32))


def standardized(x: Any) -> Any:
    return convolution(tf.nn.depthwise_conv2d(x, np.full((1, 1, 3, 1), 2.5, np.float32), (1, 1, 1, 1), "SAME") - 0.25)


def pictures() -> np.ndarray:
    return np.random.default_rng(2).integers(0, 256, (20, 16, 16, 3), dtype=np.uint8)


@pytest.mark.parametrize("name", RECIPES)
def test_the_list_has_every_operator_of_the_file(everything: Path, name: str) -> None:
    path = everything / f"all-{name}.tflite"
    found = operators_of(path)
    model = schema.Model.GetRootAs(path.read_bytes(), 0)
    assert found.total == model.Subgraphs(0).OperatorsLength()
    assert all(0 <= one.delegated <= one.count for one in found.counts)


def test_xnnpack_computes_float_and_8_bit_files_and_nothing_of_16_bit_ones(everything: Path) -> None:
    """What XNNPACK has kernels for, by its documentation; the ends of an int8 file stay with the runtime."""
    float32, int8, int16 = (operators_of(everything / f"all-{name}.tflite") for name in ("float32", "int8", "int16x8"))
    assert (float32.delegated, float32.outside, float32.pieces) == (float32.total, (), 1)
    assert str(float32) == f"{float32.total}, all in XNNPACK"
    assert {one.name: one.delegated for one in int8.counts}["CONV_2D"] == 4
    assert 0 < int8.total - int8.delegated <= 3
    assert (int16.delegated, int16.pieces) == (0, 0)
    assert str(int16) == f"{int16.total}, none in XNNPACK"


def test_integer_files_compute_nothing_in_float_and_a_stray_one_is_named(everything: Path) -> None:
    for name, recipe in RECIPES.items():
        found = operators_of(everything / f"all-{name}.tflite")
        assert stray_float(found, recipe) is None
        assert bool(found.float_layers) == (not recipe.quantized)
    dynamic = operators_of(everything / "all-dynamic.tflite")
    sentence = stray_float(dynamic, INT8)
    assert sentence is not None
    assert f"{len(dynamic.float_layers)} of its operators compute in floating point" in sentence
    assert dynamic.float_layers[0] in sentence


@pytest.mark.parametrize("name", RECIPES)
def test_every_file_has_a_static_batch_of_one_and_the_input_and_output_of_its_recipe(
    everything: Path, name: str
) -> None:
    interpreter, recipe = Classifier(everything / f"all-{name}.tflite", as_stored=True).interpreter, RECIPES[name]
    (into,), (out,) = interpreter.get_input_details(), interpreter.get_output_details()
    assert list(into["shape_signature"]) == list(into["shape"]) == [1, 48, 48, 3]
    assert (np.dtype(into["dtype"]).name, np.dtype(out["dtype"]).name) == (recipe.input_dtype, recipe.output_dtype)


def test_operators_that_only_tensorflow_has_are_refused(tmp_path: Path) -> None:
    network = saved(
        lambda x: convolution(x * tf.reshape(tf.linalg.det(x[:, :3, :3, 0]), (-1, 1, 1, 1))), tmp_path / "saved"
    )
    with pytest.raises(
        ConversionError,
        match=r"cannot convert the model to float32: LiteRT has no operator for .*MatrixDeterminant; build the network",
    ):
        convert_model(network, FLOAT32, SIZE)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([network.signatures["core"]], network)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS, tf.lite.OpsSet.SELECT_TF_OPS]
    with pytest.raises(ConversionError, match=r"`pets.tflite` needs the operator FlexMatrixDeterminant, which LiteRT"):
        refuse_foreign_operators(converter.convert(), "pets.tflite")
    refuse_foreign_operators(convert_model(saved(convolution, tmp_path / "plain"), FLOAT32, SIZE), "pets.tflite")


def test_standardization_stays_the_first_operator_and_its_loss_is_noticed(chain: Chain, tmp_path: Path) -> None:
    run = replace(read_run_folder(chain.run), input_statistics="standardize", input_size=SIZE)
    for name, network in (("kept", standardized), ("lost", convolution)):
        path = tmp_path / f"{name}.tflite"
        path.write_bytes(convert_model(saved(network, tmp_path / name), INT8, SIZE, pictures()))
        found = read_operators(Classifier(path, labels=run.labels, as_stored=True).interpreter)
        if name == "kept":
            refuse_lost_standardization(found, INT8, run)
        else:
            with pytest.raises(ConversionError, match=r"begins with QUANTIZE, CONV_2D, .* where the standardization"):
                refuse_lost_standardization(found, INT8, run)
            refuse_lost_standardization(found, INT8, replace(run, input_statistics="none"))
