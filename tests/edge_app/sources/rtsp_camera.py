"""A network camera that speaks RTSP: JPEG over RTP inside the same TCP connection (RFC 2326, RFC 3550, RFC 2435).

It falls silent after so many pictures, as a camera does whose network goes: the connection stays, and nothing comes.
"""

from __future__ import annotations

import socketserver
import struct
import threading
import time
from typing import Any

import cv2
import numpy as np

_FRAGMENT_BYTES = 1200
_PAYLOAD_JPEG = 26
_CLOCK_HZ = 90_000
_SDP = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=stand-in\r\nt=0 0\r\nm=video 0 RTP/AVP 26\r\na=control:track1\r\n"


class RtspCamera(socketserver.ThreadingTCPServer):
    """Serves grey pictures, each brighter than the one before, to whoever connects.

    Args:
        pictures: that a connection gets before the camera falls silent.
        fps: pictures per second.
    """

    daemon_threads, allow_reuse_address = True, True

    def __init__(self, pictures: int, fps: float) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.pictures, self.fps = pictures, fps
        self.connections = 0
        self.ended = threading.Event()
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def address(self) -> str:
        """Where to connect."""
        return f"rtsp://127.0.0.1:{self.server_address[1]}/live"

    def shut(self) -> None:
        """End, with all connections."""
        self.ended.set()
        self.shutdown()
        self.server_close()


class _Connection(socketserver.StreamRequestHandler):
    server: RtspCamera

    def handle(self) -> None:
        while (request := self._request()) is not None:
            verb, address, number = request
            extra, body = "", ""
            if verb == "OPTIONS":
                extra = "Public: DESCRIBE, SETUP, PLAY, TEARDOWN\r\n"
            if verb == "DESCRIBE":
                extra, body = f"Content-Base: {address}/\r\nContent-Type: application/sdp\r\n", _SDP
            if verb == "SETUP":
                extra = "Session: 1\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n"
            if verb == "PLAY":
                extra = "Session: 1\r\n"
            head = f"RTSP/1.0 200 OK\r\nCSeq: {number}\r\n{extra}Content-Length: {len(body)}\r\n\r\n"
            self.wfile.write((head + body).encode())
            if verb == "PLAY":
                self._play()
                return

    def _request(self) -> tuple[str, str, str] | None:
        lines: list[str] = []
        while line := self.rfile.readline().decode("latin-1").strip():
            lines.append(line)
        if not lines:
            return None
        verb, address, _ = lines[0].split(" ")
        number = next(line.split(":")[1].strip() for line in lines if line.lower().startswith("cseq"))
        return verb, address, number

    def _play(self) -> None:
        self.server.connections += 1
        sequence = 0
        try:
            for place in range(self.server.pictures):
                for packet in rtp_packets(grey(place), sequence, round(place * _CLOCK_HZ / self.server.fps)):
                    self.wfile.write(struct.pack(">cBH", b"$", 0, len(packet)) + packet)
                    sequence += 1
                time.sleep(1 / self.server.fps)
            self.server.ended.wait()  # silent, and still there
        except OSError:
            pass  # the other side has given up


def grey(place: int) -> bytes:
    """Return a JPEG of 64×48 pixels."""
    done, content = cv2.imencode(".jpg", np.full((48, 64, 3), 40 + 5 * place % 160, np.uint8))
    assert done
    return content.tobytes()


def rtp_packets(jpeg: bytes, sequence: int, time_stamp: int) -> list[bytes]:
    """Cut a baseline JPEG with 4:2:0 chroma and the standard Huffman tables into RTP packets (RFC 2435, section 3)."""
    tables, width, height, scan = _parts(jpeg)
    packets = []
    for start in range(0, len(scan), _FRAGMENT_BYTES):
        piece = scan[start : start + _FRAGMENT_BYTES]
        last = start + len(piece) == len(scan)
        number = (sequence + len(packets)) & 0xFFFF
        rtp = struct.pack(">BBHII", 0x80, _PAYLOAD_JPEG | (0x80 if last else 0), number, time_stamp, 1)
        head = struct.pack(">I", start) + struct.pack(">BBBB", 1, 255, width // 8, height // 8)
        with_tables = struct.pack(">BBH", 0, 0, len(tables)) + tables if start == 0 else b""
        packets.append(rtp + head + with_tables + piece)
    return packets


def _parts(jpeg: bytes) -> tuple[bytes, int, int, bytes]:
    """Return the quantization tables, width, height and entropy-coded data."""
    tables, size, place = b"", (0, 0), 2
    while True:
        marker, length = struct.unpack(">HH", jpeg[place : place + 4])
        segment: Any = jpeg[place + 4 : place + 2 + length]
        place += 2 + length
        if marker == 0xFFDB:
            tables += b"".join(segment[at + 1 : at + 65] for at in range(0, len(segment), 65))
        if marker == 0xFFC0:
            height, width = struct.unpack(">HH", segment[1:5])
            size = (width, height)
        if marker == 0xFFDA:
            return tables, *size, jpeg[place : jpeg.rindex(b"\xff\xd9")]
