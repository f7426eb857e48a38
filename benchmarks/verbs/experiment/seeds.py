"""`fieldlens bench experiment seeds`: several seeds of two recipes on the same photographs."""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "compare several seeds of two recipes, on their own and another source"
DESCRIPTION = """Compare several seeds of two recipes, photograph by photograph, on their own and on another source.

Every seed is a folder of converted files, with one float32 and one int8 file. All of them judge the test split of the
photographs that they were trained on, and photographs of another source that no run knew. Answers of all seeds are
pooled; what the intervals draw anew are photographs, each with the answers of all seeds. Also said: what int8 changes,
over the seeds; without --against only that. An earlier result (.json) may stand for the folders of one recipe: its
recipe of the name given here, or else its first, is compared as it was judged then. Needs the edge install only."""

EXAMPLES = """examples:
  fieldlens bench experiment seeds models/soup-0 models/soup-1 models/soup-2 \\
      --against models/single-0 models/single-1 models/single-2 --names "soup of 3" "one fine-tuning" \\
      --photos photos --other-source web --half odd --out seeds.json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument(
        "bundles",
        type=Path,
        nargs="+",
        metavar="BUNDLE",
        help="folders of converted files, one per seed, or an earlier result",
    )
    parser.add_argument(
        "--against", type=Path, nargs="+", default=[], metavar="BUNDLE", help="those of the recipe to compare with"
    )
    parser.add_argument(
        "--names", nargs=2, default=("new", "old"), metavar=("NEW", "OLD"), help="of both recipes, in words"
    )
    parser.add_argument("--photos", type=Path, required=True, metavar="DIR", help="photographs of their training")
    parser.add_argument(
        "--other-source", type=Path, required=True, metavar="DIR", help="labelled photographs of another source"
    )
    parser.add_argument("--source-name", metavar="NAME", help="of these (default: the folder's name)")
    parser.add_argument("--half", choices=("even", "odd"), help="take only half of these, by their SHA-256")
    parser.add_argument("--out", type=Path, required=True, metavar="JSON", help="where the result goes")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing result")


def run(arguments: argparse.Namespace) -> int:
    """Measure; write the result."""
    from benchmarks.experiments.seeds import run_seeds

    new, old = arguments.names
    return run_seeds(
        [(name, folders) for name, folders in ((new, arguments.bundles), (old, arguments.against)) if folders],
        arguments.photos,
        arguments.other_source,
        arguments.source_name or "",
        arguments.half,
        arguments.out,
        overwrite=arguments.overwrite,
    )
