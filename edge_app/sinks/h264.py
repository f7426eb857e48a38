"""H.264 by the system's `ffmpeg`, through a pipe: cv2's wheels may not carry an encoder that browsers can play."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from queue import Queue
from threading import Thread

from edge_app.photographs.decoder import Image

_ENCODERS = {
    "libx264": ("-preset", "veryfast", "-crf", "20", "-rc-lookahead", "5", "-bf", "0"),  # holds few frames back
    "h264_v4l2m2m": ("-b:v", "4M"),  # of a Raspberry Pi up to 4 and other boards; it knows no constant quality
}
"""Of ffmpeg, best first, with their options."""
_QUIET = ("-hide_banner", "-loglevel", "error", "-y")
_WAITING_FRAMES = 8
"""A frame more makes the loop wait: every frame of a video belongs into its copy."""
_TRIAL_SIZE = (320, 240)
_TRIAL_LIMIT_S = 10.0
_END_LIMIT_S = 60.0
_COPY_LIMIT_S = 1800.0  # reads and writes all of a film, twice: gigabytes on a memory card


def h264_encoder() -> tuple[str, str] | None:
    """Return the path of ffmpeg and the name of its encoder for H.264; None: no such program, or none that works here.

    An encoder that needs a device is in every ffmpeg and fails at the first frame where there is none: each is tried.
    """
    program = shutil.which("ffmpeg")
    if program is None:
        return None
    name = next((name for name in _ENCODERS if _encodes(program, name)), None)
    return None if name is None else (program, name)


def _encodes(program: str, name: str) -> bool:
    width, height = _TRIAL_SIZE
    words = [program, *_encoding(name, 1.0, _TRIAL_SIZE), "-f", "null", "-"]
    return _complaint(words, _TRIAL_LIMIT_S, bytes(width * height * 3)) is None


def write_index(program: str, film: Path, path: Path) -> str | None:
    """Copy a film that was written in fragments, so that players know its length and find every place in it.

    Args:
        program: path of ffmpeg.
        film: an .mp4.
        path: ends with .mp4; it is overwritten.

    Returns:
        what ffmpeg complains about, None: nothing.
    """
    source, target = film.absolute().as_posix(), path.absolute().as_posix()
    words = [program, *_QUIET, "-i", source, "-c", "copy", "-movflags", "+faststart", target]
    return _complaint(words, _COPY_LIMIT_S)


def _complaint(words: list[str], limit_s: float, stdin: bytes = b"") -> str | None:
    try:
        done = subprocess.run(words, input=stdin, capture_output=True, check=False, timeout=limit_s)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return _last_line(done.stderr, done.returncode)


def _last_line(errors: bytes, code: int) -> str | None:
    lines = errors.decode(errors="replace").strip().splitlines()
    return None if code == 0 else (lines[-1] if lines else f"ffmpeg ended with code {code}")


class H264Writer:
    """Hands frames to ffmpeg in a thread of its own, so that the loop does not wait for the encoder.

    Like `cv2.VideoWriter` it has `write` and `release`. If this process is killed, ffmpeg sees the end of its pipe and
    completes the file; if both are, or the power fails, the file can be played up to about a second before that.

    Args:
        encoder: as `h264_encoder` returns it.
        path: ends with .mp4 or .mkv; it is overwritten.
        fps: at which it shall play.
        size: (width, height) of every frame.
    """

    def __init__(self, encoder: tuple[str, str], path: Path, fps: float, size: tuple[int, int]) -> None:
        program, name = encoder
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 # release() closes it
        self._ffmpeg = subprocess.Popen(
            [program, *_arguments(name, path, fps, size)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=self._errors,
            start_new_session=True,  # Ctrl-C in the terminal is for us; ffmpeg is to complete the file
        )
        self._frames: Queue[bytes | None] = Queue(_WAITING_FRAMES)
        self._broken = False
        self._thread = Thread(target=self._feed, name="video", daemon=True)
        self._thread.start()
        self._released = False

    @property
    def broken(self) -> bool:
        """Whether ffmpeg ended before its time."""
        return self._broken

    def write(self, frame_bgr: Image) -> None:
        """Append a frame, (height, width, 3) uint8 BGR; the caller may go on using it."""
        self._frames.put(frame_bgr.tobytes())

    def release(self) -> str | None:
        """End the file; return what ffmpeg complains about, None: nothing."""
        if self._released:
            return None
        self._released = True
        self._frames.put(None)
        self._thread.join()
        try:
            code = self._ffmpeg.wait(_END_LIMIT_S)
        except subprocess.TimeoutExpired:
            self._ffmpeg.kill()
            code = self._ffmpeg.wait()
        self._errors.seek(0)
        complaint = _last_line(self._errors.read(), code)
        self._errors.close()
        return complaint

    def _feed(self) -> None:
        pipe = self._ffmpeg.stdin
        assert pipe is not None
        while (frame := self._frames.get()) is not None:
            if self._broken:
                continue  # the loop must not wait for a program that is gone
            try:
                pipe.write(frame)
            except OSError:
                self._broken = True
        with suppress(OSError):
            pipe.close()


def _arguments(name: str, path: Path, fps: float, size: tuple[int, int]) -> list[str]:
    """Return the words for ffmpeg; every second of film is a fragment, or cluster, that is written at once."""
    per_second = ("-g", str(max(1, round(fps))), "-flush_packets", "1")
    if path.suffix.lower() == ".mp4":
        container = ("-movflags", "+frag_keyframe+empty_moov+default_base_moof")
    else:
        container = ("-cluster_time_limit", "1000")  # ms
    return [*_encoding(name, fps, size), *per_second, *container, path.absolute().as_posix()]


def _encoding(name: str, fps: float, size: tuple[int, int]) -> list[str]:
    raw = ("-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{size[0]}x{size[1]}", "-r", f"{fps:.6g}", "-i", "pipe:0")
    even = ("-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2", "-pix_fmt", "yuv420p")  # what browsers decode
    return [*_QUIET, *raw, *even, "-c:v", name, *_ENCODERS[name]]
