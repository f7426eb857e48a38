"""The cameras of this machine: what each is, how to use it, or why it cannot be used."""

from __future__ import annotations

import importlib.util
import sys

from edge_app.common.errors import SourceError
from edge_app.sources.frames import PICAMERA
from edge_app.sources.picamera import known_cameras
from edge_app.sources.v4l2 import VideoDevice, holders, video_devices
from edge_app.sources.why_no_camera import is_raspberry_pi, objection, picamera_way, why_no_camera


def list_cameras() -> list[str]:
    """Return a line per video device and camera of this machine: what it is, how to use it, or why it cannot be."""
    if not sys.platform.startswith("linux"):
        return ["only Linux lists its cameras; try --source 0, then --source 1"]
    lines = [_line(device) for device in video_devices()]
    return lines + _picamera_lines(any(device.kind == "ribbon" for device in video_devices()))


def _line(device: VideoDevice) -> str:
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
    slow = "" if not device.formats or "MJPG" in device.formats else "; without MJPG large pictures come slowly"
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
