"""What is wrong with a folder of photographs, before a model learns it. Nothing is changed or deleted."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from edge_app.errors import DataError, PhotographError
from edge_app.labelled_photographs import LabelledFile, PhotographFolder
from edge_app.photograph import decode_photograph
from edge_app.progress import Progress
from edge_app.splits import SPLITS, sha256_of, split_of
from train.data.file_kinds import extension_says, kind_of
from train.data.loading import in_threads
from train.data.perceptual_hash import MOST_MATCHES, matches, thumbnail
from train.data.predictions import predictions
from train.data.splits import SplitFile
from train.trained_run import Predict, TrainedRun

SMALLEST_SIDE = 64
"""Shorter sides than this, in pixels, leave a network little to see."""

LARGEST_ASPECT = 3.0
"""Width over height (or the reverse) from which squashing to a square distorts more than photographs usually are."""

BLANK_CONTRAST = 4.0
"""Standard deviation of the 32×32 grey levels below which nothing is shown; of 8,840 photographs the least had 12.9."""

SURE = 0.9
"""Probability from which a model's disagreement with a label is worth a look."""

UNBALANCED = 1.5
"""Largest class over smallest from which the balance is worth a word."""


@dataclass(frozen=True)
class Suspect:
    """A file and what is wrong with it, in a few words."""

    file: SplitFile
    reason: str


@dataclass(frozen=True)
class NearPair:
    """Two files that differ but show the same photograph.

    Attributes:
        first: earlier by path.
        second: later by path.
        bits: in which their perceptual hashes differ, of 64.
        correlation: of their thumbnails.
        mirrored: whether one is the other's mirror image.
    """

    first: SplitFile
    second: SplitFile
    bits: int
    correlation: float
    mirrored: bool

    @property
    def straddles(self) -> bool:
        """Whether they are in two splits, so that a model is tested on what it has learned."""
        return self.first.split != self.second.split

    @property
    def contradicts(self) -> bool:
        """Whether they have two labels."""
        return self.first.label != self.second.label


