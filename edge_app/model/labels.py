"""Label files: one label per line, in the many ways that people write them."""

from __future__ import annotations

import codecs
import io
import json
import re
from itertools import islice
from pathlib import Path

from edge_app.common.errors import ModelFileError

MOST_LABELS = 100_000
"""Lines that are read at most: the largest label file in use, of ImageNet-21k, has 21,843."""

_MOST_BYTES = 16 << 20
_NUMBERED = re.compile(r"(\d+)(?:\s*[:;,.)]\s*|\s+)(\S.*)")
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_labels_file(path: Path) -> tuple[str, ...]:
    """Read a label per line.

    Raises:
        ModelFileError: the file cannot be read or holds no usable labels.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES)
    except OSError as error:
        raise ModelFileError(
            f"labels `{path}` cannot be read: {(error.strerror or '').lower()}; check the path"
        ) from error
    try:
        text = content.decode("utf-16" if content.startswith(_UTF_16) else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise ModelFileError(f"labels `{path}` is not UTF-8 text; give a text file with one label per line") from error
    return parse_labels(text, str(path))


def parse_labels(text: str, where: str) -> tuple[str, ...]:
    """Split a label file.

    The numbers of `0  tench`, `0: tench` or `1,tench` are dropped where they count up from line to line; a JSON list
    of names is read as well. Empty lines are skipped, as TensorFlow Lite's `FileUtil.loadLabels` does: where one stood
    for a class, the labels are too few for the scores then, and refused.

    Raises:
        ModelFileError: there are no usable labels.
    """
    given = (line.strip() for line in io.StringIO(text))
    lines = _json_names(text) or list(islice((line for line in given if line), MOST_LABELS + 1))
    if len(lines) > MOST_LABELS:
        raise ModelFileError(f"the labels in `{where}` cannot be used: there are more than {MOST_LABELS:,} lines")
    lines = _without_numbers(lines)
    try:
        check_labels(tuple(lines))
    except ValueError as error:
        raise ModelFileError(f"the labels in `{where}` cannot be used: {error}; give one label per line") from error
    return tuple(lines)


def check_labels(labels: tuple[str, ...]) -> None:
    """Raise ValueError for no label or an empty one; ImageNet has two cranes, so repeated names are allowed."""
    if not labels:
        raise ValueError("there are none")
    if not all(labels):
        raise ValueError(f"label {labels.index('')} is empty")


def _without_numbers(lines: list[str]) -> list[str]:
    found = [_NUMBERED.fullmatch(line) for line in lines]
    if not lines or any(match is None for match in found):
        return lines
    numbers = [int(match[1]) for match in found if match]
    counts_up = numbers[0] in (0, 1) and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    return [match[2] for match in found if match] if counts_up else lines


def _json_names(text: str) -> list[str]:
    """Read a JSON list of names; empty: it is something else."""
    if not text.lstrip().startswith("["):
        return []
    try:
        names = json.loads(text)
    except (ValueError, RecursionError):
        return []
    return names if isinstance(names, list) and all(isinstance(name, str) for name in names) else []
