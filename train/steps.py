"""One step of gradient descent, on one replica or many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from train.optimizers import OptimizerGroup, apply
from train.recipes import Recipe


class Stepper:
    """Compiles and runs the steps of a stage.

    Args:
        network: from the feed's inputs to logits.
        model: the whole network, whose penalties count.
        groups: optimizers with their variables.
        steps: of an epoch.
        recipe: label smoothing and batch size.
        strategy: of `tf.distribute`.
        xla: whether to compile the step as one program.
    """

    def __init__(
        self,
        network: Any,
        model: Any,
        groups: Sequence[OptimizerGroup],
        steps: int,
        recipe: Recipe,
        strategy: Any,
        xla: bool = False,
    ) -> None:
        self.groups, self.steps = groups, steps
        self._network, self._model, self._strategy = network, model, strategy
        self._smoothing = recipe.label_smoothing
        self._replicas = strategy.num_replicas_in_sync
        compiled = tf.function(self._on_replica, jit_compile=True) if xla else self._on_replica
        self._run = tf.function(lambda inputs, rows: strategy.run(compiled, args=(inputs, rows)))

    def step(self, inputs: Any, rows: Any) -> tuple[float, float]:
        """Move the weights once.

        Args:
            inputs: (batch, ...) of all replicas together.
            rows: (batch, classes) float32, probabilities of the labels.

        Returns:
            the mean loss in nats before the step, without penalties, and the share of the batch that was right.
        """
        loss, right = self._run(self._shared_out(inputs), self._shared_out(rows))
        reduce = self._strategy.reduce
        return float(reduce("SUM", loss, axis=None)), float(reduce("SUM", right, axis=None))

    def _shared_out(self, batch: Any) -> Any:
        """Give every replica its part of the batch, in order; the last ones get what is left of a short batch."""
        if self._replicas == 1:
            return batch
        length = -(-int(batch.shape[0]) // self._replicas)

        def part(context: Any) -> Any:
            start = context.replica_id_in_sync_group * length
            return batch[start : start + length]

        return self._strategy.experimental_distribute_values_from_function(part)

    def _on_replica(self, inputs: Any, rows: Any) -> tuple[Any, Any]:
        count = tf.cast(tf.shape(rows)[0] * self._replicas, tf.float32)
        variables = [group.variables for group in self.groups]
        with tf.GradientTape() as tape:
            logits = two_way_logits(self._network(inputs, training=True))
            loss = tf.reduce_sum(cross_entropy(logits, rows, self._smoothing)) / count
            whole = loss + sum(self._model.losses, tf.constant(0.0)) / self._replicas
            scaled = self._scaled(whole)
        gradients = tape.gradient(scaled, variables)
        apply(self.groups, [self._unscaled(gradient) for gradient in gradients])
        right = tf.cast(tf.argmax(logits, axis=1) == tf.argmax(rows, axis=1), tf.float32)
        return loss, tf.reduce_sum(right) / count

    def _scaled(self, loss: Any) -> Any:
        """Keep float16 gradients above zero."""
        optimizer = self.groups[0].optimizer
        return optimizer.get_scaled_loss(loss) if hasattr(optimizer, "get_scaled_loss") else loss

    def _unscaled(self, gradients: Any) -> Any:
        optimizer = self.groups[0].optimizer
        return optimizer.get_unscaled_gradients(gradients) if hasattr(optimizer, "get_scaled_loss") else gradients


def cross_entropy(logits: Any, rows: Any, smoothing: float = 0.0) -> Any:
    """Return the cross entropy of every photograph, (batch,) float32 nats.

    Args:
        logits: (batch, classes) float32.
        rows: (batch, classes) float32, probabilities of the labels.
        smoothing: share of them that is spread evenly (Szegedy et al., CVPR 2016, section 7).
    """
    classes = tf.cast(tf.shape(rows)[1], tf.float32)
    return tf.nn.softmax_cross_entropy_with_logits(rows * (1.0 - smoothing) + smoothing / classes, logits)


def two_way_logits(said: Any) -> Any:
    """Return logits in float32; of a single one, z, the equivalent two: [0, z]."""
    logits = tf.cast(said, tf.float32)
    return tf.concat([tf.zeros_like(logits), logits], axis=1) if logits.shape[1] == 1 else logits
