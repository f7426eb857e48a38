"""Deploy to a Debian with a systemd of its own, as a user would: reboots, bad releases, no internet, a full disk.

Writes what was right to one result.
"""

from __future__ import annotations

import argparse
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.results.device import examine_device
from benchmarks.results.envelope import now, write_envelope
from edge_app.common.command_line import HelpfulParser, run_program
from edge_app.common.outputs import refuse_existing
from edge_app.common.tables import text_table
from edge_app.model.starter import STARTER
from tests.places import REPOSITORY
from tests.systemd.board import Board, booted

BUILD = REPOSITORY / "build" / "systemd"
_ANSWERS = """
for i in $(seq 60); do
    python3 -c "import urllib.request; urllib.request.urlopen('http://127.0.0.1:{port}/health')" && exit
    sleep 1
done 2>/dev/null; exit 1
"""
_NOBODY_IN = "sleep 20; "  # a user's services end 10 s after the last logout
_NOTHING_LEFT = "! pgrep -f 'edge_app [r]un' && ! find / -xdev -path '*fieldlens*' -not -path '/proc/*' | grep -q ."
_LINGER = "test -e /var/lib/systemd/linger/pi"
_OFFLINE = "mv /etc/pip.conf /etc/pip.conf.off; mv /etc/resolv.conf /etc/resolv.conf.off"
_ONLINE = "mv /etc/pip.conf.off /etc/pip.conf; mv /etc/resolv.conf.off /etc/resolv.conf"
_HOME = "mount -t tmpfs -o size={size} tmpfs {home}; cp -a /tmp/ssh {home}/.ssh; chown tiny: {home}; chmod 755 {home}"
_PYTHON = "/usr/lib/python3.11/ensurepip"


@dataclass(frozen=True)
class Try:
    """A deploy and what must be so after it.

    Attributes:
        what: in a few words.
        user: of the board.
        words: for `fieldlens deploy`.
        says: among its words.
        code: its exit code.
        before: a script there, as root; `reboot`: it is rebooted.
        then: a script there, as root, that succeeds.
        interrupt_after_s: Ctrl-C.
    """

    what: str
    user: str
    words: tuple[str, ...]
    says: str
    code: int = 0
    before: str = ""
    then: str = ""
    interrupt_after_s: float | None = None


def _tries(renamed: Path) -> list[Try]:
    pi, root, tiny = ((str(STARTER), "--source", "demo", "--web", port) for port in ("8080", "8090", "8081"))
    bad, listed, gone = (*pi[:2], "no-such-film.mp4", *pi[3:]), ("--list",), ("--remove",)
    answers = _ANSWERS.format(port="8080")
    no_polkit, polkit = "systemctl mask --now polkit", "systemctl unmask polkit"
    small, full = _HOME.format(size="300m", home="/home/tiny"), "dd if=/dev/zero of=/home/tiny/full bs=1M; true"
    large, answers_tiny = _HOME.format(size="700m", home="/home/tiny"), _ANSWERS.format(port="8081")
    nothing_of_pi = f"{_NOTHING_LEFT} && ! {_LINGER} && ! test -e /home/pi/.config"
    return [
        Try("logout ends services", "pi", pi, "loginctl enable-linger pi", 1, no_polkit, _NOTHING_LEFT),
        Try("first deploy, as a user", "pi", pi, "label  ", 0, polkit, f"{_LINGER} && {_NOBODY_IN}{answers}"),
        Try("the same again", "pi", pi, "nothing is changed"),
        Try("listed after a reboot", "pi", listed, "runs (systemd, as this user)", 0, "reboot", answers),
        Try("after a crash", "pi", listed, "* ", 0, "pkill -9 -f 'edge_app [r]un'; sleep 8", answers),
        Try("a release without a label", "pi", bad, "runs again", 1, then=answers),
        Try("a second model", "pi", (str(renamed), *pi[1:]), "label  ", then=answers),
        Try("removed", "pi", gone, "deleted", then=nothing_of_pi),
        Try("Ctrl-C while it installs", "pi", pi, "interrupted", 130, interrupt_after_s=7.0),
        Try("the same at once", "pi", pi, "label  ", then=answers),
        Try("removed again", "pi", gone, "deleted", then=nothing_of_pi),
        Try("no internet", "pi", pi, "add --carry", 1, _OFFLINE),
        Try("no internet, --carry", "pi", (*pi, "--carry"), "label  ", then=answers),
        Try("removed without internet", "pi", gone, "deleted", then=nothing_of_pi),
        Try("little disk", "tiny", tiny, "are needed", 1, f"{_ONLINE}; mv /home/tiny/.ssh /tmp/ssh; {small}"),
        Try("enough disk", "tiny", tiny, "label  ", 0, f"umount -l /home/tiny; {large}"),
        Try("a full disk", "tiny", (str(renamed), *tiny[1:]), "its disk is full", 1, full, answers_tiny),
        Try("removed from a full disk", "tiny", gone, "deleted", 0, "", _NOTHING_LEFT),
        Try("no venv", "pi", pi, "apt install python3-venv", 1, f"mv {_PYTHON} {_PYTHON}.off"),
        Try("first deploy, as root", "root", root, "label  ", 0, f"mv {_PYTHON}.off {_PYTHON}"),
        Try("of root after a reboot", "root", listed, "runs (systemd)", 0, "reboot", _ANSWERS.format(port="8090")),
        Try("removed from root", "root", gone, "/etc/systemd/system/fieldlens-deploy.service", then=_NOTHING_LEFT),
        Try("no python3", "pi", listed, "has no python3", 1, "mv /usr/bin/python3 /usr/bin/python3.off"),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Try it all; return the exit code: 1 too where something was not as it should be."""
    return run_program(lambda: _run(_parser().parse_args(arguments)))


def _parser() -> HelpfulParser:
    parser = HelpfulParser(prog="python -m tests.systemd", description=__doc__)
    parser.add_argument("--out", type=Path, metavar="JSON", default=REPOSITORY / "results" / "systemd.json")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing result")
    return parser


def _run(options: argparse.Namespace) -> int:
    refuse_existing(options.out, options.overwrite)
    date, device = now(), examine_device()
    with booted(BUILD) as board:
        renamed = Path(shutil.copy(STARTER, BUILD / "renamed.tflite"))
        systemd = board.ssh("systemctl --version").stdout.splitlines()[0]
        steps = [_try(board, one) for one in _tries(renamed)]
    write_envelope(options.out, "systemd", {"systemd": systemd, "steps": steps}, device, date)
    rows = [(step["what"], f"{step['duration_s']:.1f} s", "" if step["right"] else "WRONG") for step in steps]
    print(text_table(("step", "time", ""), rows))
    print(f"result  {options.out}")
    return 0 if all(step["right"] for step in steps) else 1


def _try(board: Board, one: Try) -> dict[str, object]:
    if one.before == "reboot":
        board.reboot()
    elif one.before:
        board.ssh(one.before)
    start_s = time.monotonic()
    code, said = board.fieldlens(["deploy", one.user, *one.words], one.interrupt_after_s)
    duration_s = round(time.monotonic() - start_s, 2)
    right = code == one.code and one.says in said and (not one.then or board.ssh(one.then).returncode == 0)
    print(f"{'right' if right else 'WRONG'}  {one.what}" + ("" if right else f"\n{said}"), flush=True)
    last = (said.strip().splitlines() or [""])[-1].partition("?token=")[0]
    return {"what": one.what, "user": one.user, "code": code, "last": last, "right": right, "duration_s": duration_s}


if __name__ == "__main__":
    raise SystemExit(main())
