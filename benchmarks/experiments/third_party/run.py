"""Every `.tflite` file of some folders, and those that TensorFlow makes, in the app and in a bare interpreter."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.experiments.third_party.compare import Photograph, compare_file
from benchmarks.experiments.third_party.documented import DOCUMENTED
from benchmarks.results.device import examine_device
from benchmarks.results.envelope import now, write_result
from benchmarks.results.third_party import FileTried, ThirdParty
from edge_app.common.errors import DataError, PhotographError
from edge_app.common.outputs import refuse_existing
from edge_app.common.progress import Progress
from edge_app.common.tables import text_table
from edge_app.photographs.contents import pictures_below
from edge_app.photographs.decoder import read_photograph

HEAD = ("file", "fed", "options", "result", "same label", "without options")


def run_third_party(
    folders: Sequence[Path], photos: Sequence[Path], out: Path, count: int, make: bool, overwrite: bool
) -> int:
    """Compare, print a table, write the raw result.

    Args:
        folders: with `.tflite` files, and label files that they need, at any depth.
        photos: folders of photographs.
        out: of the result.
        count: of photographs of each folder.
        make: let TensorFlow make files too.
        overwrite: replace an existing result.

    Returns:
        Exit code: 1 where a file of which it is documented how it is fed gives another label.

    Raises:
        DataError: there is no file, or no photograph.
        OutputError: the result cannot be written.
    """
    refuse_existing(out, overwrite)
    photographs = [one for folder in photos for one in chosen_photographs(folder, count)]
    with tempfile.TemporaryDirectory() as temporary:
        made = Path(temporary) / "made"
        made.mkdir()
        documented = dict(DOCUMENTED)
        if make:
            from benchmarks.experiments.third_party.made import make_files  # imports TensorFlow

            documented |= make_files(made, photographs)
        models = [*model_files(folders), *sorted(made.glob("*.tflite"))]
        labels = {path.name: path for folder in folders for path in sorted(folder.rglob("*.txt"))}
        tried = []
        with Progress("comparing files", len(models)) as progress:
            for model in models:
                tried.append(compare_file(model, documented, photographs, labels))
                progress.step()
    write_result(
        out, ThirdParty(now(), examine_device(), tuple(folder.name for folder in photos), tuple(_distinct(tried)))
    )
    print(text_table(HEAD, [_row(one) for one in tried]))
    print(f"result  {out}")
    return int(any(one.outcome == "differs" for one in tried))


def chosen_photographs(folder: Path, count: int) -> list[Photograph]:
    """Return photographs at equal distances in the order of their names.

    Args:
        folder: with pictures at any depth.
        count: at most.

    Raises:
        DataError: there are none.
    """
    pictures = pictures_below(folder)
    chosen = []
    for place in range(min(count, len(pictures))):
        name = pictures[place * len(pictures) // count if len(pictures) > count else place]
        try:
            chosen.append(Photograph(f"{folder.name}/{name}", read_photograph(folder / name)))
        except PhotographError:
            continue
    if not chosen:
        raise DataError(f"`{folder}` has no picture that can be read; give a folder of photographs")
    return chosen


def model_files(folders: Sequence[Path]) -> list[Path]:
    """Return the `.tflite` files below folders.

    Raises:
        DataError: there are none.
    """
    found = [path for folder in folders for path in sorted(folder.rglob("*.tflite"))]
    if not found:
        raise DataError(f"no .tflite file is below {', '.join(f'`{one}`' for one in folders)}; give folders with some")
    return found


def _distinct(tried: Sequence[FileTried]) -> list[FileTried]:
    return list({one.sha256: one for one in reversed(tried)}.values())[::-1]


def _row(one: FileTried) -> tuple[str, ...]:
    same = f"{one.same} of {one.photographs}" if one.photographs else one.sentence
    unstated = f"{one.unstated_same} of {one.photographs}" if one.unstated_same is not None else one.unstated_sentence
    return one.file, one.fed, one.stated, one.outcome, same, unstated
