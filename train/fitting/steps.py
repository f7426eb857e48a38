"""One step of gradient descent, on one replica or many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from train.fitting.batch_streams import Batch
from train.fitting.losses import Objective
from train.fitting.optimizers import OptimizerGroup, apply


class Stepper:
    """Compiles and runs the steps of a stage.

    Args:
        network: from the batches' inputs to logits.
        model: the whole network, whose penalties count.
        groups: optimizers with their variables.
        objective: the loss.
        clock: scalar int64 variable; dropout depends on it.
        strategy: of `tf.distribute`.
        xla: whether to compile the step as one program.
    """

    def __init__(
        self,
        network: Any,
        model: Any,
        groups: Sequence[OptimizerGroup],
        objective: Objective,
        clock: Any,
        strategy: Any,
        xla: bool = False,
    ) -> None:
        self.groups = groups
        self._network, self._model, self._objective = network, model, objective
        self._clock, self._strategy = clock, strategy
        self._replicas = strategy.num_replicas_in_sync
        on_replica = tf.function(self._on_replica, jit_compile=True) if xla else self._on_replica
        self._run = tf.function(lambda batch: strategy.run(on_replica, args=(batch,)))

    def step(self, batch: Batch, number: int) -> tuple[float, float]:
        """Move the weights once.

        Args:
            batch: of all replicas together.
            number: of the step, from the start of the run.

        Returns:
            the mean loss in nats before the step, without penalties, and the share of photographs classified correctly.
        """
        self._clock.assign(number)
        sums = self._run(Batch(*(self._split_among_replicas(part) for part in batch)))
        loss, right, photographs = (float(self._strategy.reduce("SUM", value, axis=None)) for value in sums)
        return loss, right / photographs

    def _split_among_replicas(self, part: Any) -> Any:
        """Give every replica its pictures in turn, so that each gets its share of the outliers at the end."""
        if self._replicas == 1:
            return part
        return self._strategy.experimental_distribute_values_from_function(
            lambda context: part[context.replica_id_in_sync_group :: self._replicas]
        )

    def _on_replica(self, batch: Batch) -> tuple[Any, Any, Any]:
        """Return the loss (its share of all replicas), correct photographs, and photographs."""
        whole_batch = tf.cast(tf.shape(batch.rows)[0] * self._replicas, tf.float32)
        variables = [group.variables for group in self.groups]
        with tf.GradientTape() as tape:
            logits = two_way_logits(self._network(batch.inputs, training=True))
            loss = tf.reduce_sum(self._objective.losses(logits, batch)) / whole_batch
            whole = loss + sum(self._model.losses, tf.constant(0.0)) / self._replicas
            scaled = self._scaled(whole)
        gradients = tape.gradient(scaled, variables)
        apply(self.groups, [self._unscaled(gradient) for gradient in gradients])
        of_class = ~batch.is_outlier
        right = (tf.argmax(logits, axis=1) == tf.argmax(batch.rows, axis=1)) & of_class
        return loss, tf.reduce_sum(tf.cast(right, tf.float32)), tf.reduce_sum(tf.cast(of_class, tf.float32))

    def _scaled(self, loss: Any) -> Any:
        """Keep float16 gradients above zero."""
        optimizer = self.groups[0].optimizer
        return optimizer.get_scaled_loss(loss) if hasattr(optimizer, "get_scaled_loss") else loss

    def _unscaled(self, gradients: Any) -> Any:
        optimizer = self.groups[0].optimizer
        return optimizer.get_unscaled_gradients(gradients) if hasattr(optimizer, "get_scaled_loss") else gradients


def two_way_logits(scores: Any) -> Any:
    """Return logits in float32; of a single one, z, the equivalent two: [0, z]."""
    logits = tf.cast(scores, tf.float32)
    return tf.concat([tf.zeros_like(logits), logits], axis=1) if logits.shape[1] == 1 else logits
