"""Execute chapters as a reader would, answer their exercises with the solutions, and keep the outputs."""

from __future__ import annotations

import copy
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat

from edge_app.common.atomic_files import atomic_file
from tests.course.chapters import Chapter, tags_of
from tests.places import REPOSITORY, data_folder

OUTPUTS = REPOSITORY / "build" / "course"
"""Executed chapters whose outputs the site shows."""

_CELL_LIMIT_S = 900


def parameters_of(photographs: Path | None = None) -> dict[str, object]:
    """Return values of the chapters' parameters: of the drawn pets, or of a folder of photographs."""
    from_disk = {"PHOTOS": str(photographs), "RUN": "runs/transfer"} if photographs else {}
    weights = data_folder() / "weights"
    backbone = weights / "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5"
    hub = weights / "hub_mobilenet_v2_100_224_feature_vector"
    return {"RESULTS": str(REPOSITORY / "results"), "WEIGHTS": str(backbone), "HUB": str(hub), **from_disk}


def execute(chapter: Chapter, folder: Path, parameters: Mapping[str, object], weights: bool) -> Any:
    """Run a chapter in its own kernel.

    Args:
        chapter: its notebook stays as it is.
        folder: where it runs; what earlier chapters left is there.
        parameters: values for variables of the cell tagged `parameters`; names that it does not have are left out.
        weights: whether cells run that need pretrained weights.

    Returns:
        the chapter's notebook with outputs, and how long it took in its metadata.

    Raises:
        CellExecutionError: a cell failed, a check refused the solution, or it accepted an open answer.
    """
    from nbclient import NotebookClient  # `make check` stages the documents without it

    running = copy.deepcopy(chapter.notebook)
    for cell in running.cells:
        if cell.cell_type == "code" and "weights" in tags_of(cell) and not weights:
            cell.source = ""
    _set_parameters(running, parameters)
    _answer(running, chapter.solutions, weights)
    os.environ["PYTHONPATH"] = os.pathsep.join([str(REPOSITORY), *filter(None, [os.environ.get("PYTHONPATH")])])
    start_s = time.monotonic()
    client = NotebookClient(
        running, timeout=_CELL_LIMIT_S, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    )
    client.execute()
    return _with_outputs(chapter, running, time.monotonic() - start_s, weights)


def _set_parameters(notebook: Any, parameters: Mapping[str, object]) -> None:
    """Give variables other values behind the chapter's own."""
    for cell in notebook.cells:
        if "parameters" in tags_of(cell):
            known = [name for name in parameters if f"{name} = " in cell.source]
            cell.source = "\n".join([cell.source, *(f"{name} = {parameters[name]!r}" for name in known)])


def _answer(notebook: Any, solutions: tuple[str, ...], weights: bool) -> None:
    """Let each check refuse the open answer, then put the solution in its place."""
    exercises = [cell for cell in notebook.cells if "exercise" in tags_of(cell)]
    checks = [cell for cell in notebook.cells if "check" in tags_of(cell)]
    for exercise, check, solution in zip(exercises, checks, solutions, strict=True):
        if "weights" in tags_of(exercise) and not weights:
            continue
        exercise.source = (
            f"{exercise.source}\n"
            f"try:\n    exec({check.source!r})\nexcept AssertionError:\n    pass\n"
            f"else:\n    raise RuntimeError('the check accepts an answer that is still open')\n"
            f"{solution}"
        )


def _with_outputs(chapter: Chapter, running: Any, duration_s: float, weights: bool) -> Any:
    executed = copy.deepcopy(chapter.notebook)
    for cell, ran in zip(executed.cells, running.cells, strict=True):
        if cell.cell_type == "code":
            cell.outputs = ran.outputs
    executed.metadata["fieldlens"] = {"sha256": chapter.sha256, "duration_s": duration_s, "weights": weights}
    return executed


def keep(chapter: Chapter, executed: Any) -> None:
    """Keep outputs for the site, unless there are some of the same text with weights and these have none."""
    kept = kept_outputs(chapter)
    if kept is None or executed.metadata["fieldlens"]["weights"] or not kept.metadata["fieldlens"]["weights"]:
        OUTPUTS.mkdir(parents=True, exist_ok=True)
        with atomic_file(OUTPUTS / f"{chapter.name}.ipynb") as temporary:
            nbformat.write(executed, temporary)


def kept_outputs(chapter: Chapter) -> Any | None:
    """Return the executed chapter that was kept; None: it was never executed, or its text has changed since."""
    path = OUTPUTS / f"{chapter.name}.ipynb"
    if not path.is_file():
        return None
    executed = nbformat.read(path, as_version=4)
    return executed if executed.metadata.get("fieldlens", {}).get("sha256") == chapter.sha256 else None
