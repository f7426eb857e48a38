"""The header tells the size, before anything is decoded; rubbish tells nothing and never raises."""

from __future__ import annotations

import struct
import tracemalloc
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_app.common.errors import PhotographError
from edge_app.photographs.decoder import decode_photograph
from edge_app.photographs.picture_size import promised_size

PICTURE = np.random.default_rng(0).integers(0, 256, (37, 61, 3), dtype=np.uint8)
SUFFIXES = (".jpg", ".png", ".bmp", ".webp", ".tif", ".ppm", ".pgm", ".jp2")


def encoded(suffix: str, *options: int) -> bytes:
    picture = PICTURE[..., 0] if suffix == ".pgm" else PICTURE
    done, buffer = cv2.imencode(suffix, picture, list(options))
    assert done
    return buffer.tobytes()


def png_bomb(side: int) -> bytes:
    """Zeros of any size compress a thousand times: here only the header promises them."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", side, side, 16, 6, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_size_is_that_of_the_decoded_picture(suffix: str) -> None:
    assert promised_size(encoded(suffix)) == (61, 37)


def test_webp_without_loss_and_progressive_jpeg() -> None:
    assert promised_size(encoded(".webp", cv2.IMWRITE_WEBP_QUALITY, 101)) == (61, 37)
    assert promised_size(encoded(".jpg", cv2.IMWRITE_JPEG_PROGRESSIVE, 1)) == (61, 37)


def test_rows_from_the_top_of_a_bmp() -> None:
    content = bytearray(encoded(".bmp"))
    struct.pack_into("<i", content, 22, -37)
    assert promised_size(bytes(content)) == (61, 37)


def test_a_picture_that_promises_gigabytes_is_refused_before_it_is_decoded() -> None:
    bomb = png_bomb(32_000)
    tracemalloc.start()
    with pytest.raises(PhotographError, match=r"has 32000×32000 pixels; shrink it below 67,108,864"):
        decode_photograph(bomb, "bomb.png")
    assert tracemalloc.get_traced_memory()[1] < 1 << 20
    tracemalloc.stop()


def test_a_misnamed_picture_whose_decoder_takes_more_memory_is_refused_earlier() -> None:
    content = bytearray(encoded(".jp2"))
    place = content.index(b"ihdr") + 4
    struct.pack_into(">II", content, place, 4097, 4096)
    with pytest.raises(PhotographError, match=r"has 4096×4097 pixels; shrink it below 16,777,216"):
        decode_photograph(bytes(content), "misnamed.jpg")


@given(st.sampled_from(SUFFIXES), st.integers(0, 200), st.binary(max_size=40), st.integers(0, 400))
def test_no_bytes_make_it_raise(suffix: str, place: int, noise: bytes, length: int) -> None:
    content = bytearray(encoded(suffix)[:length])
    content[place : place + len(noise)] = noise
    size = promised_size(bytes(content))
    assert size is None or min(size) > 0
