"""A folder as `--collect` leaves it: drawn pets of two sessions, each twice, and what the model said of them."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np

from edge_app.demo.drawn_pets import write_drawings
from edge_app.photographs.decoder import read_photograph
from edge_app.photographs.groups import marked

PETS = 4
"""Of each class; there are two frames of each, which look alike."""


def write_field(root: Path) -> Path:
    """Write the frames and `collected.jsonl`: the model is the less sure the higher a frame's number is."""
    drawn = root.with_name(f"{root.name} drawn")
    write_drawings(drawn, 2 * PETS, size=96)
    lines = []
    for label, other in (("cat", "dog"), ("dog", "cat")):
        (root / label).mkdir(parents=True)
        for number, path in enumerate(sorted((drawn / label).iterdir())):
            for copy, gain in enumerate((1.0, 0.94)):
                image = np.clip(read_photograph(path) * gain, 0, 255).astype(np.uint8)
                name = f"{label}/2026112{number}-10000{copy}.jpg"
                encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()
                (root / name).write_bytes(marked(encoded, f"session {number % 2}"))
                sure = round(0.95 - 0.1 * number - 0.01 * copy, 6)
                top = [[label, sure], [other, round(1 - sure, 6)]]
                lines.append(json.dumps({"file": name, "top": top, "model": "pets.tflite"}))
    (root / "collected.jsonl").write_text("\n".join(lines) + "\n")
    return root


def files_of(root: Path) -> dict[str, bytes]:
    """Every picture below a folder, by its path."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*.jpg"))}
