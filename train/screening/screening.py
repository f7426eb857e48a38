"""Screening a folder of photographs for what harms training. No file is changed or deleted."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from edge_app.common.errors import DataError, PhotographError
from edge_app.common.progress import Progress
from edge_app.model.run_folder import TrainedRun
from edge_app.photographs.decoder import decode_photograph, read_encoded
from edge_app.photographs.folders import LabelledFile, PhotographFolder
from edge_app.photographs.groups import read_groups
from edge_app.photographs.splits import SPLITS, Split, sha256_of
from train.data.inspection import (
    SMALLEST_SIDE,
    FlaggedFile,
    InspectedFile,
    NearPair,
    PhotographInspector,
    copies,
    flag_files,
    near_pairs,
)
from train.data.loading import cuts_of_files, in_splits, split_file
from train.data.splits import SplitFile
from train.data.thread_pool import in_threads
from train.models.trained_run import Predict, predictions

SURE = 0.9
"""Probability from which a model's disagreement with a label is reported."""

_OF_NOTHING = sha256_of(b"")  # of files that cannot be read

UNBALANCED = 1.5
"""Largest class over smallest from which advice is given."""


@dataclass(frozen=True)
class LabelIssue:
    """A file whose label is likely wrong: a model confidently predicts another.

    Attributes:
        file: with its label.
        predicted: the label that the model gives.
        probability: of that label.
    """

    file: SplitFile
    predicted: str
    probability: float


