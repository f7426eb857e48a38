"""Loading a saved network, whatever is in it."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import h5py  # type: ignore[import-untyped]  # it publishes no types; tensorflow brings it
import tf_keras as keras

from edge_app.common.errors import FieldLensError, RunFolderError
from edge_app.common.native_stderr import quiet_native_stderr
from edge_app.model.foreign_code.gate import refuse_foreign_code
from train.models.pretrained_weights import short_downloads, short_reason
from train.models.quiet_imports import model_optimization, tensorflow_hub


def load_model(path: Path) -> Any:
    """Load a network from HDF5 or from a SavedModel folder, for use or for further training.

    HDF5 holds the names of layer classes, and this finds those of TF Hub and of tensorflow-model-optimization; a hub
    layer also needs its module where it was. A SavedModel holds everything itself.

    Args:
        path: a `.h5` file or the folder of a SavedModel.

    Returns:
        a `tf_keras.Model`, not compiled.

    Raises:
        RunFolderError: there is nothing to load, or it does not load.
        ForeignCodeError: it carries code, and the user has not said --trust.
    """
    if not path.exists():
        raise RunFolderError(f"`{path}` does not exist; give a model.h5 or the folder of a SavedModel")
    if path.is_dir() and not (path / "saved_model.pb").is_file():
        raise RunFolderError(f"`{path}` is no SavedModel (no saved_model.pb in it); give a model.h5 or such a folder")
    refuse_foreign_code(path, hub=True)
    try:
        with ExitStack() as scopes, quiet_native_stderr(), short_downloads():
            if path.is_file():
                _enter_scopes(scopes, _architecture(path))
            return keras.models.load_model(str(path), compile=False)
    except FieldLensError:
        raise
    except Exception as error:  # h5py, json, Keras and TensorFlow raise everything from KeyError to OpError
        raise RunFolderError(
            f"`{path}` cannot be loaded ({short_reason(error)}); train again with --overwrite"
        ) from error


def _architecture(path: Path) -> str:
    """Return the JSON text of an HDF5 file's layers."""
    with h5py.File(path, "r") as file:
        found = file.attrs.get("model_config")
    if found is None:
        raise ValueError("it holds weights without a network")
    return found if isinstance(found, str) else bytes(found).decode()


def _enter_scopes(scopes: ExitStack, architecture: str) -> None:
    """Make known the classes that an architecture names; what it does not name is not imported."""
    if '"KerasLayer"' in architecture:
        _refuse_lost_module(architecture)
        scopes.enter_context(keras.utils.custom_object_scope({"KerasLayer": tensorflow_hub().KerasLayer}))
    wrappers = [name for name in ("Quantize", "PruneLowMagnitude", "ClusterWeights") if f'"{name}' in architecture]
    if wrappers:
        tfmot = model_optimization()
        scopes.enter_context(tfmot.quantization.keras.quantize_scope())
        scopes.enter_context(tfmot.sparsity.keras.prune_scope())
        scopes.enter_context(tfmot.clustering.keras.cluster_scope())


def _refuse_lost_module(architecture: str) -> None:
    """Say what is missing, where TensorFlow's own sentence is long and says it last."""
    for layer in json.loads(architecture)["config"]["layers"]:
        handle = str(layer["config"].get("handle", ""))
        if layer["class_name"] == "KerasLayer" and "://" not in handle and not Path(handle).exists():
            raise FileNotFoundError(f"its TF Hub module `{handle}` is gone: put it back, or load the SavedModel")
