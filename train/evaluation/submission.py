"""A folder of Kaggle's test photographs to `submission.csv`.

Format of the competition Dogs vs. Cats Redux: a header `id,label`, then per photograph its number and the probability
of a dog. It is scored by log loss, so probabilities are kept away from 0 and 1: see `clip_probabilities`. Kaggle
refuses a table that has not exactly the rows of its sample submission, so they are compared before anything is
predicted.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from edge_app.common.atomic_files import write_text
from edge_app.common.errors import DataError, PhotographError, RunFolderError, UsageError
from edge_app.common.outputs import refuse_existing
from edge_app.common.python_faces import as_path
from edge_app.model.run_folder import TrainedRun, read_trained_run
from edge_app.photographs.decoder import is_image_name
from train.data.kaggle import SAMPLES
from train.models.trained_run import Predict, load_predictor, predictions

DEFAULT_CLIP = 0.005
UNKNOWN = 0.5
"""What a broken photograph gets: the cheapest answer of one who knows nothing, ln 2 = 0.69 nats."""

_DOG = ("dog", "dogs")
_HEADER = ["id", "label"]
_SHOWN = 5  # ids named in a sentence


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
        sample: Kaggle's sample submission, whose header and ids it has; None: there is none to compare with.
    """

    path: Path
    rows: int
    positive: str
    clipped: int
    broken: tuple[str, ...]
    ignored: tuple[str, ...]
    sample: Path | None


def submit(
    run_folder: str | Path,
    photographs: str | Path,
    out: str | Path,
    clip: float = DEFAULT_CLIP,
    positive: str | None = None,
    overwrite: bool = False,
    sample: Path | None = None,
) -> Submission:
    """Predict every photograph of a test folder and write the table.

    Args:
        run_folder: a run of two classes.
        photographs: folder of pictures named by number, as `12.jpg`.
        out: the CSV file.
        clip: see `clip_probabilities`.
        positive: label whose probability is written; None: `dog` if there is one, else the second label.
        overwrite: whether an older file may be replaced.
        sample: Kaggle's sample submission, whose rows the table must have; None: nothing is compared.

    Raises:
        FieldLensError: the run, the folder, the file or a number cannot be used, or the sample has other rows.
    """
    run_folder, photographs = as_path(run_folder, "run_folder"), as_path(photographs, "photographs")
    out = as_path(out, "out")
    refuse_existing(out, overwrite, inputs=(run_folder, photographs))
    refuse_clip(clip)
    run = read_trained_run(run_folder)
    place = positive_place(run, positive)
    numbered, ignored = find_numbered(photographs)
    if sample is not None:
        refuse_other_rows(sample, list(numbered), photographs)
    scores, broken = _scores(run, load_predictor(run), list(numbered.values()), place)
    kept = clip_probabilities(scores, clip)
    write_text(out, format_submission(list(numbered), kept))
    return Submission(out, len(kept), run.labels[place], int((kept != scores).sum()), broken, ignored, sample)


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


def find_sample(folder: Path) -> Path | None:
    """Return the sample submission that lies in or beside a folder of test photographs."""
    places = (place / name for place in (folder, folder.resolve().parent) for name in SAMPLES)
    return next((path for path in places if path.is_file()), None)


def refuse_other_rows(sample: Path, numbers: Sequence[int], folder: Path) -> None:
    """Kaggle wants the rows of its sample, no more and no fewer.

    Args:
        sample: Kaggle's CSV file.
        numbers: of the photographs, as the table will have them.
        folder: where they are.

    Raises:
        DataError: the sample cannot be read, has another header, or other ids.
    """
    header, ids = _read_sample(sample)
    if header != _HEADER:
        raise DataError(
            f"`{sample}` has the columns {','.join(header)} and a submission of two classes has {','.join(_HEADER)}; "
            "give the sample of Dogs vs. Cats, or --sample none"
        )
    missing, more = sorted(ids - set(numbers)), sorted(set(numbers) - ids)
    if missing or more:
        raise DataError(
            f"`{folder}` has not the photographs that `{sample}` asks for: {_some(missing)} missing, {_some(more)} too "
            "many; unpack Kaggle's test archive again, or --sample none"
        )


def _read_sample(sample: Path) -> tuple[list[str], set[int]]:
    try:
        with sample.open(encoding="utf-8-sig", newline="") as file:
            rows = [row for row in csv.reader(file) if row]
        return (rows[0] if rows else []), {int(row[0]) for row in rows[1:]}
    except (OSError, ValueError, csv.Error) as error:
        raise DataError(f"`{sample}` is not a sample submission ({error}); give another, or --sample none") from error


def _some(numbers: Sequence[int]) -> str:
    shown = ", ".join(str(number) for number in numbers[:_SHOWN])
    return f"{len(numbers):,} ({shown}{', …' if len(numbers) > _SHOWN else ''})" if numbers else "none"


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
