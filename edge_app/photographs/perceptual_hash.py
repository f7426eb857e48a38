"""Telling that two pictures show the same photograph: resized, compressed anew, or mirrored.

Two steps. A 64-bit hash of the low frequencies finds candidates among hundreds of millions of pairs; the correlation of
their 32×32 thumbnails decides. Thresholds were chosen on 8,600 real photographs: see docs/findings.md.

Hash: C. Zauner, Implementation and Benchmarking of Perceptual Image Hash Functions, 2010 (grey, 32×32, DCT, rows
and columns 1 to 8, one bit each: above the median or not). DCT-II: Ahmed, Natarajan and Rao, Discrete Cosine Transform,
IEEE Transactions on Computers C-23, 1974.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edge_app.photographs.thumbnails import SIDE

BITS = 64

CANDIDATE_BITS = 12
"""Hashes that differ in more bits than this are of different photographs."""

SAME_CORRELATION = 0.85
"""Thumbnails that correlate less than this are of different photographs."""

MOST_MATCHES = 100_000

_CANDIDATES = 4096  # whose thumbnails are compared at a time: 2 × 16 MB
_ROWS = 512  # hashes compared with all others at a time: 512 × 25,000 float32 are 51 MB
_THUMBNAILS = 4096  # transformed at a time: 32 MB of float64

Thumbnails = npt.NDArray[np.uint8]
"""(pictures, 32, 32) uint8 grey."""


@dataclass(frozen=True)
class Match:
    """Two pictures of the same photograph.

    Attributes:
        first: place of the one.
        second: place of the other, larger than `first`.
        bits: in which their hashes differ, 0 to 12.
        correlation: of their thumbnails, 0.85 to 1.
        mirrored: whether one is the other seen in a mirror.
    """

    first: int
    second: int
    bits: int
    correlation: float
    mirrored: bool


def hashes(thumbnails: Thumbnails, mirrored: bool = False) -> npt.NDArray[np.float32]:
    """Hash thumbnails.

    Args:
        thumbnails: see `Thumbnails`.
        mirrored: return the hash of the mirror image instead: cosines of odd order change their sign there.

    Returns:
        (pictures, 64) float32, a bit each as -1 or 1: so the dot product of two hashes is 64 - 2 × differing bits.
    """
    cosines = _cosines()
    parts = [np.empty((0, BITS), np.float32)]
    for start in range(0, len(thumbnails), _THUMBNAILS):
        grey = thumbnails[start : start + _THUMBNAILS].astype(np.float64)
        coefficients = cosines @ grey @ cosines.T  # (part, 8 vertical, 8 horizontal frequencies)
        if mirrored:
            coefficients *= np.where(np.arange(1, 9) % 2, -1.0, 1.0)
        flat = coefficients.reshape(len(grey), BITS)
        parts.append(np.where(flat > np.median(flat, axis=1, keepdims=True), 1, -1).astype(np.float32))
    return np.concatenate(parts)


def matches(thumbnails: Thumbnails, most: int = MOST_MATCHES) -> list[Match]:
    """Find all pairs that show the same photograph, in order of the first one.

    Args:
        thumbnails: see `Thumbnails`.
        most: stop here; a film cut into frames would have millions.

    All pairs are compared, by matrix products: 2 s for 8,600 pictures, 14 s for 25,000 on 2 busy cores.
    """
    found: list[Match] = []
    plain = hashes(thumbnails)
    shapes = standardized(thumbnails)
    variants = (
        (plain, shapes, False),
        (hashes(thumbnails, mirrored=True), shapes[:, :, ::-1], True),
    )
    for start in range(0, len(plain), _ROWS):
        block: dict[tuple[int, int], Match] = {}
        for others, seen_as, mirrored in variants:
            dots = plain[start : start + _ROWS] @ others[start:].T  # (rows, pictures from start on)
            for match in _proven(dots, start, shapes, seen_as, mirrored):
                block.setdefault((match.first, match.second), match)  # symmetrical pictures match both ways
        found += [block[pair] for pair in sorted(block)]
        if len(found) >= most:
            return found[:most]
    return found


def _proven(
    dots: npt.NDArray[np.float32],
    start: int,
    shapes: npt.NDArray[np.float32],
    seen_as: npt.NDArray[np.float32],
    mirrored: bool,
) -> Iterator[Match]:
    """Keep of the candidates in a block of dot products those whose thumbnails correlate."""
    rows, columns = np.nonzero(dots >= BITS - 2 * CANDIDATE_BITS)
    rows, columns = rows[columns > rows], columns[columns > rows]
    for part in range(0, len(rows), _CANDIDATES):
        row, column = rows[part : part + _CANDIDATES], columns[part : part + _CANDIDATES]
        correlations = np.einsum("nij,nij->n", shapes[start + row], seen_as[start + column])
        for place in np.flatnonzero(correlations >= SAME_CORRELATION):
            first, second = int(row[place]), int(column[place])
            bits = (BITS - int(dots[first, second])) // 2
            yield Match(start + first, start + second, bits, min(1.0, float(correlations[place])), mirrored)


def _cosines() -> npt.NDArray[np.float64]:
    """Rows 1 to 8 of the DCT-II of 32 samples: (8, 32); their common factor does not change a comparison."""
    order, place = np.arange(1, 9)[:, np.newaxis], np.arange(SIDE)[np.newaxis]
    cosines: npt.NDArray[np.float64] = np.cos(np.pi * order * (2 * place + 1) / (2 * SIDE))
    return cosines


def standardized(thumbnails: Thumbnails) -> npt.NDArray[np.float32]:
    """Return (pictures, 32, 32) float32 of mean 0 and length 1, so that a dot product is the correlation."""
    values = thumbnails.astype(np.float32)
    values -= values.mean(axis=(1, 2), keepdims=True)
    values /= np.maximum(1e-6, np.sqrt((values**2).sum(axis=(1, 2), keepdims=True)))
    return values
