"""Damaged and hostile `.tflite` files, given to the very path of the app: it must say what is wrong and live."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, get_args

from benchmarks.experiments.fuzz.mutations import KINDS, Places, find_places, mutate
from benchmarks.experiments.fuzz.process import AppProcesses, Opened
from edge_app.common.atomic_files import write_bytes
from edge_app.common.errors import ModelFileError
from edge_app.model.flatbuffer import BadFlatBufferError
from edge_app.model.trial import CRASHES, HANGS, TIME_LIMIT_S
from edge_app.photographs.splits import sha256_of

Outcome = Literal["works", "told", "told: crash", "told: hang", "raw text", "traceback", "app crashed", "app hung"]
"""What became of a file; the last four must not be.

`told` is a sentence of our own reader or the runtime's refusal; `told: crash` and `told: hang` are those where the
trial in the child ended so. `raw text` is a sentence with a line's end in it.
"""
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
FAILURES: tuple[Outcome, ...] = OUTCOMES[4:]

_LONGEST = 90  # of an example, letters
_APP_LIMIT_S = TIME_LIMIT_S + 30.0  # the trial in the child has its own limit


@dataclass(frozen=True)
class Failure:
    """A file that the app did not stand: `number` makes it again."""

    file: str
    kind: str
    number: int
    outcome: Outcome
    said: str


@dataclass
class FileFuzz:
    """What became of the damaged copies of one file.

    Attributes:
        file: its name.
        sha256: of the whole file.
        size_bytes: of the whole file.
        counts: by kind of damage and outcome.
        sentences: the first one of each beginning, as examples, with the number of the mutation.
    """

    file: str
    sha256: str
    size_bytes: int
    counts: dict[str, dict[Outcome, int]] = field(
        default_factory=lambda: {kind: dict.fromkeys(OUTCOMES, 0) for kind in KINDS}
    )
    sentences: dict[str, int] = field(default_factory=dict)


@dataclass
class Fuzz:
    """What became of all damaged files.

    Attributes:
        seed: of the series.
        files: one per whole file.
        failures: every file that the app did not stand.
        duration_s: of all.
        interrupted: whether Ctrl-C ended it early.
    """

    seed: int
    files: list[FileFuzz]
    failures: list[Failure] = field(default_factory=list)
    duration_s: float = 0.0
    interrupted: bool = False

    def total(self, outcome: Outcome) -> int:
        """Return how many files ended so."""
        return sum(counts[outcome] for one in self.files for counts in one.counts.values())


def fuzz(
    models: Sequence[Path],
    mutations: int,
    seed: int,
    step: Callable[[str], None] = lambda _detail: None,
    keep: Path | None = None,
) -> Fuzz:
    """Damage files and open each; Ctrl-C ends early and keeps what was found.

    Args:
        models: whole `.tflite` files.
        mutations: of all files together; the files take turns.
        seed: of the series.
        step: called after each, with the name of the kind.
        keep: folder for the files that the app did not stand; None: they can be made again by their number.

    Raises:
        ModelFileError: one of the files is not whole.
    """
    wholes = [_read(model) for model in models]
    found = Fuzz(
        seed, [FileFuzz(model.name, *_identity(whole)) for model, (whole, _) in zip(models, wholes, strict=True)]
    )
    begin_s = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        processes = AppProcesses(Path(folder) / "cache", _APP_LIMIT_S)
        path = Path(folder) / "damaged.tflite"
        try:
            for turn in range(mutations):
                number, place = divmod(turn, len(models))
                kind, content = mutate(*wholes[place], seed, number)
                path.write_bytes(content)
                failure = _note(found.files[place], kind, number, _named(processes.open(path), path))
                if failure is not None:
                    found.failures.append(failure)
                    if keep is not None:
                        write_bytes(keep / f"{Path(failure.file).stem}-{seed}-{number}.tflite", content)
                step(kind)
        except KeyboardInterrupt:
            found.interrupted = True
    found.duration_s = time.monotonic() - begin_s
    return found


def _identity(content: bytes) -> tuple[str, int]:
    return sha256_of(content), len(content)


def _read(model: Path) -> tuple[bytes, Places]:
    try:
        content = model.read_bytes()
        return content, find_places(content)
    except (OSError, BadFlatBufferError) as error:
        raise ModelFileError(f"`{model}` cannot be damaged ({error}); give a whole .tflite file") from error


def _named(opened: Opened, path: Path) -> Opened:
    """Name the file without the temporary folder that it is in."""
    sentence, trace = (text.replace(str(path), path.name) for text in (opened.sentence, opened.traceback))
    return replace(opened, sentence=sentence, traceback=trace)


def _note(found: FileFuzz, kind: str, number: int, opened: Opened) -> Failure | None:
    outcome = judge(opened)
    found.counts[kind][outcome] += 1
    if opened.sentence:
        found.sentences.setdefault(_beginning(opened.sentence), number)
    if outcome not in FAILURES:
        return None
    return Failure(found.file, kind, number, outcome, opened.traceback or opened.sentence or f"code {opened.exit_code}")


def judge(opened: Opened) -> Outcome:
    """Say what became of a file."""
    if opened.exit_code is None:
        return "app hung"
    if opened.exit_code != 0:
        return "app crashed"
    if opened.traceback:
        return "traceback"
    if "\n" in opened.sentence:
        return "raw text"
    if CRASHES in opened.sentence:
        return "told: crash"
    if HANGS in opened.sentence:
        return "told: hang"
    return "told" if opened.sentence else "works"


def _beginning(sentence: str) -> str:
    """Numbers differ from file to file; the plain words around them are the kind of the sentence."""
    return " ".join(word for word in sentence.split() if word.isascii() and word.strip("`,;:()").isalpha())[:_LONGEST]
