"""A TF Hub feature vector as the backbone, by handle or path."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from edge_app.common.errors import DataError, ForeignCodeError, UsageError
from edge_app.model.foreign_code.gate import refuse_foreign_code
from train.models.architecture import Architecture, NamedRecipe
from train.models.pretrained_weights import short_downloads, short_reason
from train.recipes import Recipe

_CLASSIFIER_WIDTHS = (1000, 1001)  # ImageNet's classes, without and with a background class
_MODEL_FILES = ("saved_model.pb", "saved_model.pbtxt", "tfhub_module.pb")


def module_folder(handle: str) -> Path | None:
    """Return where a module is on this machine, a path or TF Hub's cache; None: it takes a connection to load it."""
    if "://" not in handle:
        return Path(handle).expanduser()
    cache = os.environ.get("TFHUB_CACHE_DIR") or str(Path(tempfile.gettempdir(), "tfhub_modules"))
    of_handle = hashlib.sha1(handle.encode(), usedforsecurity=False).hexdigest()  # TF Hub's own name for it
    folder = Path(cache, of_handle)
    return folder if handle.startswith(("http://", "https://")) and folder.is_dir() else None


def _features(x: Any, recipe: Recipe, _weights: str, _dropout: Callable[..., Any]) -> Any:
    """Add a module that turns pictures into features.

    Modules for pictures take [0, 1], by the convention of TF Hub for image signatures, and our networks take [-1, 1]:
    a rescaling goes before. A classifier of ImageNet (1,000 or 1,001 outputs) is taken too: its scores are features of
    a kind, and a line says that a feature vector is the better choice.

    Raises:
        UsageError: no handle, the module takes pictures of another size, or it shall learn and cannot.
        DataError: there is no such module, it could not be downloaded, or it is no feature vector.
        ForeignCodeError: it carries code, and the user has not said --trust.
    """
    import tf_keras as keras

    if not recipe.hub:
        raise UsageError("this recipe needs a TF Hub feature vector; give --hub HANDLE_OR_PATH")
    unit = keras.layers.Rescaling(0.5, offset=0.5, dtype="float32", name="unit_range")(x)
    module = _load(recipe)
    _refuse_other_size(module, recipe)
    if recipe.hub_trainable and not module.trainable_weights:
        raise UsageError(f"`{recipe.hub}` has no weights that can learn; leave the module frozen")
    try:
        features = module(unit)
    except Exception as error:  # whatever the module's own code raises
        raise _no_feature_vector(recipe, short_reason(error)) from error
    if not hasattr(features, "shape"):
        raise _no_feature_vector(recipe, f"it returns a {type(features).__name__}, not one tensor")
    if features.shape.rank != 2 or features.shape[1] is None or not features.dtype.is_floating:
        raise _no_feature_vector(recipe, f"it returns {features.dtype.name} of shape {tuple(features.shape)}")
    if features.shape[1] in _CLASSIFIER_WIDTHS:
        print(
            f"`{recipe.hub}` has {features.shape[1]:,} outputs, as a classifier of ImageNet has; the feature vector of "
            "the same network tells more",
            flush=True,
        )
    return features


def _load(recipe: Recipe) -> Any:
    from train.models.head import FEATURES_LAYER
    from train.models.quiet_imports import tensorflow_hub

    hub = tensorflow_hub()
    handle = recipe.hub if "://" in recipe.hub else _local(recipe.hub)
    try:
        with short_downloads():
            refuse_foreign_code(Path(hub.resolve(handle)))
            return hub.KerasLayer(handle, trainable=recipe.hub_trainable, dtype="float32", name=FEATURES_LAYER)
    except ForeignCodeError:
        raise
    except Exception as error:  # urllib's, TensorFlow's and Keras' own errors
        if "://" in handle and not isinstance(error, ValueError):
            raise DataError(
                f"`{handle}` could not be downloaded ({short_reason(error)}); give --hub the path of a downloaded and "
                "unpacked module, set TFHUB_CACHE_DIR to a folder that has it, or go online"
            ) from error
        raise _no_feature_vector(recipe, short_reason(error)) from error


def _local(path: str) -> str:
    """Return the absolute path, which a saved model can be loaded with from any folder."""
    folder = Path(path).expanduser()
    if not folder.exists():
        raise DataError(
            f"`{path}` does not exist; give the folder of a SavedModel or a handle like https://tfhub.dev/…"
        )
    if not any((folder / name).is_file() for name in _MODEL_FILES):
        raise DataError(f"`{path}` is no SavedModel (no {_MODEL_FILES[0]} in it); give the folder of a module")
    return str(folder.resolve())


def _refuse_other_size(module: Any, recipe: Recipe) -> None:
    taken = _input_size(module.resolved_object)
    if taken not in (None, recipe.input_size):
        raise UsageError(
            f"`{recipe.hub}` takes pictures of {taken} px, the recipe has {recipe.input_size}; "
            f"give --image-size {taken}"
        )


def _input_size(resolved: Any) -> int | None:
    """Return width and height of the pictures that a module takes; None: any, or it does not say."""
    import tensorflow as tf

    functions = getattr(getattr(resolved, "__call__", None), "concrete_functions", ())  # noqa: B004 - an attribute of it
    for function in functions:
        for spec in tf.nest.flatten(function.structured_input_signature):
            if isinstance(spec, tf.TensorSpec) and spec.shape.rank == 4:
                return None if spec.shape[1] is None else int(spec.shape[1])
    return None


def _no_feature_vector(recipe: Recipe, reason: str) -> DataError:
    return DataError(
        f"`{recipe.hub}` is no feature vector for pictures of {recipe.input_size} px ({reason}); give a module that "
        "takes (batch, height, width, 3) within [0, 1] and returns (batch, features)"
    )


HUB = Recipe(
    name="hub",
    architecture="hub",
    input_size=224,
    epochs=0,
    learning_rate=5e-5,
    patience=3,
    dropout=0.2,
    head_epochs=20,
    head_learning_rate=1e-3,
)
"""Frozen, with a new head."""

ARCHITECTURE = Architecture(
    name="hub",
    features=_features,
    recipes=(
        NamedRecipe(
            HUB,
            "Any TF Hub feature vector (--hub HANDLE_OR_PATH), frozen, with a new head",
        ),
    ),
    blocks=r"features",
    own_settings=frozenset({"hub", "hub_trainable"}),
    brings_weights=True,
    one_layer=True,
)
