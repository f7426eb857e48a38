"""The list of cameras: what each device is, and the exact way out where it cannot be used."""

from __future__ import annotations

import errno
import os
import sys
import types
from collections.abc import Callable
from pathlib import Path

import pytest

from edge_app.__main__ import main
from edge_app.sources import camera_diagnosis, v4l2
from edge_app.sources.camera_diagnosis import list_cameras
from edge_app.sources.v4l2 import examine_device, four_letters, holders

CAPTURE, METADATA, MEMORY_TO_MEMORY = 0x04200001, 0x04A00000, 0x04204000


def capability(flags: int) -> bytes:
    """`struct v4l2_capability` with its fields where the kernel puts them."""
    answer = bytearray(104)
    answer[:8] = b"uvcvideo"
    answer[84:88] = (0x84A00001).to_bytes(4, "little")
    answer[88:92] = flags.to_bytes(4, "little")
    return bytes(answer)


class Kernel:
    """Answers the two questions about a device as Linux does."""

    def __init__(self, flags: int, formats: tuple[bytes, ...] = ()) -> None:
        self._flags, self._formats = flags, formats

    def ioctl(self, handle: int, request: int, question: bytes) -> bytes:
        if request == 0x80685600:
            assert len(question) == 104
            return capability(self._flags)
        assert request == 0xC0405602
        assert len(question) == 64
        index = int.from_bytes(question[:4], "little")
        if index >= len(self._formats):
            raise OSError(errno.EINVAL, "Invalid argument")
        answer = bytearray(question)
        answer[44:48] = self._formats[index]
        return bytes(answer)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Offer a machine with video devices in a folder."""
    monkeypatch.setattr(v4l2, "_SYSFS", tmp_path / "sys")
    monkeypatch.setattr(v4l2, "_PROC", tmp_path / "proc")
    monkeypatch.setattr(camera_diagnosis, "_BOARD", tmp_path / "model")
    monkeypatch.setitem(sys.modules, "fcntl", Kernel(CAPTURE, (b"MJPG", b"YUYV")))
    for module in (camera_diagnosis, camera_diagnosis):
        monkeypatch.setattr(module, "video_devices", lambda: [examine_device(path) for path in paths])
    paths: list[Path] = []

    def add(name: str, number: int) -> Path:
        path = tmp_path / f"video{number}"
        path.touch()
        paths.append(path)
        (tmp_path / "sys" / path.name).mkdir(parents=True)
        (tmp_path / "sys" / path.name / "name").write_text(f"{name}\n")
        return path

    return add


def test_a_webcam_is_listed_with_its_formats_and_how_to_use_it(machine: Callable[..., Path]) -> None:
    path = machine("HD Webcam", 0)
    assert list_cameras() == [f"{path}  HD Webcam (MJPG, YUYV): use --source 0"]


def test_a_webcam_without_mjpg_is_said_to_be_slow(
    machine: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "fcntl", Kernel(CAPTURE, (b"YUYV",)))
    path = machine("Old Webcam", 2)
    assert list_cameras() == [f"{path}  Old Webcam (YUYV): use --source 2; without MJPG large pictures are slow"]


@pytest.mark.parametrize("name", ["unicam-image", "rp1-cfe-csi2_ch0"])
def test_a_ribbon_cable_camera_leads_to_picamera2(
    name: str, machine: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda package: None)
    machine(name, 0)
    receiver, library = list_cameras()
    assert "receives a ribbon-cable camera, whose raw data OpenCV cannot read" in receiver
    assert "use --source picamera after: sudo apt install -y python3-picamera2" in receiver
    assert library.startswith("picamera: Picamera2 is not installed")


@pytest.mark.parametrize("name", ["bcm2835-codec-decode", "pispbe-input", "rpi-hevc-dec"])
def test_parts_of_the_video_engine_are_no_cameras(name: str, machine: Callable[..., Path]) -> None:
    machine(name, 10)
    assert "is part of the video engine, not a camera" in list_cameras()[0]


def test_the_second_device_of_a_webcam_is_no_camera(
    machine: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "fcntl", Kernel(METADATA))
    machine("HD Webcam", 1)
    assert "carries only metadata of a camera; use the number before it" in list_cameras()[0]
    monkeypatch.setitem(sys.modules, "fcntl", Kernel(MEMORY_TO_MEMORY))
    assert "is part of the video engine" in list_cameras()[0]


def test_a_device_without_permission_names_the_group(
    machine: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    machine("HD Webcam", 0)
    monkeypatch.setattr(os, "access", lambda *_arguments: False)
    assert "run: sudo usermod -aG video $USER, and log in again" in list_cameras()[0]


def test_a_busy_device_names_who_holds_it(machine: Callable[..., Path], tmp_path: Path) -> None:
    path = machine("HD Webcam", 0)
    handles = tmp_path / "proc" / "4711" / "fd"
    handles.mkdir(parents=True)
    (handles / "3").symlink_to(path)
    (tmp_path / "proc" / "4711" / "comm").write_text("zoom\n")
    assert holders(path) == ["zoom (process 4711)"]
    assert list_cameras() == [f"{path}  HD Webcam: in use by zoom (process 4711); close it first"]


def test_what_libcamera_knows_is_listed(machine: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    machine("unicam-image", 0)
    module = types.ModuleType("picamera2")
    module.Picamera2 = types.SimpleNamespace(global_camera_info=lambda: [{"Model": "imx219", "Id": "/base/imx219"}])
    monkeypatch.setitem(sys.modules, "picamera2", module)
    monkeypatch.setattr("importlib.util.find_spec", lambda package: module)
    assert list_cameras()[1] == "picamera  imx219 (/base/imx219): use --source picamera"


def test_the_verb_says_so_where_there_is_no_camera(
    machine: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["cameras"]) == 0
    assert capsys.readouterr().out == "no camera found; `--source demo` needs none\n"


def test_pixel_formats_are_four_letters() -> None:
    assert four_letters(0x47504A4D) == "MJPG"
    assert four_letters(0) == ""
    assert four_letters(-466162819) == ""
