"""Promises of bias correction: means come back to those of float32, and it is kept only where it helps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from convert.quantize.bias_correction import BiasCorrection, BiasCorrector
from convert.quantize.flatbuffer import packed, unpacked
from convert.quantize.recipes import FLOAT32, INT8, INT8_FLOATIO, INT8_INT8IO
from convert.quantize.tflite import OUTPUT, convert_model
from edge_app.model.card import Size

pytestmark = pytest.mark.filterwarnings("ignore:Statistics for quantized inputs")  # said before it asks for them

SIZE = Size(16, 16)


class Network(tf.Module):  # type: ignore[misc]  # TensorFlow has no types
    """Two blocks of a linear bottleneck network with both signatures of a run."""

    def __init__(self, channels: int = 24) -> None:
        super().__init__()
        rng = np.random.default_rng(0)

        def kernel(*shape: int) -> Any:
            return tf.Variable(rng.normal(0.1, 0.6, shape).astype(np.float32))

        self.kernels = [kernel(3, 3, 3, channels), kernel(1, 1, channels, 12), kernel(1, 1, 12, channels)]
        self.kernels += [kernel(1, 1, channels, 12), kernel(12, 3)]
        self.biases = [kernel(one.shape[-1]) for one in self.kernels]
        self.signatures = {name: self.function(name == "core") for name in ("core", "serving_default")}

    def function(self, normalized: bool) -> Any:
        @tf.function(input_signature=[tf.TensorSpec((None, 16, 16, 3), tf.float32, "images")])  # type: ignore[untyped-decorator]  # TensorFlow has no types
        def answer(images: Any) -> Any:
            x = images if normalized else images / 127.5 - 1.0
            for place, (kernel, bias) in enumerate(zip(self.kernels[:-1], self.biases[:-1], strict=True)):
                x = tf.nn.bias_add(tf.nn.conv2d(x, kernel, 1, "SAME"), bias)
                x = x if place % 2 else tf.nn.relu6(x)
            logits = tf.matmul(tf.reduce_mean(x, (1, 2)), self.kernels[-1]) + self.biases[-1]
            return {OUTPUT: tf.nn.softmax(logits * 0.2)}

        return answer


@pytest.fixture(scope="module")
def images_rgb() -> np.ndarray:
    rng = np.random.default_rng(1)
    coarse = rng.integers(0, 256, (12, 4, 4, 3))
    return np.kron(coarse, np.ones((1, 4, 4, 1))).astype(np.uint8)


@pytest.fixture(scope="module")
def network() -> Network:
    return Network()


@pytest.fixture(scope="module")
def corrector(network: Network, images_rgb: np.ndarray) -> BiasCorrector:
    return BiasCorrector(convert_model(network, FLOAT32, SIZE), images_rgb)


@pytest.mark.parametrize("recipe", [INT8, INT8_INT8IO, INT8_FLOATIO], ids=lambda recipe: recipe.name)
def test_a_file_with_its_biases_spoilt_comes_close_to_float32_again(
    network: Network, corrector: BiasCorrector, images_rgb: np.ndarray, recipe: Any
) -> None:
    """Whatever goes in and comes out; the spoilt layer is one without an activation."""
    content = unpacked(convert_model(network, recipe, SIZE, images_rgb))
    bias = next(
        tensor
        for tensor in content.subgraphs[0].tensors
        if list(tensor.shape) == [12] and content.buffers[tensor.buffer].data is not None
    )
    values = np.frombuffer(bytes(content.buffers[bias.buffer].data), "<i4")
    spoilt = values + np.abs(values).max() // 2 * np.resize([1, -1], 12)
    content.buffers[bias.buffer].data = np.frombuffer(spoilt.astype("<i4").tobytes(), np.uint8)
    model, found = corrector.correct(packed(content), recipe)
    assert found is not None
    assert found.layers == 3
    assert found.after < 0.5 * found.before
    again, second = corrector.correct(model, recipe)
    assert second is not None
    assert second.before == pytest.approx(found.after)
    assert again == model or second.after < second.before  # only a better one replaces it


def test_a_file_of_another_network_stays_as_it_is(corrector: BiasCorrector, images_rgb: np.ndarray) -> None:
    other = convert_model(Network(channels=16), INT8, SIZE, images_rgb)
    assert corrector.correct(other, INT8) == (other, None)


def test_what_brings_nothing_is_not_kept() -> None:
    assert BiasCorrection(3, 10, before=0.02, after=0.01).kept
    assert not BiasCorrection(3, 10, before=0.01, after=0.01).kept
    assert "not kept" in str(BiasCorrection(3, 10, before=0.01, after=0.02))
