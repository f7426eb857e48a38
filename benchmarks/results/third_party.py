"""The result of `benchmarks experiment third-party`: other people's files, in the app and in a bare interpreter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from benchmarks.results.device import Device

Outcome = Literal["equal", "differs", "refused", "not compared"]
"""The app gives the label of the bare interpreter on every photograph; not on every; it refuses the file in a sentence;
nobody documents how the file is fed."""


@dataclass(frozen=True)
class Disagreement:
    """A photograph with two labels.

    Attributes:
        photograph: relative to its folder.
        app: label of the app.
        bare: label of the bare interpreter.
        app_score: of its label, 0..1.
        app_score_of_bare: the app's score of the other label.
    """

    photograph: str
    app: str
    bare: str
    app_score: float
    app_score_of_bare: float


@dataclass(frozen=True)
class FileTried:
    """One file.

    Attributes:
        file: its name, with its folder's.
        sha256: of its bytes.
        size_bytes: of the file.
        origin: repository, commit and path that it is from, or what made it; empty: unknown.
        source: address of what documents how it is fed; empty: nothing.
        fed: how the bare interpreter is fed, in words.
        stated: options that the app is given, because the file cannot tell; empty: none.
        outcome: see `Outcome`.
        sentence: of the refusal, or why it is not compared.
        assumptions: what the app says that it assumes.
        photographs: compared.
        same: of these, with the same label.
        labels_seen: different labels that the bare interpreter gave: with one alone, agreement says little, and
            the published share leaves the file out.
        disagreements: all of them.
        unstated_same: photographs with the same label where the app is given the labels alone; None: that is all that
            it is given, or it refuses the file then.
        unstated_sentence: what the app says of the input then, or its refusal; empty: see `unstated_same`.
    """

    file: str
    sha256: str
    size_bytes: int
    origin: str
    source: str
    fed: str
    stated: str
    outcome: Outcome
    sentence: str = ""
    assumptions: tuple[str, ...] = ()
    photographs: int = 0
    same: int = 0
    labels_seen: int = 0
    disagreements: tuple[Disagreement, ...] = ()
    unstated_same: int | None = None
    unstated_sentence: str = ""


@dataclass(frozen=True)
class ThirdParty:
    """Every file that was tried; `photographs`: the folders they are from."""

    KIND: ClassVar[str] = "third-party"

    date: str
    device: Device
    photographs: tuple[str, ...]
    files: tuple[FileTried, ...]
