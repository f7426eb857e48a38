"""From a few photographs to a live label in two commands, and whether the accuracy that they state is true of others.

`train --convert` and `app` run as a user runs them, each in a process of its own; the app is shown the photographs that
were not drawn, and its JSON lines are compared with the folders that they lie in.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.experiments.few.drawn_files import drawn_files, lay_out
from benchmarks.results.device import examine_device
from benchmarks.results.envelope import write_envelope
from benchmarks.statistics.estimates import accuracy_difference
from edge_app.common.errors import DataError
from edge_app.common.outputs import refuse_existing
from edge_app.common.own_process import python_command
from edge_app.common.tables import text_table
from edge_app.metrics.accuracy import MeasuredAccuracy
from edge_app.model.card import read_own_card
from edge_app.photographs.folders import LabelledFile, PhotographFolder, find_photographs

_CLASSES = 3  # in the order of their names
_USED = re.compile(r"Use (\S+\.tflite):")


@dataclass(frozen=True)
class Newcomer:
    """What one draw came to.

    Attributes:
        seed: of the draw.
        file: that `convert` said to use.
        stated: accuracy on its card.
        judged: what the app made of all other photographs.
        holds: whether the 95 % interval of their difference holds 0.
        duration_s: of the first command, with imports, seconds.
    """

    seed: int
    file: str
    stated: MeasuredAccuracy
    judged: MeasuredAccuracy
    holds: bool
    duration_s: float


def run_two_commands(photographs: Path, weights: str, per_class: int, draws: int, out: Path, overwrite: bool) -> int:
    """Go the newcomer's way with several draws, print a table, write the raw result.

    Args:
        photographs: the folder.
        weights: of the backbone, see `build_model`.
        per_class: photographs of each class that are drawn.
        draws: how often.
        out: the JSON.
        overwrite: whether an older result may be replaced.

    Raises:
        FieldLensError: an input cannot be used, or a command ended with an error.
    """
    refuse_existing(out, overwrite)
    if Path(weights).is_file():
        weights = str(Path(weights).resolve())  # the commands run in a folder of their own
    device, folder = examine_device(), find_photographs(photographs)
    labels = folder.labels[:_CLASSES]
    found = [
        _go(folder, *drawn_files(folder, labels, per_class, seed), weights=weights, seed=seed) for seed in range(draws)
    ]
    content = {"folder": folder.root.resolve().name, "labels": list(labels), "per_class": per_class, "draws": found}
    write_envelope(out, "two-commands", content, device)
    rows = [(str(one.seed), one.file, str(one.stated), str(one.judged), "yes" if one.holds else "no") for one in found]
    print(text_table(("draw", "file", "stated", "the app on all others", "agree"), rows))
    print(f"result  {out}")
    return 0


def _go(
    folder: PhotographFolder,
    learned: Sequence[LabelledFile],
    others: Sequence[LabelledFile],
    weights: str,
    seed: int,
) -> Newcomer:
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        lay_out(folder, learned, place / "photos")
        lay_out(folder, others, place / "others")
        start_s = time.perf_counter()
        told = _run(place, "train", "photos", "--convert", "--weights", weights, "--seed", str(seed))
        used = _USED.search(told)
        if used is None:
            raise DataError(f"`train --convert` named no file to use; it said: {told[-300:]}")
        (model,) = (place / "models").rglob(used[1])
        duration_s, right = time.perf_counter() - start_s, 0
        for label in dict.fromkeys(file.label for file in others):
            words = ("--source", f"others/{label}", "--no-window", "--jsonl", f"{label}.jsonl")
            _run(place, "edge_app", str(model), *words)
            lines = (place / f"{label}.jsonl").read_text(encoding="utf-8").splitlines()
            right += sum(json.loads(line)["label"] == label for line in lines)
        stated = read_own_card(model).accuracy
        if stated is None:
            raise DataError(f"`{model.name}` states no accuracy")
        judged = MeasuredAccuracy.from_counts(right, len(others), "photographs that were not drawn")
        difference = accuracy_difference(judged, stated)
        return Newcomer(seed, model.name, stated, judged, difference.low <= 0.0 <= difference.high, duration_s)


def _run(place: Path, module: str, *words: str) -> str:
    """Run a command in a folder; return what it printed.

    Raises:
        DataError: it ended with an error.
    """
    done = subprocess.run(python_command(module, *words), cwd=place, capture_output=True, text=True, check=False)
    if done.returncode:
        raise DataError(f"`{module} {' '.join(words)}` ended with code {done.returncode}: {done.stderr.strip()[-300:]}")
    return done.stdout
