"""A subscriber that keeps what a broker says, with the moments."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Condition
from typing import Any, NamedTuple, Self


class Heard(NamedTuple):
    """A message; `at_s` as `time.monotonic()` tells it, `old` where the broker had kept it."""

    at_s: float
    topic: str
    text: str
    old: bool


class Subscriber:
    """Hears everything on a loopback port; entering waits until the broker has agreed.

    Args:
        port: of the broker.
        client_options: called with the client before it connects.
    """

    def __init__(self, port: int, client_options: Callable[[Any], None] = lambda _: None) -> None:
        from paho.mqtt.client import Client
        from paho.mqtt.enums import CallbackAPIVersion

        self._news = Condition()
        self._subscribed = False
        self.heard: list[Heard] = []
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.on_message, self._client.on_subscribe = self._keep, self._agreed
        client_options(self._client)
        self._client.connect("127.0.0.1", port)

    def __enter__(self) -> Self:
        self._client.loop_start()
        self._client.subscribe("#")
        with self._news:
            self._news.wait_for(lambda: self._subscribed, 10.0)
        return self

    def __exit__(self, *_exception: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _agreed(self, *_facts: object) -> None:
        with self._news:
            self._subscribed = True
            self._news.notify_all()

    def _keep(self, _client: object, _data: object, message: Any) -> None:
        with self._news:
            self.heard.append(Heard(time.monotonic(), message.topic, message.payload.decode(), message.retain))
            self._news.notify_all()

    def wait(self, fits: Callable[[Heard], bool], timeout_s: float = 10.0) -> Heard | None:
        """Return the first message, of all since the beginning, that fits; None: none came in time."""
        with self._news:
            self._news.wait_for(lambda: any(map(fits, self.heard)), timeout_s)
            return next(filter(fits, self.heard), None)

    def say(self, topic: str, text: str) -> None:
        """Publish a message, and wait until it is sent."""
        self._client.publish(topic, text).wait_for_publish(10.0)
