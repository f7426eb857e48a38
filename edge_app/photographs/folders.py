"""Recognising a folder of photographs: a folder per class, or Kaggle's flat names (`cat.12.jpg`), in splits or not.

Files that `fieldlens train augment` made are known for copies, by the manifest beside them (`augmented_manifest`).
"""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from edge_app.common.errors import DataError
from edge_app.common.notebook import html_paragraphs, html_table
from edge_app.photographs.augmented_manifest import MANIFEST_NAME, AugmentedCopy, is_copy_name, read_manifest
from edge_app.photographs.contents import Contents, advice_on, contents_below, count_words
from edge_app.photographs.decoder import IMAGE_SUFFIXES
from edge_app.photographs.layouts import Layout, Reading, flat_label, read_layout, split_of_name
from edge_app.photographs.splits import SPLITS, Split


@dataclass(frozen=True)
class LabelledFile:
    """A picture file and its label.

    Attributes:
        path: relative to the folder of photographs, with forward slashes.
        label: what it shows.
        origin: path of the photograph that it is an augmented copy of; None: it is a photograph itself.
        origin_sha256: hash of that photograph, which decides the split of its copies.
        given_split: that its folder gives it; None: its bytes decide.
    """

    path: str
    label: str
    origin: str | None = None
    origin_sha256: str | None = None
    given_split: Split | None = None


@dataclass(frozen=True)
class PhotographFolder:
    """What was found in a folder.

    Attributes:
        root: the folder.
        layout: how it says what is what.
        labels: sorted; their order is the order of the scores.
        files: sorted by path.
        unlabelled: picture files that say no label, relative to root.
        given: split of each folder that gives one, by its name; empty: none is given, and the bytes decide.
        unread: number of files that are not read, by ending.
        empty: folders of classes in which no picture is read, and the files in each by ending.
    """

    root: Path
    layout: Layout
    labels: tuple[str, ...]
    files: tuple[LabelledFile, ...]
    unlabelled: tuple[str, ...] = ()
    given: Mapping[str, Split] = field(default_factory=dict)
    unread: Mapping[str, int] = field(default_factory=dict)
    empty: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def unread_sentences(self) -> list[str]:
        """Say what of the folder is not read, and what can be done about it; nothing where everything is."""
        sentences = []
        if self.unlabelled:
            sentences.append(
                f"ignored: {len(self.unlabelled):,} {'picture' if len(self.unlabelled) == 1 else 'pictures'} without a "
                "class in the path or file name"
                f" (the first: {self.unlabelled[0]})"
            )
        if self.unread:
            sentences.append(f"not read: {count_words(self.unread)}")
        return [*sentences, *_empty_sentences(self.empty), *advice_on(self.unread)]

    @property
    def split_sentence(self) -> str:
        """Say which split the folders give, and what is made of it; empty: they give none."""
        return f"the folders give the split: {given_split_words(self.given)}" if self.given else ""

    def __str__(self) -> str:
        counts = Counter(file.label for file in self.files)
        classes = ", ".join(f"{label} {counts[label]:,}" for label in self.labels)
        copies = sum(file.origin is not None for file in self.files)
        return (
            f"{self.root}: {self.layout}, {len(self.files):,} picture files of {len(self.labels)} classes ({classes})"
            + (f", {copies:,} of them augmented copies" if copies else "")
            + (f"; {self.split_sentence}" if self.given else "")
        )

    def _repr_html_(self) -> str:
        counts = Counter(file.label for file in self.files)
        sentences = [f"{self.root}: {self.layout}", *([self.split_sentence] if self.given else ())]
        rows = [(label, f"{counts[label]:,}") for label in self.labels]
        shown = html_table(("class", "pictures"), rows)
        return html_paragraphs(sentences) + shown + html_paragraphs(self.unread_sentences())


def given_split_words(given: Mapping[str, Split]) -> str:
    """Say what each folder does, and where the validation photographs come from.

    Args:
        given: split of each folder, by its name.
    """
    doing = {"train": "trains", "validation": "validates", "test": "tests"}
    ordered = sorted(given, key=lambda part: SPLITS.index(given[part]))
    words = ", ".join(f"{part}/ {doing[given[part]]}" for part in ordered)
    instead = [part for part in ordered if given[part] == "test" and split_of_name(part) != "test"]
    if instead:
        words += ", because there is no test/"
    training = [part for part in ordered if given[part] == "train"]
    if training and "validation" not in given.values():
        words += f"; some photographs of {training[0]}/ validate, chosen by their bytes"
    return words


