"""Pruning: the smallest weights of each layer become zero while the others learn to do without them.

Zeros make the file smaller once it is packed (gzip, an app's archive), not the model faster: XNNPACK computes with them
like with any other number. Batch norm learns on, and is folded at the end.
"""

from __future__ import annotations

from typing import Any

from edge_app.common.errors import DataError
from train.compression.flat_network import compressible_layers, fold_batch_norm, rebuild
from train.compression.stage import Promise, Promises, WrappedNetwork
from train.compression.toolkit import tfmot

_UPDATES = 40  # of the masks, over the first half of training
_FOUR = 4
_FEWEST_STEPS = 4


def pruned(model: Any, sparsity: float, steps_per_epoch: int, epochs: int) -> tuple[WrappedNetwork, Promises]:
    """Wrap a network for pruning along a polynomial.

    The share of zeros climbs over the first half of all steps as s · (1 - (1 - t)³) (Zhu and Gupta, arXiv:1710.01878);
    the second half is for recovering.

    Args:
        model: flat, without wrappers; its layers become part of the result.
        sparsity: share of zeros in each layer at the end, 0..1.
        steps_per_epoch: of the training.
        epochs: of the training.

    Raises:
        DataError: there are too few steps.
    """
    _refuse_few_steps(steps_per_epoch * epochs)
    every = max(1, steps_per_epoch * epochs // (2 * _UPDATES))
    end = every * (steps_per_epoch * epochs // 2 // every)  # the schedule must hit its own end
    schedule = tfmot.sparsity.keras.PolynomialDecay(0.0, sparsity, begin_step=0, end_step=end, frequency=every)
    layers = compressible_layers(model)
    prepared = _prepared(model, {layer.name for layer in layers}, end // steps_per_epoch + 1, pruning_schedule=schedule)
    return prepared, {layer.name: Promise(sparsity=sparsity) for layer in layers}


def pruned_two_of_four(model: Any, steps_per_epoch: int, epochs: int) -> tuple[WrappedNetwork, Promises]:
    """Wrap a network for structured pruning: two zeros in every four weights along the input channels.

    tensorflow-model-optimization sets the masks once, at the second step, and TFLite stores kernels with the input
    channels innermost, so the fours lie side by side in the file. Layers whose input channels are no multiple of four
    stay whole, the convolution of the three colours among them.

    Args:
        model: flat, without wrappers; its layers become part of the result.
        steps_per_epoch: of the training.
        epochs: of the training.

    Raises:
        DataError: there are too few steps.
    """
    _refuse_few_steps(steps_per_epoch * epochs)
    layers = [layer for layer in compressible_layers(model) if layer.kernel.shape[-2] % _FOUR == 0]
    prepared = _prepared(model, {layer.name for layer in layers}, 1, sparsity_m_by_n=(2, _FOUR))
    return prepared, {layer.name: Promise(sparsity=0.5, two_of_four=True) for layer in layers}


def _prepared(model: Any, names: set[str], first_epoch: int, **options: Any) -> WrappedNetwork:
    def make(layer: Any) -> Any:
        return tfmot.sparsity.keras.prune_low_magnitude(layer, **options) if layer.name in names else layer

    def finish(trained: Any) -> Any:
        return fold_batch_norm(tfmot.sparsity.keras.strip_pruning(trained))

    return WrappedNetwork(rebuild(model, make), finish, (tfmot.sparsity.keras.UpdatePruningStep(),), first_epoch)


def _refuse_few_steps(steps: int) -> None:
    if steps < _FEWEST_STEPS:
        raise DataError(f"pruning needs {_FEWEST_STEPS} steps of training, received {steps}; give more --epochs")
