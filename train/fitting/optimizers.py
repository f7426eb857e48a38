"""The optimizers of a stage, one per learning rate, and the rate over its steps."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import tensorflow as tf
import tf_keras as keras

from train.recipes import Recipe

_MOMENTUM = 0.9
_NOT_DECAYED = ("bias", "gamma", "beta")  # weight decay is for kernels


class WarmUpCosine(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]  # tf_keras has no types
    """The learning rate over a stage: a linear warm-up, then a cosine down to zero.

    rate(s) = peak · (s + 1) / w for s < w, then peak · (1 + cos(π (s - w) / (n - w))) / 2.

    The cosine: I. Loshchilov and F. Hutter, arXiv:1608.03983, without restarts; the warm-up: P. Goyal et al.,
    arXiv:1706.02677. The step is the optimizer's own count, so a resumed optimizer goes on where it was.

    Args:
        peak: highest rate, above 0.
        steps: n, of the whole stage, at least 1.
        warmup_steps: w, less than n.
    """

    def __init__(self, peak: float, steps: int, warmup_steps: int = 0) -> None:
        super().__init__()
        self.peak = peak
        self.steps = max(1, steps)
        self.warmup_steps = min(warmup_steps, self.steps - 1)

    def __call__(self, step: Any) -> Any:
        """Return the rate of a step, float32 scalar."""
        step = tf.cast(step, tf.float32)
        rising = (step + 1.0) / max(1, self.warmup_steps)
        share = tf.clip_by_value((step - self.warmup_steps) / (self.steps - self.warmup_steps), 0.0, 1.0)
        falling = 0.5 * (1.0 + tf.cos(math.pi * share))
        return self.peak * tf.where(step < self.warmup_steps, rising, falling)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments."""
        return {"peak": self.peak, "steps": self.steps, "warmup_steps": self.warmup_steps}


@dataclass(frozen=True)
class OptimizerGroup:
    """An optimizer and its `tf.Variable`s."""

    optimizer: Any
    variables: tuple[Any, ...]


def optimizer_groups(
    model: Any, recipe: Recipe, peak: float, steps: int, warmup_steps: int, factors: Mapping[str, float]
) -> list[OptimizerGroup]:
    """Build optimizers for everything trainable.

    Args:
        model: a `tf_keras.Model`.
        recipe: which kind.
        peak: highest learning rate, at factor 1.
        steps: of the stage.
        warmup_steps: of them, at the start.
        factors: by layer name; layers that are not named have factor 1.
    """
    by_factor: dict[float, list[Any]] = {}
    for layer in model.layers:
        for variable in layer.trainable_weights:
            by_factor.setdefault(factors.get(layer.name, 1.0), []).append(variable)
    groups = []
    for factor, variables in sorted(by_factor.items(), reverse=True):
        optimizer = _optimizer(recipe, WarmUpCosine(peak * factor, steps, warmup_steps))
        if keras.mixed_precision.global_policy().name == "mixed_float16":
            optimizer = keras.mixed_precision.LossScaleOptimizer(optimizer)
        optimizer.build(variables)
        groups.append(OptimizerGroup(optimizer, tuple(variables)))
    return groups


def optimizer_state(groups: Sequence[OptimizerGroup]) -> list[Any]:
    """Return the values of all variables of the optimizers, in a fixed order."""
    return [variable.numpy() for group in groups for variable in group.optimizer.variables]


def restore_optimizers(groups: Sequence[OptimizerGroup], values: Sequence[Any]) -> None:
    """Put back what `optimizer_state` returned."""
    variables = [variable for group in groups for variable in group.optimizer.variables]
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def apply(groups: Sequence[OptimizerGroup], gradients: Sequence[Sequence[Any]]) -> None:
    """Let every optimizer move its variables; gradients are grouped like the variables."""
    for group, gradient in zip(groups, gradients, strict=True):
        group.optimizer.apply_gradients(zip(gradient, group.variables, strict=True))


def _optimizer(recipe: Recipe, rate: WarmUpCosine) -> Any:
    if recipe.optimizer == "adam":
        return keras.optimizers.Adam(rate)
    if recipe.optimizer == "sgd":
        return keras.optimizers.SGD(rate, momentum=_MOMENTUM, nesterov=True)
    optimizer = keras.optimizers.AdamW(rate, weight_decay=recipe.weight_decay)
    optimizer.exclude_from_weight_decay(var_names=list(_NOT_DECAYED))
    return optimizer
