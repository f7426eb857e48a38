"""`fieldlens bench run`: how good and how fast files are on this device."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.results.gates import MEASURES, UNMET, gate_lines, parse_requirements, unmet_sentences
from benchmarks.verbs import other_source, sustained
from benchmarks.verbs.board_options import add_on
from benchmarks.verbs.output_folder import new_folder
from benchmarks.verbs.time_span import time_span_s
from edge_app.common.command_line import advanced
from edge_app.common.errors import UsageError
from edge_app.verbs.input_options import add_input_options, stated_input

SUMMARY = "measure speed, memory and accuracy of .tflite files"
DESCRIPTION = """Measure .tflite files on this device.

`run` is implied. Every round is a fresh process in which all files take turns, in random order; each file first runs
until its times are steady. It measures start-up, the warm latency of the bare model and of the whole way from a 640x480
frame to the label with its stages, throughput, memory, size, and accuracy on photographs. Accuracy is measured on the
test split, which no model trained by FieldLens has seen; all files see the same photographs and are compared photograph
by photograph. Anything that makes the numbers doubtful or invalid is reported.

Writes result.json with every raw time, table.md and plot.png. Ctrl-C keeps the finished rounds.

With --require the exit code is 3 where a file misses a requirement, and where the run is invalid, which shows nothing;
a sentence says each. Otherwise it is 0, 1 after an error, 2 for a command line that cannot be meant, 130 after Ctrl-C.

names for --require:
""" + "\n".join(f"  {name:<13} {one.about}" for name, one in MEASURES.items())  # fmt: skip

EXAMPLES = """examples:
  fieldlens bench run --photos photos
  fieldlens bench models/pets/*.tflite --photos photos
  fieldlens bench models/pets/*.tflite --photos photos --neither flowers
  fieldlens bench model.tflite --photos my-pets --source-name "my phone"
  fieldlens bench model.tflite --threads 1,2,4 --workers 1,2
  fieldlens bench model.tflite --photos photos --require 'accuracy>=0.97' --require 'p95_ms<=5'
  fieldlens bench model.tflite --strict --rounds 5 --out measurements/strict
  fieldlens bench model.tflite --labels labels.txt --threads 2 --out measurements/mine"""


def numbers(text: str) -> tuple[int, ...]:
    """Read `1,2,4`."""
    try:
        return tuple(int(word) for word in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"`{text}` is no list of numbers; write it as in 1,2,4") from None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument(
        "models", type=Path, nargs="*", metavar="MODEL", help=".tflite files (default: the app's starter)"
    )
    parser.add_argument("--photos", type=Path, metavar="DIR", help="labelled photographs (or their .zip), for accuracy")
    every = "also use photographs that a model of FieldLens may have been trained on, not only the test split"
    parser.add_argument(
        "--source-name",
        metavar="NAME",
        help="the photographs are of another source than those of training: measure accuracy only, like `other-source`",
    )
    half = "with --source-name: only half of the photographs, by the last digit of their SHA-256"
    advanced(parser.add_argument("--half", choices=("even", "odd"), help=half))
    advanced(parser.add_argument("--all-photos", action="store_true", help=every))
    parser.add_argument(
        "--neither",
        type=Path,
        metavar="DIR",
        help="pictures of anything else, to measure how well files say `neither` (with --photos)",
    )
    parser.add_argument("--labels", type=Path, metavar="FILE", help="one label per line, instead of the files' own")
    add_input_options(parser)
    threads = "CPU threads, or several numbers to try each of (default: usable cores, at most 4)"
    parser.add_argument("--threads", type=numbers, metavar="N[,N…]", help=threads)
    parser.add_argument(
        "--rounds", type=int, default=8, metavar="N", help="fresh processes; fewer than 5 make the result doubtful"
    )
    require = "exit with 3 unless every file meets this, as in 'p95_ms<=5'; may be given several times"
    parser.add_argument("--require", action="append", metavar="'NAME>=N'", help=require)
    details = advanced(parser.add_argument_group("details"))
    details.add_argument("--runs", type=int, default=200, metavar="N", help="warm runs of each kind per file, at least")
    details.add_argument("--seconds", type=float, default=5.0, metavar="S", help="of warm runs per file, at least")
    parser.add_argument(
        "--sustained",
        type=time_span_s,
        metavar="TIME",
        help="run back to back for this long instead, like `sustained`",
    )
    workers = "interpreters that run at the same time, to measure throughput"
    details.add_argument("--workers", type=numbers, default="1", metavar="N[,N…]", help=workers)
    strict = "add a stream of at least 1,024 queries and 60 s per file, as in MLPerf's single-stream scenario"
    details.add_argument("--strict", action="store_true", help=strict)
    details.add_argument("--seed", type=int, metavar="N", help="of all random choices (default: drawn, and recorded)")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="where the results go (default: measurements/DATE-TIME)"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace existing results")
    add_on(parser)


def run(arguments: argparse.Namespace) -> int:
    """Measure; write the result."""
    from edge_app.common.command_line import INTERRUPTED
    from edge_app.common.opencv_wheel import check_one_cv2_wheel
    from edge_app.common.outputs import held, refuse_existing

    if arguments.neither is not None and arguments.photos is None:
        raise UsageError("--neither needs --photos DIR too: `neither` is told from photographs that have a label")
    if arguments.on:
        from benchmarks.verbs.on_boards import run_on_boards

        return run_on_boards("run", arguments)
    if arguments.sustained is not None:
        if arguments.photos is not None:
            raise UsageError("--sustained measures no accuracy; leave out --photos, or measure it in a run of its own")
        if arguments.require:
            raise UsageError("--sustained is held to no requirements; leave out --require, or make it a run of its own")
        return sustained.run_for(arguments, arguments.sustained)
    if arguments.source_name is not None:
        return other_source.run_for(arguments)
    if arguments.half is not None:
        raise UsageError("--half is for photographs of another source; name it with --source-name")
    requirements = parse_requirements(arguments.require or (), arguments.photos is not None)
    check_one_cv2_wheel()
    out = arguments.out or new_folder()
    refuse_existing(out / "result.json", arguments.overwrite)
    from benchmarks.measure.protocol.measure import measure
    from benchmarks.measure.protocol.report import show_and_write
    from edge_app.model.labels import read_labels_file
    from edge_app.model.starter import introduce
    from edge_app.photographs.zip_files import unpacked

    with held(out):
        result = measure(
            arguments.models or [introduce()],
            photographs=None if arguments.photos is None else unpacked(arguments.photos),
            all_photographs=arguments.all_photos,
            threads=arguments.threads,
            runs=arguments.runs,
            seconds=arguments.seconds,
            neither=arguments.neither,
            labels=None if arguments.labels is None else read_labels_file(arguments.labels),
            stated=stated_input(vars(arguments)),
            rounds=arguments.rounds,
            workers=arguments.workers,
            seed=arguments.seed,
            strict=arguments.strict,
        )
        show_and_write(result, out)
    if result.partial:
        return INTERRUPTED
    if not requirements:
        return 0
    print("\n".join(gate_lines(result, requirements)))
    return UNMET if unmet_sentences(result, requirements) else 0
