"""What a board is and has, as `agent.look` found it: the install that fits, and why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from edge_app.common.errors import RemoteError
from edge_app.remote.wheels import Machine

NEEDED_BYTES = 500_000_000
"""Free disk for an environment: it takes about 300 MB, and its packages once more while they are unpacked."""

_LITTLE_MEMORY_BYTES = 400 << 20
_OLDEST_GLIBC_MINOR = 27  # of ai-edge-litert's wheels
_NEWEST_FOR_OLD_RUNTIME = (3, 11)


@dataclass(frozen=True)
class Board:
    """The fields of `agent.look`: sizes in bytes, cameras as devices, `manager` and `lingers` of `agent.systemd`."""

    board: str
    architecture: str
    python: str
    libc: str
    libc_version: str
    memory_bytes: int
    free_bytes: int
    cameras: list[str]
    picamera: bool
    venv: bool
    manager: str
    lingers: bool
    current: str | None
    releases: Mapping[str, Any]
    environments: list[str]
    running: bool
    label: str
    address: str
    jobs: Mapping[str, str]

    @classmethod
    def seen(cls, facts: Mapping[str, Any]) -> Self:
        """Return it from what `agent.look` returned."""
        return cls(**{field.name: facts[field.name] for field in fields(cls)})

    @property
    def machine(self) -> Machine:
        """What wheels must fit."""
        return Machine(self.architecture, self.python, self.libc_version)

    def extra(self) -> str:
        """Return the extras of FieldLens that fit.

        Raises:
            RemoteError: there is no runtime for this board.
        """
        if self.libc != "glibc":
            raise RemoteError(
                "the board's C library is not glibc, which the runtime needs; use Debian or Raspberry Pi OS"
            )
        if self.architecture in ("armv7l", "armv6l"):
            if tuple(map(int, self.python.split("."))) > _NEWEST_FOR_OLD_RUNTIME:
                said = f"32-bit ARM has a runtime for Python 3.11 only, the board has {self.python}"
                raise RemoteError(f"{said}; install a 64-bit system")
            return "edge-tflite-runtime,web"
        if self.architecture not in ("aarch64", "x86_64"):
            raise RemoteError(f"there is no runtime for `{self.architecture}`; use a board with 64-bit ARM or x86")
        if int(self.libc_version.split(".")[1]) < _OLDEST_GLIBC_MINOR:
            raise RemoteError(
                f"the board has glibc {self.libc_version}, 2.{_OLDEST_GLIBC_MINOR} is needed; install a newer system"
            )
        return "edge-headless,web"

    def refuse_to_install(self) -> None:
        """Refuse a board on which no environment can be made.

        Raises:
            RemoteError: it lacks a package or space.
        """
        if not self.venv:
            raise RemoteError("the board's python3 makes no environments; run there: sudo apt install python3-venv")
        if self.free_bytes < NEEDED_BYTES:
            raise RemoteError(
                f"the board has {self.free_bytes / 1e6:,.0f} MB of disk left; {NEEDED_BYTES / 1e6:,.0f} are needed"
            )

    def __str__(self) -> str:
        name = self.board or self.architecture
        cameras = ", ".join([*self.cameras, *(["picamera"] if self.picamera else [])]) or "none"
        little = " (little)" if self.memory_bytes < _LITTLE_MEMORY_BYTES else ""
        return (
            f"{name}: {self.architecture}, Python {self.python}, {self.libc} {self.libc_version}, "
            f"{self.memory_bytes / 1e9:.1f} GB of memory{little}, {self.free_bytes / 1e9:.1f} GB of disk free, "
            f"cameras: {cameras}"
        )
