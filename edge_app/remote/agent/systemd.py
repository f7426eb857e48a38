"""The unit of systemd, of the system or of a user: written, enabled, started, stopped, removed."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import Any, BinaryIO

from edge_app.remote.agent.base import Fault, forget, inside, prepare, text, write

UNIT = "fieldlens-deploy.service"

_LINGERING = Path("/var/lib/systemd/linger")  # of logind: an empty file for each user
_TRIES = 2  # that a release has: a camera may come a moment late


def manager() -> str:
    """Return who keeps services here: `system`, `user` (both of systemd) or `none`."""
    if not Path("/run/systemd/system").is_dir() or shutil.which("systemctl") is None:
        return "none"
    if os.getuid() == 0:
        return "system"
    return "user" if _systemctl("is-system-running", user=True) in ("running", "degraded", "starting") else "none"


def _systemctl(*words: str, user: bool) -> str:
    """Run it; return what it said."""
    environment = dict(os.environ)
    environment.setdefault("XDG_RUNTIME_DIR", f"/run/user/{os.getuid()}")
    command = ["systemctl", *(["--user"] if user else []), *words]
    quiet = subprocess.DEVNULL
    done = subprocess.run(command, env=environment, stdin=quiet, stdout=subprocess.PIPE, stderr=quiet, check=False)
    return done.stdout.decode(errors="replace").strip()


def call(kind: str, word: str) -> None:
    """Make systemd `start`, `stop` or `restart` the unit."""
    _systemctl(word, UNIT, user=kind == "user")


def is_active(kind: str) -> bool:
    """Whether the service runs."""
    return _systemctl("is-active", UNIT, user=kind == "user") == "active"


def ends_again_and_again(kind: str) -> bool:
    """Whether the service has ended on every one of its tries, and waits for the next one."""
    said = _systemctl("show", "--property=SubState,NRestarts", UNIT, user=kind == "user").splitlines()
    facts = dict(line.split("=", 1) for line in said if "=" in line)
    return facts.get("SubState") == "auto-restart" and int(facts.get("NRestarts") or 0) >= _TRIES - 1


def lingers() -> bool:
    """Whether the system runs this user's services with nobody logged in."""
    return (_LINGERING / _user()).exists()


def linger(_given: dict[str, Any], _stream: BinaryIO) -> None:
    """Let the system run this user's services with nobody logged in; else they end with the last login."""
    _loginctl("enable-linger")
    if not lingers():
        raise Fault(
            "the board would stop the service when you log out, and lets no user change that by himself; "
            f"run there once: sudo loginctl enable-linger {_user()}"
        )
    prepare()
    inside("state", "lingers").touch()  # so that `--remove` takes it back


def _user() -> str:
    return pwd.getpwuid(os.getuid()).pw_name


def _loginctl(word: str) -> None:
    if shutil.which("loginctl"):
        quiet = subprocess.DEVNULL
        subprocess.call(["loginctl", word], stdin=quiet, stdout=quiet, stderr=quiet)


def _unit_path(kind: str) -> Path:
    folder = Path("/etc/systemd/system") if kind == "system" else Path.home() / ".config" / "systemd" / "user"
    return folder / UNIT


def unit_text(kind: str) -> str:
    """Return the unit of systemd, for `system` or `user`."""
    script = str(inside("current", "start")).replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f"""# Written by `fieldlens deploy`; `fieldlens deploy HOST --remove` deletes it.
[Unit]
Description=FieldLens: live labels
# Never give up: a camera that is plugged in tomorrow counts too.
StartLimitIntervalSec=0

[Service]
ExecStart=/bin/sh "{script.replace("$", "$$")}"
Restart=always
RestartSec=5
TimeoutStopSec=20
NoNewPrivileges=yes

[Install]
WantedBy={"multi-user.target" if kind == "system" else "default.target"}
"""


def install_unit(kind: str) -> None:
    """Write the unit and enable it, if it is not there already."""
    path = _unit_path(kind)
    if text(path) == unit_text(kind):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    write(path, unit_text(kind))
    _systemctl("daemon-reload", user=kind == "user")
    _systemctl("enable", UNIT, user=kind == "user")


def remove_unit(kind: str) -> list[str]:
    """Delete the unit and what was made for it; return its path, if there was one."""
    if inside("state", "lingers").exists():
        _loginctl("disable-linger")
    path = _unit_path(kind)
    if not path.exists():
        return []
    _systemctl("disable", UNIT, user=kind == "user")
    forget(path)
    _systemctl("daemon-reload", user=kind == "user")
    if kind == "user":
        with contextlib.suppress(OSError):  # one that holds anything else stays
            for folder in path.parents[:3]:
                folder.rmdir()
    return [str(path)]
