"""Photographs for the doctor: balanced, decoded once, half to choose an explanation and half to validate it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import get_args

import numpy as np
import numpy.typing as npt

from edge_app.common.errors import DataError, PhotographError
from edge_app.common.progress import Progress
from edge_app.metrics.accuracy import independent_photographs, shared_groups, too_few_groups
from edge_app.model.card import Interpolation, ModelCard, ResizeRule, Size
from edge_app.model.preparation import resize_rgb
from edge_app.photographs.decoder import Image, decode_photograph
from edge_app.photographs.folders import LabelledFile, PhotographFolder
from edge_app.photographs.groups import read_groups
from edge_app.photographs.splits import SPLITS, USUAL_CUTS, Cuts, sha256_of, split_of

FEWEST = 20
"""Fewer photographs than this cannot show a difference."""


@dataclass(frozen=True)
class Sample:
    """Photographs, resized by every rule.

    Attributes:
        classes: that they show, sorted.
        targets: (photographs,) number of the class of each.
        pictures_bgr: by rule: (input height, input width, 3) uint8 BGR, one per photograph.
        selection: (some,) numbers of those on which explanations are compared; every beginning is balanced.
        validation: (some,) numbers of the others, on which the chosen one is validated.
        description: where they come from.
        groups: (photographs,) number of the group that each is in; empty: each is by itself.
    """

    classes: tuple[str, ...]
    targets: npt.NDArray[np.int64]
    pictures_bgr: dict[ResizeRule, list[Image]]
    selection: npt.NDArray[np.int64]
    validation: npt.NDArray[np.int64]
    description: str
    groups: tuple[int, ...] = ()

    def counted_groups(self, photographs: npt.NDArray[np.int64]) -> tuple[int, ...]:
        """Return the groups of some photographs, to test over; empty: each counts by itself."""
        return () if self.uncounted_groups else tuple(self.groups[number] for number in photographs if self.groups)

    @cached_property
    def uncounted_groups(self) -> int:
        """How many groups there are, where those of a half are too few to test over; 0: they are enough, or none."""
        halves = [[self.groups[number] for number in half] for half in (self.selection, self.validation) if self.groups]
        few = any(too_few_groups(len(half), len(set(half)), independent_photographs(half)) for half in halves)
        return len(set(self.groups)) if few else 0


def take_sample(folder: PhotographFolder, card: ModelCard, most: int, test_split: bool) -> Sample:
    """Read and resize photographs, the classes in turn.

    Args:
        folder: where they are; augmented copies are left out.
        card: gives size and interpolation.
        most: of all.
        test_split: only those on which no model of ours was trained.

    Raises:
        DataError: there are too few.
    """
    if test_split and card.given_split and not folder.given:
        raise DataError(
            "the model was trained on the split that its folders gave (train/, test/), and "
            f"`{folder.root}` has no such folders; give the folder that holds them, or use --all-photos if the model "
            "never saw these photographs"
        )
    targets: list[int] = []
    keys: list[str] = []
    pictures: dict[ResizeRule, list[Image]] = {rule: [] for rule in get_args(ResizeRule)}
    with Progress("reading photographs", most) as progress:
        for target, key, frame_bgr in _in_turn(folder, card if test_split else None):
            targets.append(target)
            keys.append(key)
            for rule, small in _resized(frame_bgr, card.input_size, card.interpolation).items():
                pictures[rule].append(small)
            progress.step()
            if len(targets) == most:
                break
    where = "test split" if test_split else "all"
    description = f"{where} of {folder.root.resolve().name}"
    if len(targets) < FEWEST:
        raise DataError(
            f"{len(targets)} photographs ({description}) cannot show a difference; give {FEWEST} or more"
            + (", or use --all-photos if the model never saw them" if test_split else "")
        )
    selection, validation = _halves(np.array(targets))
    groups = shared_groups(keys)
    return Sample(folder.labels, np.array(targets, np.int64), pictures, selection, validation, description, groups)


def _in_turn(folder: PhotographFolder, card: ModelCard | None) -> Iterator[tuple[int, str, Image]]:
    """Yield class, key of the group, and picture; in a class in an order that has nothing to do with the names' own.

    Args:
        folder: of the photographs.
        card: of the model whose test photographs are wanted; None: all of them.
    """
    wanted = {None, "test"} if card is not None else {None, *SPLITS}
    by_bytes = card is not None and not card.given_split
    elsewhere = _hashes(folder, wanted)
    queues = [
        _readable(
            folder.root,
            [
                file
                for file in folder.files
                if file.label == label and file.origin is None and file.given_split in wanted
            ],
            card.cuts.get(label, USUAL_CUTS) if card is not None and by_bytes else None,
            elsewhere,
        )
        for label in folder.labels
    ]
    waiting = list(enumerate(queues))
    while waiting:
        still = []
        for target, queue in waiting:
            found = next(queue, None)
            if found is not None:
                yield target, *found
                still.append((target, queue))
        waiting = still


def _hashes(folder: PhotographFolder, but: Collection[str | None]) -> set[str]:
    """Hash what folders give to other splits: a test photograph that is there too has trained."""
    found = set()
    for file in folder.files:
        if file.given_split not in but:
            with suppress(OSError):
                found.add(sha256_of((folder.root / file.path).read_bytes()))
    return found


def _readable(
    root: Path, files: list[LabelledFile], cuts: Cuts | None, elsewhere: Collection[str] = ()
) -> Iterator[tuple[str, Image]]:
    groups = read_groups(root)
    for file in sorted(files, key=lambda file: hashlib.sha256(file.path.encode()).digest()):
        try:
            encoded = (root / file.path).read_bytes()
            if elsewhere and sha256_of(encoded) in elsewhere:
                continue
            key = groups.key_of(file.path, encoded)
            if cuts is None or split_of(key, cuts) == "test":
                yield key, decode_photograph(encoded, file.path)
        except (OSError, PhotographError):
            continue  # the others will do


def _resized(frame_bgr: Image, size: Size, interpolation: Interpolation) -> dict[ResizeRule, Image]:
    rules: tuple[ResizeRule, ...] = get_args(ResizeRule)
    return {rule: np.ascontiguousarray(resize_rgb(frame_bgr, size, rule, interpolation)[..., ::-1]) for rule in rules}


def _halves(targets: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Deal the photographs of each class out in turn."""
    seen = np.zeros(int(targets.max()) + 1, np.int64)
    parity = np.empty(len(targets), np.int64)
    for number, target in enumerate(targets):
        parity[number] = seen[target] % 2
        seen[target] += 1
    return np.flatnonzero(parity == 0), np.flatnonzero(parity == 1)
