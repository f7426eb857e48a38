"""How to run a `.tflite` file: its own card, or for a file of others what it says and what has to be assumed.

What a pixel is to a file without a card is told, in this order, by the user; for a quantized input by the range of its
tensor: bytes go in as they are, which is what MediaPipe and the Task Library do; for a float input by operators that
scale bytes themselves, then by the metadata, then by kernels as only bytes need; and else it is taken for -1..1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from edge_app.common.errors import ModelFileError
from edge_app.model.card import ModelCard, Size, own_card
from edge_app.model.graph_facts import GraphFacts, InputValues, read_graph_facts, values_of_range
from edge_app.model.labels import parse_labels
from edge_app.model.metadata import LABELS_FILE, FileMetadata
from edge_app.model.scores import ScoreReading
from edge_app.model.tensors import TensorFacts

_SPANS: dict[InputValues, tuple[float, float]] = {"bytes": (0.0, 255.0), "unit": (0.0, 1.0), "symmetric": (-1.0, 1.0)}

Numbers = tuple[float, ...]


@dataclass(frozen=True)
class StatedInput:
    """What the user says about the input of a file that has no card.

    Attributes:
        values: what a pixel is; None: not said.
        mean: of RGB, in units of 0..255, one number or one per channel: the input is (value - mean) / std; empty: not
            said.
        std: see `mean`.
        size: of the picture, for a file that takes any size; None: not said.
        blue_first: the input is BGR; `mean` and `std` stay in the order of RGB.
    """

    values: InputValues | None = None
    mean: Numbers = ()
    std: Numbers = ()
    size: Size | None = None
    blue_first: bool = False

    def __bool__(self) -> bool:
        return self != NOTHING_STATED


NOTHING_STATED = StatedInput()


@dataclass(frozen=True)
class CardReading:
    """How to run a file.

    Attributes:
        card: found or assumed.
        assumptions: a sentence for everything that had to be assumed.
        scores: what the output holds.
    """

    card: ModelCard
    assumptions: tuple[str, ...] = ()
    scores: ScoreReading = "scores"


def read_card(
    path: Path,
    metadata: FileMetadata,
    tensors: TensorFacts,
    labels: tuple[str, ...] | None = None,
    stated: StatedInput = NOTHING_STATED,
    output: int = 0,
) -> CardReading:
    """Find out how to run a model.

    Args:
        path: of the file.
        metadata: from `read_metadata`.
        tensors: from the interpreter.
        labels: the user's labels, instead of the file's own.
        stated: what the user says of the input.
        output: place of the output that holds the scores.

    Raises:
        ModelFileError: there are no labels, the card contradicts the tensors, or the user contradicts the card.
    """
    if metadata.card is None:
        return _Stranger(path, metadata, tensors, stated).read(labels, output)
    if stated:
        raise ModelFileError(f"`{path}` has a model card, which says what it takes; leave out what the input is")
    card = own_card(path, metadata.card)
    if labels is not None:
        card = _relabelled(card, labels, path)
    refuse_contradiction(path, card, tensors)
    return CardReading(card, () if labels is None else ("labels come from --labels",))


def labels_of(metadata: FileMetadata, labels: tuple[str, ...] | None, path: Path) -> tuple[str, ...]:
    """Return the labels that a file of others has or is given; empty: none."""
    if labels is not None:
        return labels
    text = metadata.labels or ""
    return parse_labels(text, f"{path}:{LABELS_FILE}") if text.strip() else ()


def refuse_contradiction(path: Path, card: ModelCard, tensors: TensorFacts) -> None:
    """Refuse a card that is not one of these tensors.

    Raises:
        ModelFileError: it contradicts them, or there are no scores.
    """
    if card.features:
        raise ModelFileError(
            f"`{path}` gives features, not labels; teach it some: fieldlens teach cup,phone --backbone {path} --out DIR"
        )
    for what, said, found in (
        ("labels", len(card.labels), tensors.classes),
        ("input size", card.input_size, tensors.input_size),
        ("input type", card.input_dtype, tensors.input_dtype),
    ):
        if said != found:
            raise ModelFileError(
                f"the model card of `{path}` contradicts its tensors: {what} {said} on the card, {found} in the model; "
                "convert it again"
            )


class _Stranger:
    """A file without a card."""

    def __init__(self, path: Path, metadata: FileMetadata, tensors: TensorFacts, stated: StatedInput) -> None:
        self._path, self._metadata, self._tensors, self._stated = path, metadata, tensors, stated
        self._facts: GraphFacts = read_graph_facts(path)
        self._assumptions = ["no model card: frames are squashed to the input size, bilinear"]

    def read(self, labels: tuple[str, ...] | None, output: int) -> CardReading:
        found = labels_of(self._metadata, labels, self._path)
        if not found:
            raise ModelFileError(
                f"`{self._path}` has no labels ({self._tensors.classes:,} scores); add --labels FILE with one label "
                "per line, or convert it with `fieldlens convert`"
            )
        names, scores = self._scores(found, output)
        self._refuse_size()
        mean, std = self._normalization()
        if self._tensors.layout.channels == 1:
            self._assumptions.append("the input is grey: frames are turned grey")
        try:
            card = ModelCard(
                name=self._path.stem,
                labels=names,
                input_size=self._tensors.input_size,
                input_dtype=self._tensors.input_dtype,  # type: ignore[arg-type]  # checked by the card
                mean=_three(mean),
                std=_three(std),
                probabilities=True,
            )
        except ValueError as error:
            raise ModelFileError(f"`{self._path}` cannot be run: {error}") from error
        return CardReading(card, tuple(self._assumptions), scores)

    def _scores(self, labels: tuple[str, ...], output: int) -> tuple[tuple[str, ...], ScoreReading]:
        """Name what each score is of, and tell what the output holds."""
        kind = self._facts.outputs[output] if output < len(self._facts.outputs) else "unknown"
        if self._tensors.classes == 1 and len(labels) in (1, 2):
            names = labels if len(labels) == 2 else (f"not {labels[0]}", labels[0])
            self._assumptions.append(f"its one score is the probability of {names[1]!r}, and the rest of {names[0]!r}")
            return names, "one_logit" if kind == "logits" else "one_score"
        _refuse_label_count(self._path, len(labels), self._tensors.classes)
        if kind == "logits":
            self._assumptions.append("it ends without a softmax: its scores are logits, and softmax is applied")
            return labels, "logits"
        return labels, "watched" if kind == "unknown" else "scores"

    def _refuse_size(self) -> None:
        if self._stated.size not in (None, self._tensors.input_size):
            raise ModelFileError(
                f"`{self._path}` takes pictures of {self._tensors.input_size} only, received "
                f"{self._stated.size}; leave out --input-size"
            )

    def _normalization(self) -> tuple[Numbers, Numbers]:
        stated = self._stated
        if stated.mean and stated.std:
            return stated.mean, stated.std
        if self._tensors.input_range is not None:
            return self._of_range(self._tensors.input_range)
        if self._tensors.input_dtype != "float32":
            self._assumptions.append(f"bytes go into the {self._tensors.input_dtype} input as they are")
            return _to_span(0.0, 255.0)
        return _to_span(*_SPANS[stated.values]) if stated.values else self._of_float()

    def _of_range(self, held: tuple[float, float]) -> tuple[Numbers, Numbers]:
        if self._stated.values in ("unit", "symmetric"):
            return _to_span(*_SPANS[self._stated.values])
        as_they_are = f"bytes go into the {self._tensors.input_dtype} input as they are"
        low, high = held
        said = self._metadata_span()
        if said is not None and not _alike(said, held):
            as_they_are += (
                f", for it holds {low:.3g} to {high:.3g}, and the metadata, which would make {said[0]:.3g} to "
                f"{said[1]:.3g} of them, contradicts it"
            )
        usual = values_of_range(low, high)  # exact, where the zero point is rounded
        if usual is None and said is None:
            as_they_are += (
                f", though {low:.3g} to {high:.3g}, which it holds, is none of the usual ranges; if labels are wrong, "
                "look up how it was trained and try --mean and --std, or --bgr"
            )
        self._assumptions.append(as_they_are)
        return _to_span(*_SPANS[usual]) if usual else _to_span(low, high)

    def _of_float(self) -> tuple[Numbers, Numbers]:
        values, said = self._facts.input_values, self._metadata_span()
        mean, std = self._metadata.mean, self._metadata.std
        if values is not None and (said is None or not _alike(said, _SPANS[values])):
            contradicted = "" if said is None else f", though the metadata says {said[0]:.3g} to {said[1]:.3g}"
            self._assumptions.append(f"its first operators want {_named(values)}, so that goes in{contradicted}")
            return _to_span(*_SPANS[values])
        if mean is not None and std is not None:
            return mean, std
        if self._facts.small_kernels:
            self._assumptions.append(
                "no normalization stated: the first convolution has the small kernels of a network that takes pixels "
                "of 0 to 255, so that goes in; if labels are wrong, try --input unit, or --mean and --std, or --bgr"
            )
            return _to_span(*_SPANS["bytes"])
        self._assumptions.append(
            "no normalization stated: the float32 input is taken as normalized to [-1, 1]; if labels are wrong, try "
            "--input bytes or --input unit, or run `fieldlens convert doctor`"
        )
        return _to_span(-1.0, 1.0)

    def _metadata_span(self) -> tuple[float, float] | None:
        """Return what the metadata makes of 0 and 255, in the first channel; None: it says nothing."""
        mean, std = self._metadata.mean, self._metadata.std
        if not mean or not std or std[0] == 0.0:
            return None
        return (0.0 - mean[0]) / std[0], (255.0 - mean[0]) / std[0]


def _to_span(low: float, high: float) -> tuple[Numbers, Numbers]:
    """Return mean and std that make `low` of 0 and `high` of 255."""
    std = 255.0 / (high - low)
    return (0.0 - low * std,), (std,)


def _alike(one: tuple[float, float], other: tuple[float, float]) -> bool:
    near = 0.03 * (other[1] - other[0])
    return abs(one[0] - other[0]) <= near and abs(one[1] - other[1]) <= near


def _named(values: InputValues) -> str:
    low, high = _SPANS[values]
    return f"pixels of {low:g} to {high:g}"


def _three(values: Sequence[float]) -> tuple[float, float, float]:
    red, green, blue = values if len(values) == 3 else tuple(values[:1]) * 3
    return red, green, blue


def _relabelled(card: ModelCard, labels: tuple[str, ...], path: Path) -> ModelCard:
    _refuse_label_count(path, len(labels), len(card.labels))
    return replace(card, labels=labels)


def _refuse_label_count(path: Path, labels: int, classes: int) -> None:
    if labels != classes:
        raise ModelFileError(
            f"`{path}` gives {classes:,} scores but there are {labels:,} labels; "
            f"give --labels FILE with {classes:,} lines"
        )
