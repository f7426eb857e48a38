"""Boards on this machine: an OpenSSH server each, on a port of its own, with a home folder of its own."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.experiments.loopback_port import free_port
from edge_app.common.errors import MissingDependencyError

_READY_S = 20.0
_PIP = "PIP_"  # this machine's settings of pip, such as an index


@dataclass
class LoopbackBoard:
    """A server of ssh.

    Attributes:
        name: that `ssh` knows it by.
        home: folder that is home there.
        config: settings of `ssh`, for all boards.
        server: its command.
        process: of it; None: it is off.
    """

    name: str
    home: Path
    config: Path
    server: list[str]
    process: subprocess.Popen[bytes] | None = None

    @property
    def root(self) -> Path:
        """What `fieldlens deploy` makes."""
        return self.home / ".fieldlens"

    def switch_on(self) -> None:
        """Start the server and wait until it answers."""
        self.process = subprocess.Popen(self.server, start_new_session=True)
        port = int(self.server[self.server.index("-p") + 1])
        limit = time.monotonic() + _READY_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1.0).close()
                return
            except OSError:
                if time.monotonic() > limit:
                    raise
                time.sleep(0.1)

    def cut(self) -> None:
        """Stop the server and break every connection to it; what was started there goes on."""
        if self.process is None:
            return
        for pid in [*_descendants(self.process.pid), self.process.pid]:
            name = Path(f"/proc/{pid}/comm")
            if name.exists() and name.read_text().strip().startswith("sshd"):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        self.process = None


def _descendants(pid: int) -> Iterator[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children")
    for child in children.read_text().split() if children.exists() else []:
        yield from _descendants(int(child))
        yield int(child)


@contextmanager
def loopback_boards(folder: Path, names: Sequence[str]) -> Iterator[list[LoopbackBoard]]:
    """Yield boards that are switched on; stop servers and services at the end.

    Args:
        folder: for keys, settings and homes; its path is without blanks.
        names: of the boards.

    Raises:
        MissingDependencyError: there is no server of ssh.
    """
    folder.chmod(0o700)
    for key in ("host", "user"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / key)]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    shutil.copy(folder / "user.pub", folder / "authorized_keys")
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # Debian's server asks for it when it is root
    config, boards = folder / "ssh_config", []
    for name in names:
        boards.append(_board(folder, name, config))
    try:
        for board in boards:
            board.switch_on()
        yield boards
    finally:
        for board in boards:
            end_services(board)
            board.cut()


def _board(folder: Path, name: str, config: Path) -> LoopbackBoard:
    home, port = folder / name, free_port()
    home.mkdir()
    own = Path.home() / ".config" / "pip" / "pip.conf"
    python3 = Path(sys.executable).resolve().parent  # the system's, if there is one, may lack venv
    path = f"{python3}{os.pathsep}{os.defpath}"
    environment = [f"HOME={home}", f"PATH={path}", *([f"PIP_CONFIG_FILE={own}"] if own.exists() else [])]
    environment += [f"{key}={value}" for key, value in os.environ.items() if key.startswith(_PIP)]
    settings = [
        f"HostKey {folder / 'host'}",
        f"AuthorizedKeysFile {folder / 'authorized_keys'}",
        f"PidFile {folder / name}.pid",
        "UsePAM no",
        "PasswordAuthentication no",
        "StrictModes no",
        "PermitRootLogin prohibit-password",
        "SetEnv " + " ".join(f'"{one}"' for one in environment),
    ]
    (folder / f"{name}.sshd").write_text("\n".join(settings) + "\n")
    host_key = (folder / "host.pub").read_text().split()
    with (folder / "known_hosts").open("a") as known:
        known.write(f"[127.0.0.1]:{port} {host_key[0]} {host_key[1]}\n")
    entry = [
        f"Host {name}",
        " HostName 127.0.0.1",
        f" Port {port}",
        f" User {getpass.getuser()}",
        f" IdentityFile {folder / 'user'}",
        " IdentitiesOnly yes",
        f" UserKnownHostsFile {folder / 'known_hosts'}",
        " LogLevel ERROR",
    ]
    with config.open("a") as file:
        file.write("\n".join(entry) + "\n")
    sshd = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")
    if sshd is None:
        raise MissingDependencyError("sshd is not installed; run: apt-get install openssh-server")
    server = [sshd, "-D", "-f", str(folder / f"{name}.sshd"), "-p", str(port)]
    return LoopbackBoard(name, home, config, server)


def end_services(board: LoopbackBoard) -> None:
    """End what was started on a board and stays when its server ends."""
    for path in [board.root / "state" / "pid", *board.root.glob("jobs/*/pid")]:
        pid = path.read_text().split()[0] if path.exists() else ""
        command = Path(f"/proc/{pid}/environ")
        if pid and command.exists() and str(board.home).encode() in command.read_bytes():
            os.killpg(int(pid), signal.SIGKILL)
