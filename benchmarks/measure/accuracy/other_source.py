"""Photographs of a source that no run knew: which ones of a folder, and judging files on them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.measure.accuracy.measure import FileAccuracy, TestPhotographs, measure_accuracies
from benchmarks.results.device import examine_device
from benchmarks.results.envelope import now
from benchmarks.results.other_source import FileElsewhere, Half, LeftOut, OtherSource
from edge_app.common.errors import DataError, RunFolderError
from edge_app.common.outputs import CONVERSION_FILE
from edge_app.common.progress import Progress
from edge_app.model.classifier import Classifier
from edge_app.model.run_folder import RUN_FILE, damage_reported, read_recorded_files, read_run_json, trained_run
from edge_app.photographs.folders import find_photographs
from edge_app.photographs.splits import sha256_of


def measure_other_source(
    classifiers: Sequence[Classifier],
    photographs: Path,
    name: str = "",
    half: Half | None = None,
    runs: Sequence[Path] = (),
) -> OtherSource:
    """Judge files on photographs that no run of theirs knew.

    Args:
        classifiers: one per file; at least one.
        photographs: in any layout that training takes.
        name: of their source; empty: the folder's name.
        half: by the hash of the bytes; None: all of them.
        runs: folders that the files were made of, besides those that `conversion.json` beside the files names.

    Raises:
        DataError: the folder cannot be used, shows nothing that every file knows, or training knew all of it.
        RunFolderError: a run cannot be read.
    """
    source = name or photographs.resolve().name
    known, checked, notes = _known_to(runs, [one.path for one in classifiers])
    labels = set.intersection(*(set(one.card.labels) for one in classifiers))
    chosen, left_out = choose_other_source(photographs, source, labels, known, half)
    with Progress("judging on photographs", len(chosen.files)) as progress:
        judged = measure_accuracies(classifiers, chosen, progress=progress.step)
    files = [_told(classifier, one, photographs) for classifier, one in zip(classifiers, judged, strict=True)]
    left_out = replace(left_out, unreadable=len(chosen.files) - files[0].judgement.photographs)
    return OtherSource(now(), examine_device(), source, half, checked, notes, left_out, tuple(files))


def _told(classifier: Classifier, judged: FileAccuracy, photographs: Path) -> FileElsewhere:
    if judged.judgement is None:
        raise DataError(f"`{classifier.path}` cannot be judged on `{photographs}`: {judged.note}")
    card, sha256 = classifier.card, sha256_of(classifier.path.read_bytes())
    return FileElsewhere(
        str(classifier.path), sha256, card.weights_sha256, card.accuracy, judged.judgement, judged.answered
    )


def _known_to(runs: Sequence[Path], models: Sequence[Path]) -> tuple[set[str], tuple[str, ...], tuple[str, ...]]:
    """Return the hashes that runs know, which runs these are, and what a run beside a model could not tell."""
    known = {sha256 for run in runs for sha256 in known_photographs(run)}
    checked, notes = [str(run) for run in runs], []
    for run in dict.fromkeys(runs_beside(models)):
        if str(run) in checked:
            continue
        try:
            known |= known_photographs(run)
            checked.append(str(run))
        except (DataError, RunFolderError) as error:
            notes.append(str(error))
    return known, tuple(checked), tuple(notes)


def choose_other_source(
    root: Path, source: str, labels: Collection[str], known: Collection[str], half: Half | None = None
) -> tuple[TestPhotographs, LeftOut]:
    """Choose the photographs of a folder whose class the models know and whose bytes no training knew.

    Args:
        root: the folder.
        source: its name, for the description.
        labels: that every model knows.
        known: SHA-256 of the photographs of all runs.
        half: see `Half`; None: all.

    Raises:
        DataError: nothing is left.
    """
    folder = find_photographs(root)
    originals = [file for file in folder.files if file.origin is None]
    unknown = tuple(label for label in folder.labels if label not in labels)
    if len(unknown) == len(folder.labels):
        raise DataError(
            f"`{root}` shows {_some(folder.labels)}, the model knows {_some(sorted(labels))}; name the folders of the "
            "photographs as the model names its labels"
        )
    by_hash: defaultdict[str, list[tuple[Path, str]]] = defaultdict(list)
    strangers = 0
    for file in originals:
        path = root / file.path
        sha256 = sha256_of(path.read_bytes())
        if half is None or half_of(sha256) == half:
            if file.label in unknown:
                strangers += 1
            else:
                by_hash[sha256].append((path, file.label))
    new = {sha256: same for sha256, same in by_hash.items() if sha256 not in known}
    clear = {sha256: same for sha256, same in new.items() if len({label for _, label in same}) == 1}
    left_out = LeftOut(
        known_to_runs=_count(by_hash.values()) - _count(new.values()),
        repeated=_count(clear.values()) - len(clear),
        contradictory=_count(new.values()) - _count(clear.values()),
        unknown_classes=unknown,
        of_unknown_classes=strangers,
    )
    if not clear:
        why = "; ".join(left_out.sentences()) or f"its {half} half is empty"
        raise DataError(f"`{root}` has no photographs of another source ({why}); give some that no training saw")
    files = tuple(sorted(same[0] for same in clear.values()))
    shown = tuple(sorted({label for _, label in files}))
    description = source if half is None else f"{source}, {half} half"
    return TestPhotographs(root, shown, files, description, everything=True), left_out


def half_of(sha256: str) -> Half:
    """Return the half of a photograph: whether the last hexadecimal digit of its hash is even or odd."""
    return "odd" if int(sha256[-1], 16) % 2 else "even"


def runs_beside(models: Sequence[Path]) -> Iterator[Path]:
    """Return the runs that bundles name, as far as their folders are still there."""
    for model in models:
        try:
            named = json.loads(model.with_name(CONVERSION_FILE).read_text(encoding="utf-8"))["run"]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            continue  # a file by itself
        if isinstance(named, str) and (Path(named) / RUN_FILE).is_file():
            yield Path(named)


def known_photographs(run: Path) -> set[str]:
    """Return the SHA-256 of every photograph that the splits of a run name.

    Raises:
        DataError: the photographs are not where the run had them.
        RunFolderError: the run cannot be read.
    """
    with damage_reported(run):
        folder = trained_run(run, read_run_json(run)).photograph_folder()
    known, missing = set(), 0
    for file in read_recorded_files(run):
        if not file.copy_of:
            try:
                known.add(sha256_of((folder / file.path).read_bytes()))
            except OSError:
                missing += 1
    if missing:
        raise DataError(
            f"{missing:,} photographs of `{run}` are not in `{folder}` any more, so it cannot be told which "
            "photographs training knew; put them back"
        )
    return known


def _count(several: Collection[Sequence[object]]) -> int:
    return sum(map(len, several))


def _some(labels: Sequence[str]) -> str:
    return ", ".join(labels[:3]) + (", …" if len(labels) > 3 else "")
