"""Reading the photographs of a job by the decoder and the resize rule of the device; broken ones are left out."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edge_app.common.errors import DataError, PhotographError
from edge_app.common.progress import Progress
from edge_app.model.card import Interpolation, ResizeRule, Size
from edge_app.model.preparation import resize_rgb
from edge_app.photographs.decoder import Image, decode_photograph, read_encoded
from edge_app.photographs.folders import LabelledFile, PhotographFolder, refuse_changed_origins
from edge_app.photographs.groups import Groups, read_groups
from edge_app.photographs.splits import SPLITS, Cuts, Split, cuts_by_label, first_splits, sha256_of, splits_of
from train.data.inspection import PhotographInspector
from train.data.memory import MEMORY_SHARE, memory_bytes
from train.data.photograph_set import Photographs, PhotographSet, StreamedPhotographs, targets_of
from train.data.splits import (
    SplitFile,
    class_counts,
    count_groups,
    data_sha256,
    given_split_sentences,
    groups_of_classes,
    refuse_empty_splits,
)
from train.data.thread_pool import in_threads


@dataclass(frozen=True)
class Preparation:
    """What becomes of a photograph before a network sees it.

    Attributes:
        size: of the picture.
        resize: see `ModelCard`.
        interpolation: see `ModelCard`.
        streamed: whether photographs stay in their files.
    """

    size: Size
    resize: ResizeRule = "squash"
    interpolation: Interpolation = "bilinear"
    streamed: bool = False


def resize_of_training(resize: ResizeRule) -> ResizeRule:
    """Return the rule for photographs that train: crops are drawn from whole ones where the network sees the inside."""
    return "squash" if resize == "center_zoom" else resize


class SplitReader:
    """Reads the photographs of a folder.

    Attributes:
        labels: of the folder.
        usable: photographs that are not known to be broken.
        skipped: a sentence per broken one.
        inspector: what was seen of the photographs that were read.
        streamed: whether photographs stay in their files.
        cuts: of the classes that have cuts of their own.
        given: split of each folder that gives one, by its name; empty: none is given.
        given_sentences: what is wrong with a given split.

    Args:
        folder: from `find_photographs`.
        input_size: width and height that they are prepared for, pixels.
        refuse_empty: whether a split or a class without photographs is refused at once.

    Raises:
        DataError: a split or a class has no photographs.
    """

    def __init__(self, folder: PhotographFolder, input_size: int, refuse_empty: bool = True) -> None:
        self.folder = folder
        self.labels = folder.labels
        self.given = folder.given
        self.streamed = False
        self._size = Size(input_size, input_size)
        self.inspector = PhotographInspector()
        self.usable, self.skipped = hash_files(folder, self.inspector)
        self.cuts = cuts_of_files(self.usable)
        self.given_sentences = given_split_sentences(self.usable)
        if refuse_empty:
            self._refuse_empty()

    def train_on_all(self) -> None:
        """Hold nothing back: every photograph trains, and cross-validation measures."""
        self.given, self.given_sentences = {}, []
        self.usable = [replace(file, split="train", given=None) for file in self.usable]

    def train_on_all_but_test(self) -> None:
        """Hold back the test photographs that the folders give: cross-validation needs no validation photographs."""
        self.usable = [file if file.split == "test" else replace(file, split="train") for file in self.usable]

    def split_sentences(self) -> list[str]:
        """Say which split the folders give, and what is wrong with it; nothing where they give none."""
        return [self.folder.split_sentence, *self.given_sentences] if self.given else []

    def counts(self) -> dict[Split, int]:
        """Return how many usable photographs each split has."""
        found = Counter(file.split for file in self.usable)
        return {split: found[split] for split in SPLITS}

    def group_counts(self) -> dict[Split, int]:
        """Return how many groups the usable photographs of each split are in."""
        return {split: count_groups(file for file in self.usable if file.split == split) for split in SPLITS}

    def load(self, split: Split, resize: ResizeRule = "squash") -> Photographs:
        """Read the photographs of a split at the job's input size."""
        files = [file for file in self.usable if file.split == split]
        prepared = Preparation(self._size, resize, streamed=self.streamed)
        loaded, skipped = read_split(self.folder.root, files, self.labels, prepared, split, self.inspector)
        gone = set(files) - set(loaded.files)
        self.usable = [file for file in self.usable if file not in gone]
        self.skipped += skipped
        return loaded

    def again(
        self, loaded: Photographs, what: str, size: Size | None = None, resize: ResizeRule = "squash"
    ) -> Photographs:
        """Read photographs once more, in the same order, at another size or by another rule."""
        prepared = Preparation(size or self._size, resize)
        if isinstance(loaded, StreamedPhotographs):
            return replace(loaded, size=prepared.size, resize=prepared.resize)
        again, _ = read_split(self.folder.root, loaded.files, self.labels, prepared, what)
        return again

    def refuse_too_few(self) -> None:
        """Check again once the broken files are out.

        Raises:
            DataError: too few photographs are left.
        """
        try:
            self._refuse_empty()
        except DataError as error:
            first = f" ({len(self.skipped):,} files are broken; the first: {self.skipped[0]})" if self.skipped else ""
            raise DataError(f"{error}{first}") from error

    def _refuse_empty(self) -> None:
        if self.given and "train" not in self.given.values():
            parts = " and ".join(f"{part}/" for part in self.given)
            raise DataError(
                f"`{self.folder.root}` holds {parts} but no train/, so there is nothing to train on; add it"
            )
        refuse_empty_splits(self.folder.root, self.usable, self.labels)

    def description(self) -> dict[str, Any]:
        """Return what `run.json` says about the photographs."""
        return {
            "folder": str(self.folder.root),
            "layout": self.folder.layout,
            "sha256": data_sha256(self.usable),
            "counts": self.counts(),
            "classes": class_counts(self.usable, self.labels),
            "groups": self.group_counts(),
            "class_groups": groups_of_classes(self.usable, self.labels),
            "cuts": self.cuts,
            "given_split": dict(self.given),
            "split_sentences": self.split_sentences(),
            "unread": dict(self.folder.unread),
            "unread_sentences": self.folder.unread_sentences(),
            "copies": _copies(self.usable),
            "augmented_copies": augmented_copies(self.usable),
            "skipped": self.skipped,
        }


