"""How good one file is on labelled photographs: small, and yet comparable photograph by photograph."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.statistics.estimates import Estimate
from edge_app.common.errors import ResultError
from edge_app.metrics.accuracy import (
    MeasuredAccuracy,
    independent_photographs,
    numbered_groups,
    photographs_in_groups,
)
from edge_app.metrics.paired_comparison import PairedComparison, Rights


@dataclass(frozen=True)
class ClassAccuracy:
    """Of the photographs of one class, how many got its label: the recall of the class.

    Attributes:
        label: of the class.
        right: how many got it.
        photographs: how many have it.
        independent: photographs that say as much as these, see `independent_photographs`; None: each is by itself.
    """

    label: str
    right: int
    photographs: int
    independent: float | None = None

    def __post_init__(self) -> None:
        _refuse_impossible(self.independent, self.photographs)
        if not 0 <= self.right <= self.photographs or not self.photographs:
            raise ValueError(f"{self.right} right of {self.photographs} photographs of `{self.label}` is impossible")

    @property
    def accuracy(self) -> MeasuredAccuracy:
        """The share with its interval."""
        return MeasuredAccuracy.from_counts(self.right, self.photographs, self.label, self.independent)


@dataclass(frozen=True)
class NeitherAnswers:
    """What a file says of pictures of anything else, beside what it says of the labelled photographs.

    Attributes:
        data: which pictures of anything else.
        others: how many.
        auroc: chance that a labelled photograph's best score is above that of a picture of anything else, 0..1.
        threshold: of the card; a best score below it is answered with `neither`. None: the card has none.
        accepted: labelled photographs that get one of the labels at the threshold; None without one.
        accepted_right: the right ones of these.
        rejected: pictures of anything else that are answered with `neither`.
        accepted_independent: photographs that say as much as the accepted ones; None: each is by itself.
        others_independent: pictures of anything else that say as much as these; None: each is by itself.
    """

    data: str
    others: int
    auroc: Estimate
    threshold: float | None = None
    accepted: int | None = None
    accepted_right: int | None = None
    rejected: int | None = None
    accepted_independent: float | None = None
    others_independent: float | None = None

    def __post_init__(self) -> None:
        _refuse_impossible(self.accepted_independent, self.accepted or 0)
        _refuse_impossible(self.others_independent, self.others)
        counts = (self.accepted, self.accepted_right, self.rejected)
        if self.others < 1 or any((count is None) != (self.threshold is None) for count in counts):
            raise ValueError("the counts of `neither` and its threshold do not belong together")
        if not 0 <= (self.accepted_right or 0) <= (self.accepted or 0) or not 0 <= (self.rejected or 0) <= self.others:
            raise ValueError(f"the counts of `neither` are impossible: {counts} of {self.others}")


def _refuse_impossible(independent: float | None, photographs: int) -> None:
    if independent is not None and not 1 <= independent <= photographs:
        raise ValueError(f"{photographs} photographs cannot say as much as {independent} independent ones")


@dataclass(frozen=True)
class Judgement:
    """How good one file is on labelled photographs.

    Attributes:
        data: which photographs.
        photographs: how many could be read.
        photographs_sha256: of the sorted hashes and labels of these photographs: the same for the same photographs,
            whatever their names are.
        right_bits: hexadecimal; a bit per photograph, in the order of their hashes, set where the file is right.
        classes: in the order of the photographs' labels.
        log_loss: nats; None where the scores are no probabilities.
        calibration_error: of 15 bins, 0..1; None as before.
        calibration_error_by_chance: a calibration error below this cannot be told from none.
        neither: None where no pictures of anything else were given.
        groups: (photographs,) the number of each one's group, in the same order and as `numbered_groups` numbers them;
            empty: each is by itself, or (older results) it is not known.
    """

    data: str
    photographs: int
    photographs_sha256: str
    right_bits: str
    classes: tuple[ClassAccuracy, ...]
    log_loss: Estimate | None = None
    calibration_error: Estimate | None = None
    calibration_error_by_chance: float | None = None
    neither: NeitherAnswers | None = None
    groups: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.photographs < 1 or len(self.right_bits) != 2 * -(-self.photographs // 8):
            raise ValueError(f"{len(self.right_bits)} digits do not tell of {self.photographs} photographs")
        counted = (sum(one.right for one in self.classes), sum(one.photographs for one in self.classes))
        if counted != (int(self.right().sum()), self.photographs):
            raise ValueError(
                f"the classes add up to {counted[0]} right of {counted[1]} photographs, the whole does not"
            )
        if self.groups and (len(self.groups) != self.photographs or self.groups != numbered_groups(self.groups)):
            raise ValueError(f"the numbers of groups are not those of {self.photographs} photographs")

    def right(self) -> Rights:
        """Return (photographs,) bool: where the file is right."""
        stored = np.frombuffer(bytes.fromhex(self.right_bits), np.uint8)
        return np.unpackbits(stored, count=self.photographs).astype(bool)

    @property
    def accuracy(self) -> MeasuredAccuracy:
        """Top-1 with Wilson's interval over groups."""
        return MeasuredAccuracy.from_counts(int(self.right().sum()), self.photographs, self.data, self.independent)

    @property
    def independent(self) -> float | None:
        """Photographs that say as much as these, see `independent_photographs`; None: each is by itself."""
        return independent_photographs(self.groups) if self.groups else None

    @property
    def shown(self) -> str:
        """How many photographs, and in how many groups where some are not by themselves."""
        return photographs_in_groups(self.photographs, len(set(self.groups)) or self.photographs)


def pack_bits(right: Rights) -> str:
    """Return a bit per photograph as hexadecimal digits; the last ones are filled with zeros."""
    return np.packbits(right).tobytes().hex()


def compare_judgements(first: Judgement, second: Judgement) -> PairedComparison:
    """Compare two files photograph by photograph; they may come from two results.

    Where one of the results knows no groups, as older ones do, those of the other count.

    Raises:
        ResultError: they were not judged on the same photographs, or these were in other groups.
    """
    if first.photographs_sha256 != second.photographs_sha256:
        raise ResultError(
            f"the files were judged on different photographs ({first.data}, {first.photographs:,}; {second.data}, "
            f"{second.photographs:,}), so they cannot be compared photograph by photograph; measure both on the same"
        )
    if first.groups and second.groups and first.groups != second.groups:
        raise ResultError(
            f"the files were judged on the same photographs in different groups ({first.shown}; {second.shown}), so it "
            "is unknown which of them belong together; measure both with the same groups.csv"
        )
    return PairedComparison.of(first.right(), second.right(), first.groups or second.groups or None)
