"""Why a stream does not open: FFmpeg only says that it did not."""

from __future__ import annotations

import base64
import http.client
import socket
from urllib.parse import SplitResult, unquote, urlsplit

_TIMEOUT_S = 2.0
_PORTS = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}


def shown_address(address: str) -> str:
    """Return an address without its user and password, for the screen and for result files."""
    parts = urlsplit(address)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def why_no_stream(address: str) -> str:
    """Knock at the address and say what is wrong there, and the way out."""
    parts = urlsplit(address)
    try:
        host, port = parts.hostname, parts.port or _PORTS[parts.scheme.lower()]
    except ValueError:
        return "its port is no number; write http://HOST:PORT/PATH"
    if not host:
        return "it names no host; write http://HOST:PORT/PATH"
    try:
        with socket.create_connection((host, port), _TIMEOUT_S):
            pass
    except socket.gaierror:
        return f"the name `{host}` is not known here; check it, or give the camera's number address"
    except ConnectionRefusedError:
        return f"`{host}` is there but nothing answers at port {port}; start the stream, or check the port"
    except OSError:
        return f"`{host}` does not answer at port {port}; is the camera on, and in this network?"
    if parts.scheme.lower().startswith("http"):
        return _why_no_http_stream(parts, host, port)
    return "the camera answers, but not with a stream; check the path, user and password in its manual"


def _why_no_http_stream(parts: SplitResult, host: str, port: int) -> str:
    kind = http.client.HTTPSConnection if parts.scheme.lower() == "https" else http.client.HTTPConnection
    connection = kind(host, port, timeout=_TIMEOUT_S)
    headers = {}
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    try:
        connection.request("GET", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), headers=headers)
        answer = connection.getresponse()
        return _what_answered(answer.status, answer.getheader("Content-Type", "nothing"))
    except (OSError, http.client.HTTPException) as error:
        return f"the server at port {port} speaks no HTTP ({type(error).__name__}); check the address"
    finally:
        connection.close()


def _what_answered(status: int, content_type: str) -> str:
    if status in (401, 403):
        return f"the camera wants a user and a password (status {status}): http://USER:PASSWORD@HOST/PATH"
    if status == 404:
        return "the camera has nothing at this path (status 404); look for the path of its MJPEG stream"
    if status >= 400:
        return f"the server answers with status {status}; look at its own log"
    if content_type.startswith("text/html"):
        return "this is a page, no stream; give the address of its picture (in a browser: copy image address)"
    return f"the server sends {content_type}, which OpenCV cannot play; MJPEG is multipart/x-mixed-replace"
