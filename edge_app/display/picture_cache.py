"""A cache of small pictures that stays small: bounded by count and by bytes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

from edge_app.photographs.decoder import Image


class KeptPictures:
    """Keeps what was used last; several threads may ask.

    Args:
        most: pictures, at most.
        most_bytes: of all pictures together, at most; one that is larger is kept alone.
    """

    def __init__(self, most: int, most_bytes: int) -> None:
        self._most, self._most_bytes = most, most_bytes
        self._kept: OrderedDict[Hashable, Image] = OrderedDict()
        self._lock = threading.Lock()
        self.used_bytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Hashable, make: Callable[[], Image]) -> Image:
        """Return the picture of a key; `make` makes it where it is not kept."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = make()
        with self._lock:
            if key not in self._kept:
                self._kept[key] = made
                self.used_bytes += made.nbytes
            while len(self._kept) > self._most or (self.used_bytes > self._most_bytes and len(self._kept) > 1):
                self.used_bytes -= self._kept.popitem(last=False)[1].nbytes
        return made
