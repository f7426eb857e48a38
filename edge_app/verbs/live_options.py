"""Options of every verb that runs live: where frames come from, and the page that shows them."""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Callable

from edge_app.common.command_line import advanced

Options = argparse.ArgumentParser | argparse._ArgumentGroup


def add_source(parser: Options) -> None:
    """Add the source."""
    parser.add_argument(
        "--source",
        default="0",
        help="camera number or device, `picamera`, rtsp://… or http://…, video, picture, folder, quoted glob pattern, "
        "or `demo` (drawn cats and dogs)",
    )


def add_capture_options(parser: argparse.ArgumentParser) -> None:
    """Add what can be asked of a source."""
    parser.add_argument("--size", type=_size, default="640x480", metavar="WxH", help="frame size to ask the camera for")
    playing = advanced(parser.add_argument_group("cameras and videos"))
    playing.add_argument(
        "--camera-fps", type=_rate, metavar="FPS", help="frame rate to ask the camera for (default: its own)"
    )
    playing.add_argument(
        "--pace",
        choices=("fast", "real"),
        default="fast",
        help="play a video as fast as possible with every frame, or in real time, dropping late frames",
    )
    playing.add_argument("--loop", action="store_true", help="start a video or pictures over at the end")
    playing.add_argument(
        "--demo-fps",
        type=_rate,
        metavar="FPS",
        help="let `demo` behave like a camera with this frame rate (default: no limit)",
    )


def add_frames(parser: Options) -> None:
    """Add the number of frames."""
    advanced(
        parser.add_argument("--frames", type=positive, metavar="N", help="stop after N frames (default: at the end)")
    )


def add_rotate(parser: Options) -> None:
    """Add which way is up."""
    parser.add_argument(
        "--rotate", type=int, choices=(0, 90, 180, 270), default=0, help="rotate frames clockwise, in degrees"
    )


def add_web(parser: Options) -> None:
    """Add the page."""
    parser.add_argument(
        "--web",
        type=port,
        nargs="?",
        const=8080,
        metavar="PORT",
        help="serve a page with the live picture (port 8080, if none is given)",
    )
    parser.add_argument(
        "--web-address",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="address of --web; with 0.0.0.0, anyone with the printed token (or FIELDLENS_WEB_TOKEN) can use it",
    )


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,5})[x×](\d{1,5})", text)
    if match is None or min(int(match[1]), int(match[2])) < 1:
        raise argparse.ArgumentTypeError(f"a size like 640x480 is needed, received `{text}`")
    return int(match[1]), int(match[2])


def number_within(lowest: float, highest: float, what: str) -> Callable[[str], float]:
    """Return what reads a number, the `type` of an option.

    Args:
        lowest: that is possible.
        highest: that is possible.
        what: it is, as in `a number of seconds`.
    """

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not lowest <= value <= highest:
            raise argparse.ArgumentTypeError(f"{what} from {lowest:g} to {highest:g} is needed, received `{text}`")
        return value

    return read


_rate = number_within(0.01, 1000.0, "a number of frames per second")


def positive(text: str) -> int:
    """Read a whole number from 1."""
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"a whole number from 1 is needed, received `{text}`")
    return int(text)


def port(text: str) -> int:
    """Read the number of a port."""
    if not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"a port number up to 65535 is needed, received `{text}`")
    return int(text)
