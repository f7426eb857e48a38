"""A folder that classifies in any browser: the page, the runtimes, the graph model and the `.tflite`.

::

    web/  index.html style.css icon.svg *.js     the page of edge_app/browser
          runtime/                               TF.js and LiteRT.js, from npm
          model.json *.bin  model_card.json      the TF.js graph model and its card
          pets-int8.tflite  pets-int8.json       the file of the device and its card
          bundle.json                            which is which
          proof.json                             what a browser said against the Keras model
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convert.web.browser_runtimes import PAGE, copy_runtimes, fetched_packages
from edge_app.common.atomic_files import atomic_folder
from edge_app.common.errors import ConversionError, ModelFileError, RunFolderError
from edge_app.common.notices import escape_control
from edge_app.common.outputs import CONVERSION_FILE, held
from edge_app.model.card import ModelCard
from edge_app.model.classifier import Classifier
from edge_app.model.foreign_code.gate import refuse_foreign_run
from edge_app.model.metadata import CARD_FILE
from edge_app.web.content import BUNDLE_FILE

if TYPE_CHECKING:
    from convert.web.tfjs.writer import WeightType

Prove = Callable[[Path, Any], object]

SCHEMA_VERSION = 1
PAGE_SUFFIXES = (".html", ".css", ".js", ".svg")


@dataclass(frozen=True)
class Sources:
    """What a bundle is made of.

    Attributes:
        name: of the model.
        run: folder with the SavedModel.
        device_model: the `.tflite` for LiteRT.js.
        graph_card: of the TF.js model.
        measured_with: the file whose accuracy `graph_card` states; empty: none.
    """

    name: str
    run: Path
    device_model: Classifier
    graph_card: ModelCard
    measured_with: str


@dataclass(frozen=True)
class WebBundle:
    """What was made.

    Attributes:
        folder: to be served.
        device_model: name of the `.tflite` in it.
        size_bytes: of all files.
    """

    folder: Path
    device_model: str
    size_bytes: int


def find_models(folder: Path) -> Path:
    """Return the folder of converted files that is meant: itself, or what was converted of a run.

    Raises:
        ConversionError: nothing was converted yet.
        RunFolderError: it is neither.
    """
    if (folder / CONVERSION_FILE).is_file():
        return folder
    if not (folder / "run.json").is_file():
        what = "holds no conversion.json and no run.json" if folder.is_dir() else "does not exist"
        what = "is a file" if folder.is_file() else what
        raise RunFolderError(f"`{folder}` {what}; give a folder made by `fieldlens convert`, such as models/pets")
    models = Path("models") / folder.resolve().name
    if not (models / CONVERSION_FILE).is_file():
        raise ConversionError(f"`{folder}` is not converted yet (no `{models}`); run: fieldlens convert {folder}")
    return models


def read_sources(models: Path, run: Path | None = None, device_model: Path | None = None) -> Sources:
    """Choose the files of a bundle.

    Args:
        models: folder made by `fieldlens convert`.
        run: its run folder, if that moved; None: where it was.
        device_model: the `.tflite` for LiteRT.js; None: the one with full-integer weights that takes bytes.

    Raises:
        RunFolderError: the run is gone, or its weights are others than those that were converted.
        ForeignCodeError: the run carries code, and the user has not said --trust.
        ConversionError: `conversion.json` is damaged, or there is no `.tflite`.
        ModelFileError: a `.tflite` cannot be used.
    """
    run_folder = _run_of(models, run)
    refuse_foreign_run(run_folder)
    settings = _read_json(run_folder / "run.json", RunFolderError, "train again with --overwrite")
    found = [Classifier(path, threads=1, as_stored=True) for path in sorted(models.glob("*.tflite"))]
    chosen = _device_model(models, found, device_model)
    if chosen.card.weights_sha256 != settings.get("weights_sha256"):
        raise RunFolderError(
            f"`{run_folder}` was trained anew since `{chosen.path}` was made; run: fieldlens convert {run_folder}"
        )
    card, measured_with = _graph_card(found, chosen.card, settings)
    return Sources(models.resolve().name, run_folder, chosen, card, measured_with)


def write_web_bundle(
    sources: Sources,
    out: Path,
    overwrite: bool = False,
    node_modules: Path | None = None,
    weights: WeightType = "float32",
    prove: Prove | None = None,
) -> WebBundle:
    """Make a bundle; it appears when it is complete.

    Args:
        sources: from `read_sources`.
        out: folder of the bundle.
        overwrite: whether an older one may be replaced.
        node_modules: with the runtimes, made elsewhere by `npm ci`; None: fetched once into the cache of this machine.
        weights: of the graph model: float32, float16 or uint8.
        prove: looks at the whole folder, with the SavedModel, before it gets its name; what it raises keeps it away.

    Raises:
        OutputError: the folder exists, or cannot be written.
        MissingDependencyError: npm is needed and not there.
        ConversionError: TF.js cannot run the model.
        RunFolderError: the SavedModel cannot be loaded.
    """
    from convert.quantize.tflite import load_saved_model
    from convert.web.tfjs.export import convert_to_tfjs

    with held(out), atomic_folder(out, overwrite, BUNDLE_FILE) as temporary:
        packages = fetched_packages(node_modules)
        loaded = load_saved_model(sources.run / "saved_model")
        model = convert_to_tfjs(loaded, weights)
        for name, content in model.files.items():
            (temporary / name).write_bytes(content)
        (temporary / CARD_FILE).write_text(sources.graph_card.to_json(), encoding="utf-8")
        device = sources.device_model
        shutil.copyfile(device.path, temporary / device.path.name)
        (temporary / _card_name(device)).write_text(device.card.to_json(), encoding="utf-8")
        _write_entries(temporary / BUNDLE_FILE, sources, model.size_bytes, weights)
        copy_page(temporary)
        copy_runtimes(packages, temporary / "runtime")
        if prove is not None:
            prove(temporary, loaded)
        size_bytes = sum(path.stat().st_size for path in temporary.rglob("*") if path.is_file())
    return WebBundle(out, device.path.name, size_bytes)


def copy_page(out: Path) -> None:
    """Copy the page's own files."""
    for path in sorted(PAGE.iterdir()):
        if path.suffix in PAGE_SUFFIXES:
            shutil.copyfile(path, out / path.name)


