"""One connection to a board over the system's `ssh`, with the user's own settings, keys, agent and known hosts."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

from edge_app.common.errors import RemoteError, UsageError
from edge_app.common.notices import escape_control
from edge_app.remote.agent import answer, base, jobs, service, systemd

_HOST = re.compile(r"(ssh://)?([A-Za-z0-9_.][\w.+-]*@)?(\[[0-9A-Fa-f:.%]+\]|[A-Za-z0-9_.:][\w.:%-]*)/?", re.ASCII)
_BOOTSTRAP = (
    "exec python3 -I -c 'import sys; i = sys.stdin.buffer; "
    'exec(compile(i.read(int(i.readline())), "fieldlens", "exec"))\''
)
_LOADER = """
import json, sys, types
for name, source in json.loads(sys.stdin.buffer.readline()):
    module = sys.modules[name] = types.ModuleType(name)
    exec(compile(source, name, "exec"), module.__dict__)
raise SystemExit(module.main(sys.stdin.buffer))
"""
_IN_ORDER = (base, systemd, service, jobs, answer)  # each needs those before it
_OPTIONS = {
    "BatchMode": "yes",  # it never asks: several boards at once, and no terminal
    "ControlMaster": "auto",
    "ControlPersist": "120",
    "ConnectTimeout": "15",
    "ServerAliveInterval": "5",
    "ServerAliveCountMax": "3",
    "ClearAllForwardings": "yes",
    "RemoteCommand": "none",
}
_NO_CONNECTION, _NO_PROGRAM = 255, 127


@dataclass(frozen=True)
class Sent:
    """A file to send.

    Attributes:
        path: on this machine.
        sha256: of its bytes.
    """

    path: Path
    sha256: str


def checked_host(text: str) -> str:
    """Return a host as `ssh` takes it: `pi@board`, a name of `~/.ssh/config`, `ssh://pi@board:2222`.

    Raises:
        UsageError: it could be taken for an option or a part of a command.
    """
    if _HOST.fullmatch(text) is None:
        raise UsageError(f"`{escape_control(text)}` is no host; write it as in pi@raspberrypi.local")
    return text


class Connection:
    """Calls the functions of `agent` on a board; a context manager. Commands share one connection.

    Args:
        host: see `checked_host`.
        ssh_config: instead of `~/.ssh/config`.

    Raises:
        UsageError: of `checked_host`.
    """

    def __init__(self, host: str, ssh_config: Path | None = None) -> None:
        self.host = checked_host(host)
        self._config = [] if ssh_config is None else ["-F", str(ssh_config)]
        self._folder = Path(tempfile.mkdtemp(prefix="fl-", dir="/tmp"))  # a socket's path has 107 bytes

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        self.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def close(self) -> None:
        """End the connection that commands share; the next one makes another."""
        if (self._folder / "s").exists():
            command = [*self._ssh(), "-O", "exit", "--", self.host]
            subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)

    def call(self, name: str, given: Mapping[str, Any] | None = None, files: Sequence[Sent] = ()) -> Any:
        """Call a function of `agent` on the board and return its result.

        Args:
            name: of the function.
            given: to it.
            files: whose bytes follow, in order.

        Raises:
            RemoteError: there is no connection, no python3, or the call failed.
        """
        modules = [(one.__name__, Path(one.__file__ or "").read_text(encoding="utf-8")) for one in _IN_ORDER]
        asked = {"call": name, "given": dict(given or {})}
        head = f"{len(_LOADER)}\n{_LOADER}{json.dumps(modules)}\n{json.dumps(asked)}\n".encode()
        with tempfile.TemporaryFile() as complaints, tempfile.TemporaryFile() as answers:
            command = [*self._ssh(), "--", self.host, _BOOTSTRAP]
            try:
                process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=answers, stderr=complaints)
            except FileNotFoundError:
                raise RemoteError("`ssh` is not installed; run: sudo apt install openssh-client") from None
            assert process.stdin is not None
            _pour(process.stdin, head, files)
            code = process.wait()
            return self._answer(code, _text(answers), _text(complaints))

    def _ssh(self) -> list[str]:
        options = _OPTIONS | {"ControlPath": str(self._folder / "s")}
        return ["ssh", *self._config, "-T", "-a", "-x", *(f"-o{name}={value}" for name, value in options.items())]

    def _answer(self, code: int, said: str, complaint: str) -> Any:
        marked = [line[1:] for line in said.split("\n") if line.startswith(answer.MARK)]
        last = escape_control((complaint.strip().splitlines() or ["it said nothing"])[-1])
        if marked:
            told = json.loads(marked[-1])
            if "fault" in told:
                raise RemoteError(f"{self.host}: {escape_control(told['fault'])}")
            return told["result"]
        if code == _NO_CONNECTION:
            raise ConnectionBrokenError(f"{self.host}: {last}; try `ssh {self.host}` once by hand: {_advice(last)}")
        if code == _NO_PROGRAM:
            raise RemoteError(f"{self.host} has no python3; run there: sudo apt install python3-venv")
        raise RemoteError(
            f"{self.host}: python3 ended with code {code}: {last}; try `ssh {self.host} python3 --version`"
        )


class ConnectionBrokenError(RemoteError):
    """There is no connection, or it broke."""


def _advice(complaint: str) -> str:
    if "Host key" in complaint:
        return "it asks whether the board is the one that you know"
    if "Permission denied" in complaint:
        return "a key is needed (ssh-copy-id), since no password can be asked for here"
    return "name, network and power of the board"


def _pour(stream: IO[bytes], head: bytes, files: Sequence[Sent]) -> None:
    try:
        with stream:
            stream.write(head)
            for file in files:
                with file.path.open("rb") as content:
                    shutil.copyfileobj(content, stream, 1 << 20)
    except BrokenPipeError:
        pass  # the other side has said why


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")
