"""Promises of dropout in training: a pure function of (seed, layer, step, replica), and not part of the network."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import tensorflow as tf

from train.models import build_model
from train.models.architectures.custom_cnn import CUSTOM_CNN
from train.models.stateless_dropout import StepDropout

ROOT = Path(__file__).parent.parent.parent.parent
ONES = np.ones((200, 500), np.float32)


def clock(step: int = 0) -> Any:
    return tf.Variable(step, dtype=tf.int64, trainable=False)


def masked(step: int = 0, seed: int = 0, number: int = 0, rate: float = 0.25) -> npt.NDArray[np.float32]:
    layer = StepDropout(rate, clock(step), seed, number)
    return np.asarray(layer(ONES, training=True))


def test_the_share_is_dropped_and_the_rest_scaled_up() -> None:
    for rate in (0.1, 0.5):
        found = masked(rate=rate)
        np.testing.assert_allclose(np.unique(found), [0.0, 1 / (1 - rate)], rtol=1e-6)
        # 100,000 draws: mean and variance of the mask within four standard deviations
        assert (found > 0).mean() == pytest.approx(1 - rate, abs=4 * (rate * (1 - rate) / ONES.size) ** 0.5)
        assert found.mean() == pytest.approx(1.0, abs=0.014)
        assert found.var() == pytest.approx(rate / (1 - rate), rel=0.03)


def test_the_same_seed_layer_and_step_drop_the_same_and_any_other_does_not() -> None:
    reference = masked(5, 7, 1)
    np.testing.assert_array_equal(reference, masked(5, 7, 1))
    for other in (masked(6, 7, 1), masked(5, 8, 1), masked(5, 7, 2), masked(7, 5, 1), masked(5, 0, 8)):
        same = ((reference > 0) == (other > 0)).mean()
        assert same == pytest.approx(0.75**2 + 0.25**2, abs=0.01)  # as often as by chance


def test_the_clock_moves_on_inside_a_compiled_function() -> None:
    step = clock()
    layer = StepDropout(0.5, step, 0, 0)

    for compiled in (False, True):

        @tf.function(jit_compile=compiled, autograph=False)  # type: ignore[untyped-decorator]  # TensorFlow has no types
        def drop(values: Any) -> Any:
            return layer(values, training=True)

        step.assign(3)
        first = np.asarray(drop(ONES))
        step.assign_add(1)
        second = np.asarray(drop(ONES))
        step.assign(3)
        np.testing.assert_array_equal(first, np.asarray(drop(ONES)))
        assert (first != second).mean() == pytest.approx(0.5, abs=0.01)
        assert first.mean() == pytest.approx(1.0, abs=0.014)
        if not compiled:
            np.testing.assert_array_equal(first, np.asarray(layer(ONES, training=True)))


def test_nothing_is_dropped_in_use() -> None:
    layer = StepDropout(0.5, clock(), 0, 0)
    for training in (False, 0, None, tf.constant(False)):
        np.testing.assert_array_equal(layer(ONES, training=training), ONES)
    assert (np.asarray(layer(ONES, training=tf.constant(True))) == 0).any()
    np.testing.assert_array_equal(StepDropout(0.0, clock(), 0, 0)(ONES, training=True), ONES)


def test_whole_channels_are_dropped_where_the_noise_is_one_number_for_a_map() -> None:
    layer = StepDropout(0.5, clock(), 0, 0, noise_shape=(None, 1, 1, 8))
    sums = np.asarray(layer(np.ones((100, 3, 3, 8), np.float32), training=True)).sum(axis=(1, 2))
    assert set(np.unique(sums)) == {0.0, 18.0}


def test_half_precision_stays_half() -> None:
    layer = StepDropout(0.5, clock(), 0, 0, dtype="mixed_float16")
    assert layer(ONES, training=True).dtype == tf.float16


def test_the_weights_of_the_training_network_fit_the_plain_one() -> None:
    recipe = replace(CUSTOM_CNN, input_size=32, filters=(4, 8), dense_units=4, block_dropout=0.3)
    step = clock()
    training = build_model(recipe, 2, clock=step, seed=3)
    plain = build_model(recipe, 2)
    assert [layer.name for layer in training.layers] == [layer.name for layer in plain.layers]
    assert not any(weight is step for weight in training.weights)
    assert [w.shape for w in training.weights] == [w.shape for w in plain.weights]
    plain.set_weights(training.get_weights())
    images = np.random.default_rng(0).uniform(-1, 1, (4, 32, 32, 3)).astype(np.float32)
    np.testing.assert_array_equal(plain(images, training=False), training(images, training=False))
    first = np.asarray(training(images, training=True))
    np.testing.assert_array_equal(first, training(images, training=True))
    step.assign_add(1)
    assert np.abs(first - np.asarray(training(images, training=True))).max() > 1e-3


def test_checkpoints_of_the_training_network_load_into_the_plain_one(tmp_path: Path) -> None:
    recipe = replace(CUSTOM_CNN, input_size=32, filters=(4,), dense_units=4)
    training, plain = build_model(recipe, 2, clock=clock()), build_model(recipe, 2)
    training.save_weights(str(tmp_path / "best"))
    plain.load_weights(str(tmp_path / "best")).assert_consumed()
    for one, two in zip(training.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


_REPLICAS = """
import train
import numpy as np
import tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
from dataclasses import replace
from train.models import build_model
from train.models.stateless_dropout import StepDropout
from train.models.architectures.custom_cnn import TINY
with strategy.scope():
    clock = tf.Variable(0, dtype=tf.int64, trainable=False, aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA)
    model = build_model(replace(TINY, input_size=32, filters=(4,)), 2, clock=clock)
    layer = StepDropout(0.5, clock, 0, 0)
run = tf.function(lambda: strategy.run(lambda: layer(tf.ones((100, 100)), training=True)), autograph=False)
one, two = (np.asarray(value) for value in strategy.experimental_local_results(run()))
again = [np.asarray(value) for value in strategy.experimental_local_results(run())]
assert (one == again[0]).all() and (two == again[1]).all()
clock.assign_add(1)
later = np.asarray(strategy.experimental_local_results(run())[0])
images = tf.ones((2, 32, 32, 3))
outputs = tf.function(lambda: strategy.run(lambda: model(images, training=True)), autograph=False)()
print(len(strategy.experimental_local_results(outputs)), f"{(one == two).mean():.2f} {(one == later).mean():.2f}")
"""


def test_replicas_drop_differently_and_each_repeats_itself() -> None:
    done = subprocess.run([sys.executable, "-c", _REPLICAS], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    replicas, between, later = done.stdout.split()
    assert replicas == "2"
    assert float(between) == pytest.approx(0.5, abs=0.03)  # as often alike as by chance
    assert float(later) == pytest.approx(0.5, abs=0.03)
