"""The frames of a folder of `teach` or `--collect`: a folder per class, and nothing that is reached through a link."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from edge_app.common.errors import DataError
from edge_app.photographs.augmented_manifest import MANIFEST_NAME
from edge_app.photographs.decoder import is_image_name
from edge_app.photographs.layouts import split_of_name
from edge_app.sinks.collect import LIST_NAME, folder_name

Scores = Mapping[str, float]
"""What a model says of a frame: its best labels, and the score of each, 0..1."""


@dataclass(frozen=True)
class Frame:
    """A picture file.

    Attributes:
        path: relative to the folder, with forward slashes.
        folder: name of its class's folder.
        size_bytes: of the file.
        modified_ns: when its content changed last.
    """

    path: str
    folder: str
    size_bytes: int
    modified_ns: int


@dataclass(frozen=True)
class Found:
    """What a folder holds.

    Attributes:
        frames: sorted by path.
        folders: of classes, sorted; those without a frame too.
        links: files and folders that are links, which are left out.
        beside: pictures that lie in no folder of a class.
    """

    frames: tuple[Frame, ...]
    folders: tuple[str, ...]
    links: int
    beside: int

    def sentences(self) -> list[str]:
        """Say what is left out."""
        links = f"{self.links:,} links left out: only files that lie in the folder itself are reviewed"
        beside = f"{self.beside:,} pictures left out that are in no folder of a class"
        return [*([links] if self.links else []), *([beside] if self.beside else [])]


def find_frames(root: Path) -> Found:
    """Find the frames of a folder.

    Raises:
        DataError: it is missing, no folder, laid out in splits, or holds augmented copies.
        OSError: the system refused.
    """
    if not root.is_dir():
        what = "is a file" if root.exists() else "does not exist"
        raise DataError(f"`{root}` {what}; give the folder of `fieldlens teach` or of `fieldlens app --collect`")
    if (root / MANIFEST_NAME).exists():
        raise DataError(f"`{root}` holds augmented copies; review the photographs that they were made of")
    entries = sorted(_seen(root), key=lambda entry: entry.name)
    folders = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    if folders and all(split_of_name(name) for name in folders):
        raise DataError(f"`{root}` is laid out in splits ({', '.join(folders)}); review one: {root / folders[0]}")
    found: list[Frame] = []
    links = sum(entry.is_symlink() for entry in entries)
    for folder in folders:
        links += _add_frames(root, folder, root / folder, found)
    beside = sum(entry.is_file(follow_symlinks=False) and is_image_name(Path(entry.name)) for entry in entries)
    return Found(tuple(sorted(found, key=lambda frame: frame.path)), tuple(folders), links, beside)


def _add_frames(root: Path, folder: str, inside: Path, found: list[Frame]) -> int:
    """Add what lies below a folder of a class; return how many links were left out."""
    links = 0
    for entry in _seen(inside):
        if entry.is_symlink():
            links += 1
        elif entry.is_dir():
            links += _add_frames(root, folder, Path(entry.path), found)
        elif entry.is_file() and is_image_name(Path(entry.name)):
            about = entry.stat()
            path = Path(entry.path).relative_to(root).as_posix()
            found.append(Frame(path, folder, about.st_size, about.st_mtime_ns))
    return links


def _seen(folder: Path) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        yield from (entry for entry in entries if not entry.name.startswith("."))


@dataclass(frozen=True)
class Collected:
    """What `--collect` wrote down: the scores of each file, and the model that gave them."""

    scores: Mapping[str, Scores]
    models: tuple[str, ...]


def read_collected(root: Path) -> Collected:
    """Read the list of `--collect`; a line that cannot be read is passed over, as is a list that is not there."""
    scores: dict[str, Scores] = {}
    models: dict[str, None] = {}
    for line in _lines(root / LIST_NAME):
        try:
            record = json.loads(line)
            scores[record["file"]] = {str(label): float(score) for label, score in record["top"]}
            models[str(record["model"])] = None
        except (ValueError, KeyError, TypeError, RecursionError):
            continue
    return Collected(scores, tuple(models))


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def label_of_folder(folder: str, labels: tuple[str, ...]) -> str | None:
    """Return the label whose frames `--collect` and `teach` keep in a folder; None: it is none of these."""
    return next((label for label in labels if folder_name(label) == folder), None)
