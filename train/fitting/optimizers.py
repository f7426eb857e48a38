"""The optimizers of a stage: one per learning rate, each with the variables that learn at that rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import tf_keras as keras

from train.fitting.schedule import WarmUpCosine
from train.recipes import Recipe

_MOMENTUM = 0.9
_NOT_DECAYED = ("bias", "gamma", "beta")  # weight decay is for kernels


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
