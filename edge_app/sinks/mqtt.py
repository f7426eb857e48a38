"""The label in the house: MQTT, with what Home Assistant needs to show a device by itself."""

from __future__ import annotations

import os
import secrets
import socket
import ssl
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple, Self
from urllib.parse import unquote, urlsplit

from edge_app.common.errors import MissingDependencyError, UsageError
from edge_app.common.installing import how_to_install
from edge_app.common.notices import note
from edge_app.display.display_frame import DisplayFrame
from edge_app.sinks.home_assistant import (
    HEARTBEAT_S,
    HOME_STATUS,
    OFFLINE,
    ONLINE,
    Topics,
    discovery_message,
    state_message,
)

USER_VARIABLE, PASSWORD_VARIABLE = "FIELDLENS_MQTT_USER", "FIELDLENS_MQTT_PASSWORD"
CA_VARIABLE = "FIELDLENS_MQTT_CA"
"""A file of certificates to trust instead of the system's: of a broker with a certificate of its owner's making."""

_PORTS = {"mqtt": 1883, "mqtts": 8883}
_SHORTEST_PAUSE_S = 1.0
"""Between two messages: a label that flickers is told once a second, and the last one counts."""
_KEEP_ALIVE_S = 15
_RETRY_S, _REFUSED_RETRY_S = 1, 30
_CONNECT_TIMEOUT_S = 3.0
_LEAVE_S = 1.0


class _Seen(NamedTuple):
    model: str
    label: str
    score: float


