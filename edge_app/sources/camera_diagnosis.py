"""The cameras of this machine: what each is, how to use it, and why one does not open."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

from edge_app.common.errors import SourceError
from edge_app.sources.frames import DEMO, PICAMERA
from edge_app.sources.picamera import INSTALL_PICAMERA2, known_cameras
from edge_app.sources.v4l2 import VideoDevice, examine_device, holders, video_devices

_BOARD = Path("/proc/device-tree/model")


def list_cameras() -> list[str]:
    """Return a line per video device and camera of this machine: what it is, how to use it, or why it cannot be."""
    if not sys.platform.startswith("linux"):
        return ["cameras can be listed on Linux only; try --source 0, then --source 1"]
    lines = [_listed(device) for device in video_devices()]
    return lines + _picamera_lines(any(device.kind == "ribbon" for device in video_devices()))


def _listed(device: VideoDevice) -> str:
    head = f"{device.path}  {device.name or 'unnamed'}"
    why_not = why_no_camera(device.path, opened=None)
    if device.kind in ("ribbon", "codec", "metadata"):
        return f"{head}: {objection(device)}"
    if why_not is not None:
        return f"{head}: {why_not}"
    busy = holders(device.path)
    if busy:
        return f"{head}: in use by {', '.join(busy)}; close it first"
    formats = f" ({', '.join(device.formats)})" if device.formats else ""
    slow = "" if not device.formats or "MJPG" in device.formats else "; without MJPG large pictures are slow"
    number = device.path.name.removeprefix("video")
    return f"{head}{formats}: use --source {number}{slow}"


def _picamera_lines(ribbon: bool) -> list[str]:
    """Ask libcamera, where it is installed, for the cameras that it knows."""
    if importlib.util.find_spec("picamera2") is None:
        return [f"{PICAMERA}: Picamera2 is not installed; {picamera_way()}"] if ribbon or is_raspberry_pi() else []
    try:
        cameras = known_cameras()
    except SourceError as error:
        return [f"{PICAMERA}: {error}"]
    if not cameras:
        return [f"{PICAMERA}: libcamera finds no camera; check the ribbon cable, then: rpicam-hello --list-cameras"]
    numbered = [PICAMERA if number == 0 else f"{PICAMERA}:{number}" for number in range(len(cameras))]
    return [f"{name}  {camera}: use --source {name}" for name, camera in zip(numbered, cameras, strict=True)]


def why_no_camera(path: Path, opened: bool | None) -> str | None:
    """Say why a device cannot be used.

    Args:
        path: its device file.
        opened: None: not tried yet, look at what is plain before; False: OpenCV could not open it; True: it opened and
            gave no picture.

    Returns:
        The reason and the way out; None where nothing speaks against trying.
    """
    if not sys.platform.startswith("linux"):
        return "try another number, or allow camera access for this terminal in the system's settings"
    if not path.exists():
        return f"`{path}` does not exist; {_others()}"
    if not os.access(path, os.R_OK | os.W_OK):
        return f"no permission for `{path}`; run: sudo usermod -aG video $USER, and log in again"
    device = examine_device(path)
    if device.kind in ("ribbon", "codec", "metadata"):
        return f"`{path}` ({device.name}) {objection(device)}"
    return None if opened is None else _after_trying(device, opened)


def is_raspberry_pi() -> bool:
    """Tell whether this board calls itself a Raspberry Pi."""
    try:
        return "Raspberry Pi" in _BOARD.read_text(errors="replace")
    except OSError:
        return False


def objection(device: VideoDevice) -> str:
    """Say what a device is that is no camera OpenCV can read."""
    if device.kind == "ribbon":
        return f"receives a ribbon-cable camera, whose raw data OpenCV cannot read; {picamera_way()}"
    if device.kind == "codec":
        return "is part of the video engine, not a camera; run: fieldlens app cameras"
    return "carries only metadata of a camera; use the number before it"


def _after_trying(device: VideoDevice, opened: bool) -> str:
    busy = holders(device.path)
    if busy:
        return f"`{device.path}` is in use by {', '.join(busy)}; close it"
    if opened:
        return (
            f"`{device.path}` ({device.name}) opened but delivers nothing; plug it into another port, without a hub, "
            "and try a smaller --size"
        )
    formats = f"its formats are {', '.join(device.formats)}" if device.formats else "it names no pixel format"
    return (
        f"`{device.path}` ({device.name or 'unnamed'}) is in use by another program (see: sudo fuser {device.path}), "
        f"or not a camera that OpenCV can read: {formats}"
    )


def _others() -> str:
    cameras = [device for device in video_devices() if device.kind == "camera"]
    if cameras:
        found = ", ".join(f"{device.path.name.removeprefix('video')} ({device.name})" for device in cameras)
        return f"there is {found}"
    if is_raspberry_pi():
        return f"no USB camera is connected; {picamera_way()}, or try `--source {DEMO}`"
    return f"no camera is connected; try `--source {DEMO}`"


def picamera_way() -> str:
    """Say how the ribbon-cable camera is used here, installing Picamera2 where it is missing."""
    if importlib.util.find_spec("picamera2") is not None:
        return f"use --source {PICAMERA}"
    return f"use --source {PICAMERA} after: {INSTALL_PICAMERA2}"
