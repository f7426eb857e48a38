"""Finding out whether all workers can reach each other, before TensorFlow waits for them where nothing can end it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Sequence

from edge_app.common.errors import UsageError

_RETRY_S = 0.2
_CALL_TIMEOUT_S = 1.0


def meet(addresses: Sequence[str], index: int, timeout_s: float) -> None:
    """Listen at one's own address and call all others, until everybody has called everybody.

    Args:
        addresses: `host:port` of every worker, in their order.
        index: which one this process is.
        timeout_s: how long to try, seconds.

    Raises:
        UsageError: an address is none or is taken, or somebody was not met in time.
    """
    places = [_split(address) for address in addresses]
    others = set(range(len(addresses))) - {index}
    called, heard = set[int](), set[int]()
    with _listening(addresses[index], places[index]) as listener:
        ended = threading.Event()
        ear = threading.Thread(target=_hear, args=(listener, heard, ended), daemon=True)
        ear.start()
        end_s = time.monotonic() + timeout_s
        while (others - called or others - heard) and time.monotonic() < end_s:
            called |= {other for other in others - called if _call(places[other], index)}
            time.sleep(_RETRY_S)
        ended.set()
        ear.join()  # a thread inside accept() would keep the port from TensorFlow
    missing = sorted((others - called) | (others - heard))
    if missing:
        names = ", ".join(addresses[other] for other in missing)
        raise UsageError(
            f"worker {index} of TF_CONFIG did not meet {names} within {timeout_s:.0f} s; "
            "start all workers at about the same time and open their ports to each other"
        )


def _split(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit():
        raise UsageError(f"TF_CONFIG names the worker `{address}`; write host:port")
    return host.strip("[]"), int(port)


def _listening(address: str, place: tuple[str, int]) -> socket.socket:
    try:
        return socket.create_server(("", place[1]))
    except OSError as error:
        raise UsageError(
            f"the worker `{address}` of TF_CONFIG cannot listen ({(error.strerror or str(error)).lower()}); "
            "choose another port"
        ) from error


def _call(place: tuple[str, int], index: int) -> bool:
    """Say one's number; true if somebody answered."""
    try:
        with socket.create_connection(place, timeout=_CALL_TIMEOUT_S) as connection:
            connection.sendall(f"{index}\n".encode())
            return connection.recv(3) == b"ok\n"
    except OSError:
        return False


def _hear(listener: socket.socket, heard: set[int], ended: threading.Event) -> None:
    """Answer every caller until the end."""
    listener.settimeout(_RETRY_S)
    while not ended.is_set():
        try:
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(_CALL_TIMEOUT_S)
                number = connection.recv(16).strip()
                connection.sendall(b"ok\n")
        except OSError:  # nobody called, or hung up
            continue
        if number.isdigit():
            heard.add(int(number))
