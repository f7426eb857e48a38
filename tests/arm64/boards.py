"""Deploy to a server of ssh in a root for 64-bit ARM, and measure there with the benchmarks' `--on`.

Emulation proves answers, never speed: each measurement that comes home must say so. Writes one result.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import benchmarks.__main__ as bench
import edge_app.__main__ as app
from benchmarks.experiments.loopback_port import free_port
from benchmarks.results.device import examine_device
from benchmarks.results.envelope import now, read_envelope, read_result, write_envelope
from benchmarks.results.latency import LatencyResult
from edge_app.common.command_line import HelpfulParser, run_program
from edge_app.common.errors import PeerError
from edge_app.common.outputs import refuse_existing
from edge_app.demo.drawn_pets import write_drawings
from edge_app.model.starter import STARTER
from tests.arm64.__main__ import BUILD, CPUS
from tests.arm64.emulation import arm64_programs_run, emulator_version, install_programs
from tests.arm64.root import DEBIANS, PLACE, Root, finished_root
from tests.places import REPOSITORY

_BOARD = "emulated"
_READY_S = 60.0
_WAIT_S = "900"  # for the first label, at a fiftieth of the speed
_DRAWN = 6
_QUICK = ("--rounds", "1", "--runs", "5", "--seconds", "0.1", "--seed", "1", "--threads", "1", "--all-photos")


def main(arguments: Sequence[str] | None = None) -> int:
    """Try it all; return the exit code: 1 too where something was not as it should be."""
    return run_program(lambda: _run(_parser().parse_args(arguments)))


def _parser() -> HelpfulParser:
    parser = HelpfulParser(prog="python -m tests.arm64.boards", description=__doc__)
    parser.add_argument("--model", type=Path, default=STARTER, help="a .tflite file with labels in it")
    parser.add_argument("--suite", choices=tuple(DEBIANS), default="bookworm", help="of Debian")
    parser.add_argument("--cpu", choices=CPUS, default=CPUS[0], help="that the emulator stands for")
    parser.add_argument("--out", type=Path, metavar="JSON", default=REPOSITORY / "results" / "emulated-board.json")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing result")
    return parser


def _run(options: argparse.Namespace) -> int:
    refuse_existing(options.out, options.overwrite)
    install_programs()
    date, device = now(), examine_device()
    with arm64_programs_run():
        steps = try_boards(finished_root(options.suite, BUILD), options.cpu, options.model)
    about = {"emulator": emulator_version(), "cpu": options.cpu, "debian": options.suite, "model": options.model.name}
    write_envelope(options.out, "emulated-board", {**about, "steps": steps}, device, date)
    print(f"result  {options.out}")
    return 0 if all(step["right"] for step in steps) else 1


def try_boards(root: Root, cpu: str, model: Path) -> list[dict[str, Any]]:
    """Deploy to a root and measure on it as on a board; return a record per step: what, right, seconds.

    Args:
        root: with openssh-server in it.
        cpu: that the emulator stands for.
        model: a `.tflite` file.

    Raises:
        PeerError: the server does not answer.
    """
    deployed = root.folder / "root" / ".fieldlens"
    shutil.rmtree(deployed, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir="/tmp") as name, _served(root, cpu, Path(name)) as config:
        out, photos = Path(name) / "out", Path(name) / "photos"
        write_drawings(photos, _DRAWN)
        host = ["--ssh-config", str(config)]
        deploy = ["deploy", _BOARD, str(model), "--source", "demo", "--carry", "--wait", _WAIT_S, *host]
        run = ["run", str(model), *_QUICK, "--photos", str(photos)]
        steps = [_step("deploy", app.main, deploy), _step("deploy again", app.main, deploy)]
        steps.append(_step("run here", bench.main, [*run, "--out", str(out / "here")]))
        sustained = ["sustained", str(model), "--threads", "1", "--for", "5s"]
        operators = ["operators", str(model), "--threads", "1", "--passes", "5"]
        for words in (run, sustained, operators):
            verb = words[0]
            step = _step(verb, bench.main, [*words, *host, "--on", _BOARD, "--out", str(out / verb)])
            says = _invalid_reasons(out / verb / _BOARD)
            emulated = any("measured in an emulator" in reason for reason in says)
            steps.append(step | {"right": step["right"] and emulated, "says": says})
        steps.append({"what": "same answers", "right": _same_answers(out)})
        steps.append(_step("remove", app.main, ["deploy", _BOARD, "--remove", *host]))
        steps.append({"what": "nothing is left", "right": not deployed.exists()})
    for step in steps:
        print(f"{root.suite}, {cpu}, over ssh: {step}", flush=True)
    return steps


def _invalid_reasons(folder: Path) -> list[str]:
    """Return why a result that came home is invalid, by its own words."""
    derived = [read_envelope(result).payload["derived"] for result in folder.glob("*.json")]
    return [reason for one in derived for reason in one["invalid_reasons"]]


def _same_answers(out: Path) -> bool:
    here, there = (
        read_result(folder / "result.json", LatencyResult).files[0] for folder in (out / "here", out / "run" / _BOARD)
    )
    return (here.sha256, here.accuracy) == (there.sha256, there.accuracy)


def _step(what: str, main: Callable[[Sequence[str]], int], words: Sequence[str]) -> dict[str, Any]:
    begin_s = time.monotonic()
    right = main(words) == 0
    return {"what": what, "right": right, "seconds": round(time.monotonic() - begin_s, 1)}


@contextmanager
def _served(root: Root, cpu: str, folder: Path) -> Iterator[Path]:
    """Start a server in a root; yield settings of `ssh` that know it. At the end all that it started is ended."""
    port = free_port()
    for key in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / key)], check=True)
    inside = root.place / "sshd"
    shutil.rmtree(inside, ignore_errors=True)
    inside.mkdir(mode=0o700)
    (root.folder / "run" / "sshd").mkdir(exist_ok=True)
    for name in ("host", "user.pub"):
        shutil.copy(folder / name, inside)
    settings = [
        f"Port {port}",
        "ListenAddress 127.0.0.1",
        f"HostKey {PLACE}/sshd/host",
        f"AuthorizedKeysFile {PLACE}/sshd/user.pub",
        "StrictModes no",
        "UsePAM no",
        f"SetEnv QEMU_CPU={cpu}",
    ]
    (inside / "config").write_text("\n".join(settings) + "\n")
    known = ["HostName 127.0.0.1", f"Port {port}", "User root", f"IdentityFile {folder / 'user'}", "LogLevel ERROR"]
    known += ["IdentitiesOnly yes", "StrictHostKeyChecking accept-new", f"UserKnownHostsFile {folder / 'known_hosts'}"]
    config = folder / "config"
    config.write_text("\n ".join([f"Host {_BOARD}", *known]) + "\n")
    command = root.entered(["/usr/sbin/sshd", "-D", "-e", "-f", f"{PLACE}/sshd/config"], alone=True)
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, env=root.environment({"QEMU_CPU": cpu}), stdout=log, stderr=log)
        try:
            _wait(["ssh", "-F", str(config), "-o", "BatchMode=yes", _BOARD, "true"], server)
            yield config
        finally:
            server.kill()
            server.wait()


def _wait(command: Sequence[str], server: subprocess.Popen[bytes]) -> None:
    limit_s = time.monotonic() + _READY_S
    while subprocess.run(command, env=os.environ, capture_output=True, check=False).returncode != 0:
        if server.poll() is not None or time.monotonic() > limit_s:
            raise PeerError("the server of ssh in the root does not answer; delete the root and run this again")
        time.sleep(1)


if __name__ == "__main__":
    raise SystemExit(main())
