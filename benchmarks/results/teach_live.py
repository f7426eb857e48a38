"""The result of `benchmarks experiment teach-live`: what recording costs the live labels; how soon there are some."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, ClassVar

from benchmarks.results.device import Device

LIVE, RECORDING, LEARNING = "live labels only", "recording", "recording with --train"
WAYS = (LIVE, RECORDING, LEARNING)


@dataclass(frozen=True)
class Turn:
    """Some seconds of live labels.

    Attributes:
        way: of `WAYS`.
        seconds: from its first frame to its last.
        came: frames of the camera in this time.
        labelled: of these.
        kept: photographs, from a second before its first frame on.
        learned: heads.
        frame_to_label_ms: of every labelled frame.
    """

    way: str
    seconds: float
    came: int
    labelled: int
    kept: int
    learned: int
    frame_to_label_ms: tuple[float, ...]

    @property
    def share(self) -> float:
        """Of the camera's frames that got a label, 0..1."""
        return self.labelled / self.came


@dataclass(frozen=True)
class FirstLabels:
    """From the start of `fieldlens teach` until the program has told every label from the others once.

    Attributes:
        page_s: from the start until the page answers.
        hands_s: in which things are fetched and held up, by the script's own waiting.
        labels_s: after the last button was let go: until each label was right for a frame that was not shown before.
        total_s: all of it.
        kept: photographs of each label.
        right: of the frames shown at the end, 0..1.
    """

    page_s: float
    hands_s: float
    labels_s: float
    total_s: float
    kept: tuple[int, ...]
    right: float

    @property
    def machine_s(self) -> float:
        """What the script does not wait for of its own will."""
        return self.total_s - self.hands_s


@dataclass(frozen=True)
class TeachLive:
    """Turns of live labels with and without recording, and starts from nothing to a label.

    Attributes:
        tensorflow: whether it is installed beside the program.
        fps: of the camera.
        labels: that are taught from nothing.
        turns: in order.
        starts: in order.
    """

    KIND: ClassVar[str] = "teach-live"

    date: str
    device: Device
    tensorflow: bool
    fps: float
    labels: tuple[str, ...]
    turns: tuple[Turn, ...]
    starts: tuple[FirstLabels, ...]


@dataclass(frozen=True)
class Cost:
    """A way of recording beside the turn of live labels of the same round; ratios, live labels = 1.

    Attributes:
        way: see `Turn`.
        labelled: share of the camera's frames that got a label, of each round.
        frame_to_label: median time, of each round.
    """

    way: str
    labelled: tuple[float, ...]
    frame_to_label: tuple[float, ...]


def costs(result: TeachLive) -> list[Cost]:
    """Compare the turns of every round."""
    rounds = [result.turns[start : start + len(WAYS)] for start in range(0, len(result.turns), len(WAYS))]
    ways = [{turn.way: turn for turn in turns} for turns in rounds]
    return [
        Cost(
            way,
            tuple(one[way].share / one[LIVE].share for one in ways),
            tuple(median(one[way].frame_to_label_ms) / median(one[LIVE].frame_to_label_ms) for one in ways),
        )
        for way in (RECORDING, LEARNING)
    ]


def derived_from(result: TeachLive) -> dict[str, Any]:
    """Return what readers of the JSON find under `derived`."""
    return {"costs": costs(result), "machine_s": [one.machine_s for one in result.starts]}


COSTS_HEAD = ("live labels = 1", "frames that got a label", "frame to label")
STARTS_HEAD = ("page, s", "hands, s", "labels, s", "total, s", "of the machine, s", "photographs", "right, %")


def cost_rows(result: TeachLive) -> list[tuple[str, ...]]:
    """Return a row per way of recording: medians, and from the lowest to the highest."""
    return [(one.way, _spread(one.labelled), _spread(one.frame_to_label)) for one in costs(result)]


def start_rows(result: TeachLive) -> list[tuple[str, ...]]:
    """Return a row per start."""
    return [
        (
            *(f"{one:.1f}" for one in (start.page_s, start.hands_s, start.labels_s, start.total_s, start.machine_s)),
            " ".join(map(str, start.kept)),
            f"{100 * start.right:.0f}",
        )
        for start in result.starts
    ]


def _spread(ratios: Sequence[float]) -> str:
    return f"{median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f})"
