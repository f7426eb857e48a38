"""The table of finished runs: every folder of results that holds a run.json and a metrics.json."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from benchmarks.publish.committed import METRICS, Committed, NotMeasuredError
from edge_app.model.training_time import training_duration_s

HEAD = (
    "run",
    "photographs",
    "recipe",
    "test photographs",
    "Keras (95 % interval)",
    "float32",
    "int8",
    "log loss",
    "ECE",
    "training",
    "machine, date",
)
_NAMES = {"dogs_vs_cats/train": "Dogs-vs-Cats", "flowers": "tf_flowers"}


def run_rows(results: Committed) -> list[tuple[str, ...]]:
    """Return a row per run, those of the same photographs together, the best first."""
    folders = [name.rpartition("/")[0] for name in results.of_kind(METRICS)]
    found = [(folder, results.payload(f"{folder}/metrics.json"), _run(folder, results)) for folder in folders]
    runs = [(folder, metrics["test"], run) for folder, metrics, run in found if run is not None]
    runs.sort(key=lambda one: (_photographs(one[2]), -one[1]["accuracy"]))
    return [_row(folder, test, run, results) for folder, test, run in runs]


def _row(folder: str, test: Mapping[str, Any], run: Mapping[str, Any], results: Committed) -> tuple[str, ...]:
    source = results.source(f"{folder}/run.json")
    low, high = (f"{100 * test[f'accuracy_{end}']:.1f}" for end in ("low", "high"))
    return (
        f"`{source.file.rpartition('/')[0]}`",
        _photographs(run),
        _recipe(run),
        f"{test['photographs']:,}",
        f"{100 * test['accuracy']:.2f} % ({low} to {high})",
        _file_accuracy(folder, "float32", test["photographs"], results),
        _file_accuracy(folder, "int8", test["photographs"], results),
        f"{test['log_loss']:.3f}",
        f"{100 * test['confidence']['expected_calibration_error']:.2f} %" if "confidence" in test else "",
        duration_text(training_duration_s(run["timings_s"])),
        f"{source.machine}, {source.date}",
    )


def duration_text(duration_s: float) -> str:
    """As in `28 min` or `31 s`."""
    return f"{duration_s / 60:.0f} min" if duration_s >= 60 else f"{duration_s:.0f} s"


def _run(folder: str, results: Committed) -> Mapping[str, Any] | None:
    try:
        return results.payload(f"{folder}/run.json")
    except NotMeasuredError:
        return None


def _photographs(run: Mapping[str, Any]) -> str:
    """Name the photographs and count them."""
    path = PurePosixPath(run["data"]["folder"])
    names = ("/".join(path.parts[-count:]) for count in (2, 1))
    name = next((_NAMES[name] for name in names if name in _NAMES), path.name)
    return f"{name}, {sum(run['data']['counts'].values()):,} in {len(run['labels'])} classes"


def _recipe(run: Mapping[str, Any]) -> str:
    recipe = run["recipe"]
    parts = [f"`{recipe['name']}`, {run['input_size']} px, {run['parameters'] / 1e6:.2f} million parameters"]
    parts += ["with a teacher"] if run.get("teacher") else []
    parts += ["with `--neither`"] if run.get("neither") else []
    parts += [f"soup of {recipe['soup']}"] if recipe.get("soup", 1) > 1 else []
    if run.get("compression"):
        parts.append(f"{run['compression']['method']} of `{run['compression']['of']}`")
    return ", ".join(parts)


def _file_accuracy(folder: str, recipe: str, photographs: int, results: Committed) -> str:
    """Tell the accuracy of a file, and of how many photographs if not of all."""
    try:
        files = results.payload(f"{folder}/conversion.json")["files"]
    except NotMeasuredError:
        return ""
    found = [file["accuracy"] for file in files if file["recipe"]["name"] == recipe]
    if not found:
        return ""
    some = "" if found[0]["photographs"] == photographs else f" of {found[0]['photographs']:,}"
    return f"{100 * found[0]['top1']:.2f} %{some}"
