"""`fieldlens bench other-source`: how good files are on photographs that training knew nothing of."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.verbs.output_folder import new_folder
from edge_app.common.errors import UsageError
from edge_app.verbs.input_options import add_input_options, stated_input

if TYPE_CHECKING:
    from benchmarks.results.other_source import Half, OtherSource

SUMMARY = "measure accuracy on photographs of another source, beside that of the card"
DESCRIPTION = """Measure accuracy on photographs of another source than those of training.

Photographs of the same source are alike, so a test split is easier than what a user will photograph. This verb shows
the accuracy of the card (own source: the test split of the run) and that on other photographs side by side, with the
difference of the two and its interval. Nothing else is measured. All photographs of the folder count, but for those
that the splits of the run know, by the SHA-256 of their bytes: they are left out, and said. The run is the one that
`conversion.json` beside the file names, and every --run. Classes are told by folders, as elsewhere; classes that a
model does not know are left out, and said. Copies count once.

With --write-card the number goes into the card of each file, where the app reads it; the network stays as it is.

Choose models with one half of a folder and report with the other, so that the number is of photographs that no choice
has seen: `--half even` takes the photographs whose SHA-256 ends in an even digit, `--half odd` the others.

Writes other_source.json and other_source.md."""

EXAMPLES = """examples:
  fieldlens bench other-source models/pets/*.tflite --photos my-pets
  fieldlens bench other-source models/pets/pets-int8.tflite --photos my-pets --source-name "my phone" --write-card
  fieldlens bench other-source models/*/*-int8.tflite --photos web --half even       # choose
  fieldlens bench other-source models/pets/pets-int8.tflite --photos web --half odd  # report"""

JSON_NAME = "other_source.json"
"""Of the result."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument(
        "models", type=Path, nargs="*", metavar="MODEL", help=".tflite files (default: the app's starter)"
    )
    parser.add_argument(
        "--photos",
        type=Path,
        metavar="DIR",
        required=True,
        help="labelled photographs of another source, or their .zip",
    )
    parser.add_argument("--source-name", metavar="NAME", help="of the source (default: the name of the folder)")
    parser.add_argument("--half", choices=("even", "odd"), help="take only half of the photographs, by their SHA-256")
    parser.add_argument(
        "--run",
        dest="runs",
        type=Path,
        action="append",
        metavar="RUN",
        help="run folder whose photographs are left out; may be given several times",
    )
    parser.add_argument("--write-card", action="store_true", help="write the accuracy into the card of each file")
    parser.add_argument("--labels", type=Path, metavar="FILE", help="one label per line, instead of the files' own")
    add_input_options(parser)
    parser.add_argument("--threads", type=int, metavar="N", help="CPU threads (default: usable cores, at most 4)")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="where the results go (default: measurements/DATE-TIME)"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace existing results")


def run(arguments: argparse.Namespace) -> int:
    """Measure; write the result, and the cards where that was asked for."""
    if arguments.write_card and not arguments.models:
        raise UsageError("--write-card needs a MODEL; the starter's card is written by `fieldlens convert starter`")
    if arguments.write_card and arguments.labels is not None:
        raise UsageError("--write-card needs a file with labels of its own; leave out --labels")
    return _measure(arguments, arguments.half, tuple(arguments.runs or ()), arguments.threads, arguments.write_card)


def run_for(arguments: argparse.Namespace) -> int:
    """Measure with the arguments of `run`, which have no run folder and no card to write."""
    if arguments.photos is None:
        raise UsageError("--source-name names the source of photographs; give them with --photos DIR")
    for option, given in (("--require", arguments.require), ("--neither", arguments.neither)):
        if given:
            raise UsageError(f"--source-name measures the accuracy on another source only; leave out {option}")
    threads = max(arguments.threads) if arguments.threads else None
    return _measure(arguments, arguments.half, (), threads, write_card=False)


def _measure(
    arguments: argparse.Namespace, half: Half | None, runs: tuple[Path, ...], threads: int | None, write_card: bool
) -> int:
    from edge_app.common.opencv_wheel import check_one_cv2_wheel
    from edge_app.common.outputs import held, refuse_existing

    check_one_cv2_wheel()
    out = arguments.out or new_folder()
    refuse_existing(out / JSON_NAME, arguments.overwrite)
    from benchmarks.measure.accuracy.other_source import measure_other_source
    from benchmarks.results.envelope import write_result
    from benchmarks.results.other_source import derived
    from edge_app.common.atomic_files import write_text
    from edge_app.model.card import read_own_card
    from edge_app.model.classifier import Classifier
    from edge_app.model.labels import read_labels_file
    from edge_app.model.runtime import default_threads
    from edge_app.model.starter import introduce
    from edge_app.photographs.zip_files import unpacked

    models = arguments.models or [introduce()]
    if write_card:
        for model in models:
            read_own_card(model)  # says what cannot be written before anything is measured
    labels, stated = (
        None if arguments.labels is None else read_labels_file(arguments.labels),
        stated_input(vars(arguments)),
    )
    classifiers = [Classifier(model, threads or default_threads(), labels, stated=stated) for model in models]
    name = arguments.source_name or arguments.photos.resolve().name.removesuffix(".zip")
    with held(out):
        result = measure_other_source(classifiers, unpacked(arguments.photos), name, half, runs)
        text = "\n".join(_lines(result))
        print(text)
        write_result(out / JSON_NAME, result, derived(result))
        write_text(out / "other_source.md", text + "\n")
    if write_card:
        print("\n".join(_write_cards(result)))
    print(f"results  {out / JSON_NAME}, {out / 'other_source.md'}")
    return 0


def _lines(result: OtherSource) -> list[str]:
    from benchmarks.results.other_source import about, pairs, source_table

    return [*about(result), "", str(source_table(result)), *(["", *pairs(result)] if len(result.files) > 1 else [])]


def _write_cards(result: OtherSource) -> list[str]:
    """Write the accuracy into the card of each file; say what it replaces."""
    from dataclasses import replace

    from edge_app.model.card import read_own_card
    from edge_app.model.card_writing import replace_card

    said = []
    for file in result.files:
        card, found = read_own_card(Path(file.file)), file.judgement.accuracy
        replace_card(Path(file.file), replace(card, other_source=found))
        older = card.other_source
        before = "nothing" if older is None else f"{older} of {older.photographs:,} photographs, {older.data}"
        said.append(
            f"card     {file.file}: {found} of {found.photographs:,} photographs, {found.data}; before: {before}"
        )
    return said
