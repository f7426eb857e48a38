"""`python -m benchmarks`: how good and how fast files are on this device, and the experiments of the workstation."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from benchmarks.verbs import (
    browser,
    compare,
    course,
    demo,
    fuzz,
    imports,
    live,
    macs,
    mediapipe,
    neither,
    operators,
    papers,
    peers_latency,
    pick,
    pipeline,
    readme,
    report,
    resizing,
    run,
    sensitivity,
    soak,
    sustained,
    sweep,
    tfjs,
    training,
    viewers,
)
from edge_app.common.command_line import parser_of_verbs, run_program, with_implied_verb

_VERBS = {
    "run": run,
    "compare": compare,
    "sensitivity": sensitivity,
    "live": live,
    "imports": imports,
    "macs": macs,
    "operators": operators,
    "soak": soak,
    "sustained": sustained,
    "fuzz": fuzz,
    "demo": demo,
    "resizing": resizing,
    "pipeline": pipeline,
    "neither": neither,
    "viewers": viewers,
    "training": training,
    "sweep": sweep,
    "pick": pick,
    "course": course,
    "papers": papers,
    "mediapipe": mediapipe,
    "peers-latency": peers_latency,
    "tfjs": tfjs,
    "browser": browser,
    "readme": readme,
    "report": report,
}  # the first is implied


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all verbs."""
    return parser_of_verbs("python -m benchmarks", _VERBS)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program; return its exit code."""
    words = with_implied_verb(sys.argv[1:] if argv is None else argv, tuple(_VERBS))
    arguments = build_parser().parse_args(words or ["--help"])
    return run_program(lambda: _VERBS[arguments.verb].run(arguments))


if __name__ == "__main__":
    raise SystemExit(main())