def hash_files(
    folder: PhotographFolder,
    inspector: PhotographInspector | None = None,
    cuts: Mapping[str, Cuts] | None = None,
) -> tuple[list[SplitFile], list[str]]:
    """Hash every file and give it its split; an augmented copy is in the one of its origin.

    Args:
        folder: of the files.
        inspector: is told of the files that cannot be read.
        cuts: by label, of an earlier run or {} for the usual ones; None: those of these files.

    Returns:
        the files, and a sentence per file that cannot be read or is empty, or is the copy of one that does not train.

    Raises:
        DataError: photographs have changed since their augmented copies were made.
    """
    groups = read_groups(folder.root)

    def hashed(file: LabelledFile) -> SplitFile | str:
        try:
            content = read_encoded(folder.root / file.path)
        except PhotographError as error:
            if inspector is not None:
                inspector.add_broken(split_file(file, b"", groups), str(error))
            return str(error)
        return split_file(file, content, groups)

    files: list[SplitFile] = []
    skipped: list[str] = []
    with Progress("hashing files", len(folder.files)) as progress:
        for result in in_threads(hashed, folder.files):
            if isinstance(result, str):
                skipped.append(result)
            else:
                files.append(result)
            progress.step()
    refuse_changed_origins(folder, {file.path: file.sha256 for file in files})
    files = _with_keys_of_origins(files)
    files = in_splits(files, cuts_of_files(files) if cuts is None else cuts)
    idle = [file for file in files if file.copy_of and file.split != "train"]
    skipped += [
        f"`{folder.root / file.path}`: its original is not a training photograph, so it is left out" for file in idle
    ]
    gone = set(idle)
    return [file for file in files if file not in gone], skipped


