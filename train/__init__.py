"""From a folder of photographs to a trained, evaluated Keras model in a run folder.

TensorFlow reads these settings when it is first imported, so they are made here: one Keras (tf-keras) in the whole
code base, and no start-up chatter.
"""

import os

from edge_app.common.lazy_names import lazy_names

__all__ = [
    "Augmentation",
    "CopyPlan",
    "OfflineAugmentation",
    "Penalty",
    "Run",
    "augment_batch",
    "augment_folder",
    "find_photographs",
    "fit",
    "label_risks",
    "open_run",
    "paint_in_style",
    "submit",
    "zca_whiten",
]

os.environ["TF_USE_LEGACY_KERAS"] = "1"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

__getattr__ = lazy_names(
    __name__,
    {
        "Augmentation": "train.augment.augmentation",
        "CopyPlan": "train.offline.folder",
        "OfflineAugmentation": "train.offline.settings",
        "Penalty": "train.recipes",
        "augment_batch": "train.augment.in_place",
        "augment_folder": "train.offline.folder",
        "label_risks": "train.augment.label_risk",
        "find_photographs": "edge_app.photographs.folders",
        "fit": "train.python_api",
        "open_run": "train.python_api",
        "Run": "train.python_api",
        "paint_in_style": "train.offline.style_optimisation",
        "submit": "train.evaluation.submission",
        "zca_whiten": "train.models.zca",
    },
)
