"""The live loop on a drawn camera, with a clock at its end; alone, it is what the loop with a broker is compared with.

Run as `python -m benchmarks.experiments.mqtt.watched MODEL FPS`, it prints `begun` and then, when its standard input
ends, a JSON line: what it saw, a list per frame.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple, Self

from benchmarks.measure.live.loop import frame_classifier_of, ignore_notice
from edge_app.app import LiveLoop
from edge_app.display.display_frame import DisplayFrame
from edge_app.sinks.sink import Sink
from edge_app.sources.frames import CaptureOptions, FrameStream
from edge_app.sources.opening import open_frame_stream, open_source


class Seen(NamedTuple):
    """A frame: when it was through (`time.monotonic()`), its label, how long the sink had it, frames dropped so far."""

    at_s: float
    label: str
    consume_s: float
    dropped: int


class Watched:
    """A sink, or none, with a clock around it.

    Args:
        frame_stream: whose dropped frames are counted.
        sink: open.
    """

    def __init__(self, frame_stream: FrameStream, sink: Sink | None = None) -> None:
        self._frame_stream, self._sink = frame_stream, sink
        self.ending = False
        self.seen: list[Seen] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        pass

    def consume(self, display_frame: DisplayFrame) -> bool:
        """Let the sink have the frame."""
        begin_s = time.monotonic()
        if self._sink is not None:
            self._sink.consume(display_frame)
        end_s = time.monotonic()
        self.seen.append(Seen(end_s, display_frame.label, end_s - begin_s, self._frame_stream.dropped))
        return not self.ending

    def shown(self, at_s: float) -> str:
        """Return the label of the newest frame at a moment."""
        return [one.label for one in self.seen if one.at_s <= at_s][-1]


def between(seen: list[Seen], begin_s: float, end_s: float) -> tuple[list[Seen], float]:
    """Return the frames of a time, and the longest gap between two of them, seconds."""
    frames = [one for one in seen if begin_s <= one.at_s < end_s]
    return frames, max(after.at_s - before.at_s for before, after in pairwise(frames))


def run_watched(model: Path, fps: float, sink: Sink | None, story: Callable[[Watched], None]) -> Watched:
    """Run the loop while a thread tells a story about it; return what was seen.

    Args:
        model: a `.tflite` file.
        fps: of the camera.
        sink: that gets the frames; None: nobody does.
        story: told until its end, with which the loop ends.
    """
    source = open_source("demo", CaptureOptions(demo_fps=fps))
    with open_frame_stream(source, ignore_notice) as frame_stream, sink or nullcontext():
        watched = Watched(frame_stream, sink)
        thread = threading.Thread(target=story, args=(watched,), name="story")
        thread.start()
        LiveLoop(frame_stream, frame_classifier_of(model, 1), [watched]).run()
        thread.join()
    return watched


def _until_told(watched: Watched) -> None:
    print("begun", flush=True)
    sys.stdin.read()
    watched.ending = True


if __name__ == "__main__":
    print(json.dumps(run_watched(Path(sys.argv[1]), float(sys.argv[2]), None, _until_told).seen))
