"""Which photograph trains, which validates, which tests: decided by the bytes of the file alone.

The same bytes always land in the same split, so copies cannot straddle two, adding photographs moves none, and a
device can tell which photographs no model of ours was trained on.
"""

from __future__ import annotations

import hashlib
from typing import Literal, get_args

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)

TRAIN_SHARE = 0.65
VALIDATION_SHARE = 0.1


def split_of(sha256: str) -> Split:
    """Return the split of a file: its hash read as a number 0..1, cut at 0.65 and 0.75."""
    position = int(sha256[:8], 16) / 2**32
    if position < TRAIN_SHARE:
        return "train"
    return "validation" if position < TRAIN_SHARE + VALIDATION_SHARE else "test"


def sha256_of(content: bytes) -> str:
    """Return the hash as hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()
