"""A bare Debian 12 in a folder, and commands in it as a user whose home has a space and an umlaut in its name.

What is mounted is mounted in a namespace of the command's own (`unshare --mount`): it is gone when the command ends.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.arm64.root import debian_mirror, debootstrap

SUITE = "bookworm"
USER, UID = "jürgen", "1500"
HOME = "/home/Müller Fotos"

_ENTER = """
root=$0; ip link set lo up 2>/dev/null
mount -t proc proc "$root/proc"; mount -t tmpfs tmpfs "$root/dev/shm"
while [ "$1" != -- ]; do
    if [ -d "$1" ]; then mkdir -p "$root$1"; else mkdir -p "$root$(dirname "$1")"; touch "$root$1"; fi
    mount --bind "$1" "$root$1"; shift
done
shift
exec chroot "$root" "$@"
"""


@dataclass(frozen=True)
class Done:
    """How a command ended.

    Attributes:
        code: exit code.
        said: standard output and error, in the order they came.
        duration_s: of the command.
    """

    code: int
    said: str
    duration_s: float


@dataclass(frozen=True)
class BareRoot:
    """A finished root.

    Attributes:
        folder: where it is on this machine.
        variables: that tell pip where this machine's packages come from.
        shared: files and folders of this machine that those name.
    """

    folder: Path
    variables: dict[str, str]
    shared: tuple[str, ...]

    def run(self, script: str, as_root: bool = False, network: bool = True, time_limit_s: float = 1800.0) -> Done:
        """Run a script of bash with nothing of this machine's environment.

        Args:
            script: for `bash -c`, in the user's home.
            as_root: instead of the user.
            network: False: there is none but the loopback.
            time_limit_s: after which it is killed; the code is 124 then.
        """
        who = [] if as_root else ["setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups"]
        home = "/root" if as_root else HOME
        variables = {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": home,
            "TERM": "dumb",
        }
        variables |= {} if as_root else {"USER": USER}
        shared = () if as_root else self.shared  # Debian's own tools replace files there
        command = ["unshare", "--mount", "--pid", "--fork", "--kill-child", *([] if network else ["--net"])]
        command += ["sh", "-c", _ENTER, str(self.folder), *shared, "--", *who, "bash", "-c", f"cd; {script}"]
        start_s = time.monotonic()
        try:
            done = subprocess.run(
                command,
                env=variables | self.variables,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                timeout=time_limit_s,
                check=False,
            )
        except subprocess.TimeoutExpired as late:
            said = late.stdout.decode(errors="replace") if isinstance(late.stdout, bytes) else str(late.stdout or "")
            return Done(124, said, time.monotonic() - start_s)
        return Done(done.returncode, done.stdout, time.monotonic() - start_s)


def fresh_root(folder: Path) -> BareRoot:
    """Build the root anew, with a user in it, and let its pip ask what this machine's pip asks.

    Raises:
        MissingDependencyError: apt names no mirror of Debian.
        PeerError: debootstrap failed or is not installed.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    print(f"building a bare Debian {SUITE} in `{folder}`: about 0.2 GB, some minutes", flush=True)
    debootstrap(["--variant=minbase", SUITE, str(folder), debian_mirror()])
    shutil.copy("/etc/resolv.conf", folder / "etc" / "resolv.conf")
    variables, shared = pip_of_this_machine()
    root = BareRoot(folder, variables, shared)
    root.run(f"useradd --badname --uid {UID} --home-dir '{HOME}' --create-home {USER}", as_root=True)
    return root


def pip_of_this_machine() -> tuple[dict[str, str], tuple[str, ...]]:
    """Return pip's settings here as variables, and the files and folders that they name."""
    said = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False)
    variables = {
        "PIP_" + name.rsplit(".", 1)[1].upper().replace("-", "_"): value.strip("'")
        for name, _, value in (line.partition("=") for line in said.stdout.splitlines())
        if value and name != "global.user"
    }
    named = {path for value in variables.values() for path in re.findall(r"(?:file://)?(/[^\s:]+)", value)}
    folders = {re.sub(r"/simple/?$", "", path) for path in named}
    return variables, tuple(sorted(path for path in folders if Path(path).exists()))
