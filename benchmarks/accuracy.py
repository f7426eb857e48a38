"""Top-1 accuracy of a file on labelled photographs, through the code of the device."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from edge_app.classifier import Classifier
from edge_app.errors import PhotographError
from edge_app.labelled_photographs import find_photographs, refuse_changed_origins
from edge_app.model_card import MeasuredAccuracy
from edge_app.photograph import read_photograph
from edge_app.splits import sha256_of, split_of


@dataclass(frozen=True)
class TestPhotographs:
    """Photographs to judge on.

    Attributes:
        root: their folder.
        labels: sorted.
        files: path and label.
        description: which ones of the folder these are.
    """

    __test__ = False  # not a test class, whatever pytest makes of its name

    root: Path
    labels: tuple[str, ...]
    files: tuple[tuple[Path, str], ...]
    description: str


def choose_photographs(root: Path, everything: bool) -> TestPhotographs:
    """Choose the photographs that no model of ours was trained on; augmented copies are no photographs.

    Args:
        root: a folder per class, or flat names.
        everything: take all of them: right only for models that never saw them.

    Raises:
        DataError: the folder cannot be used.
    """
    folder = find_photographs(root)
    originals = [file for file in folder.files if file.origin is None]
    if everything:
        files = tuple((root / file.path, file.label) for file in originals)
        return TestPhotographs(root, folder.labels, files, f"all of {root.resolve().name}")
    hashes = {file.path: sha256_of((root / file.path).read_bytes()) for file in originals}
    refuse_changed_origins(folder, hashes)
    held_out = tuple((root / file.path, file.label) for file in originals if split_of(hashes[file.path]) == "test")
    return TestPhotographs(root, folder.labels, held_out, f"test split of {root.resolve().name}")


def measure_accuracy(
    classifier: Classifier, photographs: TestPhotographs, progress: Callable[[], None] = lambda: None
) -> tuple[MeasuredAccuracy | None, str]:
    """Classify every photograph once; see `why_no_accuracy` first.

    Args:
        classifier: of the file.
        photographs: to judge on.
        progress: called after each photograph.

    Returns:
        the accuracy, or None; and a note where something has to be said.
    """
    correct = judged = 0
    for path, label in photographs.files:
        try:
            correct += classifier.classify(read_photograph(path)).top[0][0] == label
            judged += 1
        except PhotographError:
            pass  # counted below
        progress()
    skipped = len(photographs.files) - judged
    note = f"{skipped:,} broken photographs left out" if skipped else ""
    if not judged:
        return None, "none of the photographs can be read"
    return MeasuredAccuracy.from_counts(correct, judged, photographs.description), note


def why_no_accuracy(known: Sequence[str], photographs: TestPhotographs) -> str:
    """Return why a model with these labels cannot be judged on the photographs; empty: it can."""
    unknown = sorted(set(photographs.labels) - set(known))
    if unknown:
        shown = ", ".join(known[:3]) + (", …" if len(known) > 3 else "")
        return f"the photographs show {', '.join(unknown[:3])}; the model knows {shown}"
    if not photographs.files:
        return f"`{photographs.root}` has no photographs in its test split; add more, or use --all-photos"
    return ""
