"""The training objective, and the loss functions it is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from train.fitting.batch_streams import Batch

OUTLIER_WEIGHT = 0.5
"""Of pictures of anything else against photographs of the classes: Hendrycks et al., 2019, section 4.2."""

_SMALLEST_PROBABILITY = 1e-7


@dataclass(frozen=True)
class Objective:
    """The loss that a step minimizes.

    Attributes:
        label_smoothing: share of the labels that is spread over all classes.
        teacher_share: weight of the teacher against the labels, 0..1; 0: there is none.
        teacher_temperature: by which both logits are divided before they are compared.
        outlier_weight: of pictures of anything else.
        class_weights: one per class, by which a photograph's loss is multiplied; empty: all count the same.
    """

    label_smoothing: float = 0.0
    teacher_share: float = 0.0
    teacher_temperature: float = 1.0
    outlier_weight: float = OUTLIER_WEIGHT
    class_weights: tuple[float, ...] = ()

    def losses(self, logits: Any, batch: Batch) -> Any:
        """Return the loss of every picture, (batch,) float32 nats."""
        losses = self._equal_losses(logits, batch)
        if not self.class_weights:
            return losses
        weights = tf.linalg.matvec(tf.cast(batch.rows, tf.float32), tf.constant(self.class_weights, tf.float32))
        return tf.where(batch.is_outlier, losses, weights * losses)

    def _equal_losses(self, logits: Any, batch: Batch) -> Any:
        labels = outlier_exposure_loss(
            logits,
            batch.rows,
            batch.is_outlier,
            label_smoothing=self.label_smoothing,
            weight=self.outlier_weight,
        )
        if not self.teacher_share:
            return labels
        taught = distillation_loss(logits, batch.teacher, self.teacher_temperature)
        mixed = (1.0 - self.teacher_share) * labels + self.teacher_share * taught
        return tf.where(batch.is_outlier, labels, mixed)


def balanced_weights(targets: npt.NDArray[np.int64], classes: int) -> tuple[float, ...]:
    """Return a weight per class that makes all classes count the same; over the photographs their mean is 1.

    Args:
        targets: (photographs,) places of the labels of the training photographs.
        classes: number of labels; each has photographs.
    """
    counts = np.bincount(targets, minlength=classes)
    return tuple((len(targets) / (classes * counts)).tolist())


def outlier_exposure_loss(
    scores: Any,
    targets: Any,
    is_outlier: Any,
    *,
    label_smoothing: float = 0.0,
    weight: float = OUTLIER_WEIGHT,
    from_logits: bool = True,
) -> Any:
    """Return the loss of each picture of a mixed batch; its mean is that of outlier exposure.

    The mean over the batch is (mean cross entropy of the classes' photographs) + weight × (mean cross entropy of the
    outliers to the uniform distribution), whatever the share of outliers in the batch: Hendrycks et al., ICLR 2019
    (arXiv:1812.04606), equation 1 with the loss of section 3. Without outliers it is plain cross entropy.

    Args:
        scores: (batch, classes) logits, or probabilities.
        targets: (batch, classes) float rows that add up to 1, one-hot or mixed; rows of outliers do not count.
        is_outlier: (batch,) bool.
        label_smoothing: share of the targets of the classes' photographs that is spread over all classes, 0..1.
        weight: of outliers, 0 or more.
        from_logits: whether `scores` are logits.

    Returns:
        (batch,) float32, nats; an outlier's is at least weight × ln(classes) × its share in the mean.
    """
    scores, targets = tf.cast(scores, tf.float32), tf.cast(targets, tf.float32)
    uniform = tf.ones_like(targets) / tf.cast(tf.shape(targets)[1], tf.float32)
    smoothed = (1.0 - label_smoothing) * targets + label_smoothing * uniform
    rows = tf.where(tf.expand_dims(is_outlier, 1), uniform, smoothed)
    logs = tf.nn.log_softmax(scores) if from_logits else tf.math.log(tf.maximum(scores, _SMALLEST_PROBABILITY))
    losses = -tf.reduce_sum(rows * logs, axis=1)
    outliers = tf.cast(is_outlier, tf.float32)
    count, outlier_count = tf.cast(tf.size(outliers), tf.float32), tf.reduce_sum(outliers)
    of_class = count / tf.maximum(count - outlier_count, 1.0)
    of_outlier = weight * count / tf.maximum(outlier_count, 1.0)
    return losses * tf.where(is_outlier, of_outlier, of_class)


def distillation_loss(logits: Any, teacher_logits: Any, temperature: float) -> Any:
    """Return the cross entropy of each picture to a teacher's softened probabilities, times temperature squared.

    The square keeps the gradients as large as those of the labels: Hinton, Vinyals and Dean, 2015 (arXiv:1503.02531),
    section 2.

    Args:
        logits: (batch, classes) of the student.
        teacher_logits: (batch, classes).
        temperature: above 0; both are divided by it.

    Returns:
        (batch,) float32, nats × temperature².
    """
    soft = tf.nn.softmax(tf.cast(teacher_logits, tf.float32) / temperature)
    losses = tf.nn.softmax_cross_entropy_with_logits(soft, tf.cast(logits, tf.float32) / temperature)
    return temperature**2 * losses
