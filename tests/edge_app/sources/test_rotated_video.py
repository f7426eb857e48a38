"""A film that a phone recorded on its side is upright, whatever OpenCV does by itself."""

from __future__ import annotations

import struct
from pathlib import Path

import cv2
import numpy as np

from edge_app.sources.video import VideoSource


def write_rotated(path: Path) -> None:
    """Write a film of 96×64 pixels, bright at its left, whose header says: turn it by 90° clockwise."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 25.0, (96, 64))
    picture = np.zeros((64, 96, 3), np.uint8)
    picture[:, :48] = 255
    for _ in range(3):
        writer.write(picture)
    writer.release()
    content = bytearray(path.read_bytes())
    matrix = content.index(b"tkhd") + 44  # ISO/IEC 14496-12, 8.3.2: of a track header of version 0
    struct.pack_into(">9i", content, matrix, 0, 1 << 16, 0, -(1 << 16), 0, 0, 64 << 16, 0, 1 << 30)
    path.write_bytes(content)


def test_a_film_on_its_side_is_turned_upright(tmp_path: Path) -> None:
    write_rotated(tmp_path / "side.mp4")
    with VideoSource(tmp_path / "side.mp4") as source:
        frames = list(source.frames())
    assert len(frames) == 3
    image = frames[0].image_bgr
    assert image.shape == (96, 64, 3)
    assert image[:40].mean() > 200 > 50 > image[-40:].mean(), "what was left is now on top"
