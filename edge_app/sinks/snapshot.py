"""One picture, as it is seen."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import cv2

from edge_app.common.atomic_files import write_bytes
from edge_app.common.errors import OutputError
from edge_app.display.controls import Controls
from edge_app.live.display_frame import DisplayFrame


def write_snapshot(shown: DisplayFrame, folder: Path, controls: Controls) -> None:
    """Write the picture with its overlay as PNG under a name that says when; tell it, or why not, on the picture."""
    path = folder / f"fieldlens-{datetime.now():%Y%m%d-%H%M%S-%f}.png"
    try:
        write_bytes(path, cv2.imencode(".png", shown.drawn_bgr())[1].tobytes())
    except OutputError as error:
        controls.say(f"no snapshot: {error}")
    else:
        controls.say(f"snapshot {path}")
