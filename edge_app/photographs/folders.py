"""Recognising a folder of photographs: a folder per class, or Kaggle's flat names (`cat.12.jpg`).

Files that `fieldlens train augment` made are known for copies, by the manifest beside them (`augmented_manifest`).
"""

from __future__ import annotations

import os
import re
import shlex
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from edge_app.common.errors import DataError
from edge_app.photographs.augmented_manifest import MANIFEST_NAME, AugmentedCopy, is_copy_name, read_manifest
from edge_app.photographs.decoder import IMAGE_SUFFIXES, is_image_name

Layout = Literal["folder per class", "flat names"]

_FLAT_NAME = re.compile(r"(?P<label>[^.]+)\.\d+$")  # of the stem


@dataclass(frozen=True)
class LabelledFile:
    """A picture file and its label.

    Attributes:
        path: relative to the folder of photographs, with forward slashes.
        label: what it shows.
        origin: path of the photograph that it is an augmented copy of; None: it is a photograph itself.
        origin_sha256: hash of that photograph, which decides the split of its copies.
    """

    path: str
    label: str
    origin: str | None = None
    origin_sha256: str | None = None


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
        copies = sum(file.origin is not None for file in self.files)
        return (
            f"{self.root}: {self.layout}, {len(self.files):,} picture files of {len(self.labels)} classes ({classes})"
            + (f", {copies:,} of them augmented copies" if copies else "")
        )


def find_photographs(root: Path) -> PhotographFolder:
    """Find all labelled picture files below a folder and recognise its layout.

    Raises:
        DataError: missing, no folder, no pictures, no labels in the names, fewer than two classes, or augmented copies
            that nobody can tell the origin of.
    """
    if not root.exists():
        raise DataError(f"`{root}` does not exist; give a folder of photographs")
    if not root.is_dir():
        raise DataError(f"`{root}` is a file; give the folder of photographs")
    _refuse_package(root)
    pictures = pictures_below(root)
    if not pictures:
        raise DataError(
            f"`{root}` holds no pictures ({', '.join(IMAGE_SUFFIXES)}); give a folder with one subfolder per class"
        )
    copies = read_manifest(root)
    _refuse_unknown_copies(root, pictures, copies)
    in_folders = [path for path in pictures if "/" in path]
    if in_folders:
        layout: Layout = "folder per class"
        files = tuple(_labelled(path, path.split("/", 1)[0], copies) for path in in_folders)
    else:
        layout = "flat names"
        named = ((path, _flat_label(copies[path].origin if path in copies else path)) for path in pictures)
        files = tuple(_labelled(path, label, copies) for path, label in named if label is not None)
        if not files:
            raise DataError(
                f"`{root}` has no labels: none of its {len(pictures):,} pictures is named like cat.12.jpg; "
                "put each class into a folder of its own"
            )
    labels = tuple(sorted({file.label for file in files}))
    if len(labels) < 2:
        raise DataError(_one_class(root, labels[0], files))
    known = {file.path for file in files}
    return PhotographFolder(root, layout, labels, files, tuple(path for path in pictures if path not in known))


def _refuse_package(root: Path) -> None:
    """Refuse our own code: Kaggle's `train.zip`, unpacked in a clone, puts `cat.0.jpg` into the package `train`."""
    if any((root / mark).is_file() for mark in ("__init__.py", "edge_app/__init__.py")):
        raise DataError(
            f"`{root}` holds program code, not photographs alone; move them into a folder of their own and give that: "
            f"mkdir photos && mv {shlex.quote(str(root))}/*.jpg photos/"
        )


def refuse_changed_origins(folder: PhotographFolder, sha256_of_path: Mapping[str, str]) -> None:
    """Check that the photographs are still those that the copies were made from.

    A photograph that was saved anew may have moved to the test split, while its copies train.

    Args:
        folder: as it was found.
        sha256_of_path: hashes of the files; an origin without one (it cannot be read) is passed over.

    Raises:
        DataError: the bytes of an origin have changed.
    """
    for file in folder.files:
        if file.origin is not None and sha256_of_path.get(file.origin, file.origin_sha256) != file.origin_sha256:
            raise DataError(
                f"`{folder.root / file.origin}` has changed since its copies were made, so it may now be a test "
                "photograph while they train; make the folder again with `fieldlens train augment`"
            )


def _labelled(path: str, label: str, copies: Mapping[str, AugmentedCopy]) -> LabelledFile:
    copy = copies.get(path)
    return LabelledFile(path, label, copy.origin, copy.origin_sha256) if copy else LabelledFile(path, label)


def _refuse_unknown_copies(root: Path, pictures: list[str], copies: Mapping[str, AugmentedCopy]) -> None:
    """Manifest and folder must agree: a copy that is taken for a photograph could test what its origin trained."""
    there = set(pictures)
    for copy in copies.values():
        for path in (copy.file, copy.origin):
            if path not in there:
                raise DataError(
                    f"`{root / MANIFEST_NAME}` names `{path}`, which is missing; "
                    "make the folder again with `fieldlens train augment`"
                )
    for path in pictures:
        if is_copy_name(path) and path not in copies:
            raise DataError(
                f"`{root / path}` is an augmented copy, but no {MANIFEST_NAME} in `{root}` says of which photograph, "
                "so one may train and the other test; delete it, or give the folder that `fieldlens train augment` made"
            )


def pictures_below(root: Path) -> list[str]:
    """Return all picture files below a folder, sorted, relative to it; hidden files and folders are left out.

    Links to folders are followed, each folder once.

    Raises:
        DataError: the system refused.
    """
    try:
        paths = [Path(folder, name) for folder, names in _walk(root) for name in names]
        found = [path for path in paths if is_image_name(path) and path.is_file()]
    except OSError as error:
        where = error.filename or root
        raise DataError(f"`{where}` cannot be read: {(error.strerror or str(error)).lower()}; check it") from error
    relative = (path.relative_to(root) for path in found)
    return sorted(path.as_posix() for path in relative if not any(part.startswith(".") for part in path.parts))


def _walk(root: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield each folder and its file names; a link to a folder elsewhere is followed once, so loops end."""
    real_root = os.path.realpath(root)
    seen = {real_root}
    for folder, folders, names in os.walk(root, onerror=_raise, followlinks=True):
        yield folder, names
        followed = []
        for name in sorted(folders):
            path = Path(folder, name)
            real = os.path.realpath(path)
            walked_anyway = path.is_symlink() and Path(real).is_relative_to(real_root)
            if real not in seen and not walked_anyway:
                seen.add(real)
                followed.append(name)
        folders[:] = followed


def _raise(error: OSError) -> None:
    """A folder that cannot be read must not look like one without pictures: a class would vanish."""
    raise error


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
