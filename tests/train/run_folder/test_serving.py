"""Promises of the signature that takes JPEG bytes: the same pixels as on a device, whatever the orientation."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from edge_app.model.card import ResizeRule, Size
from edge_app.model.preparation import resize_rgb
from edge_app.photographs.decoder import decode_photograph
from tests.pictures import write_photographs
from train.run_folder.serving import decode_jpegs, exif_orientation

SIZE = 96

compiled_orientation = tf.function(exif_orientation, input_signature=[tf.TensorSpec((), tf.string)])


def on_the_device(jpeg: bytes, resize: ResizeRule = "squash") -> np.ndarray:
    return resize_rgb(decode_photograph(jpeg, "test"), Size(SIZE, SIZE), resize).astype(np.float32)


def jpeg_with(orientation: int, path: Path, big_endian: bool = False) -> bytes:
    """A picture without any symmetry, with an EXIF orientation."""
    image = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 256, (90, 140, 3), np.uint8), (0, 0), 3)
    exif = Image.Exif()
    exif.endian = ">" if big_endian else "<"
    exif[0x010F] = "maker"
    exif[0x0112] = orientation
    Image.fromarray(image).save(path, quality=92, exif=exif)
    return path.read_bytes()


def test_photographs_have_the_pixels_of_the_device(tmp_path: Path) -> None:
    paths = sorted(write_photographs(tmp_path / "photos", 12).rglob("*.jpg"))
    jpegs = [path.read_bytes() for path in paths]
    served = decode_jpegs(tf.constant(jpegs), SIZE).numpy()
    for jpeg, image in zip(jpegs, served, strict=True):
        difference = np.abs(image - on_the_device(jpeg))
        assert difference.max() <= 1.0
        assert difference.mean() < 0.2


def test_the_inside_of_photographs_has_the_pixels_of_the_device(tmp_path: Path) -> None:
    paths = sorted(write_photographs(tmp_path / "photos", 4).rglob("*.jpg"))
    jpegs = [path.read_bytes() for path in paths]
    square = np.random.default_rng(0).integers(0, 256, (SIZE, SIZE, 3), np.uint8)  # seen whole
    jpegs.append(bytes(cv2.imencode(".jpg", square)[1]))
    served = decode_jpegs(tf.constant(jpegs), SIZE, "center_zoom").numpy()
    for jpeg, image in zip(jpegs, served, strict=True):
        assert np.abs(image - on_the_device(jpeg, "center_zoom")).max() <= 1.0


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("big_endian", [False, True])
def test_every_orientation_is_turned_upright(orientation: int, big_endian: bool, tmp_path: Path) -> None:
    jpeg = jpeg_with(orientation, tmp_path / "turned.jpg", big_endian)
    assert int(exif_orientation(tf.constant(jpeg))) == orientation
    (served,) = decode_jpegs(tf.constant([jpeg]), SIZE).numpy()
    assert np.abs(served - on_the_device(jpeg)).max() <= 1.0


def test_a_jpeg_without_exif_stays_as_it_is(tmp_path: Path) -> None:
    Image.new("RGB", (20, 10), (200, 30, 40)).save(tmp_path / "plain.jpg")
    assert int(exif_orientation(tf.constant((tmp_path / "plain.jpg").read_bytes()))) == 1


@settings(max_examples=60, deadline=None)
@given(noise=st.binary(max_size=200))
def test_whatever_is_in_the_header_the_orientation_is_one_of_eight(noise: bytes) -> None:
    header = b"\xff\xd8\xff\xe1\x00\xc8Exif\x00\x00" + noise
    assert 1 <= int(compiled_orientation(tf.constant(header))) <= 8
