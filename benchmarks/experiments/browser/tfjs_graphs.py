"""Our TF.js export against the official converter's graph of the same SavedModel: latency and probabilities.

Page loads of both take turns in random order, each in a fresh browser: what a browser process does once (where its
memory lies, when it compiles) moves all its times together, so loads are the sample, not predictions.
"""

from __future__ import annotations

import json
import statistics
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.experiments.browser.official_converter import convert_officially
from benchmarks.experiments.browser.tfjs_page import PageLoad, Work, check_installed, load_page, site
from benchmarks.results.device import examine_device
from benchmarks.results.envelope import write_envelope
from convert.quantize.tflite import load_saved_model, reference
from convert.run_folder import RunFolder, interleave_classes, read_input_image, read_run_folder
from convert.web.tfjs.export import SignatureName, export_tfjs
from edge_app.common.errors import ResultError
from edge_app.common.outputs import refuse_existing
from edge_app.common.progress import Progress
from edge_app.common.tables import text_table

OURS, OFFICIAL = "ours", "official"
_RESAMPLES = 10_000

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class TfjsOptions:
    """How much is measured.

    Attributes:
        loads: page loads of each graph.
        predictions: timed ones of each load.
        warmups: not timed, before them.
        photographs: of the test split.
        signature: of the SavedModel.
        seed: of the order and of the bootstrap.
    """

    loads: int = 12
    predictions: int = 40
    warmups: int = 5
    photographs: int = 32
    signature: SignatureName = "serving_default"
    seed: int = 0


@dataclass(frozen=True)
class Ratio:
    """Median time of ours / median time of the official graph, with its 95 % interval."""

    value: float
    low: float
    high: float


def run_tfjs(
    run: Path,
    photographs: Path | None,
    official: Path,
    node_modules: Path,
    chromium: str | None,
    out: Path,
    plan: TfjsOptions,
    overwrite: bool,
) -> int:
    """Convert, measure, print a table, write the raw result.

    Raises:
        FieldLensError: an input cannot be used, or something is not installed.
    """
    refuse_existing(out, overwrite)
    executable = check_installed(node_modules, chromium)
    trained = read_run_folder(run, photographs)
    loaded = load_saved_model(trained.saved_model)
    images_rgb = test_images(trained, plan.photographs)
    if not (official / "model.json").is_file():
        convert_officially(trained.saved_model, official, plan.signature)
    with tempfile.TemporaryDirectory() as folder:
        models = {OURS: Path(folder) / OURS, OFFICIAL: official}
        export_tfjs(loaded, models[OURS], signature=plan.signature)
        with site(node_modules, models, images_rgb) as address:
            loads = take_turns(address, images_rgb.shape, plan, executable)
        graphs = {name: graph_summary(path) for name, path in models.items()}
    keras = reference(loaded)(images_rgb)
    content = result(plan, loads, graphs, keras)
    content["run"] = {"folder": run.name, "weights_sha256": trained.weights_sha256}
    write_envelope(out, "tfjs", content, examine_device())
    _show(content)
    print(f"result  {out}")
    return 0


def test_images(run: RunFolder, count: int) -> npt.NDArray[np.uint8]:
    """Read test photographs, the classes in turn.

    Returns:
        (up to count, height, width, 3) uint8 RGB.

    Raises:
        ResultError: not one can be read.
    """
    ordered = interleave_classes(run.splits["test"], len(run.labels))
    readable = (image for item in ordered if (image := read_input_image(run, item.path)) is not None)
    images = list(islice(readable, count))
    if not images:
        raise ResultError(f"not one test photograph of `{run.path}` can be read; give their folder with --photos")
    return np.stack(images)


test_images.__test__ = False  # type: ignore[attr-defined]  # not a test, whatever pytest makes of its name


def take_turns(address: str, shape: tuple[int, ...], plan: TfjsOptions, chromium: str) -> list[tuple[str, PageLoad]]:
    """Load both pages `plan.loads` times: each round has both, in random order.

    Args:
        address: from `site`.
        shape: of the photographs.
        plan: how much.
        chromium: path of the executable.
    """
    random = np.random.default_rng(plan.seed)
    scale, offset = (1.0, 0.0) if plan.signature == "serving_default" else (1 / 127.5, -1.0)
    work = Work(warmups=plan.warmups, predictions=plan.predictions, scale=scale, offset=offset)
    done = []
    with Progress("loading pages", 2 * plan.loads) as progress:
        for _ in range(plan.loads):
            for name in random.permutation((OURS, OFFICIAL)):
                done.append((str(name), load_page(address, str(name), shape, work, chromium)))
                progress.step()
    return done