def _with_keys_of_origins(files: Sequence[SplitFile]) -> list[SplitFile]:
    """An augmented copy is in the group of its original; where that cannot be read, its hash is all there is."""
    keys = {file.path: file.key for file in files}
    return [replace(file, key=keys.get(file.copy_of, file.key)) if file.copy_of else file for file in files]


def cuts_of_files(files: Sequence[SplitFile]) -> dict[str, Cuts]:
    """Return the cuts of the classes that have cuts of their own; augmented copies do not count.

    Where folders give the split, only training photographs may be cut.
    """
    given = _given_splits(files)
    return cuts_by_label(
        (file.label, file.key) for file in files if not file.copy_of and given.get(file.path, "train") == "train"
    )


def in_splits(files: Sequence[SplitFile], cuts: Mapping[str, Cuts]) -> list[SplitFile]:
    """Return the files in the splits that folders give them, or in those that these cuts make.

    Where folders give no validation photographs, those of the training ones validate that would by these cuts.
    """
    splits = splits_of(((file.label, file.key) for file in files), cuts)
    given = _given_splits(files)
    if not given:
        return [replace(file, split=splits[file.key]) for file in files]
    cut = "validation" not in given.values()
    validating = {file.path for file in files if cut and splits[file.key] == "validation"}
    return [
        replace(
            file,
            split="validation" if given[file.path] == "train" and file.path in validating else given[file.path],
        )
        for file in files
    ]


def _given_splits(files: Sequence[SplitFile]) -> dict[str, Split]:
    """The split that folders give to each path, copies as their originals; bytes that are in several, the first."""
    splits = first_splits((file.sha256, file.given) for file in files if file.given is not None)
    of_path = {file.path: splits[file.sha256] for file in files if file.given is not None}
    copies = {file.path: of_path[file.copy_of] for file in files if file.copy_of in of_path}
    return of_path | copies


def load_photographs(
    root: Path,
    files: Sequence[SplitFile],
    labels: Sequence[str],
    size: Size,
    resize: ResizeRule = "squash",
    interpolation: Interpolation = "bilinear",
    what: str = "reading photographs",
    inspector: PhotographInspector | None = None,
) -> tuple[PhotographSet, list[str]]:
    """Decode and resize photographs, in the order of `files`.

    Args:
        root: their folder.
        files: which ones.
        labels: all labels in order.
        size: of the result.
        resize: see `ModelCard`.
        interpolation: see `ModelCard`.
        what: to call it in the progress.
        inspector: is shown every photograph as it was decoded.

    Returns:
        the readable ones, and a sentence per broken one.
    """

    def resized(file: SplitFile) -> Image | str:
        frame_bgr = decode_or_fault(root, file, inspector)
        return frame_bgr if isinstance(frame_bgr, str) else resize_rgb(frame_bgr, size, resize, interpolation)

    images_rgb = _room_for((len(files), size.height, size.width, 3))

    def keep(image: Image, place: int) -> None:
        images_rgb[place] = image

    kept, skipped = _readable(files, resized, keep, what)
    return PhotographSet(tuple(kept), images_rgb[: len(kept)], targets_of(kept, labels)), skipped


def read_split(
    root: Path,
    files: Sequence[SplitFile],
    labels: Sequence[str],
    prepared: Preparation,
    name: str,
    inspector: PhotographInspector | None = None,
) -> tuple[Photographs, list[str]]:
    """Read photographs into memory, or check them and leave them in their files.

    Args:
        root: their folder.
        files: which ones.
        labels: all labels in order.
        prepared: how.
        name: of the split, for the progress.
        inspector: is shown every photograph as it was decoded.

    Returns:
        the readable ones, and a sentence per broken one.
    """
    size, resize, interpolation = prepared.size, prepared.resize, prepared.interpolation
    if prepared.streamed:
        what = f"checking {name} photographs"
        return stream_photographs(root, files, labels, size, resize, interpolation, what, inspector)
    what = f"reading {name} photographs"
    return load_photographs(root, files, labels, size, resize, interpolation, what, inspector)


