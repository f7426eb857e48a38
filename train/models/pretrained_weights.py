"""Pretrained weights: where their files are kept, and backbones of `tf_keras.applications` that have them.

Imports no TensorFlow: what is on this machine is told before it starts.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from edge_app.common.errors import DataError

_DOWNLOAD_TIMEOUT_S = 20.0
_QUESTION_TIMEOUT_S = 5.0

STAND_IN = "imagenet, and random ones in their place"
"""Weights for a trial that only takes time: the network of `imagenet`, without reading or downloading anything."""


def cached_path(name: str) -> Path:
    """Return where Keras keeps a file of weights."""
    return Path.home() / ".keras" / "models" / name


def first_cached(names: Sequence[str]) -> Path | None:
    """Return the first of some files that is in Keras' cache, or None."""
    return next((cached_path(name) for name in names if cached_path(name).is_file()), None)


def can_download(address: str) -> bool:
    """Tell whether a server has a file; one that does not answer within seconds has none."""
    import urllib.request  # 20 ms that `--help` need not wait for

    request = urllib.request.Request(address, method="HEAD")  # a constant https address
    try:
        with urllib.request.build_opener().open(request, timeout=_QUESTION_TIMEOUT_S) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def load_backbone(application: Callable[..., Any], weights: str, file: str, **options: Any) -> Any:
    """Build a backbone without its top.

    Args:
        application: a function of `tf_keras.applications`.
        weights: `imagenet` (from `~/.keras/models` or a download), `none`, `STAND_IN`, or an .h5 file.
        file: name of the file that belongs to it.
        **options: of the application: `input_shape`, and what else it has.

    Returns:
        a flat `tf_keras.Model`: [-1, 1] pictures → maps.

    Raises:
        DataError: the weights are not to be had, or do not fit.
    """
    chosen = None if weights in ("none", STAND_IN) else weights
    if chosen not in (None, "imagenet") and not Path(chosen).is_file():
        raise DataError(f"weights `{weights}` do not exist; give an .h5 file, `imagenet` or `none`")
    try:
        with short_downloads():
            return application(include_top=False, weights=chosen, **options)
    except Exception as error:  # Keras raises bare Exception for a failed download, and many others for a wrong file
        if chosen == "imagenet":
            raise DataError(
                f"the ImageNet weights are neither at `{cached_path(file)}` nor to be downloaded "
                f"({short_reason(error)}); put the file there, give --weights FILE, or go online (--weights none "
                "trains from scratch)"
            ) from error
        raise DataError(
            f"`{weights}` does not fit {application.__name__} without its top ({short_reason(error)}); "
            f"give a file like {file}"
        ) from error


def apply_flat(x: Any, backbone: Any, names: Mapping[str, str] | None = None) -> Any:
    """Build a backbone's layers anew on a tensor, with its weights: no model within the model.

    Quantization-aware training refuses nested models, and a backbone of Keras has its weights only when it begins with
    an input.

    Args:
        x: tensor of Keras of the shape that the backbone takes.
        backbone: a flat `tf_keras.Model` with one input and one output.
        names: new names of layers by old ones; None: they keep theirs.

    Returns:
        what the backbone returns.
    """
    values = {backbone.input.ref(): x}
    copies = []
    for layer in backbone.layers[1:]:  # in the order of the graph, the input first
        name = layer.name if names is None else names[layer.name]
        copy = type(layer).from_config({**layer.get_config(), "name": name})
        several = isinstance(layer.input, list)
        values[layer.output.ref()] = copy(
            [values[tensor.ref()] for tensor in layer.input] if several else values[layer.input.ref()]
        )
        copies.append((copy, layer))
    for copy, layer in copies:
        copy.set_weights(layer.get_weights())
    return values[backbone.output.ref()]


@contextmanager
def short_downloads() -> Iterator[None]:
    """A server that does not answer is given up after 20 seconds."""
    before_s = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_DOWNLOAD_TIMEOUT_S)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before_s)


def short_reason(error: Exception) -> str:
    """Return an exception's text in one line of at most 160 characters."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 160 else text[:157] + "..."
