"""Layer sensitivity: which layers lose most in 8 bits, and what keeping them in float32 would gain."""

from __future__ import annotations

import math
import re
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from convert.proof.latency import interleaved_latency_s
from convert.proof.parity import KERAS, Agreement, Batch, FileScorer, Scored
from convert.quantize.make import MadeModel
from convert.quantize.recipes import INT8, INT8_FLOATIO
from convert.quantize.tflite import make_converter, normalized, told_refusals
from convert.run_folder import RunFolder, read_input_image
from edge_app.common.native_stderr import quiet_native_stderr
from edge_app.metrics.paired_comparison import PairedComparison
from edge_app.model.classifier import Classifier

METHOD = (
    "SQNR, signal to quantization noise ratio: the power of a layer's float32 output over the power of its error in 8 "
    "bits, both from the same 8-bit inputs (TensorFlow's QuantizationDebugger), averaged over {count} calibration "
    "photographs. 6 dB correspond to one bit."
)

_PHOTOGRAPHS = 16  # that noise is measured on; layers differ by tens of decibels
_COMPARED = 400  # validation photographs that a mixed file is compared on
_KEPT = (1, 3, 8)  # how many of the worst layers are kept in float32
_SHOWN = 12
_PERFECT_DB = 150.0  # where there is no noise at all
_PREFIX = "NumericVerify/"


@dataclass(frozen=True)
class LayerSqnr:
    """How much of a layer's output is quantization noise.

    Attributes:
        layer: name of its output tensor.
        sqnr_db: signal over quantization noise, decibels.
    """

    layer: str
    sqnr_db: float

    @property
    def short(self) -> str:
        """The layer whose kernel it is: names of what was fused into it come first, and the operator comes last."""
        return self.layer.rsplit(";", 1)[-1].rsplit("/", 1)[0]


@dataclass(frozen=True)
class MixedPrecisionTrial:
    """The int8 file with some layers kept in float32.

    Attributes:
        kept: names of these layers.
        size_bytes: without a card.
        times_int8: its latency over that of the int8 file, interleaved on this machine.
        agreement: with the Keras model on validation photographs.
        comparison: of its accuracy with that of the int8 file on the same.
    """

    kept: tuple[str, ...]
    size_bytes: int
    times_int8: float
    agreement: Agreement
    comparison: PairedComparison


@dataclass(frozen=True)
class Sensitivity:
    """What was found.

    Attributes:
        photographs: that the noise was measured on.
        layers: the worst ones first.
        int8_bytes: of the int8 file, without a card.
        int8: its agreement with the Keras model on the photographs of the mixed files.
        mixed: what was tried.
    """

    photographs: int
    layers: tuple[LayerSqnr, ...]
    int8_bytes: int
    int8: Agreement
    mixed: tuple[MixedPrecisionTrial, ...]

    @property
    def method(self) -> str:
        """How it was measured."""
        return METHOD.format(count=self.photographs)

    @property
    def sentences(self) -> tuple[str, ...]:
        """Say which layers are worst, and what each mixed file brings."""
        worst = ", ".join(f"{one.short} ({one.sqnr_db:.0f} dB)" for one in self.layers[: _KEPT[1]])
        return (f"lowest SQNR in 8 bits: {worst}", *map(self._sentence, self.mixed))

    def _sentence(self, mixed: MixedPrecisionTrial) -> str:
        found, plain = mixed.agreement, self.int8
        return (
            f"{worst_layers(len(mixed.kept))} in float32: same label as Keras on {found.same_label:.2%} of "
            f"{found.photographs:,} validation photographs (int8 {plain.same_label:.2%}), mean Δp "
            f"{found.mean_difference:.4f} ({plain.mean_difference:.4f}), accuracy {mixed.comparison} against int8; "
            f"{mixed.size_bytes / 1e6:.2f} MB ({self.int8_bytes / 1e6:.2f}), {mixed.times_int8:.1f} × its latency"
        )

    def to_json(self) -> dict[str, Any]:
        """Return the fields."""
        return asdict(self)


