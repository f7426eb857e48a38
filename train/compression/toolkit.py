"""tensorflow-model-optimization, imported without its warnings; two of its parts are not in its public modules."""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", category=DeprecationWarning)  # 0.8.1 compares versions with distutils
    import tensorflow_model_optimization as tfmot
    from tensorflow_model_optimization.python.core.clustering.keras.experimental.cluster import (
        cluster_weights as cluster_weights_keeping_zeros,
    )
    from tensorflow_model_optimization.python.core.quantization.keras.quantize_layer import QuantizeLayer

__all__ = ["QuantizeLayer", "cluster_weights_keeping_zeros", "tfmot"]
