"""What an HTTP address gives: MJPEG or a film, which OpenCV plays, or one picture, which is asked for repeatedly."""

from __future__ import annotations

import http.client
import time
from http.client import HTTPResponse
from typing import Literal, cast
from urllib.error import HTTPError
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import (
    HTTPBasicAuthHandler,
    HTTPDigestAuthHandler,
    HTTPPasswordMgrWithDefaultRealm,
    OpenerDirector,
    build_opener,
)

from edge_app.common.errors import PhotographError, SourceError
from edge_app.photographs.decoder import Image, decode_photograph
from edge_app.sources.frames import now_s

HttpKind = Literal["stream", "film", "picture"]

_FILM_SUFFIXES = (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi")
_FILM_TYPES = ("video/mp4", "video/quicktime", "video/webm", "video/x-matroska", "video/x-msvideo", "video/avi")
_TIMEOUT_S = 3.0
_MOST_BYTES = 32 << 20
_MOST_FPS = 10.0  # a camera's web server makes a picture for each request; more would be a burden to it
FAULTS = (OSError, http.client.HTTPException, ValueError)
"""That asking an address may raise."""


def http_kind(address: str) -> HttpKind:
    """Ask an address what it gives; a stream where it does not say: OpenCV will tell why it cannot play it."""
    if urlsplit(address).path.lower().endswith(_FILM_SUFFIXES):
        return "film"
    try:
        with _Server(address).answer() as answer:
            kind = answer.headers.get_content_type()
    except FAULTS:
        return "stream"
    return "picture" if kind.startswith("image/") else "film" if kind in _FILM_TYPES else "stream"


def status_and_type(address: str) -> tuple[int, str]:
    """Return the HTTP status and the content type of what an address answers; a refusal is an answer.

    Raises:
        OSError, HTTPException, ValueError: there is none.
    """
    try:
        with _Server(address).answer() as answer:
            return answer.status, answer.headers.get("Content-Type", "nothing")
    except HTTPError as refusal:
        return refusal.code, refusal.headers.get("Content-Type", "nothing")


class PolledPicture:
    """One picture per request, as often as the server gives one and at most ten times a second.

    Args:
        address: http://… or https://…; user and password may be part of it.
        name: of the source, for sentences.
    """

    def __init__(self, address: str, name: str) -> None:
        self.fps = _MOST_FPS
        self._name = name
        self._server = _Server(address)
        self._next_s = 0.0

    def read(self) -> tuple[Image, float]:
        """Fetch the picture.

        Raises:
            SourceError: the server is gone, or gives something else.
        """
        time.sleep(max(0.0, self._next_s - now_s()))
        asked_s = now_s()
        self._next_s = asked_s + 1.0 / _MOST_FPS
        try:
            with self._server.answer() as answer:
                encoded = answer.read(_MOST_BYTES)
            return decode_photograph(encoded, self._name), asked_s
        except PhotographError as error:
            raise SourceError(f"{self._name} sent a picture that cannot be decoded") from error
        except FAULTS as error:
            raise SourceError(f"{self._name} broke off") from error

    def release(self) -> None:
        """There is nothing to give back: every picture is a request of its own."""


class _Server:
    """Asks one address, with its user and password in the way that the server wants."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._address = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        self._opener = _opener(parts, self._address)

    def answer(self) -> HTTPResponse:
        """Return the answer, whose body is still to be read.

        Raises:
            OSError, HTTPException, ValueError: there is none, or it is a refusal.
        """
        return cast("HTTPResponse", self._opener.open(self._address, timeout=_TIMEOUT_S))


def _opener(parts: SplitResult, address: str) -> OpenerDirector:
    passwords = HTTPPasswordMgrWithDefaultRealm()
    if parts.username is not None:
        passwords.add_password(None, address, unquote(parts.username), unquote(parts.password or ""))
    return build_opener(HTTPDigestAuthHandler(passwords), HTTPBasicAuthHandler(passwords))