def find_photographs(root: str | Path) -> PhotographFolder:
    """Find all labelled picture files below a folder and recognise its layout.

    Raises:
        DataError: missing, no folder, no pictures, no labels in the names, fewer than two classes, or augmented copies
            that nobody can tell the origin of.
    """
    root = Path(root)
    if not root.exists():
        raise DataError(f"`{root}` does not exist; give a folder of photographs")
    if not root.is_dir():
        raise DataError(f"`{root}` is a file; give the folder of photographs, or a .zip of it")
    _refuse_package(root)
    contents = contents_below(root)
    pictures = list(contents.pictures)
    if not pictures:
        raise DataError(
            f"`{root}` holds no pictures ({', '.join(IMAGE_SUFFIXES)})"
            + (f", but {count_words(contents.unread())}" if contents.others else "")
            + "; "
            + "; ".join(["give a folder with one subfolder per class", *advice_on(contents.unread())])
        )
    copies = read_manifest(root)
    _refuse_unknown_copies(root, pictures, copies)
    reading = read_layout(pictures, lambda path: copies[path].origin if path in copies else path)
    if not reading.places:
        raise DataError(
            f"`{root}` has no labels: none of its {len(pictures):,} pictures is named like cat.12.jpg; "
            "put each class into a folder of its own"
        )
    _refuse_splits_for_classes(root, reading)
    files = tuple(_labelled(path, reading, copies) for path in pictures if path in reading.places)
    labels = tuple(sorted({file.label for file in files}))
    empty = _empty_classes(contents, reading)
    if len(labels) < 2:
        raise DataError("; ".join([_one_class(root, labels[0], files), *_empty_sentences(empty)]))
    unlabelled = tuple(path for path in pictures if path not in reading.places)
    return PhotographFolder(root, reading.layout, labels, files, unlabelled, reading.given, contents.unread(), empty)


def _empty_classes(contents: Contents, reading: Reading) -> dict[str, Mapping[str, int]]:
    """Find the folders beside those of the classes that yield no photograph."""
    if reading.layout == "flat names":
        return {}
    parts = {place.part for place in reading.places.values() if place.part}
    above = [f"{part}/" for part in parts if any(path.startswith(f"{part}/") for path in reading.places)] or [""]
    with_pictures = {"/".join(path.split("/")[:depth]) for path in reading.places for depth in (1, 2)}
    found = [
        folder
        for folder in contents.folders
        for start in above
        if folder.startswith(start) and "/" not in folder[len(start) :] and folder not in with_pictures
    ]
    return {folder: contents.unread(folder) for folder in found}


def _empty_sentences(empty: Mapping[str, Mapping[str, int]]) -> list[str]:
    return [
        f"no class: `{folder}`, in which no picture is read ({count_words(unread) or 'it is empty'})"
        for folder, unread in empty.items()
    ]


def _refuse_splits_for_classes(root: Path, reading: Reading) -> None:
    """Refuse to tell `train` from `test`, which is what their pictures would be labelled where they share no class."""
    labels = sorted({place.label for place in reading.places.values()})
    if len(labels) > 1 and all(split_of_name(label) for label in labels):
        raise DataError(
            f"`{root}` holds {' and '.join(f'{label}/' for label in labels)}, which are names of splits, but no class "
            "is in more than one of them; put a folder per class into each"
        )


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


def _labelled(path: str, reading: Reading, copies: Mapping[str, AugmentedCopy]) -> LabelledFile:
    label, given, copy = reading.places[path].label, reading.given_split(path), copies.get(path)
    origin, origin_sha256 = (copy.origin, copy.origin_sha256) if copy else (None, None)
    return LabelledFile(path, label, origin, origin_sha256, given)


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


def _one_class(root: Path, label: str, files: tuple[LabelledFile, ...]) -> str:
    inside = {flat_label(file.path.rsplit("/", 1)[-1]) for file in files} | {
        file.path.split("/")[1] for file in files if file.path.count("/") > 1
    }
    deeper = len(inside - {None}) > 1
    hint = f"did you mean `{root / label}`?" if deeper else "add a folder with pictures of something else"
    return f"`{root}` holds one class (`{label}`, {len(files):,} pictures) and two are needed; {hint}"
