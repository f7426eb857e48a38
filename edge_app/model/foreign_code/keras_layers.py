"""The layers of a Keras network that are more than layers, by name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_LAYERS = """
Activation ActivityRegularization Add AdditiveAttention AlphaDropout Attention Average AveragePooling1D AveragePooling2D
AveragePooling3D BatchNormalization Bidirectional CategoryEncoding CenterCrop Concatenate Conv1D Conv1DTranspose Conv2D
Conv2DTranspose Conv3D Conv3DTranspose ConvLSTM2D Cropping1D Cropping2D Cropping3D Dense DepthwiseConv1D DepthwiseConv2D
Discretization Dot Dropout ELU EinsumDense Embedding Flatten Functional GRU GRUCell GaussianDropout GaussianNoise
GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D GlobalMaxPooling1D GlobalMaxPooling2D
GlobalMaxPooling3D GroupNormalization InputLayer LSTM LSTMCell LayerNormalization LeakyReLU LocallyConnected1D
LocallyConnected2D Masking MaxPooling1D MaxPooling2D MaxPooling3D Maximum Minimum Model MultiHeadAttention Multiply
Normalization PReLU Permute RandomBrightness RandomContrast RandomCrop RandomFlip RandomHeight RandomRotation
RandomTranslation RandomWidth RandomZoom ReLU RepeatVector Rescaling Reshape Resizing SeparableConv1D SeparableConv2D
Sequential SimpleRNN SimpleRNNCell Softmax SpatialDropout1D SpatialDropout2D SpatialDropout3D Subtract
ThresholdedReLU TimeDistributed UnitNormalization UpSampling1D UpSampling2D UpSampling3D
ZeroPadding1D ZeroPadding2D ZeroPadding3D
"""
_SETTINGS = """
Constant GlorotNormal GlorotUniform HeNormal HeUniform Identity LecunNormal LecunUniform Ones Orthogonal RandomNormal
RandomUniform TruncatedNormal VarianceScaling Zeros
L1 L1L2 L2 OrthogonalRegularizer MaxNorm MinMaxNorm NonNeg RadialConstraint UnitNorm
InputSpec TensorShape TypeSpec Policy __tuple__ __ellipsis__
"""
_COMPRESSION = """
AllValuesQuantizer ClusterWeights ConstantSparsity Default8BitActivationQuantizeConfig Default8BitConvQuantizeConfig
Default8BitConvTransposeQuantizeConfig Default8BitOutputQuantizeConfig Default8BitQuantizeConfig
FieldLens>LayerQuantization FixedQuantizeConfig FixedQuantizer LastValueQuantizer MovingAverageQuantizer NoOpActivation
NoOpQuantizeConfig NoQuantizer OutputOnlyConfig PolynomialDecay PruneLowMagnitude QuantizeAwareActivation QuantizeLayer
QuantizeWrapper QuantizeWrapperV2
"""
HUB_LAYER = "KerasLayer"
"""A module of TF Hub, by its handle: a file of its own."""

HARMLESS = frozenset(" ".join((_LAYERS, _SETTINGS, _COMPRESSION)).split())
"""Classes that compute from their settings. Not among them: `Lambda` and the layers that call TensorFlow's functions by
name, and layers that read a vocabulary from a file."""

_MODULES = (
    "keras.layers",
    "keras.initializers",
    "keras.regularizers",
    "keras.constraints",
    "tensorflow_model_optimization.python.core.quantization.keras.quantize_aware_activation",
)
"""Where Keras may look for a class: it imports what a file names."""


def read_architecture(path: Path) -> str | None:
    """Return the JSON text of an HDF5 file's layers; None: it holds weights only.

    Raises:
        OSError: it is no HDF5 file.
        ImportError: h5py is not installed.
    """
    import h5py  # type: ignore[import-untyped]  # it publishes no types; tensorflow brings it

    with h5py.File(path, "r") as file:
        found = file.attrs.get("model_config")
    return None if found is None else found if isinstance(found, str) else bytes(found).decode()


def foreign_layers(architecture: str) -> list[str]:
    """Return the classes of a network's description that are not known to be harmless, sorted.

    Raises:
        ValueError: it is no JSON.
        RecursionError: it is nested without end.
    """
    found = set()
    for described in _described(json.loads(architecture)):
        name, module = described["class_name"], described.get("module")
        if not isinstance(name, str) or name not in {*HARMLESS, HUB_LAYER}:
            found.add(str(name))
        elif module is not None and module not in _MODULES:
            found.add(f"{module}.{name}")
    return sorted(found)


def hub_handles(architecture: str) -> list[str]:
    """Return the handles of the TF Hub modules that a network loads, sorted.

    Raises:
        ValueError: it is no JSON.
        RecursionError: it is nested without end.
    """
    layers = [one for one in _described(json.loads(architecture)) if one["class_name"] == HUB_LAYER]
    settings = [one["config"] for one in layers if isinstance(one.get("config"), dict)]
    return sorted({str(one.get("handle", "")) for one in settings})


def _described(content: Any) -> Iterator[dict[str, Any]]:
    """Yield every object that names a class, however deep it is."""
    if isinstance(content, dict):
        if "class_name" in content:
            yield content
        for value in content.values():
            yield from _described(value)
    elif isinstance(content, list):
        for value in content:
            yield from _described(value)
