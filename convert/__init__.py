"""From a run folder to files that run on devices, each proven to agree with the Keras model.

TensorFlow reads these settings when it is first imported, so they are made here.
"""

import os

from edge_app.common.lazy_names import lazy_names

__all__ = ["Conversion", "to_tflite"]

os.environ["TF_USE_LEGACY_KERAS"] = "1"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

__getattr__ = lazy_names(
    __name__,
    {
        "to_tflite": "convert.python_api",
        "Conversion": "convert.python_api",
    },
)
