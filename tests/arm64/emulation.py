"""Lets this kernel run programs for 64-bit ARM, through qemu, for as long as a block lasts."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge_app.common.errors import MissingDependencyError

DEBIAN_PACKAGES = {
    "debootstrap": "debootstrap",
    "qemu-aarch64-static": "qemu-user-static",
    "ssh": "openssh-client",
}
"""Programs that are needed, and what brings them."""

BINFMT = Path("/proc/sys/fs/binfmt_misc")
"""Where the kernel is told which program runs which files."""

RULE = Path("/usr/lib/binfmt.d/qemu-aarch64.conf")
"""Debian's rule for files of 64-bit ARM; its flag F opens qemu at once, so that a root needs no copy of it."""


def install_programs() -> None:
    """Install what is missing, as `make test-browser` does.

    Raises:
        MissingDependencyError: this user may not, or apt-get is missing or fails.
    """
    missing = [package for program, package in DEBIAN_PACKAGES.items() if shutil.which(program) is None]
    if os.geteuid() != 0:
        packages = f" (after: apt-get install {' '.join(missing)})" if missing else ""
        raise MissingDependencyError(
            f"a Debian root can be built and entered only by root, this is user {os.geteuid()}; "
            f"run it as root: sudo make test-arm64{packages}"
        )
    if not missing:
        return
    if shutil.which("apt-get") is None:
        raise MissingDependencyError(
            f"{' and '.join(missing)} are missing and there is no apt-get; install them by hand, or use Debian"
        )
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update"], ["install", "--yes", "--no-install-recommends", *missing]):
        command = ["apt-get", "-qq", *words]
        if subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False).returncode != 0:
            raise MissingDependencyError(f"`apt-get {' '.join(words)}` failed, see above; mend it and run this again")


@contextmanager
def arm64_programs_run() -> Iterator[None]:
    """Let programs for 64-bit ARM run inside the block; afterwards the kernel is as it was.

    Raises:
        MissingDependencyError: the kernel knows no binfmt_misc, or does not take the rule.
    """
    mounted_here = not (BINFMT / "register").exists()
    if mounted_here:
        _mount_binfmt()
    entry = BINFMT / "qemu-aarch64"
    registered_here = not entry.exists()
    try:
        if registered_here:
            _register()
        yield
    finally:
        if registered_here and entry.exists():
            entry.write_text("-1")
        if mounted_here:
            subprocess.run(["umount", str(BINFMT)], check=False)


def emulator_version() -> str:
    """Return the name and version of the emulator, without its package's."""
    said = subprocess.run(["qemu-aarch64-static", "--version"], capture_output=True, text=True, check=True).stdout
    return said.splitlines()[0].partition(" (")[0]


def _mount_binfmt() -> None:
    mount = ["mount", "-t", "binfmt_misc", "binfmt_misc", str(BINFMT)]
    if subprocess.run(mount, check=False).returncode != 0:
        raise MissingDependencyError(
            "the kernel refuses to mount binfmt_misc, so it cannot run ARM programs; try `modprobe binfmt_misc`, "
            "or another machine (containers may not)"
        )


def _register() -> None:
    try:
        (BINFMT / "register").write_text(RULE.read_text().strip())
    except OSError as error:
        raise MissingDependencyError(
            f"the rule `{RULE}` was not taken: {(error.strerror or str(error)).lower()}; "
            "install Debian's qemu-user-static 7 or later"
        ) from error