@dataclass(frozen=True)
class Doubt:
    """A file whose label a model is sure is another one.

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
    """What was found; every list is in order of path, doubts in order of the model's sureness.

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
        doubts: likely wrong labels; None: no model was asked.
        judge: the run that was asked, or an empty text.
        duration_s: of the screening.
    """

    folder: PhotographFolder
    files: tuple[SplitFile, ...]
    corrupt: tuple[Suspect, ...]
    misnamed: tuple[Suspect, ...]
    tiny: tuple[Suspect, ...]
    elongated: tuple[Suspect, ...]
    blank: tuple[Suspect, ...]
    copies: tuple[tuple[SplitFile, ...], ...]
    near: tuple[NearPair, ...]
    near_is_cut: bool
    doubts: tuple[Doubt, ...] | None
    judge: str
    duration_s: float

    @property
    def straddling(self) -> tuple[NearPair, ...]:
        """Near pairs in two splits; exact copies are always in one."""
        return tuple(pair for pair in self.near if pair.straddles)

    @property
    def contradictory_copies(self) -> tuple[tuple[SplitFile, ...], ...]:
        """Groups of exact copies with more than one label."""
        return tuple(group for group in self.copies if len({file.label for file in group}) > 1)

    @property
    def contradictory_pairs(self) -> tuple[NearPair, ...]:
        """Near pairs with two labels."""
        return tuple(pair for pair in self.near if pair.contradicts)

    @property
    def surplus_copies(self) -> int:
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
        more = "more than " if self.near_is_cut else ""
        contradictory = len(self.contradictory_copies) + len(self.contradictory_pairs)
        counted: list[tuple[str, int, str, str]] = [
            ("corrupt files", len(self.corrupt), "", "training skips them; replace or delete them"),
            ("wrong extensions", len(self.misnamed), "", "they are read all the same; rename them for other programs"),
            ("surplus exact copies", self.surplus_copies, "", "delete all but one of each: they count twice"),
            ("near copies", len(self.near), more, "keep one of each pair"),
            ("near copies in two splits", len(self.straddling), more, "delete one of each: they flatter the test"),
            ("copies with two labels", contradictory, more, "decide which label is right, delete the other"),
            ("tiny pictures", len(self.tiny), "", "delete them unless the device sees such pictures too"),
            ("elongated pictures", len(self.elongated), "", "crop them: squashing to a square distorts them"),
            ("blank pictures", len(self.blank), "", "delete them"),
        ]
        rows = [(what, f"{prefix}{count:,}", advice if count else "") for what, count, prefix, advice in counted]
        if self.doubts is None:
            rows.append(("likely wrong labels", "not asked", "add --run RUN: a model points at them"))
        else:
            advice = "look at each one; a model can be wrong" if self.doubts else ""
            rows.append(("likely wrong labels", f"{len(self.doubts):,}", advice))
        advice = "add photographs of the smaller classes" if self.balance > UNBALANCED else ""
        return [*rows, ("largest class over smallest", f"{self.balance:.2f}", advice)]


@dataclass
class _Findings:
    """Collected while the files pass by."""

    files: list[SplitFile] = field(default_factory=list)
    corrupt: list[Suspect] = field(default_factory=list)
    misnamed: list[Suspect] = field(default_factory=list)
    tiny: list[Suspect] = field(default_factory=list)
    elongated: list[Suspect] = field(default_factory=list)
    blank: list[Suspect] = field(default_factory=list)
    thumbnails: list[npt.NDArray[np.uint8]] = field(default_factory=list)  # one per file


@dataclass(frozen=True)
class _Look:
    """One file, looked at."""

    file: SplitFile
    kind: str
    size: tuple[int, int] = (0, 0)  # width, height
    thumbnail: npt.NDArray[np.uint8] | None = None
    fault: str = ""


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
    found = _look_at_all(folder, smallest_side)
    copies = _copies(found.files)
    near, near_is_cut = _near_pairs(found)
    doubts = None if run is None or predict is None else _doubts(folder, found.files, run, predict)
    return Screening(
        folder=folder,
        files=tuple(found.files),
        corrupt=tuple(found.corrupt),
        misnamed=tuple(found.misnamed),
        tiny=tuple(found.tiny),
        elongated=tuple(found.elongated),
        blank=tuple(found.blank),
        copies=copies,
        near=near,
        near_is_cut=near_is_cut,
        doubts=doubts,
        judge="" if doubts is None or run is None else str(run.path),
        duration_s=time.monotonic() - start_s,
    )


def refuse_other_labels(folder: PhotographFolder, run: TrainedRun) -> None:
    """A model can judge only labels that it knows.

    Raises:
        DataError: the folder has others.
    """
    unknown = sorted(set(folder.labels) - set(run.labels))
    if unknown:
        raise DataError(
            f"`{run.path}` knows {', '.join(run.labels)} and cannot judge `{unknown[0]}` of `{folder.root}`; "
            "give a run trained on these classes"
        )


def _look_at_all(folder: PhotographFolder, smallest_side: int) -> _Findings:
    found = _Findings()
    with Progress("looking at photographs", len(folder.files)) as progress:
        for look in in_threads(_looker(folder.root), folder.files):
            _sort_in(look, found, smallest_side)
            progress.step()
    return found


def _looker(root: Path) -> Callable[[LabelledFile], _Look]:
    def look(file: LabelledFile) -> _Look:
        path, fault = root / file.path, ""
        try:
            content = path.read_bytes()
        except OSError as error:
            content, fault = b"", f"`{path}` cannot be read: {(error.strerror or str(error)).lower()}"
        digest = sha256_of(content)
        split_file = SplitFile(file.path, file.label, split_of(digest), digest)
        if fault:
            return _Look(split_file, "", fault=fault)
        kind = kind_of(content)
        try:
            frame_bgr = decode_photograph(content, str(path))
        except PhotographError as error:
            return _Look(split_file, kind, fault=str(error))
        height, width = frame_bgr.shape[:2]
        return _Look(split_file, kind, (width, height), thumbnail(frame_bgr))

    return look


def _sort_in(look: _Look, found: _Findings, smallest_side: int) -> None:
    file, (width, height) = look.file, look.size
    if look.thumbnail is None:
        found.corrupt.append(Suspect(file, look.fault))
        return
    found.files.append(file)
    found.thumbnails.append(look.thumbnail)
    named = extension_says(file.path)
    if look.kind and look.kind != named:
        found.misnamed.append(Suspect(file, f"{look.kind} named {Path(file.path).suffix}"))
    if min(width, height) < smallest_side:
        found.tiny.append(Suspect(file, f"{width}×{height} pixels"))
    if max(width, height) > LARGEST_ASPECT * min(width, height):
        found.elongated.append(Suspect(file, f"{width}×{height} pixels"))
    contrast = float(look.thumbnail.std())
    if contrast < BLANK_CONTRAST:
        found.blank.append(Suspect(file, f"contrast {contrast:.1f} of 255"))


def _copies(files: Sequence[SplitFile]) -> tuple[tuple[SplitFile, ...], ...]:
    groups: defaultdict[str, list[SplitFile]] = defaultdict(list)
    for file in files:
        groups[file.sha256].append(file)
    return tuple(tuple(group) for group in groups.values() if len(group) > 1)


def _near_pairs(found: _Findings) -> tuple[tuple[NearPair, ...], bool]:
    """Compare one of each group of copies; blank pictures resemble each other and say nothing."""
    blank = {suspect.file.sha256 for suspect in found.blank}
    first_of: dict[str, int] = {}
    for place, file in enumerate(found.files):
        if file.sha256 not in blank:
            first_of.setdefault(file.sha256, place)
    places = list(first_of.values())
    if not places:
        return (), False
    listed = matches(np.stack([found.thumbnails[place] for place in places]))
    files = [found.files[place] for place in places]
    pairs = (
        NearPair(files[match.first], files[match.second], match.bits, match.correlation, match.mirrored)
        for match in listed
    )
    return tuple(pairs), len(listed) >= MOST_MATCHES


def _doubts(
    folder: PhotographFolder, files: Sequence[SplitFile], run: TrainedRun, predict: Predict
) -> tuple[Doubt, ...]:
    found = list(_disagreements(folder, files, run, predict))
    return tuple(sorted(found, key=lambda doubt: -doubt.probability))


def _disagreements(
    folder: PhotographFolder, files: Sequence[SplitFile], run: TrainedRun, predict: Predict
) -> Iterator[Doubt]:
    paths = [folder.root / file.path for file in files]
    rows = predictions(paths, run.prepare, predict, "asking the model")
    for file, probabilities in zip(files, rows, strict=True):
        if isinstance(probabilities, PhotographError):  # gone since the first look
            continue
        place = int(probabilities.argmax())
        if run.labels[place] != file.label and probabilities[place] >= SURE:
            yield Doubt(file, run.labels[place], float(probabilities[place]))
