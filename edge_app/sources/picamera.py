"""The ribbon-cable camera of a Raspberry Pi, through Picamera2.

What is used of the library was read in its published source (github.com/raspberrypi/picamera2 at 3e6dff0, version
0.3.36 and 2 commits); `tests/edge_app/sources/picamera2_facts.json` lists the calls, and a test holds this module to
them:

- The format named `RGB888` puts blue first: `Helpers._get_pil_mode` (request.py, line 350) calls its bytes `BGR`, the
  encoders (encoders/encoder.py, line 292) `bgr24`. Its arrays are OpenCV's order as they are.
- `make_array` (request.py, line 198) returns a copy without padding, so the request can go back at once.
- `capture_request(wait=seconds)` raises `TimeoutError` (picamera2.py, line 1508; before 0.3.22 it waits without end,
  which the reader's watchdog covers).
- `SensorTimestamp` is compared with `time.monotonic_ns()` (picamera2.py, lines 1552 and 1863).
"""

from __future__ import annotations

import re
import time
from typing import Any, Literal

from edge_app.common.errors import SourceError
from edge_app.photographs.decoder import Image
from edge_app.sources.frames import DEFAULT_CAPTURE_OPTIONS, PICAMERA, CaptureOptions, NoticeHandler, now_s

INSTALL_PICAMERA2 = (
    "sudo apt install -y python3-picamera2 && python3 -m venv --system-site-packages .venv, "
    "and install FieldLens in that .venv"
)
"""The way to Picamera2: its libcamera comes from the system, so the environment must see the system's packages."""

_BLUE_FIRST = "RGB888"
_WAIT_S = 3.0
_DEFAULT_FPS = 30.0
_OLDEST_S = 10.0  # a timestamp further back than this is of another clock


class PicameraSource:
    """Asks the camera's own scaler for small BGR pictures of the whole view.

    Args:
        text: `picamera` for the first camera, `picamera:1` for the second.
        options: size and rate.

    Raises:
        SourceError: the number is none.
    """

    live: Literal[True] = True

    def __init__(self, text: str, options: CaptureOptions = DEFAULT_CAPTURE_OPTIONS) -> None:
        match = re.fullmatch(rf"{PICAMERA}(?::(\d+))?", text)
        if match is None:
            raise SourceError(f"`{text}` is not a camera; write {PICAMERA} or {PICAMERA}:1")
        self.name, self._number, self._options = text, int(match[1] or 0), options

    def open(self, on_notice: NoticeHandler) -> _Picamera:
        """Open, configure and start the camera.

        Raises:
            SourceError: Picamera2 is not installed, there is no such camera, or another program uses it.
        """
        library = _picamera2()
        try:
            camera = library.Picamera2(self._number)
        except (RuntimeError, IndexError) as error:
            raise SourceError(f"{self.name} does not open: {_why(library, self._number, error)}") from error
        try:
            return _Picamera(self.name, camera, self._options, on_notice)
        except (RuntimeError, ValueError) as error:
            camera.close()
            raise SourceError(f"{self.name} cannot be set up: {error}; try --size 640x480") from error


class _Picamera:
    def __init__(self, name: str, camera: Any, options: CaptureOptions, on_notice: NoticeHandler) -> None:
        self._name, self._camera = name, camera
        self.fps = options.camera_fps or _DEFAULT_FPS
        period_us = round(1e6 / self.fps)
        # Half the sensor's resolution is its binned mode: the whole view, and fast. Left alone, the library picks the
        # smallest mode that will do, which on some sensors shows only the middle.
        width, height = camera.sensor_resolution
        configuration = camera.create_video_configuration(
            main={"format": _BLUE_FIRST, "size": (options.width, options.height)},
            raw={"size": (width // 2, height // 2)},
            controls={"FrameDurationLimits": (period_us, period_us)},
        )
        camera.configure(configuration)
        main = camera.camera_configuration()["main"]
        if main["format"] != _BLUE_FIRST:
            raise RuntimeError(f"it gives {main['format']} where {_BLUE_FIRST} is needed")
        camera.start()
        given = f"{main['size'][0]}×{main['size'][1]}"
        on_notice(f"{name}: {given} BGR at {self.fps:.3g} fps")
        if tuple(main["size"]) != (options.width, options.height):
            on_notice(f"warning: {name} was asked for {options.width}×{options.height} but chose {given}")

    def read(self) -> tuple[Image, float]:
        try:
            request = self._camera.capture_request(wait=_WAIT_S)
        except TimeoutError as error:
            raise SourceError(
                f"{self._name} delivers no picture within {_WAIT_S:.0f} s; check its ribbon cable"
            ) from error
        except RuntimeError as error:
            raise SourceError(f"{self._name} failed: {error}") from error
        try:
            image: Image = request.make_array("main")
            metadata = request.get_metadata()
        finally:
            request.release()
        return image, _captured_at_s(metadata.get("SensorTimestamp"))

    def release(self) -> None:
        self._camera.close()


def known_cameras() -> list[str]:
    """Return a description per camera that libcamera knows, in the order of their numbers.

    Raises:
        SourceError: Picamera2 does not import.
    """
    found = _picamera2().Picamera2.global_camera_info()
    return [f"{camera.get('Model', 'camera')} ({camera['Id']})" for camera in found]


def _picamera2() -> Any:
    try:
        import picamera2
    except ImportError as error:
        what = f"Picamera2 does not import ({error})"
        raise SourceError(f"{what}; it comes with the system, not with pip: {INSTALL_PICAMERA2}") from error
    return picamera2


def _why(library: Any, number: int, error: Exception) -> str:
    cameras = len(library.Picamera2.global_camera_info())
    if number >= cameras:
        there = "libcamera finds no camera; check the ribbon cable" if not cameras else f"there are {cameras}, from 0"
        return f"{there}; see: rpicam-hello --list-cameras"
    return f"{error}; close the other program that uses it (see: sudo fuser /dev/media*)"


def _captured_at_s(sensor_timestamp_ns: int | None) -> float:
    """Turn the sensor's clock into ours; without a timestamp, or with one of another clock, it is now."""
    now, now_ns = now_s(), time.monotonic_ns()
    age_s = 0.0 if sensor_timestamp_ns is None else (now_ns - sensor_timestamp_ns) * 1e-9
    return now - age_s if 0.0 <= age_s < _OLDEST_S else now
