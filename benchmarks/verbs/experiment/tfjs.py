"""`fieldlens bench experiment tfjs`: our TF.js export against the official converter's graph."""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "compare our TF.js export with the official converter's graph"
DESCRIPTION = """Compare our TF.js export of a run with what the official converter makes of the same SavedModel.

Both classify the same test photographs in headless Chromium (TF.js, wasm backend), in page loads that take turns in
random order, each in a fresh browser. Needs the train install, Playwright (pip install --group browser), Chromium,
TF.js from npm, and for the official conversion `make peers-tfjs`."""

EXAMPLES = """examples:
  fieldlens bench experiment tfjs runs/pets --official models/pets-official --out measurements/tfjs.json
  fieldlens bench experiment tfjs runs/pets --official models/pets-official --loads 3 --out /tmp/quick.json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument("run", type=Path, metavar="RUN", help="a run folder made by `fieldlens train`")
    parser.add_argument(
        "--official", type=Path, required=True, metavar="DIR", help="the official conversion; made if it is missing"
    )
    parser.add_argument("--photos", type=Path, metavar="DIR", help="where the photographs are now, if they have moved")
    parser.add_argument(
        "--node-modules",
        type=Path,
        default=Path("edge_app/browser/node_modules"),
        metavar="DIR",
        help="where npm installed TF.js",
    )
    parser.add_argument("--chromium", metavar="PATH", help="executable of the browser (default: chromium)")
    parser.add_argument(
        "--signature", choices=("serving_default", "core"), default="serving_default", help="signature to convert"
    )
    parser.add_argument("--loads", type=int, default=12, metavar="N", help="page loads of each graph")
    parser.add_argument("--predictions", type=int, default=40, metavar="N", help="timed predictions per page load")
    parser.add_argument("--out", type=Path, required=True, metavar="JSON", help="where the result goes")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing result")


def run(arguments: argparse.Namespace) -> int:
    """Measure; write the result."""
    from edge_app.common.errors import UsageError
    from edge_app.common.native_stderr import quiet_native_stderr

    if arguments.loads < 2 or arguments.predictions < 1:
        raise UsageError(
            f"an interval needs 2 page loads and 1 prediction at least, received {arguments.loads} and "
            f"{arguments.predictions}; try --loads 12 --predictions 40"
        )
    with quiet_native_stderr():
        from benchmarks.experiments.browser.tfjs_graphs import TfjsOptions, run_tfjs
    return run_tfjs(
        arguments.run,
        arguments.photos,
        arguments.official,
        arguments.node_modules,
        arguments.chromium,
        arguments.out,
        TfjsOptions(loads=arguments.loads, predictions=arguments.predictions, signature=arguments.signature),
        overwrite=arguments.overwrite,
    )
