"""`fieldlens train fit` as a process of its own: a finished run folder is kept, an unfinished one is gone on with."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from edge_app.common.errors import RunFolderError
from edge_app.common.own_process import python_command


def fit_words(
    photographs: Path, options: Sequence[str], seed: int, teacher: Path | None = None, neither: Path | None = None
) -> list[str]:
    """Return the words behind `fieldlens train fit`, without the run folder.

    Args:
        photographs: the folder.
        options: that change the recipe.
        seed: of everything random.
        teacher: run folder to learn from.
        neither: folder with pictures of anything else.
    """
    words = [str(photographs), *options, "--seed", str(seed)]
    if teacher is not None:
        words += ["--teacher", str(teacher)]
    if neither is not None:
        words += ["--neither", str(neither)]
    return words


def is_finished(folder: Path) -> bool:
    """Tell whether a run folder is complete: it appears as a whole."""
    return (folder / "metrics.json").is_file()


def is_begun(folder: Path) -> bool:
    """Tell whether a training was stopped that can be gone on with."""
    return folder.with_name(f"{folder.name}.unfinished").exists()


def train_into(folder: Path, words: Sequence[str], name: str) -> None:
    """Train a run, which shows its own progress.

    Args:
        folder: of the run.
        words: from `fit_words`.
        name: of the training, for the error.

    Raises:
        RunFolderError: it ended with an error, which it has told.
    """
    command = python_command("train", "fit", *words, "--out", str(folder))
    if is_begun(folder):
        command.append("--resume")
    code = subprocess.run(command, check=False).returncode
    if code:
        raise RunFolderError(f"training {name} ended with code {code}; see above")
