"""`fieldlens bench experiment browser`: LiteRT.js with integers against TF.js in floating point."""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "compare LiteRT.js int8 with TF.js float32 in one browser"
DESCRIPTION = """Compare LiteRT.js int8 with TF.js float32 (WebAssembly) in headless Chromium, on the page's own path.

The runtimes take turns in random order, a page load each; the ratio of their medians has a bootstrap interval over page
loads. This is measured three times: with the page served by `python -m http.server`, where a service worker makes
threads possible; with a server whose headers allow threads; and with one thread, in a browser without service workers.
The threads of each runtime are shown: TF.js uses at most half of the logical cores.

Needs the train install, Playwright (pip install --group browser) and Chromium."""

EXAMPLES = """examples:
  fieldlens bench experiment browser models/pets/web --photos photos --out measurements/browser.json
  fieldlens bench experiment browser models/pets/web --photos photos --loads 2 --photographs 10 --out quick.json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument("bundle", type=Path, metavar="WEB", help="folder made by `fieldlens convert web`")
    parser.add_argument(
        "--photos",
        type=Path,
        required=True,
        metavar="DIR",
        help="labelled photographs, of which the test split is used",
    )
    parser.add_argument("--loads", type=int, default=10, metavar="N", help="page loads of each runtime")
    parser.add_argument("--photographs", type=int, default=60, metavar="N", help="timed photographs per page load")
    parser.add_argument("--warm-up", type=int, default=40, metavar="N", help="photographs before those, not timed")
    parser.add_argument("--out", type=Path, required=True, metavar="JSON", help="where the result goes")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing result")


def run(arguments: argparse.Namespace) -> int:
    """Measure; write the result."""
    from edge_app.common.errors import UsageError
    from edge_app.common.native_stderr import quiet_native_stderr

    if arguments.loads < 2 or arguments.photographs < 1 or arguments.warm_up < 0:
        raise UsageError(
            f"an interval needs 2 page loads and 1 photograph at least, received {arguments.loads} and "
            f"{arguments.photographs}; try --loads 10 --photographs 60"
        )
    with quiet_native_stderr():
        from benchmarks.experiments.browser.runtimes import BrowserOptions, run_browser
    plan = BrowserOptions(arguments.loads, arguments.photographs, arguments.warm_up)
    return run_browser(arguments.bundle, arguments.photos, arguments.out, plan, arguments.overwrite)
