"""Recognising a folder of photographs: a folder per class, or Kaggle's flat names (`cat.12.jpg`)."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from edge_app.errors import DataError
from edge_app.photograph import IMAGE_SUFFIXES, is_image_name

Layout = Literal["folder per class", "flat names"]

_FLAT_NAME = re.compile(r"(?P<label>[^.]+)\.\d+$")  # of the stem


@dataclass(frozen=True)
class LabelledFile:
    """A picture file and its label; `path` is relative to the folder of photographs, with forward slashes."""

    path: str
    label: str


@dataclass(frozen=True)
class PhotographFolder:
    """What was found in a folder.

    Attributes:
        root: the folder.
        layout: how it says what is what.
        labels: sorted; their order is the order of the scores.
        files: sorted by path.
        unlabelled: picture files that say no label, relative to root.
    """

    root: Path
    layout: Layout
    labels: tuple[str, ...]
    files: tuple[LabelledFile, ...]
    unlabelled: tuple[str, ...] = ()

    def __str__(self) -> str:
        counts = Counter(file.label for file in self.files)
        classes = ", ".join(f"{label} {counts[label]:,}" for label in self.labels)
        return (
            f"{self.root}: {self.layout}, {len(self.files):,} picture files of {len(self.labels)} classes ({classes})"
        )


def find_photographs(root: Path) -> PhotographFolder:
    """Find all labelled picture files below a folder and recognise its layout.

    Raises:
        DataError: missing, no folder, no pictures, no labels in the names, or fewer than two classes.
    """
    if not root.exists():
        raise DataError(f"`{root}` does not exist; give a folder of photographs")
    if not root.is_dir():
        raise DataError(f"`{root}` is a file; give the folder of photographs")
    pictures = pictures_below(root)
    if not pictures:
        raise DataError(f"`{root}` holds no pictures ({', '.join(IMAGE_SUFFIXES)}); give a folder per class in it")
    in_folders = [path for path in pictures if "/" in path]
    if in_folders:
        layout: Layout = "folder per class"
        files = tuple(LabelledFile(path, path.split("/", 1)[0]) for path in in_folders)
    else:
        layout = "flat names"
        files = tuple(LabelledFile(path, label) for path in pictures if (label := _flat_label(path)) is not None)
        if not files:
            raise DataError(
                f"`{root}` says no classes: none of its {len(pictures):,} pictures has a name like cat.12.jpg; "
                "put each class into a folder of its own"
            )
    labels = tuple(sorted({file.label for file in files}))
    if len(labels) < 2:
        raise DataError(_one_class(root, labels[0], files))
    known = {file.path for file in files}
    return PhotographFolder(root, layout, labels, files, tuple(path for path in pictures if path not in known))


def pictures_below(root: Path) -> list[str]:
    """Return all picture files below a folder, sorted, relative to it; hidden files and folders are left out.

    Raises:
        DataError: the system refused.
    """
    try:
        found = [path for path in root.rglob("*") if is_image_name(path) and path.is_file()]
    except OSError as error:
        raise DataError(f"`{root}` cannot be read: {(error.strerror or str(error)).lower()}; check it") from error
    relative = (path.relative_to(root) for path in found)
    return sorted(path.as_posix() for path in relative if not any(part.startswith(".") for part in path.parts))


def _flat_label(path: str) -> str | None:
    match = _FLAT_NAME.match(Path(path).stem)
    return match["label"] if match else None


def _one_class(root: Path, label: str, files: tuple[LabelledFile, ...]) -> str:
    inside = {_flat_label(file.path.rsplit("/", 1)[-1]) for file in files} | {
        file.path.split("/")[1] for file in files if file.path.count("/") > 1
    }
    deeper = len(inside - {None}) > 1
    hint = f"did you mean `{root / label}`?" if deeper else "add a folder with pictures of something else"
    return f"`{root}` holds one class (`{label}`, {len(files):,} pictures) and two are needed; {hint}"
