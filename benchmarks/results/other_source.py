"""The result of `benchmarks other-source`: how good files are on photographs of a source that no training knew."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from benchmarks.results.device import Device
from benchmarks.results.judgement import Judgement, compare_judgements
from benchmarks.statistics.estimates import Estimate, accuracy_difference
from edge_app.common.tables import Table
from edge_app.metrics.accuracy import MeasuredAccuracy

Half = Literal["even", "odd"]
"""Of a folder, by the last hexadecimal digit of the SHA-256 of each photograph: choose with one, report the other."""


@dataclass(frozen=True)
class Answered:
    """Which labelled photographs a file answers with a label at its threshold for “neither”.

    Attributes:
        threshold: of the card, 0..1.
        photographs: how many were shown.
        accepted: of these, how many got a label.
        right: of these, how many the right one.
        independent: photographs that say as much as the shown ones; None: each is by itself.
    """

    threshold: float
    photographs: int
    accepted: int
    right: int
    independent: float | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.right <= self.accepted <= self.photographs or not self.photographs:
            raise ValueError(f"{self.right} right of {self.accepted} of {self.photographs} photographs is impossible")

    @property
    def right_of_all(self) -> MeasuredAccuracy:
        """Share of all photographs that get the right label: “neither” is wrong here."""
        return MeasuredAccuracy.from_counts(self.right, self.photographs, "", self.independent)


@dataclass(frozen=True)
class FileElsewhere:
    """One file.

    Attributes:
        file: its path.
        sha256: of its bytes as they were measured.
        weights_sha256: of the trained weights, from its card; empty: unknown.
        own_source: accuracy of its card, on the test split of its own photographs; None: the card has none.
        judgement: on the photographs of the other source.
        answered: with the answer “neither”; None: the file never gives it.
    """

    file: str
    sha256: str
    weights_sha256: str
    own_source: MeasuredAccuracy | None
    judgement: Judgement
    answered: Answered | None = None

    @property
    def name(self) -> str:
        """Without its folder."""
        return Path(self.file).name

    @property
    def difference(self) -> Estimate | None:
        """Accuracy on the other source minus that on the own one, -1..1; of different photographs, so not paired."""
        return None if self.own_source is None else accuracy_difference(self.own_source, self.judgement.accuracy)


@dataclass(frozen=True)
class LeftOut:
    """Photographs of the folder that no file was judged on, by why; see `sentences`."""

    known_to_runs: int = 0
    repeated: int = 0
    contradictory: int = 0
    unknown_classes: tuple[str, ...] = ()
    of_unknown_classes: int = 0
    unreadable: int = 0

    def sentences(self) -> list[str]:
        """Say each kind that there is."""
        classes = ", ".join(self.unknown_classes[:5]) + (", …" if len(self.unknown_classes) > 5 else "")
        kinds = (
            (self.known_to_runs, "in the splits of the run (by SHA-256)"),
            (self.repeated, "with the same bytes as another (by SHA-256)"),
            (self.contradictory, "with the same bytes in several classes (by SHA-256)"),
            (self.of_unknown_classes, f"of classes that the model does not know ({classes})"),
            (self.unreadable, "beyond reading"),
        )
        return [f"left out: {count:,} {_noun(count)} {why}" for count, why in kinds if count]


@dataclass(frozen=True)
class OtherSource:
    """Files on photographs of a source that no training knew.

    Attributes:
        date: UTC, ISO 8601.
        device: it was measured on.
        source: name of the source.
        half: of the folder; None: all of it.
        runs: folders whose splits were compared with the photographs; empty: it is not known what training knew.
        notes: why a run that a bundle names could not be compared.
        left_out: photographs that were not used.
        files: that were judged, all on the same photographs.
    """

    KIND: ClassVar[str] = "other-source"

    date: str
    device: Device
    source: str
    half: Half | None
    runs: tuple[str, ...]
    notes: tuple[str, ...]
    left_out: LeftOut
    files: tuple[FileElsewhere, ...]


HEAD = ("file", "own source (95 %)", "other source (95 %)", "other − own, points (95 %)", "other source, “neither” on")


def source_table(result: OtherSource) -> Table:
    """Return a row per file: own source and other source side by side."""
    return Table(HEAD, [_row(file) for file in result.files])


def _row(file: FileElsewhere) -> tuple[str, ...]:
    own, found, answered = file.own_source, file.difference, file.answered
    return (
        file.name,
        "not on the card" if own is None else f"{own} of {own.photographs:,}",
        f"{file.judgement.accuracy} of {file.judgement.photographs:,}",
        "" if found is None else points_text(found),
        "never said" if answered is None else f"{answered.right_of_all} right of all",
    )


def derived(result: OtherSource) -> dict[str, object]:
    """Return what follows from the result, for readers of the JSON: a record per file, with shares from 0 to 1."""
    return {
        "accuracies": [
            {
                "file": file.name,
                "own_source": file.own_source,
                "other_source": file.judgement.accuracy,
                "difference": file.difference,
                "right_with_neither": None if file.answered is None else file.answered.right_of_all,
            }
            for file in result.files
        ]
    }


def points_text(found: Estimate) -> str:
    """Return a difference of shares as in `−4.4 (−6.7 to −2.2)`, in points."""
    value, low, high = (f"{100 * one:+.1f}".replace("-", "−") for one in (found.value, found.low, found.high))
    return f"{value} ({low} to {high})"


def about(result: OtherSource) -> list[str]:
    """Say which photographs these are, what was left out, and what the numbers do not tell."""
    first = result.files[0].judgement
    half = f", {result.half} half" if result.half else ""
    classes = ", ".join(f"{one.label} {one.photographs:,}" for one in first.classes)
    sentences = [f"{result.source}{half}: {first.shown} ({classes})", *result.left_out.sentences()]
    sentences += [f"note: {note}" for note in result.notes]
    if not result.runs and not result.notes:
        sentences.append(
            "note: the run folder of the model is not known, so photographs that training has seen could not be "
            "looked for; name it with --run"
        )
    return sentences


def pairs(result: OtherSource) -> list[str]:
    """Compare every file with the first, photograph by photograph."""
    first = result.files[0]
    found = [(one.name, compare_judgements(first.judgement, one.judgement)) for one in result.files[1:]]
    return [f"{name} against {first.name}, photograph by photograph: {one}, {one.verdict}" for name, one in found]


def _noun(count: int) -> str:
    return "photograph" if count == 1 else "photographs"