@dataclass(frozen=True)
class Screening:
    """What was found; every list is in order of path, label issues with the most confident first.

    Attributes:
        folder: what was looked at.
        files: the files that can be decoded.
        corrupt: the others, each with its reason; a file that cannot be read at all has the hash of nothing.
        misnamed: files whose extension is not that of their content; they can be used all the same.
        tiny: pictures with a side below `SMALLEST_SIDE`.
        elongated: pictures beyond `LARGEST_ASPECT`.
        blank: pictures of one colour.
        copies: groups of files that are the same byte for byte.
        near: pairs that show the same photograph.
        near_is_cut: whether there are more of them than were listed.
        label_issues: likely wrong labels; None: no model was asked.
        judge: the run that was asked, or an empty text.
        duration_s: of the screening.
        compared: whether near copies were looked for.
        asked_splits: splits that the model was asked about.
        judge_saw_all: whether the model was trained on all photographs of its folder.
    """

    folder: PhotographFolder
    files: tuple[SplitFile, ...]
    corrupt: tuple[FlaggedFile, ...]
    misnamed: tuple[FlaggedFile, ...]
    tiny: tuple[FlaggedFile, ...]
    elongated: tuple[FlaggedFile, ...]
    blank: tuple[FlaggedFile, ...]
    copies: tuple[tuple[SplitFile, ...], ...]
    near: tuple[NearPair, ...]
    near_is_cut: bool
    label_issues: tuple[LabelIssue, ...] | None
    judge: str
    duration_s: float
    compared: bool = True
    asked_splits: tuple[Split, ...] = SPLITS
    judge_saw_all: bool = False

    @property
    def across_splits(self) -> tuple[NearPair, ...]:
        """Near pairs in two splits; exact copies are always in one."""
        return tuple(pair for pair in self.near if pair.crosses_splits)

    @property
    def conflicting_copies(self) -> tuple[tuple[SplitFile, ...], ...]:
        """Groups of exact copies with more than one label."""
        return tuple(group for group in self.copies if len({file.label for file in group}) > 1)

    @property
    def conflicting_pairs(self) -> tuple[NearPair, ...]:
        """Near pairs with two labels."""
        return tuple(pair for pair in self.near if pair.conflicts)

    @property
    def redundant_copies(self) -> int:
        """How many files could go without losing a picture."""
        return sum(len(group) - 1 for group in self.copies)

    @property
    def balance(self) -> float:
        """Files of the largest class over those of the smallest; infinite if a class has none that can be decoded."""
        counts = Counter(file.label for file in self.files)
        smallest = min(counts[label] for label in self.folder.labels)
        return max(counts.values(), default=0) / smallest if smallest else float("inf")

    def counts(self) -> list[tuple[str, dict[str, int]]]:
        """Return per class how many of its files each split has."""
        found = Counter((file.label, file.split) for file in self.files)
        return [(label, {split: found[label, split] for split in SPLITS}) for label in self.folder.labels]

    def summary_rows(self) -> list[tuple[str, str, str]]:
        """Return (what, how many, what to do) for a table; the advice is empty where there is nothing to do."""
        return [
            _row("corrupt files", len(self.corrupt), "training skips them: replace or delete them"),
            _row(
                "wrong file extensions",
                len(self.misnamed),
                "training reads them anyway: rename them for other programs",
            ),
            _row("redundant exact duplicates", self.redundant_copies, "keep one of each: duplicates count twice"),
            *self._near_rows(),
            _row("tiny pictures", len(self.tiny), "delete them, unless the device will see such pictures too"),
            _row("elongated pictures", len(self.elongated), "crop them: resizing to a square distorts them"),
            _row("blank pictures", len(self.blank), "delete them"),
            self._label_issues_row(),
            (
                "class imbalance (largest : smallest)",
                f"{self.balance:.2f}",
                "add photographs of the smaller classes" if self.balance > UNBALANCED else "",
            ),
        ]

    def about_judge(self) -> str:
        """Say what the model that was asked has learned already."""
        if self.judge_saw_all:
            return (
                f"{self.judge} was trained on all of its photographs, so it may have memorized wrong labels. Its own "
                "report.html lists those that cross-validation found: by networks that had not seen the photograph."
            )
        return (
            f"{self.judge} was trained on the photographs of the train split, so it may have memorized wrong labels "
            "there and finds fewer of them than in the other splits."
        )

    def _near_rows(self) -> list[tuple[str, str, str]]:
        count = len(self.conflicting_copies) + len(self.conflicting_pairs)
        two_labels = ("duplicates with conflicting labels", count, "keep the copy with the correct label")
        if not self.compared:
            advice = f"run `fieldlens train screen`: comparing {len(self.files):,} photographs takes a while"
            return [
                ("near duplicates", "not checked", advice),
                _row(*two_labels),
            ]
        more = "more than " if self.near_is_cut else ""
        return [
            _row("near duplicates", len(self.near), "keep one of each pair", more),
            _row(
                "near duplicates across splits",
                len(self.across_splits),
                "delete one of each: they inflate test accuracy",
                more,
            ),
            _row(*two_labels, more),
        ]

    def _label_issues_row(self) -> tuple[str, str, str]:
        if self.label_issues is None:
            return "likely label errors", "not checked", "add --run RUN: a trained model finds them"
        where = "" if self.asked_splits == SPLITS else f" in {' and '.join(self.asked_splits)}"
        return _row(f"likely label errors{where}", len(self.label_issues), "check each one: the model can be wrong")


def _row(what: str, count: int, advice: str, prefix: str = "") -> tuple[str, str, str]:
    return what, f"{prefix}{count:,}", advice if count else ""


def screen(
    folder: PhotographFolder,
    run: TrainedRun | None = None,
    predict: Predict | None = None,
    smallest_side: int = SMALLEST_SIDE,
) -> Screening:
    """Look at every photograph of a folder; augmented copies are no photographs and are passed over.

    Args:
        folder: which ones.
        run: the run whose model is asked about labels, and
        predict: its predictions; None: labels are not judged.
        smallest_side: see `SMALLEST_SIDE`.

    Raises:
        DataError: the run knows other labels than the folder.
    """
    if run is not None:
        refuse_other_labels(folder, run)
    start_s = time.monotonic()
    folder = replace(folder, files=tuple(file for file in folder.files if file.origin is None))
    found = screening_of(folder, _inspect_all(folder), smallest_side)
    if run is not None and predict is not None:
        asked = tuple(sorted(_label_issues(folder, found.files, run, predict), key=lambda issue: -issue.probability))
        found = replace(found, label_issues=asked, judge=str(run.path), judge_saw_all=run.trained_on_all)
    return replace(found, duration_s=time.monotonic() - start_s)


