"""What Linux says about its video devices, without opening a stream: names, kinds, formats, and who holds them.

Numbers and layouts are those of the kernel's `include/uapi/linux/videodev2.h`; all architectures that Linux calls
little-endian lay these structures out the same way.
"""

from __future__ import annotations

import errno
import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Kind = Literal["camera", "ribbon", "codec", "metadata", "unknown"]

_SYSFS = Path("/sys/class/video4linux")
_BY_ID = Path("/dev/v4l/by-id")
_PROC = Path("/proc")

_QUERYCAP = 0x80685600  # _IOR('V', 0, struct v4l2_capability), 104 bytes
_CAPABILITY = struct.Struct("<16s32s32sIII12x")
_ENUM_FMT = 0xC0405602  # _IOWR('V', 2, struct v4l2_fmtdesc), 64 bytes
_FMTDESC = struct.Struct("<III32sII12x")
_BUF_TYPE_VIDEO_CAPTURE = 1
_CAP_VIDEO_CAPTURE = 0x1
_CAP_META_CAPTURE = 0x00800000
_CAP_DEVICE_CAPS = 0x80000000
_MOST_FORMATS = 64

# How the drivers of a Raspberry Pi name their devices: receivers of the ribbon cable, whose raw data only libcamera can
# turn into pictures, and parts of the video engine, which are no cameras at all.
_RIBBON_NAMES = ("unicam", "rp1-cfe")
_ENGINE_NAMES = ("bcm2835-codec", "bcm2835-isp", "pispbe", "rpivid", "rpi-hevc", "hevc-dec")


@dataclass(frozen=True)
class VideoDevice:
    """One `/dev/videoN`.

    Attributes:
        path: its device file.
        name: as the driver calls it.
        kind: `ribbon` is a Raspberry Pi's CSI receiver, `codec` a part of its video engine, `metadata` the second
            device that a USB camera brings; `unknown` could not be asked.
        formats: four letters each, as in `MJPG`; empty: not known.
    """

    path: Path
    name: str
    kind: Kind
    formats: tuple[str, ...] = ()


def video_devices() -> list[VideoDevice]:
    """Return all video devices, by number; none on systems other than Linux."""
    folders = sorted(_SYSFS.glob("video*"), key=lambda folder: int(folder.name.removeprefix("video") or 0))
    return [examine_device(Path("/dev") / folder.name) for folder in folders]


def examine_device(path: Path) -> VideoDevice:
    """Ask one device what it is; never starts it, and works while another program uses it."""
    name = device_name(path)
    if name.startswith(_RIBBON_NAMES):
        return VideoDevice(path, name, "ribbon")
    if name.startswith(_ENGINE_NAMES):
        return VideoDevice(path, name, "codec")
    try:
        handle = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    except OSError:
        return VideoDevice(path, name, "unknown")
    try:
        kind = _kind(_ask(handle, _QUERYCAP, _CAPABILITY.size))
        return VideoDevice(path, name, kind, _formats(handle) if kind == "camera" else ())
    except OSError:
        return VideoDevice(path, name, "unknown")
    finally:
        os.close(handle)


def device_name(path: Path) -> str:
    """Return what the driver calls a device; empty where it does not say."""
    try:
        return (_SYSFS / path.resolve().name / "name").read_text(errors="replace").strip()
    except OSError:
        return ""


def stable_name(path: Path) -> Path | None:
    """Return the name that a USB camera keeps when it is plugged in again and gets another number."""
    try:
        links = sorted(_BY_ID.iterdir())
    except OSError:
        return None
    target = path.resolve()
    return next((link for link in links if link.resolve() == target), None)


def holders(path: Path) -> list[str]:
    """Return the programs that have a device open, as in `zoom (process 4711)`; only ours are visible without root."""
    target = str(path.resolve())
    found = []
    for process in _PROC.glob("[0-9]*"):
        if process.name == str(os.getpid()):
            continue
        try:
            held = any(str(link.readlink()) == target for link in (process / "fd").iterdir())
            if held:
                found.append(f"{(process / 'comm').read_text().strip()} (process {process.name})")
        except OSError:  # gone, or another user's
            continue
    return found


def _kind(capability: bytes) -> Kind:
    _driver, _card, _bus, _version, everything, of_device = _CAPABILITY.unpack(capability)
    flags = of_device if everything & _CAP_DEVICE_CAPS else everything
    if flags & _CAP_VIDEO_CAPTURE:
        return "camera"
    return "metadata" if flags & _CAP_META_CAPTURE else "codec"


def _formats(handle: int) -> tuple[str, ...]:
    found = []
    for index in range(_MOST_FORMATS):
        question = _FMTDESC.pack(index, _BUF_TYPE_VIDEO_CAPTURE, 0, b"", 0, 0)
        try:
            answer = _FMTDESC.unpack(_ask(handle, _ENUM_FMT, question))
        except OSError as error:
            if error.errno == errno.EINVAL:  # the end of the list
                break
            raise
        found.append(four_letters(answer[4]))
    return tuple(found)


def four_letters(code: int) -> str:
    """Write a pixel format as people do: 1196444237 is `MJPG`; empty for 0."""
    letters = (code & 0x7FFFFFFF).to_bytes(4, "little") if code > 0 else b""
    return "".join(chr(letter) for letter in letters if 32 <= letter < 127).strip()


def _ask(handle: int, request: int, question: int | bytes) -> bytes:
    import fcntl  # Linux and macOS only

    return fcntl.ioctl(handle, request, bytes(question))