def stream_photographs(
    root: Path,
    files: Sequence[SplitFile],
    labels: Sequence[str],
    size: Size,
    resize: ResizeRule = "squash",
    interpolation: Interpolation = "bilinear",
    what: str = "checking photographs",
    inspector: PhotographInspector | None = None,
) -> tuple[StreamedPhotographs, list[str]]:
    """Decode every photograph once to find the broken ones, and keep none; as `load_photographs` otherwise.

    Args:
        root: their folder.
        files: which ones.
        labels: all labels in order.
        size: of the pictures.
        resize: see `ModelCard`.
        interpolation: see `ModelCard`.
        what: to call it in the progress.
        inspector: is shown every photograph as it was decoded.

    Returns:
        the readable ones, and a sentence per broken one.
    """

    def fault(file: SplitFile) -> str | None:
        decoded = decode_or_fault(root, file, inspector)
        return decoded if isinstance(decoded, str) else None

    kept, skipped = _readable(files, fault, lambda _nothing, _place: None, what)
    return StreamedPhotographs(root, tuple(kept), targets_of(kept, labels), size, resize, interpolation), skipped


def _readable(
    files: Sequence[SplitFile], read: Callable[[SplitFile], Any], keep: Callable[[Any, int], None], what: str
) -> tuple[list[SplitFile], list[str]]:
    """Read files in threads and hand over what each gives, with its place among the readable ones.

    Args:
        files: which ones.
        read: returns what is kept of a file, or a sentence where it cannot be read.
        keep: called in the order of `files`.
        what: to call it in the progress.

    Returns:
        the readable files, and a sentence per broken one.
    """
    kept: list[SplitFile] = []
    skipped: list[str] = []
    with Progress(what, len(files)) as progress:
        for file, found in zip(files, in_threads(read, files), strict=True):
            if isinstance(found, str):
                skipped.append(found)
            else:
                keep(found, len(kept))
                kept.append(file)
            progress.step()
    return kept, skipped


def decode_or_fault(root: Path, file: SplitFile, inspector: PhotographInspector | None = None) -> Image | str:
    """Return a photograph, (height, width, 3) uint8 BGR, or say why it cannot be decoded.

    Args:
        root: folder of the files.
        file: which one.
        inspector: is shown what was decoded, or told why it was not.
    """
    path = root / file.path
    try:
        encoded = read_encoded(path)
        frame_bgr = decode_photograph(encoded, str(path))
    except PhotographError as error:
        if inspector is not None:
            inspector.add_broken(file, str(error))
        return str(error)
    if inspector is not None:
        inspector.add(file, encoded, frame_bgr)
    return frame_bgr


def augmented_copies(files: Sequence[SplitFile]) -> int:
    """Return how many files are augmented copies of others; they are all in the train split."""
    return sum(bool(file.copy_of) for file in files)


def _copies(files: Sequence[SplitFile]) -> int:
    """How many files are byte for byte another one."""
    return len(files) - len({file.sha256 for file in files})


def _room_for(shape: tuple[int, ...]) -> npt.NDArray[np.uint8]:
    """An array in memory, or in an unnamed temporary file where memory would not do."""
    size_bytes = int(np.prod(shape, dtype=np.int64))
    if size_bytes < MEMORY_SHARE * memory_bytes():
        return np.empty(shape, np.uint8)
    with tempfile.TemporaryFile() as file:  # mapped memory outlives the file's name and handle
        return np.memmap(file, np.uint8, "w+", shape=shape)


def split_file(file: LabelledFile, content: bytes, groups: Groups) -> SplitFile:
    """Return a file whose split is not known yet: `in_splits` needs all of them.

    Args:
        file: as it was found.
        content: its bytes.
        groups: of the folder.
    """
    key = file.origin_sha256 or groups.key_of(file.path, content)
    return SplitFile(file.path, file.label, "train", sha256_of(content), file.origin or "", key, file.given_split)
