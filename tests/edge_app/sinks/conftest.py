"""A stand-in for ffmpeg: it follows the calls of ours and refuses others."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

STAND_IN = """#!{python}
import json, pathlib, shutil, sys
here = pathlib.Path(__file__).parent
words = sys.argv[1:]
with (here / "calls.jsonl").open("a") as calls:
    calls.write(json.dumps(words) + chr(10))
value = dict(zip(words, words[1:]))
if words[-3:] == ["-f", "null", "-"]:  # the trial of an encoder
    width, height = map(int, value["-s"].split("x"))
    assert len(sys.stdin.buffer.read()) == width * height * 3, "not one picture"
    works = value["-c:v"] in (here / "works").read_text().split()
    sys.exit(None if works else "Could not find a valid device")
if value.get("-c") == "copy":  # the index of a whole film
    if (here / "cannot copy").exists():
        sys.exit("No such muxer")
    sys.exit(shutil.copy(value["-i"], words[-1]) != words[-1])
import numpy as np
assert (value["-f"], value["-pix_fmt"], value["-i"]) == ("rawvideo", "yuv420p", "pipe:0"), words
assert words[words.index("-pix_fmt") + 1] == "bgr24", words
width, height = map(int, value["-s"].split("x"))
size = width * height * 3
if (here / "fails").exists():
    sys.stdin.buffer.read(size)
    sys.exit("av_interleaved_write_frame(): No space left on device")
import cv2
writer = cv2.VideoWriter(words[-1], cv2.VideoWriter.fourcc(*"mp4v"), float(value["-r"]), (width, height))
while len(frame := sys.stdin.buffer.read(size)) == size:
    writer.write(np.frombuffer(frame, np.uint8).reshape(height, width, 3))
writer.release()
assert not frame, "half a frame"
"""


@pytest.fixture
def ffmpeg_stand_in(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only program on the PATH: `ffmpeg`; its folder has `calls.jsonl`.

    A file `fails` there makes it fail at the first frame, `cannot copy` when it copies; `works` names its encoders.
    """
    folder = tmp_path_factory.mktemp("bin")
    program = folder / "ffmpeg"
    program.write_text(STAND_IN.format(python=sys.executable))
    program.chmod(0o755)
    (folder / "works").write_text("libx264")
    monkeypatch.setenv("PATH", str(folder))
    return folder
