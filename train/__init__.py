"""From a folder of photographs to a trained, evaluated Keras model in a run folder.

TensorFlow reads these settings when it is first imported, so they are made here: one Keras (tf-keras) in the whole
code base, and no start-up chatter.
"""

import os

os.environ["TF_USE_LEGACY_KERAS"] = "1"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