@dataclass(frozen=True)
class BrokerAddress:
    """Where a broker is, and what this device is called there.

    Attributes:
        host: name or address.
        port: of it.
        tls: whether the connection is encrypted.
        device: this device's name.
    """

    host: str
    port: int
    tls: bool
    device: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `mqtt://HOST[:PORT][/DEVICE]`, or `mqtts://…`.

        Raises:
            UsageError: it is none, or has a password in it.
        """
        try:
            parts = urlsplit(text)
            port = parts.port
            (parts.hostname or "").encode("idna")
        except ValueError:  # UnicodeError is one
            parts, port = urlsplit(""), None
        if parts.username is not None or parts.password is not None:
            raise UsageError(
                "--mqtt has a user in its address, which everybody on this machine can read in the list of processes; "
                f"set {USER_VARIABLE} and {PASSWORD_VARIABLE} instead"
            )
        if parts.scheme not in _PORTS or not parts.hostname or parts.query or parts.fragment:
            raise UsageError(
                f"`--mqtt {text}` is no address of a broker; write mqtt://HOST, mqtts://HOST:PORT or mqtt://HOST/DEVICE"
            )
        device = unquote(parts.path).strip("/ ") or socket.gethostname()
        return cls(parts.hostname, port or _PORTS[parts.scheme], parts.scheme == "mqtts", device)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


class MqttSink:
    """Tells a broker the label: when it changes, and every ten seconds; the newest only, never more than one a second.

    The network has a thread of its own. The loop leaves a message there only while none waits, so nothing piles up and
    nothing is waited for. Messages are retained and sent once (QoS 0 over TCP): the only way to lose one is to lose the
    connection, and every new connection begins with the description, `online` and the newest label.

    Args:
        address: of the broker, see `BrokerAddress.parse`.

    Raises:
        MissingDependencyError: the `mqtt` extra is not installed.
        UsageError: the address is none, or the file of certificates cannot be read.
    """

    def __init__(self, address: str) -> None:
        self.address = BrokerAddress.parse(address)
        self.topics = Topics(self.address.device)
        if find_spec("paho") is None:
            raise MissingDependencyError(f"--mqtt needs paho-mqtt; {how_to_install('mqtt')}")
        self._tls = _trusted() if self.address.tls else None
        discovery_message(self.topics, "")  # the first one looks for our version on the disk, here and not in the loop
        self._client: Any = None
        self._turn = Lock()  # the newest label is sent last, whichever thread sends it
        self._newest: _Seen | None = None
        self._told: _Seen | None = None
        self._told_s = 0.0
        self._ending = False
        self._outage = False

    def __enter__(self) -> Self:
        from paho.mqtt.client import Client
        from paho.mqtt.enums import CallbackAPIVersion

        # A name of its own for each connection: two devices with one name would drive each other out for ever.
        name = f"{self.topics.id}-{secrets.token_hex(4)}"
        client = Client(CallbackAPIVersion.VERSION2, client_id=name)
        client.connect_timeout = _CONNECT_TIMEOUT_S
        client.reconnect_delay_set(_RETRY_S, _RETRY_S)
        client.will_set(self.topics.status, OFFLINE, retain=True)
        user = os.environ.get(USER_VARIABLE)
        if user is not None:
            client.username_pw_set(user, os.environ.get(PASSWORD_VARIABLE))
        if self._tls is not None:
            client.tls_set_context(self._tls)
        client.on_connect, client.on_message = self._connected, self._heard
        client.on_connect_fail = lambda *_: self._complain(f"does not answer ({_reason(sys.exc_info()[1])})")
        client.on_disconnect = lambda *_: self._complain("is gone")
        client.connect_async(self.address.host, self.address.port, _KEEP_ALIVE_S)
        self._client = client
        client.loop_start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        self._ending = True
        connected = self._client.is_connected()
        if connected:
            with suppress(RuntimeError):  # the connection broke just now
                self._client.publish(self.topics.status, OFFLINE, retain=True).wait_for_publish(_LEAVE_S)
        self._client.disconnect()
        if connected:  # otherwise the thread may be in the middle of a connection that fails; it ends by itself
            self._client.loop_stop()

    def consume(self, display_frame: DisplayFrame) -> bool:
        """Tell the label if it is time, nothing waits to be sent, and there is somebody to tell."""
        model = display_frame.classified.classifier.path.stem
        with self._turn:
            self._newest = seen = _Seen(model, display_frame.label, display_frame.score)
            same = self._told is not None and (seen.model, seen.label) == (self._told.model, self._told.label)
            due_s = 0.0 if self._told is None else self._told_s + (HEARTBEAT_S if same else _SHORTEST_PAUSE_S)
            if time.monotonic() >= due_s and self._client.is_connected() and not self._client.want_write():
                self._tell(seen)
        return True

    def _tell(self, seen: _Seen) -> None:
        """Leave a label to the network's thread; what it is a label of comes first, if that is news."""
        if self._told is None or self._told.model != seen.model:
            self._client.publish(self.topics.discovery, discovery_message(self.topics, seen.model), retain=True)
        self._client.publish(self.topics.state, state_message(seen.label, seen.score), retain=True)
        self._told, self._told_s = seen, time.monotonic()

    def _announce(self) -> None:
        """Say everything: whoever listens may remember nothing."""
        with self._turn:
            self._told = None
            self._client.publish(self.topics.status, ONLINE, retain=True)
            if self._newest is not None:
                self._tell(self._newest)

    def _connected(self, client: Any, _data: object, _flags: object, reason: Any, _properties: object) -> None:
        """Begin a connection, or hear why there is none; called by the network's thread, as all that follow."""
        if reason.is_failure:
            client.reconnect_delay_set(_REFUSED_RETRY_S, _REFUSED_RETRY_S)
            self._complain(f"refuses: {str(reason).lower()} (set {USER_VARIABLE} and {PASSWORD_VARIABLE})")
            return
        client.reconnect_delay_set(_RETRY_S, _RETRY_S)
        self._announce()
        client.subscribe([(HOME_STATUS, 0), (self.topics.status, 0)])
        if self._outage:
            note(f"the MQTT broker {self.address} is there")
        self._outage = False

    def _heard(self, _client: object, _data: object, message: Any) -> None:
        """Home Assistant has started, or the will of an older connection came after this one began."""
        if self._ending or (message.topic, message.payload) not in (
            (HOME_STATUS, ONLINE.encode()),
            (self.topics.status, OFFLINE.encode()),
        ):
            return
        self._announce()

    def _complain(self, what: str) -> None:
        if not self._outage and not self._ending:
            note(f"the MQTT broker {self.address} {what}; classifying continues, and the broker is tried again")
        self._outage = True


def _reason(error: BaseException | None) -> str:
    return str(getattr(error, "strerror", None) or getattr(error, "reason", None) or error or "no reason given").lower()


def _trusted() -> ssl.SSLContext:
    """Return what is trusted: the system's certificates, or those of `FIELDLENS_MQTT_CA`."""
    file = os.environ.get(CA_VARIABLE)
    try:
        return ssl.create_default_context(cafile=file or None)
    except (OSError, ssl.SSLError) as error:
        raise UsageError(
            f"`{Path(file or '')}` of {CA_VARIABLE} is no file of certificates ({error}); name a PEM file"
        ) from error
