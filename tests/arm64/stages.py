"""Where two machines part: the decoded picture, the prepared tensor, or the model itself.

Runs as a file on each machine, with the device half installed. The second machine also gets what the first one
prepared, so that its model sees the very same bytes.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edge_app.model.classifier import Classifier
from edge_app.photographs.decoder import Image, read_photograph


def examine(model: Path, photographs: Path, out: Path, others: Path | None) -> None:
    """Write what each stage gives: `decoded` (hashes), `prepared` tensors, and `scores` (real numbers).

    Args:
        model: a `.tflite` file.
        photographs: folder.
        out: `.npz` file to write.
        others: of another machine; its prepared tensors then go into the model instead of ours.
    """
    classifier = Classifier(model, threads=1)
    images = [read_photograph(path) for path in sorted(photographs.iterdir())]
    prepared = np.stack([_prepared(classifier, image) for image in images])
    fed = prepared if others is None else np.load(others)["prepared"]
    scores = np.stack([_scores(classifier, tensor) for tensor in fed])
    decoded = np.array([hashlib.sha256(image.tobytes()).hexdigest() for image in images])
    np.savez(out, decoded=decoded, prepared=prepared, scores=scores)


def compare_stages(here: Path, there: Path) -> dict[str, Any]:
    """Return how much of each stage is the same.

    Args:
        here: written by `examine` on one machine.
        there: on the other, with `here` as its `others`.
    """
    one, other = np.load(here), np.load(there)
    differences = np.abs(one["prepared"].astype(np.float64) - other["prepared"].astype(np.float64))
    same_label = one["scores"].argmax(axis=1) == other["scores"].argmax(axis=1)
    return {
        "decoded_equal": int((one["decoded"] == other["decoded"]).sum()),
        "prepared_equal": int((differences.reshape(len(differences), -1).max(axis=1) == 0).sum()),
        "prepared_values_that_differ": round(float((differences > 0).mean()), 6),
        "prepared_largest_difference": float(differences.max()),
        "same_tensor_same_label": int(same_label.sum()),
        "same_tensor_largest_difference": float(np.abs(one["scores"] - other["scores"]).max()),
    }


def _prepared(classifier: Classifier, image: Image) -> npt.NDArray[Any]:
    classifier.prepare(image)
    tensor: npt.NDArray[Any] = _input_view(classifier)[0].copy()
    return tensor


def _scores(classifier: Classifier, tensor: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    _input_view(classifier)[0] = tensor  # the view is gone before invoke(), which refuses to run while it is there
    classifier.invoke()
    return classifier.real_scores(classifier.raw_scores())


def _input_view(classifier: Classifier) -> npt.NDArray[Any]:
    interpreter = classifier.interpreter
    view: npt.NDArray[Any] = interpreter.tensor(interpreter.get_input_details()[0]["index"])()
    return view


if __name__ == "__main__":
    examine(*map(Path, sys.argv[1:4]), others=Path(sys.argv[4]) if len(sys.argv) > 4 else None)