def ratio_of_medians(ours_s: Sequence[Sequence[float]], official_s: Sequence[Sequence[float]], seed: int = 0) -> Ratio:
    """Compare times; the interval is a percentile bootstrap over page loads (Efron and Tibshirani, 1993, chapter 13).

    Args:
        ours_s: times of each page load, seconds.
        official_s: the same of the official graph.
        seed: of the resampling.
    """
    ours, official = (np.array([statistics.median(load) for load in loads]) for loads in (ours_s, official_s))
    random = np.random.default_rng(seed)
    drawn = _resampled_medians(ours, random) / _resampled_medians(official, random)
    low, high = np.percentile(drawn, (2.5, 97.5))
    return Ratio(float(np.median(ours) / np.median(official)), float(low), float(high))


def graph_summary(folder: Path) -> dict[str, Any]:
    """Return the operators and the size of a graph model."""
    nodes = json.loads((folder / "model.json").read_text(encoding="utf-8"))["modelTopology"]["node"]
    counts = Counter(node["op"] for node in nodes if node["op"] not in ("Const", "Placeholder"))
    size_bytes = sum(path.stat().st_size for path in folder.iterdir())
    return {"operators": dict(counts.most_common()), "size_bytes": size_bytes}


def result(
    plan: TfjsOptions, loads: Sequence[tuple[str, PageLoad]], graphs: Mapping[str, Any], keras: npt.NDArray[np.float32]
) -> dict[str, Any]:
    """Return everything that is written, raw times included.

    Args:
        plan: how much was measured.
        loads: by name, in the order they were made.
        graphs: from `graph_summary`, by name.
        keras: probabilities of the SavedModel, (photographs, classes).
    """
    times_s = {name: [load.times_s for owner, load in loads if owner == name] for name in (OURS, OFFICIAL)}
    said = {
        name: np.array(next(load.probabilities for owner, load in loads if owner == name)) for name in (OURS, OFFICIAL)
    }
    first = loads[0][1]
    return {
        "tfjs": {key: getattr(first, key) for key in ("version", "backend", "threads", "isolated")},
        "plan": asdict(plan),
        "graphs": dict(graphs),
        "ratio": asdict(ratio_of_medians(times_s[OURS], times_s[OFFICIAL], plan.seed)),
        "max_abs_difference": float(np.abs(said[OURS] - said[OFFICIAL]).max()),
        "keras": {
            name: {
                "max_abs_difference": float(np.abs(values - keras).max()),
                "agreement": float((values.argmax(axis=1) == keras.argmax(axis=1)).mean()),
            }
            for name, values in said.items()
        },
        "loads": [{"graph": name, "load_s": load.load_s, "times_s": load.times_s} for name, load in loads],
    }


def _resampled_medians(values: Floats, random: np.random.Generator) -> Floats:
    return np.asarray(np.median(random.choice(values, (_RESAMPLES, len(values))), axis=1))


def _show(content: Mapping[str, Any]) -> None:
    rows = []
    for name in (OURS, OFFICIAL):
        medians_s = [statistics.median(load["times_s"]) for load in content["loads"] if load["graph"] == name]
        graph, keras = content["graphs"][name], content["keras"][name]
        rows.append(
            (
                name,
                str(sum(graph["operators"].values())),
                f"{graph['size_bytes'] / 1e6:.1f}",
                f"{statistics.median(medians_s) * 1e3:.1f}",
                f"{keras['agreement']:.1%}",
                f"{keras['max_abs_difference']:.1e}",
            )
        )
    print(text_table(("graph", "operators", "MB", "ms", "agreement with Keras", "max |Δp|"), rows))
    ratio = content["ratio"]
    print(f"time ours / official  {ratio['value']:.3f} ({ratio['low']:.3f} to {ratio['high']:.3f}, 95 %)")
    print(f"max |Δp| between both  {content['max_abs_difference']:.1e}")
