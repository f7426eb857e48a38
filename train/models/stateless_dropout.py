"""Dropout whose mask is a pure function of (seed, layer, step, replica): a resumed training drops the same units."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf
import tf_keras as keras

NoiseShape = Sequence[int | None] | None

DropoutMaker = Callable[..., Any]
"""(rate, name, noise_shape) → a layer; the layers that one maker makes are numbered in order."""

_ALGORITHM = "philox"  # named, because the choice of TensorFlow differs between devices and under XLA
_SEEDS = 2**31


def dropout_maker(clock: Any = None, seed: int = 0) -> DropoutMaker:
    """Return what makes the dropout layers of one network.

    Args:
        clock: scalar int64 `tf.Variable`, the step of training; None: plain `Dropout` layers, for everything else.
        seed: of the recipe.
    """
    numbers = itertools.count()

    def make(rate: float, name: str, noise_shape: NoiseShape = None) -> Any:
        if clock is None:
            return keras.layers.Dropout(rate, noise_shape=noise_shape, name=name)
        return StepDropout(rate, clock, seed, next(numbers), noise_shape=noise_shape, name=name)

    return make


class StepDropout(keras.layers.Dropout):  # type: ignore[misc]  # tf_keras has no types
    """Dropout that asks a clock which mask it is time for.

    What is kept is scaled by 1 / (1 - rate), as in Keras. It works in a `tf.function`, under XLA and in the replicas of
    a strategy, each of which drops other units. The clock is not among the layer's weights: who trains keeps it and
    moves it on. A network with this layer is for training only and is never saved whole; its weights fit the network
    with plain `Dropout` layers.

    Args:
        rate: share dropped, 0..1.
        clock: scalar int64 `tf.Variable`, the step.
        seed: of the recipe, taken modulo 2^31.
        number: of the layer in its network, below 65,536.
        noise_shape: of the mask, None where it follows the input; (None, 1, 1, channels) drops whole channels.
        **options: of a Keras layer.
    """

    def __init__(
        self, rate: float, clock: Any, seed: int, number: int, noise_shape: NoiseShape = None, **options: Any
    ) -> None:
        super().__init__(rate, noise_shape=noise_shape, **options)
        # A method, not the variable itself: Keras would count an attribute that is a variable among the weights.
        self._step = clock.read_value
        self._layer_seed = (seed % _SEEDS) << 32 | number << 16  # the lowest 16 bits are the replica's

    def call(self, inputs: Any, training: Any = None) -> Any:
        """Drop when training.

        Args:
            inputs: float tensor.
            training: bool, 0/1, or a scalar tensor; None: Keras' learning phase.
        """
        if training is None:
            training = keras.backend.learning_phase()
        if tf.is_tensor(training):
            return tf.cond(tf.cast(training, tf.bool), lambda: self._dropped(inputs), lambda: tf.identity(inputs))
        return self._dropped(inputs) if training and self.rate > 0 else tf.identity(inputs)

    def _dropped(self, inputs: Any) -> Any:
        shape = tf.shape(inputs) if self.noise_shape is None else self._get_noise_shape(inputs)
        seed = tf.stack([self._layer_seed + tf.cast(_replica(), tf.int64), tf.cast(self._step(), tf.int64)])
        drawn = tf.random.stateless_uniform(shape, seed, alg=_ALGORITHM)
        return tf.where(drawn >= self.rate, inputs / (1.0 - self.rate), tf.zeros_like(inputs))


def _replica() -> Any:
    """The number of this replica; 0 where the graph is being built."""
    context = tf.distribute.get_replica_context()
    return 0 if context is None else context.replica_id_in_sync_group
