"""`fieldlens convert web`: a bundle for the browser."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edge_app.common.command_line import HelpfulParser, advanced
from edge_app.common.errors import MissingDependencyError
from edge_app.common.installing import refuse_missing
from edge_app.common.native_stderr import quiet_native_stderr
from edge_app.common.trust import add_trust_option

if TYPE_CHECKING:
    from convert.web.bundle import Prove, Sources

SUMMARY = "make a folder that classifies in any browser"
DESCRIPTION = """Make a folder that classifies in any browser: page, TF.js, LiteRT.js and the converted models.

First both runtimes classify validation photographs in headless Chromium; if one disagrees with the Keras model, nothing
is written and the exit code is 1. Without Chromium or Playwright this check is left out, and a message says so.

Serve the folder with `python -m http.server`; it works offline with photographs and the camera, and with the same
preprocessing, labels and "neither" as the Python app. TF.js and LiteRT.js are fetched from npm once, at the versions in
edge_app/browser/package-lock.json. Browsers allow the camera and threads only on https:// pages and on localhost.
Threads also need two headers that most servers do not send: a service worker adds them, which is why the first visit
loads the page twice. The page shows how many threads it uses and, if it is only one, why."""

EXAMPLES = """examples:
  fieldlens convert web models/pets
  python -m http.server -d models/pets/web"""


def add_arguments(parser: HelpfulParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument(
        "folder", type=Path, metavar="MODELS|RUN", help="folder made by `fieldlens convert`, or its run"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder to create (default: web in MODELS)")
    parser.add_argument(
        "--run", type=Path, metavar="RUN", dest="run_folder", help="where the run is now, if it has moved"
    )
    parser.add_argument("--tflite", type=Path, metavar="FILE", help="model for LiteRT.js (default: the int8 file)")
    parser.add_argument(
        "--tfjs-weights",
        dest="weights",
        choices=("float32", "float16", "uint8"),
        default="float32",
        help="number format of the weights for TF.js",
    )
    parser.say_moved(weights="--tfjs-weights")
    npm = parser.add_argument("--node-modules", type=Path, metavar="DIR", help="what `npm ci` made on another machine")
    advanced(npm)
    parser.add_argument("--photos", type=Path, metavar="DIR", help="where the photographs are now, if they have moved")
    parser.add_argument(
        "--parity-photographs",
        type=int,
        default=200,
        metavar="N",
        help="validation photographs to compare on, at most; 0: no comparison",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace an existing folder")
    add_trust_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Make the bundle, and say how to serve it."""
    from convert.web.bundle import find_models, read_sources, write_web_bundle
    from edge_app.common.outputs import refuse_existing, refuse_held
    from edge_app.web.content import BUNDLE_FILE

    models = find_models(arguments.folder)
    out = arguments.out or models / "web"
    refuse_existing(out, arguments.overwrite, BUNDLE_FILE, (arguments.run_folder,))
    refuse_held(out)
    refuse_missing(("tensorflow",), "train")
    sources = read_sources(models, arguments.run_folder, arguments.tflite)
    with quiet_native_stderr():
        import tensorflow  # noqa: F401 - its greetings go nowhere
    prove = _proof(arguments, sources)
    bundle = write_web_bundle(sources, out, arguments.overwrite, arguments.node_modules, arguments.weights, prove)
    print(f"wrote   {bundle.folder}: {bundle.size_bytes / 1e6:.0f} MB, LiteRT.js runs {bundle.device_model}")
    print(f"next    python -m http.server -d {bundle.folder}, then http://localhost:8000 in a browser")
    print(f"        fieldlens phone {bundle.folder} --lan, for a phone in the same network")
    return 0


def _proof(arguments: argparse.Namespace, sources: Sources) -> Prove | None:
    """Return what proves a bundle in Chromium; None where it is not wanted or cannot be had."""
    from convert.run_folder import read_run_folder
    from convert.web.chromium import check_installed
    from convert.web.proof import prove_in_browser

    if not arguments.parity_photographs:
        return None
    try:
        check_installed()
    except MissingDependencyError as error:
        print(f"not proven in a browser: {error}", flush=True)
        return None
    run = read_run_folder(sources.run, arguments.photos)
    takes_bytes = sources.device_model.card.input_dtype == "uint8"

    def prove(folder: Path, loaded: Any) -> None:
        prove_in_browser(folder, run, loaded, arguments.weights, takes_bytes, arguments.parity_photographs)

    return prove
