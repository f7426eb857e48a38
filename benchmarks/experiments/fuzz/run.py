"""Damaged and hostile files of every kind that users hand in, read as our programs do: each must say what is wrong."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, get_args

from benchmarks.experiments.fuzz import models
from benchmarks.experiments.fuzz.damage import FORMS, damaged
from benchmarks.experiments.fuzz.kinds import Kind
from benchmarks.experiments.fuzz.process import Opened, ReadingProcesses
from benchmarks.experiments.fuzz.wholes import Whole
from edge_app.common.atomic_files import write_bytes
from edge_app.common.errors import ModelFileError
from edge_app.model.flatbuffer import BadFlatBufferError
from edge_app.model.trial import CRASHES, HANGS
from edge_app.photographs.splits import sha256_of

Outcome = Literal[
    "works", "told", "told: crash", "told: hang", "raw text", "traceback", "too much memory", "crashed", "hung"
]
"""What became of a file; the last five must not be.

`told` is a sentence of our own reader or the runtime's refusal; `told: crash` and `told: hang` are those where the
trial of a model in the child ended so. `raw text` is a sentence with a line's end in it.
"""
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
FAILURES: tuple[Outcome, ...] = OUTCOMES[4:]

_LONGEST = 90  # of an example, letters
_APART = 1_000_003  # numbers between those of one file and the next: damage to files of one form differs


@dataclass(frozen=True)
class Failure:
    """A file that a reader did not stand: `number` makes it again."""

    file: str
    damage: str
    number: int
    outcome: Outcome
    said: str


@dataclass(frozen=True)
class WholeFile:
    """What was damaged."""

    file: str
    sha256: str
    size_bytes: int


@dataclass
class KindFuzz:
    """What became of the damaged files of one kind.

    Attributes:
        kind: its name.
        wholes: the files that were damaged, in turns.
        memory_limit_bytes: of the reading process.
        own_memory_bytes: of a process that has loaded TensorFlow, above which memory counts; 0 without.
        memory_bytes: the highest peak.
        counts: by kind of damage and outcome.
        sentences: how often each beginning was said, and the first mutation that it was said of.
        failures: every file that its reader did not stand.
        duration_s: of all.
    """

    kind: str
    wholes: list[WholeFile]
    memory_limit_bytes: int
    own_memory_bytes: int = 0
    memory_bytes: int = 0
    counts: dict[str, dict[Outcome, int]] = field(default_factory=dict)
    sentences: dict[str, tuple[int, int]] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    duration_s: float = 0.0

    def total(self, *outcomes: Outcome) -> int:
        """Return how many files ended so; of none: how many there were."""
        return sum(of_damage[outcome] for of_damage in self.counts.values() for outcome in outcomes or OUTCOMES)


@dataclass
class Fuzz:
    """What became of all damaged files.

    Attributes:
        seed: of the series.
        kinds: one per kind of file.
        interrupted: whether Ctrl-C ended it early.
    """

    seed: int
    kinds: list[KindFuzz] = field(default_factory=list)
    interrupted: bool = False

    def total(self, *outcomes: Outcome) -> int:
        """Return how many files ended so; of none: how many there were."""
        return sum(kind.total(*outcomes) for kind in self.kinds)


def fuzz(
    kinds: Sequence[Kind],
    seed: int,
    step: Callable[[str], None] = lambda _detail: None,
    keep: Path | None = None,
) -> Fuzz:
    """Damage files and read each; Ctrl-C ends early and keeps what was found.

    Args:
        kinds: of files, each with its number of mutations.
        seed: of the series.
        step: called after each, with the name of the kind.
        keep: folder for the files that a reader did not stand; None: they can be made again by their number.

    Raises:
        ModelFileError: a model is not whole.
        RunFolderError: no run could be trained.
    """
    found = Fuzz(seed)
    try:
        for kind in kinds:
            with tempfile.TemporaryDirectory(prefix="fieldlens-fuzz-") as folder:
                _Series(kind, seed, Path(folder), found, keep).run(step)
    except KeyboardInterrupt:
        found.interrupted = True
    return found


class _Series:
    """The damaged files of one kind.

    Args:
        kind: of files.
        seed: of the series.
        folder: to work in.
        found: gets the result, which grows.
        keep: see `fuzz`.
    """

    def __init__(self, kind: Kind, seed: int, folder: Path, found: Fuzz, keep: Path | None) -> None:
        self._kind, self._seed, self._folder, self._keep = kind, seed, folder, keep
        self._wholes = kind.make(folder / "files")
        self._places = [_places_in(whole) for whole in self._wholes]
        self._found = KindFuzz(kind.name, self._describe(), kind.memory_limit_bytes)
        found.kinds.append(self._found)

    def run(self, step: Callable[[str], None]) -> None:
        """Damage and read all of them."""
        kind, begin_s = self._kind, time.monotonic()
        cache = self._folder / "cache"
        with ReadingProcesses(cache, kind.time_limit_s, kind.batch, kind.tensorflow) as processes:
            for turn in range(kind.mutations):
                self._one(turn, processes)
                self._found.duration_s = time.monotonic() - begin_s
                step(kind.name)

    def _one(self, turn: int, processes: ReadingProcesses) -> None:
        number, place = divmod(turn, len(self._wholes))
        whole = self._wholes[place]
        number += place * _APART if whole.form in FORMS else 0
        damage, content = self._damaged(place, number)
        whole.path.write_bytes(whole.packed(content))
        try:
            opened = self._named(processes.open(whole.reader, whole.path))
        finally:
            whole.path.write_bytes(whole.packed(whole.content))
        self._found.own_memory_bytes = max(self._found.own_memory_bytes, processes.own_bytes)
        outcome = judge(opened, self._kind.memory_limit_bytes)
        self._note(whole, damage, number, opened, outcome)
        if outcome in FAILURES:
            processes.afresh()
            if self._keep is not None:
                kept = f"{self._kind.name}-{self._seed}-{number}-{whole.path.name}"
                write_bytes(self._keep / kept, whole.packed(content))

    def _damaged(self, place: int, number: int) -> tuple[str, bytes]:
        whole, places = self._wholes[place], self._places[place]
        if places is not None:
            return models.mutate(whole.content, places, self._seed, number)
        return damaged(whole.form, whole.content, self._seed, number)

    def _note(self, whole: Whole, damage: str, number: int, opened: Opened, outcome: Outcome) -> None:
        found = self._found
        found.counts.setdefault(damage, dict.fromkeys(OUTCOMES, 0))[outcome] += 1
        found.memory_bytes = max(found.memory_bytes, opened.memory_bytes)
        if opened.sentence:
            beginning = _beginning(opened.sentence)
            count, first = found.sentences.get(beginning, (0, number))
            found.sentences[beginning] = (count + 1, first)
        if outcome in FAILURES:
            said = opened.traceback or opened.sentence or f"code {opened.exit_code}"
            if opened.exit_code != 0 and opened.before:
                said += f"; the same process had read {opened.before} files before"
            said += f"; {opened.memory_bytes / 1e6:,.0f} MB" if outcome == "too much memory" else ""
            name = str(whole.path.relative_to(self._folder / "files"))
            found.failures.append(Failure(name, damage, number, outcome, said))

    def _describe(self) -> list[WholeFile]:
        names = {
            str(whole.path.relative_to(self._folder / "files")): (sha256_of(whole.content), len(whole.content))
            for whole in self._wholes
        }
        return [WholeFile(name, *facts) for name, facts in names.items()]

    def _named(self, opened: Opened) -> Opened:
        """Name files without the temporary folder that they are in."""
        texts = (text.replace(f"{self._folder}/", "") for text in (opened.sentence, opened.traceback))
        sentence, trace = texts
        return replace(opened, sentence=sentence, traceback=trace)


def _places_in(whole: Whole) -> models.Places | None:
    """Return where a model keeps what; None: the file is none."""
    if whole.form in FORMS:
        return None
    try:
        return models.find_places(whole.content)
    except BadFlatBufferError as error:
        raise ModelFileError(f"`{whole.path.name}` cannot be damaged ({error}); give a whole .tflite file") from error


def judge(opened: Opened, memory_limit_bytes: int) -> Outcome:
    """Say what became of a file."""
    if opened.exit_code is None:
        return "hung"
    if opened.exit_code != 0:
        return "crashed"
    if opened.traceback:
        return "traceback"
    if "\n" in opened.sentence:
        return "raw text"
    if opened.memory_bytes > memory_limit_bytes:
        return "too much memory"
    if CRASHES in opened.sentence:
        return "told: crash"
    if HANGS in opened.sentence:
        return "told: hang"
    return "told" if opened.sentence else "works"


def _beginning(sentence: str) -> str:
    """Numbers differ from file to file; the plain words around them are the kind of the sentence."""
    return " ".join(word for word in sentence.split() if word.isascii() and word.strip("`,;:()").isalpha())[:_LONGEST]
