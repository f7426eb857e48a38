"""What keys save in mid-run: a snapshot of the picture as it is seen, and a video from one key press to the next."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import Self

import cv2

from edge_app.common.atomic_files import write_bytes
from edge_app.common.errors import OutputError
from edge_app.display.controls import Controls
from edge_app.display.display_frame import DisplayFrame
from edge_app.sinks.video import VideoSink

_DEFAULT_FPS = 15.0  # before the rate of the loop is known


class KeyCaptureSink:
    """Records while `controls.recording` is set and saves snapshots; a fault ends the recording and not the run.

    Args:
        controls: the state that keys change.
        folder: where pictures and videos go, named by date and time.
    """

    def __init__(self, controls: Controls, folder: Path = Path()) -> None:
        self._controls, self._folder = controls, folder
        self._video: VideoSink | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        self._end_video()

    def consume(self, display_frame: DisplayFrame) -> bool:
        """Append the frame to the video, if there is one, and save a snapshot, if one was asked for."""
        self._record(display_frame)
        if self._controls.pop_snapshot_request():
            self._save_snapshot(display_frame)
        return True

    def _save_snapshot(self, display_frame: DisplayFrame) -> None:
        path = self._folder / f"fieldlens-{datetime.now():%Y%m%d-%H%M%S-%f}.png"
        try:
            write_bytes(path, cv2.imencode(".png", display_frame.drawn_bgr())[1].tobytes())
        except OutputError as error:
            self._controls.announce(f"no snapshot: {error}")
        else:
            self._controls.announce(f"snapshot saved: {path}")

    def _record(self, display_frame: DisplayFrame) -> None:
        try:
            if self._controls.recording and self._video is None:
                self._begin_video(display_frame.overlay.timings.fps or _DEFAULT_FPS)
            elif not self._controls.recording and self._video is not None:
                self._end_video()
            if self._video is not None:
                self._video.consume(display_frame)
                if self._video.stopped:
                    self._forget_video()
                    self._controls.show_notice("recording stopped: the disk is nearly full")
        except OutputError as error:
            self._abandon_video(error)

    def _begin_video(self, fps: float) -> None:
        path = self._folder / f"fieldlens-{datetime.now():%Y%m%d-%H%M%S}.mp4"
        video = VideoSink(path, fps)
        video.__enter__()
        self._video, self._controls.recording_since_s = video, time.monotonic()

    def _end_video(self) -> None:
        video = self._forget_video()
        if video is None:
            return
        try:
            video.__exit__(None, None, None)
            self._controls.announce(f"video saved: {video.path}")
        except OutputError as error:
            self._abandon_video(error)

    def _abandon_video(self, error: OutputError) -> None:
        video = self._forget_video()
        if video is not None:  # nothing half-written stays
            video.discard()
        self._controls.announce(f"not recorded: {error}")

    def _forget_video(self) -> VideoSink | None:
        video, self._video = self._video, None
        self._controls.recording, self._controls.recording_since_s = False, None
        return video
