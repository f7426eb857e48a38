"""Does MediaPipe Tasks say the same as edge_app about the same file and photographs?

Two questions. Fed the already resized picture, both must give the same scores: this tests the file (metadata,
normalization, order of labels). Fed the full-size photograph, MediaPipe samples it its own way, so labels may differ
where the model is in doubt; every such photograph is listed with both margins.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.experiments.peers.worker_process import WorkerProcess, peers_python
from benchmarks.results.device import examine_device
from benchmarks.results.envelope import write_envelope
from edge_app.common.errors import DataError, PhotographError
from edge_app.common.outputs import refuse_existing
from edge_app.common.progress import Progress
from edge_app.common.tables import text_table
from edge_app.model.classifier import Classifier
from edge_app.model.preparation import resize_rgb
from edge_app.photographs.contents import pictures_below
from edge_app.photographs.decoder import Image, read_photograph
from edge_app.photographs.splits import sha256_of

WORKER = "benchmarks.experiments.peers.workers.mediapipe_worker"

LIMIT_FLOAT = 1e-4
"""Largest difference of a score that rounding explains, for files with float output."""

LIMIT_QUANTIZED = 1 / 256
"""One level of 8-bit scores."""

_SHOWN = 10  # disagreements per file on the terminal; the result holds all

HEAD = ("file", "MediaPipe", "resized: max Δp", "full size: same label", "photographs", "disagreements")


@dataclass(frozen=True)
class Disagreement:
    """A full-size photograph with two labels.

    Attributes:
        photograph: relative to the folder.
        ours: label of edge_app.
        mediapipe: label of MediaPipe.
        our_margin: edge_app's best score less its second, 0..1.
        mediapipe_margin: see `our_margin`.
    """

    photograph: str
    ours: str
    mediapipe: str
    our_margin: float
    mediapipe_margin: float


@dataclass(frozen=True)
class FileAgreement:
    """What MediaPipe makes of a file.

    Attributes:
        file: its path.
        sha256: of its bytes.
        resize: the card's rule; MediaPipe always squashes.
        input_dtype: of its input tensor.
        output_dtype: of its output tensor.
        refused: MediaPipe's own words; None: it runs the file.
        same_labels: whether labels and their order are the card's; None: refused.
        photographs: compared.
        largest_difference: of any score where MediaPipe gets the already resized picture, 0..1.
        allowed_difference: `LIMIT_FLOAT` or `LIMIT_QUANTIZED`.
        same_label: share of full-size photographs with the same best label, 0..1.
        largest_difference_full_size: of any score on full-size photographs, 0..1.
        disagreements: photographs with two labels.
    """

    file: str
    sha256: str
    resize: str
    input_dtype: str
    output_dtype: str
    refused: str | None = None
    same_labels: bool | None = None
    photographs: int = 0
    largest_difference: float = 0.0
    allowed_difference: float = 0.0
    same_label: float = 0.0
    largest_difference_full_size: float = 0.0
    disagreements: tuple[Disagreement, ...] = ()

    @property
    def row(self) -> tuple[str, ...]:
        """Cells below `HEAD`."""
        name = Path(self.file).name
        if self.refused is not None:
            return (name, f"refused: {self.refused[:100]}", "", "", "", "")
        return (
            name,
            "runs it" if self.same_labels else "runs it, other labels",
            f"{self.largest_difference:.6f} (allowed {self.allowed_difference:.6f})",
            f"{self.same_label:.2%}",
            f"{self.photographs:,}",
            f"{len(self.disagreements):,}",
        )


def run_agreement(
    models: Sequence[Path],
    photographs: Path,
    out: Path,
    python: Path | None = None,
    labels: tuple[str, ...] | None = None,
    overwrite: bool = False,
) -> int:
    """Compare, print a table and the disagreements, write the raw result.

    Raises:
        FieldLensError: an input cannot be used, or the peers' environment is missing or broken.
    """
    refuse_existing(out, overwrite)
    classifiers = [Classifier(model, labels=labels) for model in models]
    paths = pictures_below(photographs)
    if not paths:
        raise DataError(f"`{photographs}` holds no pictures; give a folder of photographs")
    with WorkerProcess(WORKER, peers_python(python)) as mediapipe:
        versions = mediapipe.ask("versions")
        found = [compare_file(classifier, photographs, paths, mediapipe) for classifier in classifiers]
    content = {
        "peer": versions,
        "photographs": photographs.resolve().name,
        "files": found,
    }
    write_envelope(out, "mediapipe", content, examine_device())
    _show(found)
    print(f"result  {out}")
    return 0


def compare_file(classifier: Classifier, root: Path, paths: Sequence[str], mediapipe: WorkerProcess) -> FileAgreement:
    """Run one file on both sides; pictures that cannot be read are left out.

    Args:
        classifier: of the file.
        root: folder of photographs.
        paths: pictures, relative to it.
        mediapipe: a live worker.

    Raises:
        DataError: not one picture can be read.
        PeerError: the worker failed.
    """
    output_dtype = np.dtype(classifier.interpreter.get_output_details()[0]["dtype"]).name
    facts: dict[str, Any] = {
        "file": classifier.path.name,
        "sha256": sha256_of(classifier.path.read_bytes()),
        "resize": classifier.card.resize,
        "input_dtype": classifier.card.input_dtype,
        "output_dtype": output_dtype,
    }
    answer = mediapipe.ask("load", model=str(classifier.path.resolve()), mode="image", top_k=-1)
    if not answer["accepted"]:
        return FileAgreement(**facts, refused=answer["why"])
    limit = LIMIT_FLOAT if output_dtype == "float32" else LIMIT_QUANTIZED
    return FileAgreement(**facts, allowed_difference=limit, **_look_at_all(classifier, root, paths, mediapipe))


def _look_at_all(classifier: Classifier, root: Path, paths: Sequence[str], mediapipe: WorkerProcess) -> dict[str, Any]:
    resized_difference = full_difference = 0.0
    disagreements: list[Disagreement] = []
    seen, same_labels = 0, True
    with (
        tempfile.TemporaryDirectory() as folder,
        Progress(f"comparing {classifier.path.name}", len(paths)) as progress,
    ):
        for path in paths:
            progress.step()
            try:
                frame_bgr = read_photograph(root / path)
            except PhotographError:
                continue
            ours, resized, full = _three_answers(classifier, frame_bgr, mediapipe, Path(folder) / "picture.npy")
            seen += 1
            same_labels &= tuple(full["labels"]) == classifier.card.labels
            resized_difference = max(resized_difference, _difference(ours, resized["scores"]))
            full_difference = max(full_difference, _difference(ours, full["scores"]))
            disagreements += _disagreement(path, classifier.card.labels, ours, np.array(full["scores"]))
    if not seen:
        raise DataError(f"not one picture of `{root}` can be read; give a folder of photographs")
    return {
        "same_labels": same_labels,
        "photographs": seen,
        "largest_difference": resized_difference,
        "same_label": 1.0 - len(disagreements) / seen,
        "largest_difference_full_size": full_difference,
        "disagreements": tuple(disagreements),
    }


def _three_answers(
    classifier: Classifier, frame_bgr: Image, mediapipe: WorkerProcess, picture: Path
) -> tuple[npt.NDArray[np.float32], dict[str, Any], dict[str, Any]]:
    """Ours, MediaPipe's about the resized picture, MediaPipe's about the photograph as it is."""
    card = classifier.card
    answers = []
    for rgb in (resize_rgb(frame_bgr, card.input_size, card.resize, card.interpolation), frame_bgr[..., ::-1]):
        np.save(picture, np.ascontiguousarray(rgb))
        answers.append(mediapipe.ask("scores", picture=str(picture)))
    return classifier.scores(frame_bgr), answers[0], answers[1]


def _difference(ours: npt.NDArray[np.float32], theirs: Sequence[float]) -> float:
    return float(np.abs(ours.astype(np.float64) - np.array(theirs)).max())


def _disagreement(
    path: str, labels: Sequence[str], ours: npt.NDArray[Any], theirs: npt.NDArray[Any]
) -> list[Disagreement]:
    """Empty where both best labels are the same; a tie for the best score counts as the same."""
    best = int(theirs.argmax())
    if ours[best] == ours.max():
        return []
    return [Disagreement(path, labels[int(ours.argmax())], labels[best], _margin(ours), _margin(theirs))]


def _margin(scores: npt.NDArray[Any]) -> float:
    second, first = np.sort(scores)[-2:]
    return float(first - second)


def _show(found: Sequence[FileAgreement]) -> None:
    print(text_table(HEAD, [one.row for one in found]))
    for one in found:
        for pair in one.disagreements[:_SHOWN]:
            print(
                f"{Path(one.file).name} on {pair.photograph}: {pair.ours} here (margin {pair.our_margin:.3f}), "
                f"{pair.mediapipe} in MediaPipe (margin {pair.mediapipe_margin:.3f})"
            )
        if len(one.disagreements) > _SHOWN:
            print(f"{Path(one.file).name}: {len(one.disagreements) - _SHOWN:,} more are in the result")
        if one.resize != "squash" and one.refused is None:
            print(f"{Path(one.file).name}: its card says {one.resize}, and MediaPipe always squashes the whole frame")
