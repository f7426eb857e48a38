"""Networks that can be compressed: flat and functional; batch norm can be folded into the convolutions.

tensorflow-model-optimization wraps layers one by one, so it needs a flat functional network of tf-keras: nested models
and `hub.KerasLayer` are refused.

The converter folds batch norm anyway, and gives each output channel a scale of its own by that: zeros stay zero, but 16
shared values per layer become 16 per channel. So batch norm is folded before clustering and before quantization-aware
training: what is trained is what runs on a device. On MobileNetV2 clusters of folded kernels cost no more than those of
unfolded ones. Pruning keeps batch norm, which pulls the activations back to where they were (MobileNetV2 at 128 px, two
epochs on 2,000 photographs: 92.6 % with it, 88.0 % folded, 96.0 % before), and folds it at the end.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tf_keras as keras

from edge_app.common.errors import RunFolderError
from edge_app.model.foreign_code.gate import refuse_foreign_code
from train.models.registry import architecture_named

FIXED_LAYERS = ("standardize", "zca_whiten")
"""Layers that hold statistics of the training photographs: nothing may change them."""

_FOLDABLE = (keras.layers.Conv2D, keras.layers.DepthwiseConv2D, keras.layers.Dense)
_COLOURS = 3
_BATCH_NORM_MOMENTUM = 0.9  # MobileNetV2's 0.999 needs thousands of steps before inference agrees with training


def load_network(run: Path, architecture: str) -> Any:
    """Load the network of a run.

    Args:
        run: its folder.
        architecture: which builder made it.

    Returns:
        a `tf_keras.Model`; all its layers learn but `FIXED_LAYERS`.

    Raises:
        RunFolderError: the network cannot be loaded, or is not flat.
        ForeignCodeError: it carries code, and the user has not said --trust.
    """
    if architecture_named(architecture).one_layer:
        raise RunFolderError(_not_flat(run, "it runs a TF Hub module as one layer"))
    path = run / "model.h5"
    if path.exists():
        refuse_foreign_code(path, whole=True)
    try:
        model = keras.models.load_model(str(path), compile=False)
    except Exception as error:  # of a damaged file h5py, json and Keras raise everything from KeyError to IndexError
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise RunFolderError(f"`{path}` cannot be loaded ({reason}); train again with --overwrite") from error
    refuse_nested(model, run)
    _refuse_calls_of_another_kind(model, run)
    return plain_copy(model)


def _refuse_calls_of_another_kind(model: Any, run: Path) -> None:
    """Refuse what `rebuild` would not build again as it was: layers used twice, and arguments beside the inputs.

    Raises:
        RunFolderError: there is such a layer, or the network has several inputs or outputs.
    """
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise RunFolderError(_not_flat(run, f"it has {len(model.inputs)} inputs and {len(model.outputs)} outputs"))
    for layer in model.get_config()["layers"]:
        if len(layer["inbound_nodes"]) > 1:
            raise RunFolderError(_not_flat(run, f"its layer `{layer['name']}` is used twice"))
        if any(_arguments_in(layer["inbound_nodes"])):
            raise RunFolderError(_not_flat(run, f"its layer `{layer['name']}` is called with more than its inputs"))


def _arguments_in(nodes: Any) -> list[Any]:
    """The last word of every innermost [name, node, tensor, arguments]."""
    if nodes and isinstance(nodes[0], str):
        return [nodes[3] if len(nodes) > 3 else None]
    return [arguments for node in nodes for arguments in _arguments_in(node)]


def refuse_nested(model: Any, run: Path) -> None:
    """Refuse networks with a network inside.

    Raises:
        RunFolderError: a layer is one.
    """
    for layer in model.layers:
        if isinstance(layer, keras.Model) or type(layer).__name__ == "KerasLayer":
            raise RunFolderError(_not_flat(run, f"its layer `{layer.name}` is a nested model"))


def rebuild(model: Any, make: Callable[[Any], Any | None], first: Callable[[Any], Any] = lambda images: images) -> Any:
    """Build a network again, layer by layer.

    Args:
        model: flat and functional, one input, one output, no layer used twice.
        make: layer → what takes its place; None: nothing does.
        first: put between the input and what follows.

    Returns:
        a new `tf_keras.Model`; a layer that `make` returns as it is, is shared by both.
    """
    inputs = keras.Input(model.input_shape[1:], name="images")
    sources = sources_of(model)
    outputs: dict[str, Any] = {}
    for layer in model.layers:
        if isinstance(layer, keras.layers.InputLayer):
            outputs[layer.name] = first(inputs)
            continue
        replacement = make(layer)
        taken = [outputs[source] for source in sources[layer.name]]
        passed = taken[0] if len(taken) == 1 else taken
        outputs[layer.name] = passed if replacement is None else replacement(passed)
    return keras.Model(inputs, outputs[model.layers[-1].name], name=model.name)


def sources_of(model: Any) -> dict[str, list[str]]:
    """Return the names of the layers whose outputs each layer takes.

    They come from the model's description: a layer that wrapping has put into two models knows the inputs of both.
    """
    return {layer["name"]: _names_in(layer["inbound_nodes"]) for layer in model.get_config()["layers"]}


def _names_in(nodes: Any) -> list[str]:
    """The first word of every innermost [name, node, tensor, arguments]."""
    if nodes and isinstance(nodes[0], str):
        return [nodes[0]]
    return [name for node in nodes for name in _names_in(node)]


def copy_of(layer: Any, **changes: Any) -> Any:
    """Return a layer of the same settings, without weights yet, without penalty or constraint, that learns."""
    settings = layer.get_config()
    for dropped in ("kernel_regularizer", "depthwise_regularizer", "kernel_constraint", "depthwise_constraint"):
        if dropped in settings:
            settings[dropped] = None
    if isinstance(layer, keras.layers.BatchNormalization):
        settings["momentum"] = _BATCH_NORM_MOMENTUM
    return type(layer).from_config({**settings, "trainable": layer.name not in FIXED_LAYERS, **changes})


def plain_copy(model: Any) -> Any:
    """Return a network of the same layers and weights that shares nothing."""
    copied = rebuild(model, copy_of)
    copied.set_weights(model.get_weights())
    return copied


def fold_batch_norm(model: Any) -> Any:
    """Fold every batch norm behind a convolution or a dense layer into its kernel and bias.

    With s = γ / √(σ² + ε): kernel · s and (bias - μ) · s + β. What stands elsewhere stays.

    Args:
        model: flat, without wrappers; it stays as it is.
    """
    sources, folded = sources_of(model), {}
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            source = model.get_layer(sources[layer.name][0])
            if isinstance(source, _FOLDABLE) and source.activation is keras.activations.linear:
                folded[source.name] = layer
    gone = {norm.name for norm in folded.values()}

    def make(layer: Any) -> Any:
        if layer.name in gone:
            return None
        return copy_of(layer, use_bias=True) if layer.name in folded else copy_of(layer)

    result = rebuild(model, make)
    for layer in model.layers:
        if layer.name in folded:
            result.get_layer(layer.name).set_weights(_folded_weights(layer, folded[layer.name]))
        elif layer.name not in gone and layer.weights:
            result.get_layer(layer.name).set_weights(layer.get_weights())
    return result


def _folded_weights(layer: Any, norm: Any) -> list[Any]:
    kernel, *biases = layer.get_weights()
    gamma, beta = (array.numpy() if array is not None else None for array in (norm.gamma, norm.beta))
    scale = 1.0 / np.sqrt(norm.moving_variance.numpy() + norm.epsilon)
    scale = scale if gamma is None else scale * gamma
    bias = ((biases[0] if biases else 0.0) - norm.moving_mean.numpy()) * scale
    bias = bias if beta is None else bias + beta
    if isinstance(layer, keras.layers.DepthwiseConv2D):
        return [kernel * scale.reshape(kernel.shape[2:]), bias]  # (height, width, channels, multiplier)
    return [kernel * scale, bias]  # the output channels come last


def is_depthwise(layer: Any) -> bool:
    """Tell depthwise convolutions from all other layers."""
    return isinstance(layer, keras.layers.DepthwiseConv2D)


def compressible_layers(model: Any) -> list[Any]:
    """Return the convolutions and dense layers that pruning and clustering may touch.

    The convolution of the three colours is left alone: it has less than one in a thousand of the weights, and
    everything passes through it. So are depthwise kernels, nine weights a channel: tensorflow-model-optimization knows
    them, but has no weights of theirs in its tables of pruning and clustering (`PruneRegistry`, `ClusteringRegistry`).
    """
    return [
        layer
        for layer in model.layers
        if isinstance(layer, (keras.layers.Conv2D, keras.layers.Dense))
        and layer.name not in FIXED_LAYERS
        and layer.kernel.shape[-2] != _COLOURS
    ]


def _not_flat(run: Path, reason: str) -> str:
    return (
        f"`{run}` cannot be compressed: {reason}, and only flat networks can be; train with --recipe mobilenet_v2, "
        "whose network is flat"
    )
