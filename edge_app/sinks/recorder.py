"""The video that a key begins and ends."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from edge_app.common.errors import OutputError
from edge_app.display.controls import Controls
from edge_app.live.display_frame import DisplayFrame
from edge_app.sinks.video import VideoSink

_USUAL_FPS = 15.0  # before the rate of the loop is known


class Recorder:
    """Records while `controls.recording` is set; a fault ends the video and not the run.

    Args:
        folder: where videos go, under names that say when.
        controls: what the keys have set.
        rate: returns the frames per second of the loop; 0: not known yet.
    """

    def __init__(self, folder: Path, controls: Controls, rate: Callable[[], float]) -> None:
        self._folder, self._controls, self._rate = folder, controls, rate
        self._video: VideoSink | None = None
        self._since_s = 0.0

    @property
    def recorded_s(self) -> float | None:
        """How long the video is by now; None: nothing is recorded."""
        return None if self._video is None else time.monotonic() - self._since_s

    def take(self, shown: DisplayFrame) -> None:
        """Append the frame where a video is wanted; begin or end it where that has changed."""
        try:
            if self._controls.recording and self._video is None:
                self._begin()
            elif not self._controls.recording and self._video is not None:
                self.close()
            if self._video is not None:
                self._video.take(shown)
                if self._video.stopped:
                    self._video, self._controls.recording = None, False
                    self._controls.hint("recording stopped: the disk is nearly full")
        except OutputError as error:
            self._give_up(error)

    def close(self) -> None:
        """End the video and keep it."""
        video, self._video = self._video, None
        if video is None:
            return
        try:
            video.__exit__(None, None, None)
            self._controls.say(f"recorded {video.path}")
        except OutputError as error:
            self._give_up(error)

    def _begin(self) -> None:
        path = self._folder / f"fieldlens-{datetime.now():%Y%m%d-%H%M%S}.mp4"
        video = VideoSink(path, self._rate() or _USUAL_FPS)
        video.__enter__()
        self._video, self._since_s = video, time.monotonic()

    def _give_up(self, error: OutputError) -> None:
        video, self._video = self._video, None
        self._controls.recording = False
        if video is not None:  # nothing half-written stays
            video.discard()
        self._controls.say(f"not recorded: {error}")
