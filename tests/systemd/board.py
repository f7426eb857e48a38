"""A Debian 12 that boots with systemd in a container (`systemd-nspawn`), behind a cable of its own, let in by a key."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from edge_app.common.errors import MissingDependencyError, PeerError
from tests.arm64.root import debian_mirror, debootstrap
from tests.newcomer.root import SUITE, pip_of_this_machine
from tests.places import REPOSITORY

_PACKAGES = "systemd,systemd-sysv,dbus,libpam-systemd,polkitd,openssh-server,python3,python3-venv,iproute2,procps"
_PROGRAMS = {"systemd-nspawn": "systemd-container", "iptables": "iptables", "ip": "iproute2", "ssh": "openssh-client"}
_HERE, _THERE, _NAME = "10.77.0.1", "10.77.0.2", "fl-board"
_REBOOTED = 133  # exit code of systemd-nspawn
_UP_S = 60.0
_FORWARD = Path("/proc/sys/net/ipv4/ip_forward")
_OWN_RUN = 'mkdir -p /run/systemd/nspawn; mount -t tmpfs tmpfs /run/systemd/nspawn; exec "$@"'  # it deletes there


@dataclass(frozen=True)
class Board:
    """A board that is switched on; `ssh` knows its users `root`, `pi` and `tiny` by these names.

    Attributes:
        folder: of the root, the keys and the settings.
    """

    folder: Path

    @property
    def config(self) -> Path:
        """Settings of `ssh`."""
        return self.folder / "ssh_config"

    def ssh(self, script: str) -> subprocess.CompletedProcess[str]:
        """Run a script there, as root."""
        command = ["ssh", "-F", str(self.config), "-o", "ConnectTimeout=3", "root", script]
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)

    def fieldlens(self, words: list[str], interrupt_after_s: float | None = None) -> tuple[int, str]:
        """Run `fieldlens app …` here, perhaps with Ctrl-C; return its exit code and what it said."""
        command = ["env", "--default-signal=INT", sys.executable, "-P", "-m", "edge_app", *words]
        command += ["--ssh-config", str(self.config)]
        if interrupt_after_s is not None:
            command = ["timeout", "--signal=INT", "--preserve-status", str(interrupt_after_s), *command]
        environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def reboot(self) -> None:
        """Reboot it, and wait until it lets in again."""
        before = self._boot()
        self.ssh("systemctl reboot")
        self.wait(before)

    def wait(self, before: str = "") -> None:
        """Wait until it lets in, after another boot than one before.

        Raises:
            PeerError: it does not.
        """
        limit_s = time.monotonic() + _UP_S
        while self._boot() in ("", before):
            if time.monotonic() > limit_s:
                raise PeerError(f"the board lets nobody in; see `{self.folder}/console.log`")
            time.sleep(0.5)

    def _boot(self) -> str:
        return self.ssh("systemctl show --property=UserspaceTimestampMonotonic --value").stdout.strip()


@contextmanager
def booted(folder: Path) -> Iterator[Board]:
    """Build a root anew, boot it, and yield it; at the end it is off, and this machine's network as before.

    Raises:
        MissingDependencyError: a program is missing.
        PeerError: it cannot be built or booted.
    """
    missing = [package for program, package in _PROGRAMS.items() if shutil.which(program) is None]
    if missing:
        raise MissingDependencyError(f"{missing[0]} is missing; run: apt-get install {' '.join(missing)} debootstrap")
    variables, shared = pip_of_this_machine()
    _build(folder, variables)
    board, off = Board(folder), threading.Event()
    with _cable():
        runs = threading.Thread(target=_run, args=(folder, shared, off))
        runs.start()
        try:
            board.wait()
            yield board
        finally:
            off.set()
            board.ssh("systemctl poweroff")
            runs.join()


def _build(folder: Path, variables: dict[str, str]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    root = folder / "root"
    print(f"building a Debian {SUITE} with systemd in `{root}`: about 0.4 GB, a minute", flush=True)
    debootstrap(["--variant=minbase", f"--include={_PACKAGES}", SUITE, str(root), debian_mirror()])
    options = [f"{name.removeprefix('PIP_').lower().replace('_', '-')} = {value}" for name, value in variables.items()]
    (root / "etc" / "pip.conf").write_text("\n".join(["[global]", *options, ""]))
    key = folder / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    config = [f"Host *\n HostName {_THERE}\n IdentityFile {key}\n IdentitiesOnly yes\n LogLevel ERROR"]
    config.append(f" StrictHostKeyChecking accept-new\n UserKnownHostsFile {folder / 'known_hosts'}")
    for user in ("root", "pi", "tiny"):
        if user != "root":
            subprocess.run(["chroot", str(root), "useradd", "-m", "-s", "/bin/bash", user], check=True)
        config.append(f"Host {user}\n User {user}")
        home = root / ("root" if user == "root" else f"home/{user}")
        (home / ".ssh").mkdir(mode=0o700, exist_ok=True)
        shutil.copy(folder / "key.pub", home / ".ssh" / "authorized_keys")
        subprocess.run(["chroot", str(root), "chown", "-R", f"{user}:", f"/{home.relative_to(root)}"], check=True)
    (folder / "ssh_config").write_text("\n".join(config) + "\n")


def _run(folder: Path, shared: tuple[str, ...], off: threading.Event) -> None:
    """Boot it, and again after each reboot."""
    command = ["unshare", "--mount", "sh", "-c", _OWN_RUN, "sh", "systemd-nspawn", f"--directory={folder / 'root'}"]
    command += ["--boot", f"--machine={_NAME}", "--register=no", "--keep-unit", "--resolv-conf=copy-host"]
    command += [f"--network-namespace-path=/run/netns/{_NAME}", *(f"--bind-ro={path}" for path in shared)]
    with (folder / "console.log").open("wb") as console:
        while subprocess.call(command, stdin=subprocess.DEVNULL, stdout=console, stderr=console) == _REBOOTED:
            if off.is_set():
                return


@contextmanager
def _cable() -> Iterator[None]:
    """Lay a cable into a network namespace, and let it reach what this machine reaches."""
    address = ["POSTROUTING", "-s", f"{_THERE}/32", "-j", "MASQUERADE"]
    forwarded = _FORWARD.read_text()
    with ExitStack() as undo:
        _do(f"ip netns add {_NAME}")
        undo.callback(_do, f"ip netns delete {_NAME}")  # and the cable with it
        _do(f"ip link add {_NAME} type veth peer name host0 netns {_NAME}")
        _do(f"ip address add {_HERE}/30 dev {_NAME}")
        _do(f"ip link set {_NAME} up")
        for words in (f"address add {_THERE}/30 dev host0", "link set host0 up", "link set lo up"):
            _do(f"ip -n {_NAME} {words}")
        _do(f"ip -n {_NAME} route add default via {_HERE}")
        _do(" ".join(["iptables", "-t", "nat", "-A", *address]))
        undo.callback(_do, " ".join(["iptables", "-t", "nat", "-D", *address]))
        _FORWARD.write_text("1")
        undo.callback(_FORWARD.write_text, forwarded)
        yield


def _do(command: str) -> None:
    done = subprocess.run(command.split(), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise PeerError(f"`{command}` failed: {done.stderr.strip()}; run this as root, on a machine that lets it")
