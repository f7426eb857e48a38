"""The results of the running app: its live loop, hours on a camera that drops, and viewers of its page."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import ClassVar

from benchmarks.results.device import Device

SETTLED_S = 300.0
"""Growth of memory counts from here on: caches and pools are full by then."""
_PART_S = 600.0  # whose median is compared


def settles_at_s(duration_s: float) -> float:
    """Return from when on the samples of a soak count, seconds; a short one gets a third of its time to settle."""
    return min(SETTLED_S, duration_s / 3)


@dataclass(frozen=True)
class LiveRound:
    """One turn: bare runs, as many frames to their labels, and as many through the loop; seconds.

    Attributes:
        invoke_s: of the file as it is stored, in the runtime's interpreter.
        frame_to_label_s: from a frame that a camera has just written to its label, as the app does it.
        loop_s: of all frames, with JSON lines written and the overlay drawn.
    """

    invoke_s: tuple[float, ...]
    frame_to_label_s: tuple[float, ...]
    loop_s: float

    @property
    def frame_to_bare(self) -> float:
        """Time from a frame to its label against that of a bare run, medians of this round."""
        return statistics.median(self.frame_to_label_s) / statistics.median(self.invoke_s)

    @property
    def ratio(self) -> float:
        """Throughput of the loop against that of the bare model in this round; 1: drawing and writing cost nothing."""
        return sum(self.invoke_s) / self.loop_s


@dataclass(frozen=True)
class FrameAges:
    """Ages of a camera's frames when their label is there, seconds.

    Attributes:
        fps: of the camera.
        known_s: since `read` gave the frame, as the app reports it.
        true_s: since the camera should have sent it.
        dropped: frames that came while another was classified.
    """

    fps: float
    known_s: tuple[float, ...]
    true_s: tuple[float, ...]
    dropped: int


@dataclass(frozen=True)
class AppStart:
    """A fresh process of the app that labels one picture."""

    label_s: float
    peak_memory_bytes: int


@dataclass(frozen=True)
class LiveResult:
    """The live loop with one file on one device; every raw number."""

    KIND: ClassVar[str] = "live"

    date: str
    device: Device
    threads: int
    file: str
    sha256: str
    rounds: tuple[LiveRound, ...]
    ages: FrameAges
    warm_starts: tuple[AppStart, ...]
    cold_starts: tuple[AppStart, ...]


@dataclass(frozen=True)
class Sample:
    """The app at one moment.

    Attributes:
        at_s: since the first label.
        resident_bytes: its memory, and that of the processes it started.
        threads: of all these processes.
        frames: labelled so far.
        descriptors: open files and connections of all these processes; 0: not counted.
    """

    at_s: float
    resident_bytes: int
    threads: int
    frames: int
    descriptors: int = 0


@dataclass(frozen=True)
class Soak:
    """The app for hours on a camera that drops.

    Attributes:
        date: of the start.
        device: before the start.
        file: name of the model.
        sha256: of its bytes.
        fps: of the camera.
        samples: every few seconds.
        recoveries_s: per drop: from the camera's return to the next label.
        messages: what the app wrote to stderr.
        exit_code: of the app.
        pictures_seen: by the viewer of the page; 0: nobody watched.
        collected: photographs that the app saved.
    """

    KIND: ClassVar[str] = "soak"

    date: str
    device: Device
    file: str
    sha256: str
    fps: float
    samples: tuple[Sample, ...]
    recoveries_s: tuple[float, ...] = ()
    messages: tuple[str, ...] = ()
    exit_code: int = 0
    pictures_seen: int = 0
    collected: int = 0

    def __post_init__(self) -> None:
        if not self.samples:
            raise ValueError("a soak needs samples")

    def growth_bytes(self) -> int:
        """Return by how much the memory grew after it had settled: the highest median of ten minutes above the first.

        Medians, because from moment to moment the app holds one to four frames of 0.9 MB that come or go. A short run
        is cut into three parts.
        """
        settled = self.settled()
        begin_s = settled[0].at_s
        part_s = min(_PART_S, (settled[-1].at_s - begin_s) / 3 or 1.0)
        parts: dict[int, list[int]] = {}
        for sample in settled:
            parts.setdefault(int((sample.at_s - begin_s) / part_s), []).append(sample.resident_bytes)
        medians = [round(statistics.median(part)) for _, part in sorted(parts.items())]
        return max(medians) - medians[0]

    def highest_moment_bytes(self) -> int:
        """Return by how much the highest moment is above the first one after the memory had settled."""
        later = [sample.resident_bytes for sample in self.settled()]
        return max(later) - later[0]

    def settled(self) -> tuple[Sample, ...]:
        """Return the samples since every part was in use: what starts with the first viewer or drop is no leak."""
        from_s = settles_at_s(self.samples[-1].at_s)
        return tuple(sample for sample in self.samples if sample.at_s >= from_s)


@dataclass(frozen=True)
class Block:
    """A stretch of the live loop.

    Attributes:
        fed: `camera`: 30 frames a second; `always ready`: the next frame is there when it is asked for.
        viewers: who watched.
        frames: that were classified.
        duration_s: of the stretch.
        latencies_s: of each frame, from the frame to its label.
        pictures: that all viewers got together.
        viewers_cpu_s: processor time of the viewers, who share this machine with the classifier here.
        idle: connections that never finish a request, opened again when they are cut.
        idle_opened: how many of these were opened in all.
        page_s: how long the owner of the device waited for the page and its first picture, every time.
    """

    fed: str
    viewers: int
    frames: int
    duration_s: float
    latencies_s: tuple[float, ...]
    pictures: int
    viewers_cpu_s: float
    idle: int = 0
    idle_opened: int = 0
    page_s: tuple[float, ...] = ()

    @property
    def fps(self) -> float:
        """Frames per second."""
        return self.frames / self.duration_s


@dataclass(frozen=True)
class Viewers:
    """The live loop with and without viewers.

    Attributes:
        date: of the start.
        device: before the start.
        model: name of the file.
        threads: of the CPU; None: the usual number.
        blocks: in the order of time.
    """

    KIND: ClassVar[str] = "viewers"

    date: str
    device: Device
    model: str
    threads: int | None
    blocks: tuple[Block, ...]
