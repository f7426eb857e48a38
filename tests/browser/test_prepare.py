"""Promises of prepare.js and pixels.js: what the model sees in a browser is what it sees in Python."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from convert.web.chromium import BrowserSession
from edge_app.model.card import Interpolation, ModelCard, ResizeRule, Size
from edge_app.model.preparation import Preparer, resize_rgb, seen_window, value_table
from edge_app.model.scores import Quantization
from edge_app.photographs.decoder import Image, read_photograph
from tests.browser.conftest import TO_BASE64, from_base64, rgba_base64

UNQUANTIZED = Quantization()
CARD = ModelCard("any", ("a", "b"), Size(48, 48), "uint8")

PREPARE = f"""async ([text, width, height, card, quantization]) => {{
  const {{ preparer }} = await import("./prepare.js");
  const data = Uint8ClampedArray.from(atob(text), (letter) => letter.charCodeAt(0));
  return ({TO_BASE64})(preparer(card, quantization)({{ data, width, height }}));
}}"""

DECODE = f"""async (text) => {{
  const {{ decode, readPixels }} = await import("./pixels.js");
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const bitmap = await decode(new Blob([bytes]));
  const {{ data }} = readPixels(bitmap, bitmap.width, bitmap.height);
  return [bitmap.width, bitmap.height, ({TO_BASE64})(data)];
}}"""

DIGEST = """async (text) => {
  const { decode, readPixels } = await import("./pixels.js");
  const bitmap = await decode(await (await fetch(`data:image/png;base64,${text}`)).blob());
  const digest = await crypto.subtle.digest("SHA-256", readPixels(bitmap, bitmap.width, bitmap.height).data);
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}"""


def prepared(page: Any, image_bgr: Image, card: ModelCard, quantization: Quantization = UNQUANTIZED) -> Any:
    """The input tensor that the page makes."""
    height, width = image_bgr.shape[:2]
    settings = [rgba_base64(image_bgr), width, height, json.loads(card.to_json()), asdict(quantization)]
    shape = (card.input_size.height, card.input_size.width, 3)
    return from_base64(page.evaluate(PREPARE, settings), card.input_dtype).reshape(shape)


def decoded(page: Any, path: Path) -> Image:
    """A file as the page decodes it, BGR."""
    width, height, text = page.evaluate(DECODE, base64.b64encode(path.read_bytes()).decode())
    return np.asarray(cv2.cvtColor(from_base64(text).reshape(height, width, 4), cv2.COLOR_RGBA2BGR), np.uint8)


def levels(one: Any, other: Any) -> int:
    """The largest difference of a pixel."""
    return int(np.abs(one.astype(np.int64) - other.astype(np.int64)).max())


@pytest.mark.parametrize("resize", ["squash", "center_crop", "center_zoom"])
@pytest.mark.parametrize("interpolation", ["bilinear", "area"])
@pytest.mark.parametrize("target", [Size(224, 224), Size(48, 36)])
def test_resizing_is_that_of_python(
    session: BrowserSession, resize: ResizeRule, interpolation: Interpolation, target: Size
) -> None:
    """Bilinear to the bit, area within a level; odd sizes, larger and smaller; noise shows wrong taps."""
    random = np.random.default_rng(7)
    card = replace(CARD, input_size=target, resize=resize, interpolation=interpolation)
    for width, height in (
        (640, 480),
        (501, 373),
        (97, 331),
        (224, 224),
        (1, 1),
        (3, 250),
        (2, 200),
        (450, 100),
        (60, 47),
    ):
        image_bgr = random.integers(0, 256, (height, width, 3), np.uint8)
        expected = resize_rgb(image_bgr, target, resize, interpolation)
        allowed = 0 if interpolation == "bilinear" else 1
        assert levels(prepared(session.page, image_bgr, card), expected) <= allowed, (width, height)


@pytest.mark.parametrize("resize", ["squash", "center_crop", "center_zoom"])
def test_windows_are_those_of_python(session: BrowserSession, resize: ResizeRule) -> None:
    """All small shapes: a window of another width moves every pixel."""
    size = Size(4, 3)
    shapes = [(width, height) for width in range(1, 24) for height in range(1, 24)]
    found = session.page.evaluate(
        """async ([shapes, size, resize]) => {
          const { seenWindow } = await import("./prepare.js");
          return shapes.map(([width, height]) => seenWindow(width, height, { resize, input_size: size }));
        }""",
        [shapes, asdict(size), resize],
    )
    for (width, height), window in zip(shapes, found, strict=True):
        places = np.arange(width * height).reshape(height, width, 1).repeat(3, axis=2)
        cut = seen_window(places.astype(np.int64), resize, size)  # type: ignore[arg-type]  # numbers show where it was cut
        assert (window["width"], window["height"]) == (cut.shape[1], cut.shape[0])
        assert int(cut[0, 0, 0]) == window["top"] * width + window["left"]


@pytest.mark.parametrize(
    ("card", "quantization"),
    [
        (replace(CARD, mean=(127.5,) * 3, std=(127.5,) * 3), Quantization(2 / 255, 127)),
        (replace(CARD, mean=(127.5,) * 3, std=(127.5,) * 3), Quantization(2 / 255, 128)),
        (replace(CARD, mean=(123.0, 117.0, 104.0), std=(58.0, 57.0, 57.5)), Quantization(0.02, 114)),
        (replace(CARD, input_dtype="int8"), Quantization()),
        (replace(CARD, input_dtype="int8", mean=(127.5,) * 3, std=(127.5,) * 3), Quantization(2 / 255, -1)),
        (replace(CARD, input_dtype="float32"), Quantization()),
        (replace(CARD, input_dtype="float32", mean=(1.0, 2.0, 3.0), std=(4.0, 5.0, 6.0)), Quantization()),
    ],
)
def test_the_tensor_holds_what_python_puts_there(
    session: BrowserSession, card: ModelCard, quantization: Quantization
) -> None:
    """Every byte in every channel, at the size of the input, so that nothing is resized."""
    card = replace(card, input_size=Size(16, 16))
    bytes_bgr = np.arange(256, dtype=np.uint8).reshape(16, 16, 1).repeat(3, axis=2)
    out = np.empty((1, 16, 16, 3), card.input_dtype)
    Preparer(card, quantization).prepare(bytes_bgr, out)
    np.testing.assert_array_equal(prepared(session.page, bytes_bgr, card, quantization), out[0])
    assert value_table(card, quantization).shape == (3, 256)


def test_photographs_are_decoded_to_the_same_pixels(session: BrowserSession, full_size: list[Path]) -> None:
    for path in full_size[::12]:
        assert levels(decoded(session.page, path), read_photograph(path)) <= 1, path.name


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(
    session: BrowserSession, tmp_path: Path, orientation: int, full_size: list[Path]
) -> None:
    path = tmp_path / "turned.jpg"
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    with Pillow.open(full_size[1]) as picture:
        width, height = picture.size
        picture.save(path, exif=exif, quality=95)
    expected = read_photograph(path)
    assert expected.shape[:2] == ((height, width) if orientation < 5 else (width, height))
    assert levels(decoded(session.page, path), expected) <= 1


def test_other_kinds_of_pictures_are_decoded_alike(
    session: BrowserSession, tmp_path: Path, full_size: list[Path]
) -> None:
    """PNG, grey, progressive, lossless WebP, and a JPEG whose colour profile must not be applied."""
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = profile.replace(b"rXYZ", b"tXYZ").replace(b"bXYZ", b"rXYZ").replace(b"tXYZ", b"bXYZ")  # red is blue now
    with Pillow.open(full_size[2]) as picture:
        picture.save(tmp_path / "a.png")
        picture.convert("L").save(tmp_path / "grey.jpg", quality=95)
        picture.save(tmp_path / "progressive.jpg", progressive=True)
        picture.save(tmp_path / "lossless.webp", lossless=True)
        picture.save(tmp_path / "profile.jpg", icc_profile=swapped, quality=95)
    for path in sorted(tmp_path.iterdir()):
        assert levels(decoded(session.page, path), read_photograph(path)) <= 1, path.name


def test_large_pictures_are_read_in_strips_without_a_seam(session: BrowserSession, tmp_path: Path) -> None:
    rows, columns = np.mgrid[0:2311, 0:4013]  # 9 megapixels: three strips
    image_bgr = np.stack([rows % 251, columns % 241, (rows // 9 + columns // 7) % 239], axis=2).astype(np.uint8)
    cv2.imwrite(str(tmp_path / "large.png"), image_bgr)
    found = session.page.evaluate(DIGEST, base64.b64encode((tmp_path / "large.png").read_bytes()).decode())
    assert found == hashlib.sha256(cv2.cvtColor(image_bgr, cv2.COLOR_BGR2RGBA).tobytes()).hexdigest()
