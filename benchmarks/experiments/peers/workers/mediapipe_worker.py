"""MediaPipe Tasks `ImageClassifier` as a worker: a line of JSON in, a line of JSON out.

Runs inside the peers' environment (`make peers`) and imports nothing of FieldLens but its own folder, so that start
and memory are MediaPipe's.
"""

from __future__ import annotations

import time
from importlib import metadata
from typing import Any

from benchmarks.experiments.peers.workers.serving import peak_bytes, serve, time_frames

TOP_K = 5


class MediaPipeWorker:
    """Answers the requests of `benchmarks.experiments.peers.worker_process` with MediaPipe."""

    def __init__(self) -> None:
        self._classifier: Any = None
        self._timestamp_ms = 0

    def versions(self) -> dict[str, Any]:
        """Return what runs here."""
        packages = ("mediapipe", "numpy", "opencv-python-headless")
        return {name: metadata.version(name) for name in packages}

    def load(self, model: str, threads: int = 0, mode: str = "video", top_k: int = TOP_K) -> dict[str, Any]:
        """Open a file.

        Args:
            model: path of a `.tflite` file.
            threads: not used: MediaPipe has no option for them.
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

    def first(self, picture: str) -> dict[str, Any]:
        """Label a picture file and tell the peak memory so far, bytes, and how long it took, seconds."""
        import mediapipe as mp

        start_s = time.perf_counter()
        label = self._label(mp.Image.create_from_file(picture))
        return {"label": label, "first_s": time.perf_counter() - start_s, "peak_memory_bytes": peak_bytes()}

    def answers(self, frames: str) -> dict[str, Any]:
        """Return the label of every frame of an `.npy` file, (frames, height, width, 3) uint8 RGB."""
        import numpy as np

        return {"labels": [self._label_of_frame(picture) for picture in np.load(frames)]}

    def block(self, frames: str, runs: int, warm_up: int) -> dict[str, Any]:
        """Time frame→label in video mode; `frames` as in `answers`: the swap from a camera's BGR is not counted."""
        return time_frames(self._label_of_frame, frames, runs, warm_up)

    def _label_of_frame(self, frame_rgb: Any) -> str:
        import mediapipe as mp

        return self._label(mp.Image(image_format=mp.ImageFormat.SRGB, data=frame_rgb))

    def _label(self, image: Any) -> str:
        self._timestamp_ms += 33
        result = self._classifier.classify_for_video(image, self._timestamp_ms)
        return str(result.classifications[0].categories[0].category_name)


def open_classifier(model: str, mode: str, top_k: int) -> Any:
    """Build the task; raises RuntimeError or ValueError for a file that it refuses."""
    from mediapipe.tasks.python import BaseOptions, vision

    options = vision.ImageClassifierOptions(
        base_options=BaseOptions(model_asset_path=model),
        running_mode=vision.RunningMode[mode.upper()],
        max_results=top_k,
    )
    return vision.ImageClassifier.create_from_options(options)


if __name__ == "__main__":
    serve(MediaPipeWorker())
