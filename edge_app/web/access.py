"""Who may see the live preview: the token, the cookie that stands for it, and the names of this machine."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import re
from collections import Counter

from edge_app.web.link import is_loopback

MOST_WRONG_OF_ONE = 4
"""Wrong tokens of one network whose time is not over; more are not looked at."""
_MOST_HELD = 32
"""Answers held back at the same time; more are given at once, so that guessers do not take the places of others."""


def same_token(given: str, wanted: str) -> bool:
    """Compare in constant time; `given` may hold bytes that are no text, as Python decodes them."""
    return hmac.compare_digest(_octets(given), _octets(wanted))


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def cookie_for(token: str) -> str:
    """Return what a browser keeps: nothing that tells the token, and too long to be guessed, so it needs no slowing."""
    return hmac.new(_octets(token), b"cookie of FieldLens's live preview", hashlib.sha256).hexdigest()


class TooManyGuesses(Exception):  # noqa: N818 (an answer, not an error)
    """A token that is not looked at, because too many wrong ones came before."""


class TokenCheck:
    """Compares tokens, and takes its time with wrong ones.

    Whoever has the cookie already is let in without being asked here: guessing, from the same network too, keeps
    nobody out who has been in before.

    Args:
        token: what viewers must show.
        wrong_s: a wrong one is answered after this time.
    """

    def __init__(self, token: str, wrong_s: float) -> None:
        self._token, self._wrong_s = token, wrong_s
        self._wrong: Counter[str] = Counter()

    async def fits(self, given: str, network: str) -> bool:
        """Tell whether this is the token.

        Args:
            given: what was shown.
            network: whose it is.

        Raises:
            TooManyGuesses: try again in a second.
        """
        if self._wrong.get(network, 0) >= MOST_WRONG_OF_ONE:
            raise TooManyGuesses
        if same_token(given, self._token):
            return True
        self._wrong[network] += 1  # and until its time is over, also if the guesser has hung up
        asyncio.get_running_loop().call_later(self._wrong_s, self._forgive, network)
        if self._wrong.total() <= _MOST_HELD:
            await asyncio.sleep(self._wrong_s)
        return False

    def _forgive(self, network: str) -> None:
        self._wrong[network] -= 1
        self._wrong += Counter()  # forgets who has none


def is_own_name(host: str, address: str) -> bool:
    """Tell whether a Host header names this machine to itself: any other is another site's page in disguise.

    Args:
        host: of the request, with or without a port, which a tunnel may change.
        address: that the server listens on, a loopback address.
    """
    name = re.fullmatch(r"(\[[0-9a-f:.]+\]|[0-9a-z.]+)(:[0-9]{1,5})?", host.lower())
    if name is None:
        return False
    bare = name[1].strip("[]")
    return bare in ("localhost", "127.0.0.1", "::1") or (bare == address and is_loopback(address))
