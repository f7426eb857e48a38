"""`fieldlens bench experiment teach`: heads of two sittings, judged on a third."""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "judge what `teach` learns in two sittings on a third one, beside scikit-learn"
DESCRIPTION = """Judge what `teach` learns in two sittings on a third one.

Photographs of a folder are drawn into three sittings; two teach a head on the features of a finished file, as
`fieldlens app teach` does, and the third judges the head, the file that it is written into, the accuracy that it
states, and scikit-learn's LogisticRegressionCV on the same features and folds. Then the same with a light of its own
for every sitting, and with photographs shown as short films to teach's own lesson. Heads of 60 photographs per class
are timed. Needs the train install and scikit-learn: pip install 'scikit-learn>=1.5'."""

EXAMPLES = """examples:
  fieldlens bench experiment teach --photos flowers --out measurements/teach.json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument("--photos", type=Path, required=True, metavar="DIR", help="labelled photographs")
    parser.add_argument(
        "--backbone",
        type=Path,
        metavar="FILE",
        help="a file of ours whose features to learn from: float32, float16 or int8 (default: the starter)",
    )
    parser.add_argument("--draws", type=int, default=20, metavar="N", help="draws in each light")
    parser.add_argument(
        "--per-sitting", type=int, default=15, metavar="N", help="photographs of each class in a sitting that teaches"
    )
    parser.add_argument("--judging", type=int, default=30, metavar="N", help="photographs of each class in the third")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the first draw")
    parser.add_argument("--out", type=Path, required=True, metavar="JSON", help="where the result goes")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing result")


def run(arguments: argparse.Namespace) -> int:
    """Measure; write the result."""
    from edge_app.common.errors import UsageError
    from edge_app.common.native_stderr import quiet_native_stderr

    if arguments.draws < 2 or min(arguments.per_sitting, arguments.judging) < 1:
        raise UsageError("--draws must be at least 2, --per-sitting and --judging at least 1")
    with quiet_native_stderr():
        from benchmarks.experiments.teach import Plan, run_teach
    from edge_app.model.starter import STARTER

    plan = Plan(arguments.draws, arguments.per_sitting, arguments.judging, arguments.seed)
    return run_teach(
        arguments.photos, arguments.backbone or STARTER, plan, arguments.out, overwrite=arguments.overwrite
    )
