"""`fieldlens bench compare`: two models, better or worse; two results, faster or slower; or cannot tell."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.verbs.output_folder import new_folder
from edge_app.common.command_line import HelpfulParser, advanced
from edge_app.common.errors import UsageError
from edge_app.verbs.input_options import add_input_options, stated_input

if TYPE_CHECKING:
    from benchmarks.results.compare import ComparedPair
    from benchmarks.results.latency import LatencyResult

SUMMARY = "is the new model better, the new result faster, or can it not be told?"
DESCRIPTION = """Say whether a new model is better than an old one, whether files are faster, or that it cannot be told.

Two models, with --photos: both see the same photographs, those that neither was trained on. The answer is better, worse
or cannot tell, with the difference of the accuracies and its 95 % interval; photographs of one session count together.
Classes that only one of the models knows are left out, and said. Writes result.json with both answers to every
photograph, and comparison.html with the photographs whose label changed.

One result of `run`: its files are compared with the float32 one, or with the first where there is none or --files
names them; they took turns in the same processes, so their rounds are paired and small differences show. Two results:
files with the same bytes are compared, and the rest in order of their names; separate runs differ for reasons of their
own, so only larger differences show. Three or more, as of several boards: every file on every board, with its ratio to
the first board, in one table. What counts is how much rounds differ, not how many runs there were; equal files
are called different once in 100 comparisons. The last column is the smallest difference that would have been found nine
times in ten."""

EXAMPLES = """examples:
  fieldlens bench compare old.tflite new.tflite --photos photos/desk
  fieldlens bench compare old.tflite new.tflite --photos my-phone --all-photos   # that neither has seen
  fieldlens bench compare measurements/mine/result.json
  fieldlens bench compare measurements/before/result.json measurements/after/result.json
  fieldlens bench compare measurements/boards/*/result.json
  fieldlens bench compare a.json b.json --files pets-float32.tflite pets-int8.tflite
  fieldlens bench compare measurements/sweep/result.json --files pets-int8:1 pets-int8:2"""

RESULT_NAME, PAGE_NAME = "result.json", "comparison.html"
"""Of what a comparison of models leaves in its folder."""


def add_arguments(parser: HelpfulParser) -> None:
    """Add the arguments of this verb."""
    given = "the old and the new .tflite file; or result.json files of `run`"
    parser.add_argument("given", type=Path, nargs="+", metavar="FILE", help=given)
    parser.add_argument(
        "--photos", type=Path, metavar="DIR", help="labelled photographs, or their .zip, for two models"
    )
    every = "use all photographs: right only where neither model was trained on any of them"
    parser.add_argument("--all-photos", action="store_true", help=every)
    names = (
        "of results: files to compare, one of each result, or both of the same, or one of all boards; "
        "NAME:2 is NAME with 2 threads"
    )
    parser.add_argument("--files", nargs="+", default=[], metavar="NAME", help=names)
    out = "of models: folder of the comparison (default: measurements/compare-DATE-TIME); of results: a JSON file"
    parser.add_argument("--out", type=Path, metavar="PATH", help=out)
    parser.add_argument("--overwrite", action="store_true", help="replace an existing comparison")
    labels = "of models: one label per line, instead of the files' own"
    advanced(parser.add_argument("--labels", type=Path, metavar="FILE", help=labels))
    add_input_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Compare; print the verdicts."""
    models = [path for path in arguments.given if path.suffix.lower() == ".tflite"]
    if models or arguments.photos is not None:
        return _compare_models(arguments)
    return _compare_results(arguments)


def _compare_models(arguments: argparse.Namespace) -> int:
    from edge_app.common.opencv_wheel import check_one_cv2_wheel
    from edge_app.common.outputs import held, refuse_existing

    _refuse_what_does_not_fit(arguments)
    check_one_cv2_wheel()
    out = arguments.out or new_folder("compare-")
    refuse_existing(out / RESULT_NAME, arguments.overwrite)
    from benchmarks.measure.accuracy.two_models import compare_models, comparison_page
    from benchmarks.results.envelope import write_result
    from benchmarks.results.model_comparison import about, classes_table, derived, models_table
    from edge_app.common.atomic_files import write_text
    from edge_app.live.watchdog import watch
    from edge_app.model.classifier import Classifier
    from edge_app.model.labels import read_labels_file
    from edge_app.photographs.zip_files import unpacked

    labels = None if arguments.labels is None else read_labels_file(arguments.labels)
    stated = stated_input(vars(arguments))
    old, new = (watch(Classifier(path, labels=labels, stated=stated)) for path in arguments.given)
    root = unpacked(arguments.photos)
    with held(out):
        result = compare_models(old, new, root, arguments.all_photos)
        print("\n".join((str(models_table(result)), "", str(classes_table(result)), "", *about(result))))
        write_result(out / RESULT_NAME, result, derived(result))
        write_text(out / PAGE_NAME, comparison_page(result, root))
    print(f"results  {out / RESULT_NAME}, {out / PAGE_NAME}")
    return 0


def _refuse_what_does_not_fit(arguments: argparse.Namespace) -> None:
    others = [path for path in arguments.given if path.suffix.lower() != ".tflite"]
    if others:
        raise UsageError(f"`{others[0]}` is no .tflite file; models are compared with models, results with results")
    if len(arguments.given) != 2:
        count = len(arguments.given)
        raise UsageError(f"{count} {'model was' if count == 1 else 'models were'} given; two are compared: old, new")
    if arguments.photos is None:
        raise UsageError("models are compared on photographs; give them with --photos DIR")
    if arguments.files:
        raise UsageError("--files names files of results; leave it out where models are given")


def _compare_results(arguments: argparse.Namespace) -> int:
    from benchmarks.results.compare import write_comparison
    from benchmarks.results.envelope import read_result
    from benchmarks.results.latency import LatencyResult
    from edge_app.common.outputs import refuse_existing

    if len(arguments.files) > 2 and len(arguments.given) == 2:
        raise UsageError(f"--files has {len(arguments.files)} names; with two results, give one of each")
    if len(arguments.files) > 1 and len(arguments.given) > 2:
        raise UsageError(f"--files has {len(arguments.files)} names; with more than two results, give one")
    twice = [path for path in arguments.given if arguments.given.count(path) > 1]
    if twice and len(arguments.given) > 2:
        raise UsageError(f"`{twice[0]}` is given twice; give the result of each board once")
    if arguments.out is not None:
        refuse_existing(arguments.out, arguments.overwrite)
    results = [read_result(path, LatencyResult) for path in arguments.given]
    table, pairs, warnings = _compared(results, arguments)
    print("\n".join((table, "", *(f"warning: {sentence}" for sentence in warnings))).rstrip())
    if arguments.out is not None:
        write_comparison(arguments.out, pairs, warnings, results[0].device)
        print(f"results  {arguments.out}")
    return 0


def _compared(
    results: Sequence[LatencyResult], arguments: argparse.Namespace
) -> tuple[str, Mapping[str, Sequence[ComparedPair]], list[str]]:
    """Return the table, the pairs by board, and the warnings."""
    from benchmarks.results.compare import compare_results, compare_table, compare_warnings, compare_within
    from benchmarks.results.compare_boards import board_names, compare_boards

    if len(results) > 2:
        names = board_names(arguments.given)
        found = compare_boards(dict(zip(names, results, strict=True)), arguments.files)
        return str(found.table), found.pairs, found.warnings
    first, second = results[0], results[1] if len(results) == 2 else None
    if second is None:
        pairs = compare_within(first, arguments.files)
    else:
        pairs = compare_results(first, second, arguments.files)
    return compare_table(pairs), {"": pairs}, compare_warnings(first, second)
