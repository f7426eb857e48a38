"""Several seeds of one or two recipes on the same photographs: their test split, and those of another source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.measure.accuracy.measure import choose_photographs, measure_accuracies
from benchmarks.measure.accuracy.other_source import measure_other_source
from benchmarks.results.envelope import read_result, write_result
from benchmarks.results.judgement import Judgement
from benchmarks.results.other_source import Half
from benchmarks.results.seeds import FLOAT, INT8, SeedFile, Seeds, derived, seeds_table, sentences
from edge_app.common.errors import ConversionError, DataError, UsageError
from edge_app.common.outputs import CONVERSION_FILE, refuse_existing
from edge_app.common.progress import Progress
from edge_app.model.classifier import Classifier
from edge_app.photographs.splits import latest_cuts
from edge_app.photographs.zip_files import unpacked


def run_seeds(
    bundles: Sequence[tuple[str, Sequence[Path]]],
    photographs: Path,
    other_source: Path,
    source_name: str,
    half: Half | None,
    out: Path,
    overwrite: bool,
) -> int:
    """Judge every file, print the table and the comparisons, write the raw result.

    Args:
        bundles: the new recipe in words and its folders of converted files, a seed each; then those of the old one, or
            nothing. For one of them an earlier result may stand: its recipe of that name, or else its first, is not
            judged again.
        photographs: that the runs were trained on: the test split of them judges.
        other_source: photographs that no run knew.
        source_name: of these; empty: the folder's name.
        half: of these; None: all.
        out: the JSON.
        overwrite: whether an older result may be replaced.

    Raises:
        FieldLensError: an input cannot be used.
    """
    refuse_existing(out, overwrite)
    known = {recipe: _judged_before(recipe, paths[0]) for recipe, paths in bundles if _is_result(paths)}
    _refuse_unequal(bundles, known)
    named = [
        (recipe, bundle, conversion)
        for recipe, folders in bundles
        if recipe not in known
        for bundle in folders
        for conversion in (FLOAT, INT8)
    ]
    classifiers = [Classifier(_file(bundle, conversion)) for _, bundle, conversion in named]
    own = _on_test_split(classifiers, unpacked(photographs))
    elsewhere = measure_other_source(classifiers, unpacked(other_source), source_name, half)
    files = [
        *(
            SeedFile(recipe, str(bundle), conversion, judged, stranger)
            for (recipe, bundle, conversion), judged, stranger in zip(named, own, elsewhere.files, strict=True)
        ),
        *(one for several in known.values() for one in several),
    ]
    files.sort(key=lambda one: one.recipe != bundles[0][0])  # the new recipe first
    result = Seeds(elsewhere.date, elsewhere.device, elsewhere.source, half, elsewhere.left_out, tuple(files))
    write_result(out, result, derived(result))
    print("\n".join([str(seeds_table(result)), "", *sentences(result), f"result  {out}"]))
    return 0


def _refuse_unequal(bundles: Sequence[tuple[str, Sequence[Path]]], known: Mapping[str, Sequence[SeedFile]]) -> None:
    counts = {recipe: len(known[recipe]) // 2 if recipe in known else len(paths) for recipe, paths in bundles}
    if len(counts) < len(bundles) or len(set(counts.values())) > 1 or len(known) == len(bundles):
        told = " and ".join(f"`{recipe}` with {count}" for recipe, count in counts.items())
        raise UsageError(
            f"two names, as many seeds of both recipes and folders of at least one are needed, received {told}"
        )


def _is_result(paths: Sequence[Path]) -> bool:
    return len(paths) == 1 and paths[0].suffix == ".json"


def _judged_before(recipe: str, path: Path) -> list[SeedFile]:
    """Return the files of a recipe of an earlier result: the one of this name, or else the first, renamed."""
    earlier = read_result(path, Seeds)
    wanted = recipe if recipe in earlier.recipes else earlier.recipes[0]
    return [replace(one, recipe=recipe) for one in earlier.files if one.recipe == wanted]


def _on_test_split(classifiers: Sequence[Classifier], photographs: Path) -> Iterator[Judgement]:
    chosen = choose_photographs(photographs, everything=False, cuts=latest_cuts(one.card.cuts for one in classifiers))
    with Progress("judging on the test split", len(chosen.files)) as progress:
        judged = measure_accuracies(classifiers, chosen, progress=progress.step)
    for classifier, one in zip(classifiers, judged, strict=True):
        if one.judgement is None:
            raise DataError(f"`{classifier.path}` cannot be judged on `{photographs}`: {one.note}")
        yield one.judgement


def _file(bundle: Path, conversion: str) -> Path:
    found = sorted(bundle.glob(f"*-{conversion}.tflite"))
    if len(found) != 1 or not (bundle / CONVERSION_FILE).is_file():
        raise ConversionError(
            f"`{bundle}` is no folder of converted files with one *-{conversion}.tflite in it; write: "
            f"fieldlens convert RUN --recipes {FLOAT},{INT8} --out {bundle}"
        )
    return found[0]
