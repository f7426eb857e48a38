"""One conversion: run folder in, bundle out. Make every file, prove it on photographs, stamp its card once."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convert.bundle.records import Bundle, write_json
from convert.bundle.report import write_report
from convert.bundle.stamp import stamp
from convert.proof.compression_gain import CompressionGain, measure_compression_gain
from convert.proof.layer_sensitivity import Sensitivity, measure_sensitivity
from convert.proof.parity import Scored
from convert.proof.prove import prove
from convert.proof.static_checks import Draft, check_model
from convert.quantize.calibration import Calibration, read_calibration
from convert.quantize.make import make_models
from convert.quantize.recipes import INT8, are_named, choose_recipes, refuse_unused_settings
from convert.quantize.tflite import load_saved_model
from convert.run_folder import RunFolder
from convert.settings import ConversionSettings
from edge_app.common.atomic_files import atomic_folder, write_bytes
from edge_app.common.errors import ConversionError
from edge_app.common.outputs import CONVERSION_FILE
from edge_app.teaching.backbone import Backbone
from edge_app.teaching.writing import as_backbone

if TYPE_CHECKING:
    from convert.onnx_export.twins import Twin


def convert(run: RunFolder, out: Path, settings: ConversionSettings, overwrite: bool = False) -> Bundle:
    """Convert a run into a bundle and prove that it agrees.

    Args:
        run: made by `train`.
        out: folder of the bundle; it appears when everything is done.
        settings: what to make and how to prove it.
        overwrite: whether an older one may be replaced.

    Raises:
        UsageError: the run cannot have a recipe that was asked for.
        RunFolderError: the run cannot be used.
        DataError: the calibration folder cannot be used.
        ConversionError: TensorFlow refuses, or a file is not what it must be.
        OutputError: the bundle exists, or cannot be written.
    """
    begin_s = time.monotonic()
    recipes, skipped = choose_recipes(run, settings.recipes)
    refuse_unused_settings(settings, recipes)
    for sentence in skipped:
        print(sentence, flush=True)
    with (
        atomic_folder(out, overwrite, CONVERSION_FILE) as folder,
        tempfile.TemporaryDirectory(dir=folder) as drafts_folder,
    ):
        keras_model = load_saved_model(run.saved_model)
        calibration = read_calibration(run, settings, recipes)
        made = make_models(run, keras_model, recipes, calibration, out.name)
        drafts = [check_model(model, run, Path(drafts_folder)) for model in made]
        twins = _twins(drafts, Path(drafts_folder), settings)
        others = {twin.name: twin for twin in twins}
        proofs = prove(run, keras_model, drafts, settings.parity_photographs, settings.accept, others)
        keep = settings.keep_failing
        bundle = Bundle(
            folder=out,
            keras_accuracy=proofs.keras_accuracy,
            keras_confidence=proofs.keras_confidence,
            files=tuple(stamp(draft, proofs.files[draft.recipe.name], folder, keep) for draft in drafts),
            recipes_named=are_named(settings.recipes),
            accept=settings.accept,
            skipped=skipped,
            calibration=None if calibration is None else calibration.facts,
            unreadable=proofs.unreadable,
            compression_gain=_compression_gain(run, drafts, calibration),
            onnx=tuple(twin.kept(proofs.validation, folder) for twin in twins),
            sensitivity=_sensitivity(run, keras_model, drafts, calibration, proofs.validation, settings),
            duration_s=time.monotonic() - begin_s,
        )
        write_json(folder / CONVERSION_FILE, run, bundle, settings.to_json())
        write_report(folder, run, bundle)
    return bundle


def _twins(drafts: Sequence[Draft], folder: Path, settings: ConversionSettings) -> Sequence[Twin]:
    if not settings.onnx:
        return ()
    from convert.onnx_export.twins import make_twins  # its packages are an extra

    return make_twins(drafts, folder)


def convert_backbone(run: RunFolder, out: Path, settings: ConversionSettings) -> Backbone:
    """Convert a run by one recipe, prove the file as any other, and keep what it makes of a picture before the labels.

    Args:
        run: made by `train`.
        out: the file; it appears, or takes the place of an older one, when it is proven.
        settings: with one recipe, that gives a file on which a new head fits.

    Raises:
        FieldLensError: see `convert`; and the file disagrees with the Keras model, or cannot be taught.
    """
    with tempfile.TemporaryDirectory() as folder:
        bundle = convert(run, Path(folder) / run.path.resolve().name, settings)
        (file,) = bundle.files
        if file.rejected:
            raise ConversionError(
                f"`{out}` was not made: {file.proof.objections[0]}; to see more: "
                f"fieldlens convert {run.path} --recipes {file.recipe.name} --diagnose"
            )
        seen = f"{len(run.splits['train']):,} photographs of {run.data}: {', '.join(run.labels)}"
        content = as_backbone(bundle.folder / file.file, seen)
    write_bytes(out, content)
    return Backbone(out)


def _compression_gain(
    run: RunFolder, drafts: Sequence[Draft], calibration: Calibration | None
) -> CompressionGain | None:
    return measure_compression_gain(run, [draft.made for draft in drafts], calibration)


def _sensitivity(
    run: RunFolder,
    keras_model: Any,
    drafts: Sequence[Draft],
    calibration: Calibration | None,
    validation: Scored,
    settings: ConversionSettings,
) -> Sensitivity | None:
    if not settings.diagnose or calibration is None:
        return None
    (int8,) = (draft.made for draft in drafts if draft.recipe.name == INT8.name)
    return measure_sensitivity(run, keras_model, int8, calibration.images_rgb, validation)
