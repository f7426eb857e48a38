"""Install the device half on 64-bit ARM under an emulator, classify the same photographs here and there, and compare.

Also asks the package index of this machine which of the needed wheels there are for ARM. One dated log says it all.
"""

from __future__ import annotations

import argparse
import datetime
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from benchmarks.results.device import examine_device
from benchmarks.results.envelope import now, read_envelope, write_envelope
from edge_app.common.command_line import HelpfulParser, run_program
from edge_app.common.errors import UsageError
from tests.arm64.answers import answers_here, compare_in_root, install, stage_photographs, stages_in_root
from tests.arm64.availability import ask_for_all
from tests.arm64.emulation import arm64_programs_run, emulator_version, install_programs
from tests.arm64.root import DEBIANS, finished_root
from tests.arm64.wheels import our_wheel
from tests.places import REPOSITORY, data_folder

BUILD = REPOSITORY / "build" / "arm64"
CPUS = ("cortex-a72", "cortex-a76")
"""Of a Raspberry Pi 4 and of a Raspberry Pi 5, which has instructions for dot products of bytes."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it all; return the exit code: 1 too where an answer differs."""
    return run_program(lambda: _run(_parser().parse_args(arguments)))


def _parser() -> HelpfulParser:
    parser = HelpfulParser(prog="python -m tests.arm64", description=__doc__)
    parser.add_argument("models", nargs="+", type=Path, metavar="MODEL", help=".tflite files with labels in them")
    parser.add_argument("--suites", nargs="+", choices=tuple(DEBIANS), default=list(DEBIANS), help="of Debian")
    parser.add_argument("--cpus", nargs="+", default=list(CPUS), help="that the emulator stands for")
    parser.add_argument(
        "--photographs", type=Path, default=data_folder() / "dogs_vs_cats_full_size", help="beside the drawn pets"
    )
    parser.add_argument("--log", type=Path, metavar="FILE", help="default: results/arm64-DATE.json")
    return parser


def _run(options: argparse.Namespace) -> int:
    _check_models(options.models)
    install_programs()
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    path = options.log or REPOSITORY / "results" / f"arm64-{today}.json"
    date, device = now(), examine_device()
    log: dict[str, Any] = {"emulator": emulator_version()}
    wheel = our_wheel(BUILD / "wheel")
    log["wheels"] = ask_for_all(wheel)
    photographs = stage_photographs(options.photographs, BUILD)
    here = answers_here(options.models, photographs, BUILD / "here")
    log["roots"] = [root for root in _earlier_roots(path) if root["debian"] not in options.suites]
    with arm64_programs_run():
        for suite in options.suites:
            root = finished_root(suite, BUILD)
            installed = install(root, wheel)
            comparisons = [compare_in_root(root, cpu, here, photographs) for cpu in options.cpus]
            parts = stages_in_root(root, options.cpus[-1], options.models, photographs)
            log["roots"].append({**installed, "comparisons": list(chain.from_iterable(comparisons)), "stages": parts})
            write_envelope(path, "arm64", log, device, date)  # after every release: each takes half an hour
    print(f"log: {path}")
    return 0 if _all_same(log) else 1


def _earlier_roots(path: Path) -> list[dict[str, Any]]:
    """Return what the log of today has of earlier runs, so that each release can be tried by itself."""
    return list(read_envelope(path, "arm64").payload["roots"]) if path.exists() else []


def _check_models(models: Sequence[Path]) -> None:
    missing = [str(model) for model in models if not model.is_file()]
    if missing:
        raise UsageError(f"there is no model `{missing[0]}`; name .tflite files: make test-arm64 MODELS='one.tflite …'")
    if len({model.name for model in models}) < len(models):
        raise UsageError(f"of {len(models)} models two have the same file name; name each once")


def _all_same(log: dict[str, Any]) -> bool:
    comparisons = [comparison for root in log["roots"] for comparison in root["comparisons"]]
    return all(comparison["same_label"] == comparison["photographs"] for comparison in comparisons)


if __name__ == "__main__":
    raise SystemExit(main())
