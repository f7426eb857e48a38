"""`augmented.csv`: which files of a folder of photographs are augmented copies, of what, and how they were made.

This is the only module that knows how the manifest looks. One row per copy::

    file, origin       paths relative to the folder, with forward slashes
    origin_sha256      of the bytes of the original: it decides the split of the copy, too
    seed, copy         what all that was random was drawn from, together with the hash: numbers from 0 and from 1
    operations         JSON: what was done, in order, as [{"op": "flip"}, {"op": "rotate", "degrees": 7.5}, …]

Copies have names of their own kind (`12-jpg.fieldlens-copy-1.jpg`), so that they are known for copies even where the
manifest was lost.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from edge_app.common.errors import DataError

MANIFEST_NAME = "augmented.csv"

_COLUMNS = ["file", "origin", "origin_sha256", "seed", "copy", "operations"]
_COPY_NAME = re.compile(r"\.fieldlens-copy-[1-9]\d*\.jpg$")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NUMBER = re.compile(r"\d{1,18}")


@dataclass(frozen=True)
class AugmentedCopy:
    """One row of the manifest.

    Attributes:
        file: path of the copy, relative to the folder.
        origin: path of the photograph it was made from.
        origin_sha256: of the bytes of that photograph.
        seed: of the command that made it.
        copy: its number among the copies of the same photograph, from 1.
        operations: what was done, in order; each has an `op` and its parameters.
    """

    file: str
    origin: str
    origin_sha256: str
    seed: int
    copy: int
    operations: tuple[Mapping[str, Any], ...]


def copy_name(origin: str, copy: int) -> str:
    """Return the path of a copy: beside its origin, and no two origins share one."""
    path = PurePosixPath(origin)
    return path.with_name(f"{path.stem}-{path.suffix[1:]}.fieldlens-copy-{copy}.jpg").as_posix()


def is_copy_name(path: str) -> bool:
    """Tell whether a file is an augmented copy, by its name."""
    return _COPY_NAME.search(path) is not None


def format_manifest(copies: Iterable[AugmentedCopy]) -> bytes:
    """Return the file, its rows sorted by path."""
    rows = sorted(copies, key=lambda copy: copy.file)
    returns = any("\r" in copy.file + copy.origin for copy in rows)  # csv would not quote a carriage return alone
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL if returns else csv.QUOTE_MINIMAL)
    writer.writerow(_COLUMNS)
    for copy in rows:
        operations = json.dumps(copy.operations, ensure_ascii=False)
        writer.writerow((copy.file, copy.origin, copy.origin_sha256, copy.seed, copy.copy, operations))
    return text.getvalue().encode(errors="surrogateescape")  # as Python reads names that are no UTF-8


def read_manifest(root: Path) -> dict[str, AugmentedCopy]:
    """Read the manifest of a folder of photographs.

    Returns:
        the copies by their path; none where there is no manifest.

    Raises:
        DataError: the manifest is damaged, or names copies of photographs that do not train.
    """
    path = root / MANIFEST_NAME
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise DataError(f"`{path}` cannot be read: {(error.strerror or str(error)).lower()}; check it") from error
    try:
        return parse_manifest(content)
    except ValueError as error:
        raise DataError(
            f"`{path}` is damaged ({error}), so it is unknown which files are copies; "
            "make the folder again with `fieldlens train augment`"
        ) from error


def parse_manifest(content: bytes) -> dict[str, AugmentedCopy]:
    """Read the bytes of a manifest.

    Raises:
        ValueError: what is wrong with it.
    """
    text = io.StringIO(content.decode(errors="surrogateescape"), newline="")
    copies: dict[str, AugmentedCopy] = {}
    try:
        rows = list(csv.reader(text, strict=True))
    except csv.Error as error:
        raise ValueError(str(error)) from error
    if not rows or rows[0] != _COLUMNS:
        raise ValueError(f"its first line is not {','.join(_COLUMNS)}")
    for number, row in enumerate(rows[1:], start=1):
        try:
            copy = _parse_row(row)
        except ValueError as error:
            raise ValueError(f"row {number}: {error}") from error
        if copy.file in copies:
            raise ValueError(f"row {number}: {copy.file!r} a second time")
        copies[copy.file] = copy
    return copies


def _parse_row(row: list[str]) -> AugmentedCopy:
    if len(row) != len(_COLUMNS):
        raise ValueError(f"{len(row)} columns instead of {len(_COLUMNS)}")
    file, origin, sha256, seed, number, operations = row
    if not _SHA256.fullmatch(sha256):
        raise ValueError(f"no SHA-256: {sha256[:80]!r}")
    if not (_NUMBER.fullmatch(seed) and _NUMBER.fullmatch(number)):
        raise ValueError(f"no numbers: seed {seed[:20]!r}, copy {number[:20]!r}")
    if PurePosixPath(origin).name in ("", "..") or file != copy_name(origin, int(number)):
        raise ValueError(f"{file!r} is not the name of a copy of {origin!r}")
    return AugmentedCopy(file, origin, sha256, int(seed), int(number), _parse_operations(operations))


def _parse_operations(text: str) -> tuple[Mapping[str, Any], ...]:
    try:
        operations = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"no JSON: {text[:80]!r}") from error
    if not isinstance(operations, list) or not all(
        isinstance(operation, dict) and isinstance(operation.get("op"), str) for operation in operations
    ):
        raise ValueError(f"no list of operations: {text[:80]!r}")
    return tuple(operations)
