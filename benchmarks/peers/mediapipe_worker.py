"""MediaPipe Tasks `ImageClassifier` as a worker: a line of JSON in, a line of JSON out.

Runs inside the peers' environment (`make peers`), which has mediapipe and not our packages; so it imports nothing of
FieldLens but its own folder.

`python -m benchmarks.peers.mediapipe_worker` serves requests (see `serve`); with `MODEL PICTURE` behind it, it is a
fresh process that labels one picture and prints one line.
"""

from __future__ import annotations

import json
import sys
import time
from importlib import metadata
from typing import Any

from benchmarks.peers.serving import peak_bytes, serve

TOP_K = 5


class MediaPipeWorker:
    """Answers the requests of `benchmarks.peers.worker_process` with MediaPipe."""

    def __init__(self) -> None:
        self._classifier: Any = None
        self._timestamp_ms = 0

    def versions(self) -> dict[str, Any]:
        """Return what runs here."""
        packages = ("mediapipe", "numpy", "opencv-python-headless")
        return {name: metadata.version(name) for name in packages}

    def load(self, model: str, mode: str, top_k: int) -> dict[str, Any]:
        """Open a file.

        Args:
            model: path of a `.tflite` file.
            mode: `image` or `video`.
            top_k: categories per answer; -1: all.

        Returns:
            `accepted`, and `why` where it is not.
        """
        try:
            self._classifier = open_classifier(model, mode, top_k)
        except (RuntimeError, ValueError) as error:  # MediaPipe turns its status codes into these two
            return {"accepted": False, "why": " ".join(str(error).split())}
        return {"accepted": True}

    def scores(self, picture: str) -> dict[str, Any]:
        """Classify an `.npy` picture, (height, width, 3) uint8 RGB, with a file loaded in image mode; all scores."""
        import mediapipe as mp
        import numpy as np

        result = self._classifier.classify(mp.Image(image_format=mp.ImageFormat.SRGB, data=np.load(picture)))
        categories = sorted(result.classifications[0].categories, key=lambda category: category.index)
        return {
            "labels": [category.category_name for category in categories],
            "scores": [category.score for category in categories],
        }

    def block(self, frames: str, runs: int) -> dict[str, Any]:
        """Time frame→label in video mode.

        Args:
            frames: `.npy` file, (frames, height, width, 3) uint8 RGB: the swap from a camera's BGR is not counted.
            runs: how many.
        """
        import mediapipe as mp
        import numpy as np

        pictures_rgb = np.load(frames)
        captured = np.empty_like(pictures_rgb[0])
        times_s = []
        for number in range(runs):
            np.copyto(captured, pictures_rgb[number % len(pictures_rgb)])
            self._timestamp_ms += 33
            start_s = time.perf_counter()
            image = mp.Image(image_format=mp.ImageFormat.SRGB, data=captured)
            result = self._classifier.classify_for_video(image, self._timestamp_ms)
            label = result.classifications[0].categories[0].category_name
            times_s.append(time.perf_counter() - start_s)
        return {"times_s": times_s, "label": label}


def open_classifier(model: str, mode: str, top_k: int) -> Any:
    """Build the task; raises RuntimeError or ValueError for a file that it refuses."""
    from mediapipe.tasks.python import BaseOptions, vision

    options = vision.ImageClassifierOptions(
        base_options=BaseOptions(model_asset_path=model),
        running_mode=vision.RunningMode[mode.upper()],
        max_results=top_k,
    )
    return vision.ImageClassifier.create_from_options(options)


def label_once(model: str, picture: str) -> None:
    """Label one picture file and print the label, the peak memory and the time to load."""
    start_s = time.perf_counter()
    import mediapipe as mp

    classifier = open_classifier(model, "image", TOP_K)
    load_s = time.perf_counter() - start_s
    with classifier:
        start_s = time.perf_counter()
        result = classifier.classify(mp.Image.create_from_file(picture))
        first_invoke_s = time.perf_counter() - start_s
        label = result.classifications[0].categories[0].category_name
        told = {"label": label, "load_s": load_s, "first_invoke_s": first_invoke_s, "peak_memory_bytes": peak_bytes()}
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    if len(sys.argv) == 3:
        label_once(sys.argv[1], sys.argv[2])
    else:
        serve(MediaPipeWorker())
