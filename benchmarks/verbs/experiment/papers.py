"""`fieldlens bench experiment papers`: the papers of the course, tried on photographs."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.experiments.papers.catalogue import CATALOGUE

_DEFAULT_NOISE = (0.0, 0.2)

SUMMARY = "check whether effects described in the course's papers appear on your photographs"
DESCRIPTION = """Check whether effects described in the course's papers appear on your photographs.

At 64 px, with at most 2,000 training and 1,000 test photographs, all papers take half an hour on 2 cores. Every point
is saved as soon as it is measured: you can stop the command and run it again, also with more seeds. NAME.json has every
number and two sentences that follow from them by rule; NAME.png is the plot. An effect counts as seen if every seed
shows it. Needs the train install.

papers:
""" + "\n".join(f"  {one.name:<15} {one.question}\n{'':17} {one.reference}" for one in CATALOGUE.values())

EXAMPLES = """examples:
  fieldlens bench experiment papers double-descent --photos photos --out measurements/papers
  fieldlens bench experiment papers double-descent --photos photos --label-noise 0.1 --features relu --out relu
  fieldlens bench experiment papers all --photos photos --out measurements/papers"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument("paper", choices=(*CATALOGUE, "all"), metavar="PAPER", help="paper to try; see above")
    parser.add_argument("--photos", type=Path, required=True, metavar="DIR", help="labelled photographs")
    parser.add_argument(
        "--seeds", type=int, metavar="N", help="repetitions, with a seed each (default: 3 or 5, depending on the paper)"
    )
    parser.add_argument(
        "--label-noise",
        type=float,
        nargs="+",
        metavar="SHARE",
        help="double-descent: shares of wrong training labels (default: 0 and 0.2)",
    )
    parser.add_argument(
        "--features", choices=("fourier", "relu"), help="double-descent: kind of random features (default: fourier)"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where NAME.json and NAME.png go")
    parser.add_argument("--overwrite", action="store_true", help="measure again what was saved there")


def run(arguments: argparse.Namespace) -> int:
    """Measure what is missing; write the results."""
    from edge_app.common.errors import UsageError
    from edge_app.common.native_stderr import quiet_native_stderr

    names = list(CATALOGUE) if arguments.paper == "all" else [arguments.paper]
    if arguments.seeds is not None and arguments.seeds < 1:
        raise UsageError(f"--seeds must be at least 1, received {arguments.seeds}")
    if "double-descent" not in names and (arguments.label_noise is not None or arguments.features is not None):
        raise UsageError(f"--label-noise and --features are of double-descent, `{arguments.paper}` has neither")
    with quiet_native_stderr():
        from benchmarks.experiments.papers.run import make_paper, run_papers

    noise = _DEFAULT_NOISE if arguments.label_noise is None else arguments.label_noise
    papers = [make_paper(name, noise, arguments.features or "fourier") for name in names]
    return run_papers(papers, arguments.photos, arguments.seeds, arguments.out, arguments.overwrite)