def screening_of(
    folder: PhotographFolder,
    inspected: Iterable[InspectedFile],
    smallest_side: int = SMALLEST_SIDE,
    most_compared: int | None = None,
) -> Screening:
    """Judge what was seen of the photographs of a folder; no model is asked.

    Args:
        folder: they are from.
        inspected: its photographs, in order of path.
        smallest_side: see `SMALLEST_SIDE`.
        most_compared: of more photographs than this no near copies are looked for; None: always.
    """
    start_s = time.monotonic()
    found = flag_files(inspected, smallest_side)
    compared = most_compared is None or len(found.files) <= most_compared
    near, near_is_cut = near_pairs(found) if compared else ((), False)
    return Screening(
        folder=folder,
        files=tuple(found.files),
        corrupt=tuple(found.corrupt),
        misnamed=tuple(found.misnamed),
        tiny=tuple(found.tiny),
        elongated=tuple(found.elongated),
        blank=tuple(found.blank),
        copies=copies(found.files),
        near=near,
        near_is_cut=near_is_cut,
        label_issues=None,
        judge="",
        duration_s=time.monotonic() - start_s,
        compared=compared,
    )


def label_issues_of(
    files: Sequence[SplitFile], probabilities: npt.NDArray[np.float32], labels: Sequence[str]
) -> list[LabelIssue]:
    """Return the files whose label a model is sure is another one.

    Args:
        files: with their labels.
        probabilities: (files, classes) that the model gives.
        labels: of the classes, in their order.
    """
    found = (_label_issue(file, row, labels) for file, row in zip(files, probabilities, strict=True))
    return [issue for issue in found if issue is not None]


def refuse_other_labels(folder: PhotographFolder, run: TrainedRun) -> None:
    """A model can judge only labels that it knows.

    Raises:
        DataError: the folder has others.
    """
    unknown = sorted(set(folder.labels) - set(run.labels))
    if unknown:
        raise DataError(
            f"`{run.path}` was trained on {', '.join(run.labels)} and cannot check `{unknown[0]}` of `{folder.root}`; "
            "give a run trained on these classes"
        )


def _inspect_all(folder: PhotographFolder) -> list[InspectedFile]:
    inspector = PhotographInspector()
    with Progress("screening photographs", len(folder.files)) as progress:
        for _ in in_threads(_inspector_of(folder, inspector), folder.files):
            progress.step()
    inspected = inspector.by_path()
    files = [one.file for one in inspected]
    placed = in_splits(files, cuts_of_files([file for file in files if file.sha256 != _OF_NOTHING]))
    return [replace(one, file=file) for one, file in zip(inspected, placed, strict=True)]


def _inspector_of(folder: PhotographFolder, inspector: PhotographInspector) -> Callable[[LabelledFile], None]:
    groups = read_groups(folder.root)

    def look(file: LabelledFile) -> None:
        path, encoded = folder.root / file.path, b""
        try:
            encoded = read_encoded(path)
            inspector.add(split_file(file, encoded, groups), encoded, decode_photograph(encoded, str(path)))
        except PhotographError as error:
            inspector.add_broken(split_file(file, encoded, groups), str(error))

    return look


def _label_issues(
    folder: PhotographFolder, files: Sequence[SplitFile], run: TrainedRun, predict: Predict
) -> Iterator[LabelIssue]:
    paths = [folder.root / file.path for file in files]
    rows = predictions(paths, run.prepare, predict, "predicting labels")
    for file, probabilities in zip(files, rows, strict=True):
        if isinstance(probabilities, PhotographError):  # gone since the first look
            continue
        if (issue := _label_issue(file, probabilities, run.labels)) is not None:
            yield issue


def _label_issue(file: SplitFile, probabilities: npt.NDArray[np.float32], labels: Sequence[str]) -> LabelIssue | None:
    place = int(probabilities.argmax())
    if labels[place] == file.label or probabilities[place] < SURE:
        return None
    return LabelIssue(file, labels[place], float(probabilities[place]))
