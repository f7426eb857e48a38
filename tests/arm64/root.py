"""A Debian for 64-bit ARM in a folder, built once; commands run in it.

What is mounted in it is mounted in a namespace of the command's own (`unshare --mount`): it is gone when the command
ends, however that ends, so a root can always be deleted.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from edge_app.common.errors import MissingDependencyError, PeerError
from tests.arm64.wheels import Machine


@dataclass(frozen=True)
class Debian:
    """A release.

    Attributes:
        python: its Python, as in `3.11`.
        glibc: its C library; it decides which wheels fit.
    """

    python: str
    glibc: str

    def machine(self, architecture: str) -> Machine:
        """Return what wheels must fit; architecture: as in their names."""
        return Machine(architecture, self.python, self.glibc)


DEBIANS = {"bookworm": Debian("3.11", "2.36"), "trixie": Debian("3.13", "2.41")}
"""Releases that Raspberry Pi OS follows, by name."""

PLACE = "/fieldlens"
"""The folder inside a root for all that is ours: wheels, environment, models, photographs, answers."""

_SSHD = "usr/sbin/sshd"
_ENVIRONMENT = {
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LANG": "C.UTF-8",
    "DEBIAN_FRONTEND": "noninteractive",
}
_ENTER = 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"'


@dataclass(frozen=True)
class Root:
    """A finished root.

    Attributes:
        suite: name of the Debian release.
        folder: where it is on this machine.
    """

    suite: str
    folder: Path

    @property
    def debian(self) -> Debian:
        """The release."""
        return DEBIANS[self.suite]

    @property
    def place(self) -> Path:
        """Our folder in it, as seen from here."""
        return self.folder / PLACE.lstrip("/")

    def entered(self, command: Sequence[str], alone: bool = False) -> list[str]:
        """Return a command of this machine that runs one inside; alone: with it ends whatever it has started."""
        space = ["unshare", "--mount", *(["--pid"] if alone else []), "--fork", "--kill-child"]
        return [*space, "sh", "-c", _ENTER, str(self.folder), *command]

    def environment(self, more: Mapping[str, str]) -> dict[str, str]:
        """Return the variables for a command inside."""
        return _ENVIRONMENT | dict(more)

    def run(self, command: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
        """Run a command inside, with nothing of this machine's environment, and return what it printed.

        Raises:
            PeerError: it failed; the sentence has its last line.
        """
        done = _finish(self.entered(command), self.environment(environment or {}))
        if done.returncode != 0:
            raise PeerError(
                f"`{' '.join(command)}` ended with code {done.returncode} in the {self.suite} root: "
                f"{_last_line(done)}; if the root is damaged, delete `{self.folder}` and run this again"
            )
        return done.stdout


def finished_root(suite: str, build: Path) -> Root:
    """Return the root of a release; build it where there is none: 5 to 15 minutes.

    Args:
        suite: of `DEBIANS`.
        build: git-ignored folder for roots; half a root that an interrupted build left there is thrown away.

    Raises:
        MissingDependencyError: apt names no mirror of Debian.
        PeerError: debootstrap failed.
    """
    root = Root(suite, build / suite)
    if (root.folder / _SSHD).exists():
        return root
    shutil.rmtree(root.folder, ignore_errors=True)  # of an older version
    unfinished = Root(suite, build / f"{suite}.unfinished")
    shutil.rmtree(unfinished.folder, ignore_errors=True)
    build.mkdir(parents=True, exist_ok=True)
    print(f"building a Debian {suite} for 64-bit ARM in `{build}`: about 0.3 GB, 5 to 15 minutes", flush=True)
    options = ["--foreign", "--arch=arm64", "--variant=minbase", "--include=python3-venv,openssh-server"]
    debootstrap([*options, suite, str(unfinished.folder), debian_mirror()])
    unfinished.run(["/debootstrap/debootstrap", "--second-stage"])
    shutil.rmtree(unfinished.folder / "var" / "cache" / "apt" / "archives", ignore_errors=True)
    unfinished.place.mkdir()
    unfinished.folder.rename(root.folder)
    return root


def debian_mirror() -> str:
    """Return the address from which apt of this machine has Debian itself.

    Raises:
        MissingDependencyError: it has no such source.
    """
    said = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(LABEL)\t$(REPO_URI)", "Created-By: Packages"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    for line in said.splitlines():
        label, _, address = line.partition("\t")
        if label == "Debian":
            return address
    raise MissingDependencyError(
        "apt of this machine has no source labelled `Debian`; add one to its sources, run apt-get update, and try again"
    )


def debootstrap(arguments: list[str]) -> None:
    """Run debootstrap.

    Raises:
        PeerError: it failed, or is not installed.
    """
    if shutil.which("debootstrap") is None:
        raise PeerError("debootstrap cannot be run; install it: apt-get install debootstrap")
    # What it mounts in the root would stay when it is interrupted, and be deleted with the root.
    done = _finish(["unshare", "--mount", "debootstrap", *arguments], os.environ | _ENVIRONMENT)
    if done.returncode != 0:
        raise PeerError(
            f"debootstrap ended with code {done.returncode}: {_last_line(done)}; mend that and run this again"
        )


def _finish(command: Sequence[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, env=dict(environment), capture_output=True, text=True, check=False)


def _last_line(done: subprocess.CompletedProcess[str]) -> str:
    return (done.stderr.strip() or done.stdout.strip() or "it said nothing").splitlines()[-1]