def measure_sensitivity(
    run: RunFolder, keras_model: Any, int8: MadeModel, images_rgb: npt.NDArray[np.uint8], validation: Scored
) -> Sensitivity:
    """Measure the quantization noise of every layer, keep the worst ones in float32, and compare.

    Args:
        run: that is converted.
        keras_model: from `convert.quantize.tflite.load_saved_model`.
        int8: of the recipe `INT8`.
        images_rgb: (photographs, height, width, 3) uint8: calibration.
        validation: what the Keras model and the int8 file said about validation photographs.

    Raises:
        ConversionError: TensorFlow refuses.
    """
    some_rgb = images_rgb[:_PHOTOGRAPHS]
    print(f"measuring layer sensitivity on {len(some_rgb)} photographs", flush=True)
    with told_refusals("a model with its noise measured"), _quiet():
        debugger = _debugger(run, keras_model, images_rgb, some_rgb)
        debugger.run()
        layers = tuple(sorted(_noise(debugger.layer_statistics), key=lambda one: one.sqnr_db))
    comparison = _Comparison(run, int8, validation)
    mixed = []
    for count in sorted({min(count, len(layers)) for count in _KEPT}):
        kept = tuple(one.layer for one in layers[:count])
        print(f"trying the {worst_layers(count)} in float32", flush=True)
        with told_refusals("a mixed model"), _quiet():
            debugger.options = _options(kept)
            model = bytes(debugger.get_nondebug_quantized_model())
        mixed.append(comparison.of(model, kept))
    plain = comparison.scored.agreement(INT8.name)
    return Sensitivity(len(some_rgb), layers[:_SHOWN], len(int8.content), plain, tuple(mixed))


def worst_layers(count: int) -> str:
    """Name so many layers."""
    return "worst layer" if count == 1 else f"worst {count} layers"


def sqnr_db(real: npt.NDArray[Any], stored: npt.NDArray[Any], scale: float, zero_point: int) -> float:
    """Return 10 log10(power of the signal / power of the quantization error), decibels.

    Args:
        real: values in floating point, any shape.
        stored: the same as integers.
        scale: of these.
        zero_point: of these.
    """
    signal = np.asarray(real, np.float64)
    noise = (stored.astype(np.float64) - zero_point) * scale - signal
    power, lost = float((signal**2).mean()), float((noise**2).mean())
    if lost == 0.0:
        return _PERFECT_DB
    return min(_PERFECT_DB, 10.0 * math.log10(max(power, 1e-30) / lost))


def _debugger(
    run: RunFolder, keras_model: Any, images_rgb: npt.NDArray[np.uint8], some_rgb: npt.NDArray[np.uint8]
) -> Any:
    converter = make_converter(keras_model, INT8_FLOATIO, run.input_size, images_rgb)
    return tf.lite.experimental.QuantizationDebugger(
        converter=converter, debug_dataset=lambda: normalized(some_rgb), debug_options=_options()
    )


def _options(kept: Sequence[str] = ()) -> Any:
    return tf.lite.experimental.QuantizationDebugOptions(
        layer_direct_compare_metrics={"sqnr_db": sqnr_db}, denylisted_nodes=list(kept) or None
    )


def _noise(statistics: dict[str, dict[str, float]]) -> Iterator[LayerSqnr]:
    """The debugger writes `NumericVerify/NAMEn:m`, where n is a digit that makes names different and m a place."""
    for name, metrics in statistics.items():
        layer = re.sub(r"\d$", "", name.removeprefix(_PREFIX).rsplit(":", 1)[0])
        yield LayerSqnr(layer, float(metrics["sqnr_db"]))


class _Comparison:
    """Compares mixed-precision files with the int8 file and the Keras model, on the same validation photographs."""

    def __init__(self, run: RunFolder, int8: MadeModel, validation: Scored) -> None:
        self._int8 = int8
        # Mixed files are made with float input, where the card of `INT8` says bytes.
        self._mixed_card = replace(int8.card, name="mixed", input_dtype="float32")
        self.scored = _first(validation, _COMPARED)
        images = [read_input_image(run, path) for path in self.scored.paths]
        self._batch = Batch(self.scored.paths, np.stack([image for image in images if image is not None]))

    def of(self, model: bytes, kept: tuple[str, ...]) -> MixedPrecisionTrial:
        """Measure one."""
        with tempfile.TemporaryDirectory() as folder:
            paths = {"int8": Path(folder) / "int8.tflite", "mixed": Path(folder) / "mixed.tflite"}
            paths["int8"].write_bytes(self._int8.content)
            paths["mixed"].write_bytes(model)
            cards = {"int8": self._int8.card, "mixed": self._mixed_card}
            latency_s = interleaved_latency_s(
                {name: Classifier(path, trusted=True, card=cards[name]) for name, path in paths.items()}
            )
            scores = FileScorer(paths["mixed"], card=self._mixed_card).scores(self._batch)
        scored = replace(self.scored, probabilities={**self.scored.probabilities, "mixed": scores})
        comparison = scored.compared(INT8.name, "mixed")
        ratio = latency_s["mixed"] / latency_s["int8"]
        return MixedPrecisionTrial(kept, len(model), ratio, scored.agreement("mixed"), comparison)


def _first(scored: Scored, count: int) -> Scored:
    names = (KERAS, INT8.name)
    return Scored(
        scored.paths[:count],
        scored.targets[:count],
        {name: scored.probabilities[name][:count] for name in names},
        groups=scored.groups[:count],
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """TensorFlow warns of its own interpreter, which the debugger uses."""
    with warnings.catch_warnings(), quiet_native_stderr():
        warnings.simplefilter("ignore")
        yield
