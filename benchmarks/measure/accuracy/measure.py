"""Accuracy of files on labelled photographs, through the code of the device: which ones, and showing them to all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.measure.accuracy.score_log import Others, Photographs, ScoreLog
from benchmarks.results.judgement import Judgement
from benchmarks.results.other_source import Answered
from edge_app.common.errors import DataError, PhotographError
from edge_app.metrics.accuracy import is_cross_validation, shared_groups
from edge_app.model.card import ModelCard
from edge_app.model.classifier import Classifier
from edge_app.photographs.contents import pictures_below
from edge_app.photographs.decoder import decode_photograph, read_encoded
from edge_app.photographs.folders import (
    LabelledFile,
    PhotographFolder,
    find_photographs,
    refuse_changed_origins,
)
from edge_app.photographs.groups import read_groups
from edge_app.photographs.splits import Cuts, first_splits, sha256_of, split_of, splits_of
from edge_app.teaching.learning import TAUGHT_ON


@dataclass(frozen=True)
class TestPhotographs:
    """Photographs to judge on.

    Attributes:
        root: their folder.
        labels: sorted.
        files: path and label.
        description: which ones of the folder these are.
        everything: whether these are all of the folder, because the user says that no model saw them.
        given: whether folders (`test/`) say that these are test photographs.
    """

    __test__ = False  # not a test class, whatever pytest makes of its name

    root: Path
    labels: tuple[str, ...]
    files: tuple[tuple[Path, str], ...]
    description: str
    everything: bool = False
    given: bool = False


@dataclass(frozen=True)
class OtherPictures:
    """Pictures of anything else: their folder, and which ones of it these are."""

    root: Path
    files: tuple[Path, ...]
    description: str


@dataclass(frozen=True)
class FileAccuracy:
    """The accuracy of one file: a judgement or None, a note where a reader should know more, and with “neither”."""

    judgement: Judgement | None
    note: str
    answered: Answered | None = None


def choose_photographs(
    root: Path, everything: bool, cuts: Mapping[str, Cuts] | None = None, by_bytes: bool = True
) -> TestPhotographs:
    """Choose the photographs that no model of ours was trained on; augmented copies are no photographs.

    Where folders give the split, these are their test photographs.

    Args:
        root: in any layout that training takes.
        everything: take all of them: right only for models that never saw them.
        cuts: that the models carry, see `latest_cuts`; None: the usual ones.
        by_bytes: whether a model may have been trained on a split of these photographs by their bytes; then only those
            test that did not train by it either.

    Raises:
        DataError: the folder cannot be used.
    """
    folder = find_photographs(root)
    originals = [file for file in folder.files if file.origin is None]
    if everything:
        files = tuple((root / file.path, file.label) for file in originals)
        return TestPhotographs(root, folder.labels, files, f"all of {root.resolve().name}", everything=True)
    tested = _held_out(folder, originals, cuts or {}, by_bytes)
    held_out = tuple((root / file.path, file.label) for file in tested)
    parts = ", ".join(f"{part}/" for part, split in folder.given.items() if split == "test")
    which = f"test split ({parts})" if parts else "test split"
    given = bool(folder.given)
    return TestPhotographs(root, folder.labels, held_out, f"{which} of {root.resolve().name}", given=given)


def trained_by_bytes(card: ModelCard) -> bool:
    """Tell whether a model of ours was trained on those photographs of a folder that their bytes put there."""
    cross_validated = card.accuracy is not None and is_cross_validation(card.accuracy.data)  # on all of them
    return bool(card.weights_sha256) and not card.given_split and not cross_validated


def _held_out(
    folder: PhotographFolder, originals: Sequence[LabelledFile], cuts: Mapping[str, Cuts], by_bytes: bool
) -> list[LabelledFile]:
    groups = read_groups(folder.root)
    hashes, keys = {}, {}
    for file in originals:
        content = (folder.root / file.path).read_bytes()
        hashes[file.path], keys[file.path] = sha256_of(content), groups.key_of(file.path, content)
    refuse_changed_origins(folder, hashes)
    splits = splits_of(((file.label, keys[file.path]) for file in originals), cuts)
    given = first_splits((hashes[file.path], file.given_split) for file in originals if file.given_split)
    if given:
        tested = [file for file in originals if given.get(hashes[file.path]) == "test"]
        return [file for file in tested if not by_bytes or splits[keys[file.path]] == "test"]
    return [file for file in originals if splits[keys[file.path]] == "test"]


def choose_others(root: Path, everything: bool) -> OtherPictures:
    """Choose the pictures of anything else that no model of ours was trained on.

    Args:
        root: their folder; names and subfolders do not matter.
        everything: take all of them.

    Raises:
        DataError: there are none.
    """
    if not root.is_dir():
        what = "is a file" if root.exists() else "does not exist"
        raise DataError(f"`{root}` {what}; give a folder with pictures of anything else")
    paths = [root / path for path in pictures_below(root)]
    if not paths:
        raise DataError(f"`{root}` holds no pictures; give a folder with pictures of anything else")
    if everything:
        return OtherPictures(root, tuple(paths), f"all of {root.resolve().name}")
    groups = read_groups(root)
    keys = {path: groups.key_of(path.relative_to(root).as_posix(), path.read_bytes()) for path in paths}
    held_out = tuple(path for path in paths if split_of(keys[path]) == "test")
    if not held_out:
        raise DataError(f"`{root}` has no pictures in its test split; add more, or use --all-photos")
    return OtherPictures(root, held_out, f"test split of {root.resolve().name}")


def measure_accuracies(
    classifiers: Sequence[Classifier],
    photographs: TestPhotographs,
    others: OtherPictures | None = None,
    progress: Callable[[], None] = lambda: None,
) -> list[FileAccuracy]:
    """Decode every picture once and show it to all files whose labels fit.

    Args:
        classifiers: one per file.
        photographs: to judge on.
        others: pictures of anything else, for the answer "neither".
        progress: called after each picture: once for all files.

    Returns:
        one per file.
    """
    objections = [why_no_accuracy(classifier.card, photographs) for classifier in classifiers]
    logs = [ScoreLog(classifier) for classifier, why in zip(classifiers, objections, strict=True) if not why]
    judged = iter(_judged(logs, photographs, others, progress) if logs else [])
    return [FileAccuracy(None, why) if why else next(judged) for why in objections]


def _judged(
    logs: Sequence[ScoreLog], photographs: TestPhotographs, others: OtherPictures | None, progress: Callable[[], None]
) -> list[FileAccuracy]:
    shown = _show_photographs(logs, photographs, progress)
    if not shown:
        return [FileAccuracy(None, "none of the photographs can be read")] * len(logs)
    notes = _left_out(len(photographs.files) - len(shown), "broken photographs")
    others_shown = Others("")
    if others is not None:
        others_shown, more_notes = _show_others(logs, others, {one.sha256 for one in shown}, progress)
        notes += more_notes
    order = np.array(sorted(range(len(shown)), key=lambda place: shown[place][:2]), dtype=np.intp)
    ordered = [shown[place] for place in order]
    sha256 = sha256_of("".join(f"{one.sha256} {one.label}\n" for one in ordered).encode())
    labels, groups = tuple(one.label for one in ordered), shared_groups([one.group for one in ordered])
    what = Photographs(photographs.description, labels, sha256, groups)
    return [
        FileAccuracy(log.judgement(what, others_shown, order), "; ".join(notes), log.answered(groups)) for log in logs
    ]


class _Shown(NamedTuple):
    """A photograph that could be read: the hash of its bytes, its label, and the key of its group."""

    sha256: str
    label: str
    group: str


def _show_photographs(
    logs: Sequence[ScoreLog], photographs: TestPhotographs, progress: Callable[[], None]
) -> list[_Shown]:
    """Return those that could be read."""
    groups, shown = read_groups(photographs.root), []
    for path, label in photographs.files:
        try:
            encoded = read_encoded(path)
            frame_bgr = decode_photograph(encoded, str(path))
        except PhotographError:
            pass  # the caller counts them
        else:
            for log in logs:
                log.show(frame_bgr, label)
            key = groups.key_of(path.relative_to(photographs.root).as_posix(), encoded)
            shown.append(_Shown(sha256_of(encoded), label, key))
        progress()
    return shown


def _show_others(
    logs: Sequence[ScoreLog], others: OtherPictures, of_classes: Collection[str], progress: Callable[[], None]
) -> tuple[Others, list[str]]:
    """Return what was shown, and a sentence per kind that was left out."""
    groups, keys = read_groups(others.root), []
    broken = known = 0
    for path in others.files:
        try:
            encoded = read_encoded(path)
            if sha256_of(encoded) in of_classes:
                known += 1
            else:
                frame_bgr = decode_photograph(encoded, str(path))
                for log in logs:
                    log.show_other(frame_bgr)
                keys.append(groups.key_of(path.relative_to(others.root).as_posix(), encoded))
        except PhotographError:
            broken += 1
        progress()
    notes = _left_out(broken, "broken pictures of anything else")
    if known:
        notes.append(f"{known:,} of the pictures of anything else left out: the same bytes have a label")
    notes += [] if keys else ["no answer `neither` was measured"]
    return Others(others.description, shared_groups(keys)), notes


def _left_out(count: int, what: str) -> list[str]:
    return [f"{count:,} {what} left out"] if count else []


def why_no_accuracy(card: ModelCard, photographs: TestPhotographs) -> str:
    """Return why a model cannot be judged on the photographs; empty: it can."""
    unknown = sorted(set(photographs.labels) - set(card.labels))
    if unknown:
        shown = ", ".join(card.labels[:3]) + (", …" if len(card.labels) > 3 else "")
        return f"the photographs show {', '.join(unknown[:3])}; the model knows {shown}"
    if not photographs.files:
        return f"`{photographs.root}` has no photographs in its test split; add more, or use --all-photos"
    if card.given_split and not (photographs.everything or photographs.given):
        return (
            f"it was trained on the split that its folders gave (train/, test/), and `{photographs.root}` has no such "
            "folders, so any of these photographs may have trained it; give the folder that holds train/ and test/, or "
            "--all-photos where it never saw these"
        )
    if not photographs.everything and _trained_on_all(card):
        told = card.trained_on if card.accuracy is None else card.accuracy.data
        return (
            f"it was trained on all of its photographs ({told}), so none of them can test it; "
            "give a folder that it never saw, and --all-photos"
        )
    return ""


def _trained_on_all(card: ModelCard) -> bool:
    """Whether no photograph was kept from training: few were judged by cross-validation, or it was taught."""
    cross_validated = card.accuracy is not None and is_cross_validation(card.accuracy.data)
    return cross_validated or card.trained_on.startswith(TAUGHT_ON)
