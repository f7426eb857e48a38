"""Execute the course and stage the documents: `python -m tests.course --help`."""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.results.device import examine_device
from benchmarks.results.envelope import now, write_envelope
from edge_app.common.command_line import run_program
from edge_app.common.outputs import refuse_existing
from edge_app.photographs.folders import find_photographs
from tests.course.chapters import read_course
from tests.course.execution import execute, keep, kept_outputs, parameters_of
from tests.course.pages import stage
from tests.places import REPOSITORY, data_folder

CLASSES, PHOTOGRAPHS = 3, 30
"""Of the reader that the course is for."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the verb says; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.course", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    staging = verbs.add_parser("stage", help="put the documents into build/docs, the chapters with their outputs")
    staging.add_argument("--execute", action="store_true", help="execute chapters whose outputs are missing")
    timing = verbs.add_parser(
        "time", help=f"execute all chapters on {CLASSES} × {PHOTOGRAPHS} photographs, write times"
    )
    timing.add_argument("--photos", type=Path, metavar="DIR", default=data_folder() / "flowers")
    timing.add_argument("--out", type=Path, metavar="JSON", default=REPOSITORY / "results" / "course.json")
    timing.add_argument("--overwrite", action="store_true", help="replace an existing result")
    options = parser.parse_args(arguments)
    return run_program(lambda: _stage(options.execute) if options.verb == "stage" else _time(options))


def _stage(executing: bool) -> int:
    chapters = read_course()
    if executing and any(kept_outputs(chapter) is None for chapter in chapters):
        weights = Path(str(parameters_of()["WEIGHTS"])).is_file()
        if not weights:
            print(
                "note: cells that need pretrained weights are left out: set FIELDLENS_DATA to the folder of `weights/`"
            )
        with tempfile.TemporaryDirectory() as folder:
            for chapter in chapters:
                print(f"executing {chapter.name}", flush=True)
                keep(chapter, execute(chapter, Path(folder), parameters_of(), weights=weights))
    bare = stage(chapters)
    print("docs staged" + (f"; without outputs: {', '.join(bare)} (make docs executes them)" if bare else ""))
    return 0


def few_photographs(source: Path, out: Path) -> None:
    """Copy some photographs of some classes, the first ones by their names."""
    found = find_photographs(source)
    for label in found.labels[:CLASSES]:
        (out / label).mkdir(parents=True)
        for file in [file for file in found.files if file.label == label][:PHOTOGRAPHS]:
            shutil.copy(found.root / file.path, out / label / Path(file.path).name)


def _time(options: argparse.Namespace) -> int:
    refuse_existing(options.out, options.overwrite)
    date, device = now(), examine_device()
    durations: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name:
        own = Path(name, "photos", "mine")
        few_photographs(options.photos, own)
        for chapter in read_course():
            executed = execute(chapter, Path(name), parameters_of(own), weights=True)
            durations[chapter.name] = executed.metadata["fieldlens"]["duration_s"]
            print(f"{chapter.name}: {durations[chapter.name]:.0f} s", flush=True)
    sum_s = sum(durations.values())
    payload = {"classes": CLASSES, "photographs": CLASSES * PHOTOGRAPHS, "durations_s": durations, "sum_s": sum_s}
    write_envelope(options.out, "course chapters", payload, device, date)
    print(f"all chapters: {sum_s / 60:.1f} min\nresult  {options.out}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
