"""Time `make check` and `make test` in a fresh clone with nothing beside it and nothing in the home but pip's settings.

Run as `python -m tests.clone_time` on a quiet machine; installing is not counted.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.results.device import examine_device
from benchmarks.results.envelope import now, write_envelope
from edge_app.common.command_line import HelpfulParser, run_program
from edge_app.common.outputs import refuse_existing
from tests.newcomer.root import pip_of_this_machine
from tests.places import REPOSITORY

_INSTALLED = (".venv/.installed", ".venv-edge/.installed")
_TIMED = ("check", "test-main", "test-edge")  # `make test` is the last two
_PASSED = re.compile(r"(\d+) passed")


def main(arguments: Sequence[str] | None = None) -> int:
    """Time all targets; return the exit code: 1 too where one fails."""
    parser = HelpfulParser(prog="python -m tests.clone_time", description=__doc__)
    parser.add_argument("--out", type=Path, metavar="JSON", default=REPOSITORY / "results" / "clone-time.json")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing result")
    return run_program(lambda: _run(parser.parse_args(arguments)))


def _run(options: argparse.Namespace) -> int:
    refuse_existing(options.out, options.overwrite)
    date, device = now(), examine_device()
    with tempfile.TemporaryDirectory() as name:
        clone, home = Path(name, "fieldlens"), Path(name, "home")
        home.mkdir()
        subprocess.run(["git", "clone", "--quiet", str(REPOSITORY), str(clone)], check=True)
        commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=clone, capture_output=True, text=True, check=True)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("FIELDLENS", "PYTHON"))}
        environment = kept | {"HOME": str(home), **pip_of_this_machine()[0]}
        targets = {target: _made(target, clone, environment) for target in (*_INSTALLED, *_TIMED)}
    test_s = targets["test-main"]["duration_s"] + targets["test-edge"]["duration_s"]
    payload = {"commit": commit.stdout.strip(), "targets": targets, "derived": {"test_s": test_s}}
    write_envelope(options.out, "clone time", payload, device, date)
    print(f"make test: {test_s / 60:.1f} min without installing\nresult  {options.out}")
    return int(any(found["code"] for found in targets.values()))


def _made(target: str, clone: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    start_s = time.monotonic()
    done = subprocess.run(
        ["make", target], cwd=clone, env=dict(environment), capture_output=True, text=True, check=False
    )
    duration_s = time.monotonic() - start_s
    passed = _PASSED.findall(done.stdout)
    print(
        f"make {target}: code {done.returncode}, {duration_s:.0f} s{f', {passed[-1]} passed' if passed else ''}",
        flush=True,
    )
    if done.returncode:
        print((done.stdout + done.stderr)[-3000:], flush=True)
    return {"code": done.returncode, "duration_s": duration_s, "passed": int(passed[-1]) if passed else None}


if __name__ == "__main__":
    raise SystemExit(main())
