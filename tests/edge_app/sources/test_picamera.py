"""The ribbon-cable camera, by a stand-in that knows only what the published source of Picamera2 knows."""

from __future__ import annotations

import inspect
import json
import sys
import time
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_app.common.errors import SourceError
from edge_app.sources.frames import CaptureOptions
from edge_app.sources.opening import open_source
from edge_app.sources.picamera import PicameraSource, known_cameras

FACTS = json.loads((Path(__file__).parent / "picamera2_facts.json").read_text())
RED, GREEN, BLUE = 200, 100, 50


def check_call(name: str, *arguments: object, **named: object) -> None:
    """Refuse a call that the published method would refuse."""
    fact = FACTS["calls"][name]
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = [inspect.Parameter(word, kind) for word in fact["required"]]
    parameters += [inspect.Parameter(word, kind, default=None) for word in fact["optional"]]
    inspect.Signature(parameters).bind(*arguments, **named)


class StandInRequest:
    def __init__(self, camera: StandInCamera) -> None:
        self._camera = camera

    def make_array(self, *arguments: object, **named: object) -> np.ndarray:
        check_call("CompletedRequest.make_array", *arguments, **named)
        main = self._camera.configured["main"]
        value = {"R": RED, "G": GREEN, "B": BLUE, "X": 255}
        pixel = [value[letter] for letter in FACTS["array_bytes"][main["format"]]]
        width, height = main["size"]
        return np.full((height, width, len(pixel)), pixel, np.uint8)

    def get_metadata(self) -> dict[str, Any]:
        check_call("CompletedRequest.get_metadata")
        return {"SensorTimestamp": time.monotonic_ns() - 20_000_000}

    def release(self) -> None:
        check_call("CompletedRequest.release")
        self._camera.out -= 1


class StandInCamera:
    """Plays `picamera2.Picamera2`: any attribute or argument that the real one lacks is an error."""

    attached = 1
    sensor_resolution = (3280, 2464)
    silent = False

    def __init__(self, *arguments: Any, **named: Any) -> None:
        check_call("Picamera2.__init__", *arguments, **named)
        if (arguments[0] if arguments else 0) >= self.attached:
            raise IndexError("list index out of range")
        self.calls: list[str] = []
        self.out = 0
        type(self).last = self

    @classmethod
    def global_camera_info(cls) -> list[dict[str, Any]]:
        check_call("Picamera2.global_camera_info")
        return [{"Model": "imx219", "Id": "/base/soc/i2c0mux/i2c@1/imx219@10", "Num": 0}][: cls.attached]

    def create_video_configuration(self, *arguments: Any, **named: Any) -> dict[str, Any]:
        check_call("Picamera2.create_video_configuration", *arguments, **named)
        for stream in ("main", "raw"):
            assert set(named[stream]) <= set(FACTS["stream_keys"]["keys"])
        return named

    def configure(self, *arguments: Any) -> None:
        check_call("Picamera2.configure", *arguments)
        self.configured = arguments[0]

    def camera_configuration(self) -> dict[str, Any]:
        check_call("Picamera2.camera_configuration")
        return self.configured

    def start(self) -> None:
        check_call("Picamera2.start")
        self.calls.append("start")

    def capture_request(self, *arguments: Any, **named: Any) -> StandInRequest:
        check_call("Picamera2.capture_request", *arguments, **named)
        if self.silent:
            raise TimeoutError
        self.out += 1
        return StandInRequest(self)

    def close(self) -> None:
        check_call("Picamera2.close")
        self.calls.append("close")


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> type[StandInCamera]:
    module = types.ModuleType("picamera2")

    class Fresh(StandInCamera):
        pass

    module.Picamera2 = Fresh
    monkeypatch.setitem(sys.modules, "picamera2", module)
    return Fresh


def test_the_pictures_are_blue_green_red_of_the_size_asked_for_and_their_age_is_the_sensors(
    library: type[StandInCamera],
) -> None:
    told: list[str] = []
    source = open_source("picamera", CaptureOptions(320, 240, camera_fps=20.0))
    assert isinstance(source, PicameraSource)
    device = source.open(told.append)
    image, captured_at_s = device.read()
    age_s = time.perf_counter() - captured_at_s
    device.release()
    assert image.shape == (240, 320, 3)
    assert image[0, 0].tolist() == [BLUE, GREEN, RED]
    assert 0.02 <= age_s < 2.0
    assert told == ["picamera: 320×240 BGR at 20 fps"]
    assert library.last.out == 0, "every request goes back to the camera"
    assert library.last.calls == ["start", "close"]
    assert library.last.configured["controls"] == {"FrameDurationLimits": (50_000, 50_000)}
    assert library.last.configured["raw"] == {"size": (1640, 1232)}


def test_a_camera_that_is_not_there_is_said(library: type[StandInCamera]) -> None:
    with pytest.raises(SourceError, match=r"picamera:1 does not open: there are 1, from 0; see: rpicam-hello"):
        open_source("picamera:1").open(print)
    library.attached = 0
    with pytest.raises(SourceError, match="libcamera finds no camera; check the ribbon cable"):
        open_source("picamera").open(print)


def test_a_camera_in_use_is_said(library: type[StandInCamera], monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(self: object, *_arguments: object) -> None:
        raise RuntimeError("Camera __init__ sequence did not complete.")

    monkeypatch.setattr(library, "__init__", busy)
    with pytest.raises(SourceError, match="close the other program that uses it"):
        open_source("picamera").open(print)


def test_another_format_is_refused_and_the_camera_closed(
    library: type[StandInCamera], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"main": {"format": "XBGR8888", "size": (640, 480)}}
    monkeypatch.setattr(library, "camera_configuration", lambda self: given)
    with pytest.raises(SourceError, match="it gives XBGR8888 where RGB888 is needed"):
        open_source("picamera").open(print)
    assert library.last.calls == ["close"]


def test_a_camera_that_falls_silent_is_a_fault(library: type[StandInCamera]) -> None:
    device = open_source("picamera").open(print)
    library.silent = True
    with pytest.raises(SourceError, match="delivers no picture within 3 s"):
        device.read()


def test_cameras_are_named(library: type[StandInCamera]) -> None:
    assert known_cameras() == ["imx219 (/base/soc/i2c0mux/i2c@1/imx219@10)"]


def test_without_the_library_the_way_to_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "picamera2", None)
    with pytest.raises(SourceError, match="sudo apt install -y python3-picamera2"):
        open_source("picamera").open(print)


def test_a_number_that_is_none_is_refused() -> None:
    with pytest.raises(SourceError, match="write picamera or picamera:1"):
        open_source("picamera:front")
