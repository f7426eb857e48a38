"""The decoder contract: whatever the file, the same upright 3-channel bytes."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_app.common.errors import PhotographError
from edge_app.photographs.decoder import decode_photograph, is_image_name, read_photograph

PICTURE = np.zeros((40, 60, 3), np.uint8)
PICTURE[:20, :30] = (200, 40, 20)  # BGR: the upper left quarter is blue


def encoded(suffix: str, image: np.ndarray = PICTURE, *options: int) -> bytes:
    done, buffer = cv2.imencode(suffix, image, list(options))
    assert done
    return buffer.tobytes()


def with_orientation(jpeg: bytes, orientation: int) -> bytes:
    tiff = b"II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00" + bytes([orientation, 0, 0, 0]) + bytes(4)
    body = b"Exif\x00\x00" + tiff
    return jpeg[:2] + b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body + jpeg[2:]


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tif", ".ppm"])
def test_lossless_files_come_back_exactly(suffix: str) -> None:
    assert np.array_equal(decode_photograph(encoded(suffix), "a"), PICTURE)


@pytest.mark.parametrize(("orientation", "corner"), [(1, (5, 5)), (3, (-5, -5)), (6, (5, -5)), (8, (-5, 5))])
def test_exif_orientation_is_applied(orientation: int, corner: tuple[int, int]) -> None:
    image = decode_photograph(
        with_orientation(encoded(".jpg", PICTURE, cv2.IMWRITE_JPEG_QUALITY, 100), orientation), "a"
    )
    assert image.shape[:2] == ((60, 40) if orientation >= 5 else (40, 60))
    assert image[corner][0] > 150


def with_exif(webp: bytes, orientation: int) -> bytes:
    """As Pillow writes it: an extended header, the picture, the EXIF chunk."""
    tiff = b"II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00" + bytes([orientation, 0, 0, 0]) + bytes(4)
    head = (
        b"VP8X"
        + (10).to_bytes(4, "little")
        + bytes([8, 0, 0, 0])
        + (59).to_bytes(3, "little")
        + (39).to_bytes(3, "little")
    )
    body = b"WEBP" + head + webp[12:] + b"EXIF" + len(tiff).to_bytes(4, "little") + tiff
    return b"RIFF" + len(body).to_bytes(4, "little") + body


@pytest.mark.parametrize("orientation", range(1, 9))
def test_webp_is_turned_as_jpeg_is_by_every_opencv(orientation: int) -> None:
    lossless = encoded(".webp", PICTURE, cv2.IMWRITE_WEBP_QUALITY, 101)
    as_jpeg = with_orientation(encoded(".jpg", PICTURE, cv2.IMWRITE_JPEG_QUALITY, 100), orientation)
    turned, expected = decode_photograph(with_exif(lossless, orientation), "a"), decode_photograph(as_jpeg, "a")
    assert turned.shape == expected.shape
    assert np.abs(turned.astype(int) - expected).mean() < 5


def test_grey_becomes_three_equal_channels() -> None:
    image = decode_photograph(encoded(".png", np.full((5, 5), 77, np.uint8)), "a")
    assert image.shape == (5, 5, 3)
    assert (image == 77).all()


def test_alpha_is_dropped_without_blending() -> None:
    transparent = np.dstack([PICTURE, np.zeros(PICTURE.shape[:2], np.uint8)])
    assert np.array_equal(decode_photograph(encoded(".png", transparent), "a"), PICTURE)


def test_sixteen_bits_become_eight() -> None:
    image = decode_photograph(encoded(".png", PICTURE.astype(np.uint16) * 257), "a")
    assert np.abs(image.astype(int) - PICTURE).max() <= 1


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.95])
def test_a_file_cut_short_is_refused(suffix: str, share: float) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    whole = encoded(suffix, noise)
    with pytest.raises(PhotographError):
        decode_photograph(whole[: int(len(whole) * share)], "a")


@given(st.binary(max_size=200))
def test_any_bytes_give_a_picture_or_one_sentence(content: bytes) -> None:
    try:
        image = decode_photograph(content, "a")
    except PhotographError as error:
        assert "`a`" in str(error)
        assert "\n" not in str(error)
    else:
        assert image.dtype == np.uint8
        assert image.shape[2] == 3


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(PhotographError, match="cannot be read: no such file"):
        read_photograph(tmp_path / "none.jpg")


@pytest.mark.parametrize("progressive", [0, 1])
def test_a_picture_of_the_size_of_a_photograph_decodes(progressive: int, tmp_path: Path) -> None:
    rows, columns = np.mgrid[:1080, :1920]
    image = np.stack([columns * 255 // 1919, rows * 255 // 1079, 255 - rows * 255 // 1079], axis=2).astype(np.uint8)
    options = (cv2.IMWRITE_JPEG_QUALITY, 92, cv2.IMWRITE_JPEG_PROGRESSIVE, progressive)
    (tmp_path / "photograph.jpg").write_bytes(encoded(".jpg", image, *options))
    found = read_photograph(tmp_path / "photograph.jpg")
    assert found.shape == (1080, 1920, 3)
    assert np.abs(found.astype(int) - image).max() <= 8


def test_hidden_files_and_texts_are_no_images() -> None:
    names = ["a.JPG", "b.png", ".c.jpg", "d.txt", "e"]
    assert [is_image_name(Path(name)) for name in names] == [True, True, False, False, False]


def test_a_thumbnails_end_marker_does_not_stand_for_the_pictures() -> None:
    jpeg = encoded(".jpg", np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8))
    thumbnail = b"\xff\xe1" + (6).to_bytes(2, "big") + b"\xff\xd9ab"
    stream = io.BytesIO(jpeg[:2] + thumbnail + jpeg[2:])
    decode_photograph(stream.getvalue(), "a")
    with pytest.raises(PhotographError, match="cut short"):
        decode_photograph(stream.getvalue()[:-200], "a")


def test_a_photograph_of_a_phone_with_108_megapixels_comes_at_half_its_size() -> None:
    """Upright and in the right colours; in passes (progressive) it would all be in memory, and is refused."""
    halves = np.zeros((9000, 12000, 3), np.uint8)
    halves[:, 6000:] = (0, 0, 200)
    options = {kind: cv2.imencode(".jpg", halves, [cv2.IMWRITE_JPEG_PROGRESSIVE, kind])[1].tobytes() for kind in (0, 1)}
    picture = decode_photograph(options[0], "phone.jpg")
    assert picture.shape == (4500, 6000, 3)
    assert picture[100, 100].max() < 5
    assert abs(picture[100, 5900].astype(int) - (0, 0, 200)).max() < 5
    with pytest.raises(PhotographError, match="has 12000×9000 pixels; shrink it below 67,108,864"):
        decode_photograph(options[1], "progressive.jpg")
