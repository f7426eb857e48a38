"""Follow the README on a bare Debian 12, first block to last, as another user, offline after each install.

Every line runs as it stands there. What the README takes for granted is put beside it: a folder of drawn pets as
`photos`, and the pretrained weights where a machine without a network wants them. A line that needs a camera must end
with a sentence, and is run again with the drawn camera.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.results.device import examine_device
from benchmarks.results.envelope import now, write_envelope
from edge_app.common.command_line import HelpfulParser, run_program
from edge_app.common.errors import PeerError
from edge_app.common.outputs import refuse_existing
from edge_app.common.tables import text_table
from edge_app.demo.drawn_pets import write_drawings
from tests.newcomer.blocks import Block, blocks_of
from tests.newcomer.root import HOME, BareRoot, Done, fresh_root
from tests.places import REPOSITORY, data_folder

BUILD = REPOSITORY / "build" / "newcomer"
_DEBIAN_PACKAGES = "git make python3-venv"
_PHOTOGRAPHS = 60  # 30 of each class
_CLONE = "FieldLens (neu)"
_ENTER = f"cd {shlex.quote(_CLONE)}; [ ! -f .venv/bin/activate ] || . .venv/bin/activate; "
_NEEDS_NETWORK = ("pip install", "make demo")
_FRAME = "import numpy as np\nframe_bgr = np.zeros((480, 640, 3), np.uint8)\n"
_UNTIL_CTRL_C = """
import os, re, signal, subprocess, sys, time, urllib.request
signal.signal(signal.SIGINT, signal.SIG_DFL)  # the background jobs of a shell ignore it, and hand that on
app = subprocess.Popen(sys.argv[1], shell=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                       executable="/bin/bash", start_new_session=True)
for line in app.stdout:
    print(line, end="")
    address = re.search(r"https?://[^ ]+", line)
    if address:
        print("page:", urllib.request.urlopen(address[0].rstrip(".,"), timeout=20).status)
        time.sleep(5)
        os.killpg(app.pid, signal.SIGINT)
        break
print(app.communicate(timeout=60)[0])
sys.exit(0 if app.returncode in (0, 130) else 1)
"""


@dataclass(frozen=True)
class Step:
    """One command and how it ended.

    Attributes:
        heading: of the README's section.
        command: as it stands there.
        network: whether there was one.
        code: exit code.
        right: whether it ended as it should.
        last: the last line that it printed.
        duration_s: of the command.
    """

    heading: str
    command: str
    network: bool
    code: int
    right: bool
    last: str
    duration_s: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Follow the README; return the exit code: 1 too where a line did not end as it should."""
    return run_program(lambda: _run(_parser().parse_args(arguments)))


def _parser() -> HelpfulParser:
    parser = HelpfulParser(prog="python -m tests.newcomer", description=__doc__)
    parser.add_argument("--weights", type=Path, default=data_folder() / "weights", help="folder of pretrained weights")
    parser.add_argument("--out", type=Path, metavar="JSON", default=REPOSITORY / "results" / "newcomer.json")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing result")
    return parser


def _run(options: argparse.Namespace) -> int:
    refuse_existing(options.out, options.overwrite)
    if os.geteuid() != 0:
        raise PeerError("a root of Debian is made by the superuser; run this as root")
    date, device = now(), examine_device()
    root = fresh_root(BUILD / "root")
    steps = [_step("Start", f"apt install {_DEBIAN_PACKAGES}", root, as_root=True)]
    _clone_into(root)
    _put_beside(root, options.weights)
    for block in blocks_of((REPOSITORY / "README.md").read_text(encoding="utf-8")):
        steps += _follow(block, root)
    write_envelope(options.out, "newcomer", {"home": HOME, "steps": [asdict(step) for step in steps]}, device, date)
    rows = [(step.command, str(step.code), f"{step.duration_s:.0f} s", "" if step.right else "WRONG") for step in steps]
    print(text_table(("command", "code", "time", ""), rows))
    print(f"result  {options.out}")
    return 0 if all(step.right for step in steps) else 1


def _follow(block: Block, root: BareRoot) -> list[Step]:
    if block.language == "python":
        script = shlex.quote(_FRAME + block.content)
        return [_step(block.heading, f"python -c {script}", root, shown="the Python example")]
    steps = []
    for command in block.commands:
        if command.endswith("--web") and "--source" in command:
            watched = f"python3 -c {shlex.quote(_UNTIL_CTRL_C)} {shlex.quote(command)}"
            steps.append(_step(block.heading, watched, root, command))
        elif command.startswith("fieldlens app"):
            steps.append(_without_a_camera(block.heading, command, root))
            again = f"{command.removesuffix('--web').strip()} --source demo --frames 30"
            steps.append(_step(block.heading, again, root))
        else:
            steps.append(_step(block.heading, command, root))
    return steps


def _without_a_camera(heading: str, command: str, root: BareRoot) -> Step:
    step = _step(heading, command, root)
    right = step.code == 1 and step.last.startswith("error: ") and "--source" in step.last
    return Step(heading, command, step.network, step.code, right, step.last, step.duration_s)


def _step(heading: str, command: str, root: BareRoot, shown: str = "", as_root: bool = False) -> Step:
    network = as_root or any(words in command for words in _NEEDS_NETWORK)
    print(f"{'online ' if network else 'offline'}  {shown or command}", flush=True)
    if as_root:
        done = root.run(f"export DEBIAN_FRONTEND=noninteractive; apt-get update -qq && {command} -y", as_root=True)
    else:
        done = root.run(_ENTER + command, network=network)
    lines = [line for line in done.said.splitlines() if line.strip()] or [""]
    if done.code:
        print("  " + "\n  ".join(lines[-5:]), flush=True)
    return Step(heading, shown or command, network, done.code, _ended_well(done), lines[-1], done.duration_s)


def _ended_well(done: Done) -> bool:
    return done.code == 0 and "Traceback" not in done.said


def _clone_into(root: BareRoot) -> None:
    """Clone the last commit: a bundle, as git trusts no repository of another user."""
    bundle = root.folder / "tmp" / "fieldlens.bundle"
    subprocess.run(["git", "-C", REPOSITORY, "bundle", "create", "--quiet", bundle, "HEAD"], check=True)
    done = root.run(f"git clone --quiet /tmp/fieldlens.bundle {shlex.quote(_CLONE)}")
    if done.code:
        raise PeerError(f"the repository could not be cloned: {done.said.strip()}")


def _put_beside(root: BareRoot, weights: Path) -> None:
    """Put what the README takes for granted into the clone and the home."""
    home = root.folder / HOME.lstrip("/")
    write_drawings(home / _CLONE / "photos", _PHOTOGRAPHS)
    models = home / ".keras" / "models"
    models.mkdir(parents=True)
    for file in weights.glob("*.h5"):
        shutil.copy(file, models / file.name)
    root.run(f"chown -R 1500:1500 {shlex.quote(HOME)}", as_root=True)


if __name__ == "__main__":
    raise SystemExit(main())
