"""`fieldlens train submit`: Kaggle's test folder to a table of probabilities."""

from __future__ import annotations

import argparse
from pathlib import Path

from edge_app.common.trust import add_trust_option

SUMMARY = "write a Kaggle submission"
DESCRIPTION = """Classify a folder of test photographs and write a submission for Kaggle.

The table has the form of Dogs vs. Cats Redux: `id,label`, sorted by id, where label is the probability of a dog. TESTS
holds photographs named by number (1.jpg, 2.jpg, …), as in Kaggle's unpacked test folder. Photographs that cannot be
read get 0.5 and are listed. Where Kaggle's sample submission lies in or beside TESTS, the table must have its header
and its ids, or nothing is predicted.

The competition scores by log loss, where one mistake made with certainty costs infinity. --clip keeps all probabilities
between P and 1 - P, so that a confident mistake costs -ln(P) nats (5.3 at 0.005) and a confident right answer costs
-ln(1 - P) (0.005) instead of nothing. The best P is about the share of confident answers that are wrong."""

EXAMPLES = """examples:
  fieldlens train submit runs/pets photos/test
  fieldlens train submit runs/pets photos/test --out tries/second.csv --clip 0.01"""

_SHOWN = 5  # broken files named on the terminal


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument("run_folder", type=Path, metavar="RUN", help="run folder of two classes")
    parser.add_argument("photographs", type=Path, metavar="TESTS", help="folder of test photographs")
    parser.add_argument("--out", type=Path, default=Path("submission.csv"), metavar="CSV", help="file to write")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing CSV")
    parser.add_argument(
        "--clip", type=float, default=0.005, metavar="P", help="smallest distance of a probability from 0 and 1"
    )
    parser.add_argument(
        "--sample",
        metavar="CSV",
        help="Kaggle's sample submission to check against, or `none` (default: the one in or beside TESTS)",
    )
    add_trust_option(parser)
    parser.add_argument(
        "--positive",
        metavar="LABEL",
        help="label whose probability is written (default: dog, or else the second label)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Predict, write, and print what was written."""
    from train.evaluation.submission import UNKNOWN, find_sample, submit

    if arguments.sample is None:
        sample = find_sample(arguments.photographs)
    else:
        sample = None if arguments.sample == "none" else Path(arguments.sample)

    done = submit(
        arguments.run_folder,
        arguments.photographs,
        arguments.out,
        arguments.clip,
        arguments.positive,
        arguments.overwrite,
        sample,
    )
    if done.broken:
        print(f"{len(done.broken):,} broken photographs got {UNKNOWN}:")
        for sentence in done.broken[:_SHOWN]:
            print(f"  {sentence}")
        if len(done.broken) > _SHOWN:
            print(f"  and {len(done.broken) - _SHOWN:,} more")
    if done.ignored:
        print(f"not named by a number, so ignored: {len(done.ignored):,}, the first: {done.ignored[0]}")
    print(f"wrote   {done.path}: {done.rows:,} photographs, probability of `{done.positive}`, {done.clipped:,} clipped")
    if done.sample is not None:
        print(f"checked header and ids are those of {done.sample}")
    return 0