def _run_of(models: Path, run: Path | None) -> Path:
    content = _read_json(models / CONVERSION_FILE, ConversionError, "convert again with --overwrite")
    folder = run or Path(str(content.get("run", "")))
    try:
        there = (folder / "run.json").is_file()
    except OSError:  # a name that is too long
        there = False
    if not there:
        shown = escape_control(str(folder))
        raise RunFolderError(f"the run of `{models}` is not at `{shown}` any more; give its folder with --run")
    return folder


def _read_json(path: Path, error_type: type[Exception], way_out: str) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise error_type(f"`{path}` cannot be read ({error}); {way_out}") from error
    if not isinstance(content, dict):
        raise error_type(f"`{path}` is no JSON object; {way_out}")
    return content


def _device_model(models: Path, found: list[Classifier], wanted: Path | None) -> Classifier:
    if wanted is not None:
        chosen = Classifier(wanted, threads=1, as_stored=True)
        if chosen.assumptions:
            raise ModelFileError(f"`{wanted}` has no card of ours; give a file made by `fieldlens convert`")
        return chosen
    if not found:
        raise ConversionError(f"`{models}` holds no .tflite file; run: fieldlens convert on its run again")
    # A whitened run has no integer file; then LiteRT.js runs the float one.
    return min(found, key=lambda one: (one.card.input_dtype != "uint8", "-int8" not in one.path.name, one.path.name))


def _graph_card(found: list[Classifier], device: ModelCard, settings: dict[str, Any]) -> tuple[ModelCard, str]:
    """The graph computes what the float32 file does (parity holds them together), so it has that file's card.

    A run of quantization-aware training has no float file, and its graph is not measured.
    """
    for one in found:
        if one.card.input_dtype == "float32" and "-float32" in one.path.name:
            return one.card, one.path.name
    card = replace(
        device,
        input_dtype="float32",
        mean=(0.0, 0.0, 0.0),
        std=(1.0, 1.0, 1.0),
        accuracy=None,
        neither_threshold=settings.get("neither_threshold"),
    )
    return card, ""


def _card_name(model: Classifier) -> str:
    return f"{model.path.stem}.json"


def _write_entries(path: Path, sources: Sources, graph_bytes: int, weights: str) -> None:
    device = sources.device_model
    tensors = {"input": device.interpreter.get_input_details()[0], "output": device.interpreter.get_output_details()[0]}
    content = {
        "schema_version": SCHEMA_VERSION,
        "name": sources.name,
        "tfjs": {
            "model": "model.json",
            "card": CARD_FILE,
            "weights": f"{weights} weights",
            "size_bytes": graph_bytes,
            "measured_with": sources.measured_with,
            "input": {"name": "images", "scale": 0, "zero_point": 0},
            "output": {"name": "probabilities", "scale": 0, "zero_point": 0},
        },
        "litert": {
            "model": device.path.name,
            "card": _card_name(device),
            "weights": device.card.recipe or device.path.name,
            "size_bytes": device.path.stat().st_size,
            "measured_with": "",
            **{side: _quantization(details) for side, details in tensors.items()},
        },
    }
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _quantization(details: dict[str, Any]) -> dict[str, Any]:
    scale, zero_point = details["quantization"]
    return {"name": str(details["name"]), "scale": float(scale), "zero_point": int(zero_point)}
