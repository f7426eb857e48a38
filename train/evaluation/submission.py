"""A folder of Kaggle's test photographs to `submission.csv`.

Format of the competition Dogs vs. Cats Redux: a header `id,label`, then per photograph its number and the probability
of a dog. It is scored by log loss, so probabilities are kept away from 0 and 1: see `clip_probabilities`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from edge_app.common.atomic_files import write_text
from edge_app.common.errors import DataError, PhotographError, RunFolderError, UsageError
from edge_app.common.outputs import refuse_existing
from edge_app.model.run_folder import TrainedRun, read_trained_run
from edge_app.photographs.decoder import is_image_name
from train.models.trained_run import Predict, load_predictor, predictions

DEFAULT_CLIP = 0.005
UNKNOWN = 0.5
"""What a broken photograph gets: the cheapest answer of one who knows nothing, ln 2 = 0.69 nats."""

_DOG = ("dog", "dogs")


@dataclass(frozen=True)
class Submission:
    """What was written.

    Attributes:
        path: of the CSV file.
        rows: photographs in it.
        positive: the label whose probability it holds.
        clipped: rows that were moved away from 0 or 1.
        broken: a sentence per photograph that could not be read.
        ignored: names of pictures whose name is not a number.
    """

    path: Path
    rows: int
    positive: str
    clipped: int
    broken: tuple[str, ...]
    ignored: tuple[str, ...]


def submit(
    run_folder: Path,
    photographs: Path,
    out: Path,
    clip: float = DEFAULT_CLIP,
    positive: str | None = None,
    overwrite: bool = False,
) -> Submission:
    """Predict every photograph of a test folder and write the table.

    Args:
        run_folder: a run of two classes.
        photographs: folder of pictures named by number, as `12.jpg`.
        out: the CSV file.
        clip: see `clip_probabilities`.
        positive: label whose probability is written; None: `dog` if there is one, else the second label.
        overwrite: whether an older file may be replaced.

    Raises:
        FieldLensError: the run, the folder, the file or a number cannot be used.
    """
    refuse_existing(out, overwrite, inputs=(run_folder, photographs))
    refuse_clip(clip)
    run = read_trained_run(run_folder)
    place = positive_place(run, positive)
    numbered, ignored = find_numbered(photographs)
    scores, broken = _scores(run, load_predictor(run), list(numbered.values()), place)
    kept = clip_probabilities(scores, clip)
    write_text(out, format_submission(list(numbered), kept))
    return Submission(out, len(kept), run.labels[place], int((kept != scores).sum()), broken, ignored)


def refuse_clip(clip: float) -> None:
    """A clip is a probability below one half.

    Raises:
        UsageError: it is not.
    """
    if not 0.0 <= clip < 0.5:
        raise UsageError(f"--clip is at least 0 and below 0.5, received {clip}; try {DEFAULT_CLIP}")


def positive_place(run: TrainedRun, positive: str | None) -> int:
    """Return the place of the label whose probability is wanted.

    Raises:
        RunFolderError: the run has not two labels.
        UsageError: it has no such label.
    """
    if len(run.labels) != 2:
        raise RunFolderError(
            f"`{run.path}` has {len(run.labels)} labels ({', '.join(run.labels)}) and a submission needs two; "
            "give a run of two classes"
        )
    if positive is None:
        dogs = [place for place, label in enumerate(run.labels) if label.casefold() in _DOG]
        return dogs[0] if len(dogs) == 1 else 1
    if positive not in run.labels:
        raise UsageError(f"`{run.path}` has no label `{positive}`; choose {' or '.join(run.labels)} for --positive")
    return run.labels.index(positive)


def find_numbered(folder: Path) -> tuple[dict[int, Path], tuple[str, ...]]:
    """Find the pictures of a folder that are named by number.

    Returns:
        the files by number in rising order, and the names of the other pictures.

    Raises:
        DataError: there is no such folder, no such picture, or one number is there twice.
    """
    if not folder.is_dir():
        raise DataError(f"`{folder}` is not a folder; give the folder of test photographs (1.jpg, 2.jpg, …)")
    found: dict[int, Path] = {}
    ignored: list[str] = []
    for path in sorted(path for path in folder.iterdir() if is_image_name(path) and path.is_file()):
        if not (path.stem.isascii() and path.stem.isdigit()):
            ignored.append(path.name)
            continue
        other = found.setdefault(int(path.stem), path)
        if other != path:
            raise DataError(f"`{folder}` has number {int(path.stem)} twice: {other.name} and {path.name}; delete one")
    if not found:
        raise DataError(
            f"`{folder}` contains no picture named by number, such as 12.jpg; give Kaggle's unpacked test folder"
        )
    return dict(sorted(found.items())), tuple(ignored)


def clip_probabilities(probabilities: npt.NDArray[np.float64], clip: float) -> npt.NDArray[np.float64]:
    """Keep probabilities within [clip, 1 - clip].

    A mistake made with certainty costs -ln(clip) instead of infinity; every right answer costs at least -ln(1 - clip).
    """
    return np.clip(probabilities, clip, 1.0 - clip)


def format_submission(numbers: Sequence[int], probabilities: Sequence[float] | npt.NDArray[np.float64]) -> str:
    """Return the table: a header, then a row per photograph."""
    rows = (f"{number},{probability:.6f}" for number, probability in zip(numbers, probabilities, strict=True))
    return "\n".join(("id,label", *rows)) + "\n"


def _scores(
    run: TrainedRun, predict: Predict, paths: Sequence[Path], place: int
) -> tuple[npt.NDArray[np.float64], tuple[str, ...]]:
    scores = np.full(len(paths), UNKNOWN)
    broken: list[str] = []
    for number, row in enumerate(predictions(paths, run.prepare, predict)):
        if isinstance(row, PhotographError):
            broken.append(str(row))
        else:
            scores[number] = row[place]
    return scores, tuple(broken)
