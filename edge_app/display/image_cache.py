"""Pictures that were drawn once and are used again, in a bounded amount of memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

from edge_app.photographs.decoder import Image


class ImageCache:
    """Keeps the images used last, bounded by count and by bytes; several threads may ask.

    Args:
        most: images, at most.
        most_bytes: of all images together, at most; one that is larger is kept alone.
    """

    def __init__(self, most: int, most_bytes: int) -> None:
        self._most, self._most_bytes = most, most_bytes
        self._kept: OrderedDict[Hashable, Image] = OrderedDict()
        self._lock = threading.Lock()
        self.used_bytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Hashable, make: Callable[[], Image]) -> Image:
        """Return the image of a key; `make` makes it if it is not kept."""
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


class RepeatedImages:
    """Keeps the images that are asked for again soon: what is new every time is not worth making.

    Args:
        most: keys that are remembered, and images that are kept, at most.
        most_bytes: see `ImageCache`.
    """

    def __init__(self, most: int, most_bytes: int) -> None:
        self._most = most
        self._last: tuple[Hashable, ...] = ()  # replaced as a whole: several threads may ask
        self._cache = ImageCache(most, most_bytes)

    def get(self, key: Hashable, make: Callable[[], Image]) -> Image | None:
        """Return the image of a key; None: the key is none of the last."""
        if key in self._last:
            return self._cache.get(key, make)
        self._last = (key, *self._last[: self._most - 1])
        return None
