"""Calibration photographs as files, for compilers of other people."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np

from convert.quantize.calibration import Calibration
from convert.run_folder import RunFolder
from edge_app.common.atomic_files import atomic_folder
from edge_app.common.errors import OutputError

SIGN = "calibration.json"


def write_calibration(run: RunFolder, calibration: Calibration, out: Path, overwrite: bool) -> None:
    """Write `images.npy`, `images/*.png` and `calibration.json`.

    Args:
        run: whose preparation the photographs went through.
        calibration: the photographs.
        out: folder to create.
        overwrite: whether an older one may be replaced.

    Raises:
        OutputError: it exists, or cannot be written.
    """
    with atomic_folder(out, overwrite, SIGN) as folder:
        np.save(folder / "images.npy", calibration.images_rgb)
        (folder / "images").mkdir()
        for number, image_rgb in enumerate(calibration.images_rgb):
            path = folder / "images" / f"{number:04d}.png"
            if not cv2.imwrite(str(path), image_rgb[..., ::-1]):
                raise OutputError(f"`{path}` cannot be written; is the disk full?")
        facts = {
            "run": str(run.path),
            "weights_sha256": run.weights_sha256,
            "labels": list(run.labels),
            "images": "uint8 RGB, resized as the model's input is, not normalized",
            "width": run.input_size.width,
            "height": run.input_size.height,
            "resize": run.resize,
            "interpolation": run.interpolation,
            "float32 files want": "0..255: the normalization is in their graph",
            "the network inside wants": {"mean": [127.5] * 3, "std": [127.5] * 3},
            "photographs": calibration.facts.to_json(),
        }
        text = json.dumps(facts, indent=2, ensure_ascii=False) + "\n"
        (folder / SIGN).write_text(text, encoding="utf-8", errors="backslashreplace")
