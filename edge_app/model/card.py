"""The model card: all that is needed to run a `.tflite` file, found in it or assumed.

Two layers: standard TFLite Metadata, and `model_card.json` in the ZIP behind the model (`metadata` reads both). Our
files carry both; third-party files with the first layer work; a file with neither works with labels from the user.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from edge_app.common.errors import MissingDependencyError, ModelFileError
from edge_app.metrics.accuracy import MeasuredAccuracy
from edge_app.model.labels import check_labels
from edge_app.model.metadata import CARD_FILE, LABELS_FILE, read_metadata
from edge_app.photographs.splits import Cuts

SCHEMA_VERSION = 1
NEITHER = "neither"
"""The label of a picture whose best score is below the card's threshold."""

ResizeRule = Literal["squash", "center_crop", "center_zoom"]
Interpolation = Literal["bilinear", "area"]
InputDtype = Literal["uint8", "int8", "float32"]


@dataclass(frozen=True)
class Size:
    """Width and height of a picture, pixels."""

    width: int
    height: int

    def __post_init__(self) -> None:
        if min(self.width, self.height) < 1:
            raise ValueError(f"a size must be at least 1×1, received {self.width}×{self.height}")

    def __str__(self) -> str:
        return f"{self.width}×{self.height}"


@dataclass(frozen=True)
class ModelCard:
    """Everything needed to run a classifier and to know how good it is.

    Attributes:
        name: title of the model.
        labels: one per score, in the order of the scores.
        input_size: of the picture that the model takes.
        input_dtype: of the input tensor.
        resize: `squash` scales to the input size; `center_crop` cuts the largest centred window of its shape first,
            `center_zoom` the inner 80 % of width and height. Pictures of exactly the input size are left as they are.
        interpolation: `bilinear` or `area`.
        mean: of RGB, in units of 0..255; the normalized input is (value - mean) / std. One number per channel.
        std: see `mean`.
        probabilities: whether scores are probabilities (they add up to 1).
        neither_threshold: below this best score the answer is `NEITHER`; None: never.
        accuracy: measured accuracy, None where nobody measured.
        other_source: accuracy on photographs of another source than those of training, whose name is `data`; None
            where nobody measured.
        score_floor: a score that 8 bits rounded to 0 is read as this (half a step), and all are divided by their sum;
            None: the output is not quantized, scores are read as they are.
        recipe: what is quantized, and what goes in and out, in words; empty where unknown.
        trained_on: which pictures, in words; empty where unknown.
        terms: under which these pictures may be used; empty where unknown.
        versions: packages that made the file.
        weights_sha256: of the trained weights; empty where unknown.
        cuts: of the classes of the training photographs that have cuts of their own, see `photographs.splits`.
        given_split: whether folders (`train/`, `test/`) gave the split of the training photographs, not their bytes.
        features: whether the output holds the features that a head is taught on, not a score per label; the labels are
            those that the network was trained to tell apart.
    """

    name: str
    labels: tuple[str, ...]
    input_size: Size
    input_dtype: InputDtype
    resize: ResizeRule = "squash"
    interpolation: Interpolation = "bilinear"
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)
    probabilities: bool = True
    neither_threshold: float | None = None
    accuracy: MeasuredAccuracy | None = None
    recipe: str = ""
    trained_on: str = ""
    terms: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    weights_sha256: str = ""
    cuts: Mapping[str, Cuts] = field(default_factory=dict)
    given_split: bool = False
    other_source: MeasuredAccuracy | None = None
    score_floor: float | None = None
    features: bool = False

    def __post_init__(self) -> None:
        check_labels(self.labels)
        for value, allowed in (
            (self.resize, get_args(ResizeRule)),
            (self.interpolation, get_args(Interpolation)),
            (self.input_dtype, get_args(InputDtype)),
        ):
            if value not in allowed:
                raise ValueError(f"`{value}` is unknown; choose from {', '.join(allowed)}")
        numbers = all(math.isfinite(value) for value in (*self.mean, *self.std))
        if len(self.mean) != 3 or len(self.std) != 3 or not numbers or not all(value > 0 for value in self.std):
            raise ValueError(f"mean and std need 3 numbers each, std above 0; received {self.mean} and {self.std}")
        if self.neither_threshold is not None and not 0.0 <= self.neither_threshold <= 1.0:
            raise ValueError(f"the neither threshold must be within 0..1, received {self.neither_threshold}")
        if self.score_floor is not None and not 0.0 < self.score_floor < 1.0:
            raise ValueError(f"the score floor must be within 0..1, received {self.score_floor}")

    def to_json(self) -> str:
        """Return the card as `model_card.json`."""
        content = {"schema_version": SCHEMA_VERSION, **asdict(self)}
        for name in ("cuts", "given_split", "other_source", "score_floor", "features"):
            if not content[name]:
                del content[name]
        return json.dumps(content, indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> ModelCard:
        """Read a card written by `to_json`; fields that a later minor version added are ignored.

        Raises:
            ValueError: no JSON, a field is missing or wrong, or the schema is newer than this program.
        """
        content = json.loads(text)
        if not isinstance(content, dict):
            raise ValueError("it is not a JSON object")
        if content.get("schema_version") != SCHEMA_VERSION:
            raise ValueError(
                f"its schema version is {content.get('schema_version')!r}, but this program reads version "
                f"{SCHEMA_VERSION}"
            )
        try:
            return cls(**_fields_from_json(content))
        except (TypeError, KeyError) as error:
            raise ValueError(f"a field is missing or has the wrong type ({error})") from error


def _fields_from_json(content: Mapping[str, Any]) -> dict[str, Any]:
    known = {name: content[name] for name in ModelCard.__dataclass_fields__ if name in content}
    known["labels"] = tuple(_string(label) for label in known["labels"])
    known["name"] = _string(known["name"])
    known["input_size"] = Size(int(known["input_size"]["width"]), int(known["input_size"]["height"]))
    for name in ("mean", "std"):
        if name in known:
            known[name] = tuple(float(value) for value in known[name])
    for name in ("accuracy", "other_source"):
        if known.get(name) is not None:
            known[name] = MeasuredAccuracy(**known[name])
    for name in ("given_split", "features"):
        if not isinstance(known.get(name, False), bool):
            raise TypeError(f"expected true or false, received {known[name]!r}")
    if "cuts" in known:
        known["cuts"] = {_string(label): Cuts(*map(float, pair)) for label, pair in dict(known["cuts"]).items()}
    return known


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected text, received {value!r}")
    return value


def read_own_card(path: Path) -> ModelCard:
    """Read the card of a file that FieldLens made, without a runtime.

    Raises:
        ModelFileError: missing, damaged, or made by somebody else.
    """
    content = read_metadata(path).card
    if content is None:
        raise ModelFileError(f"`{path}` has no model card of FieldLens; convert it with `fieldlens convert`")
    return own_card(path, content)


def write_card(model: bytes, card: ModelCard) -> bytes:
    """Return the model with both layers of the contract.

    Args:
        model: a converted `.tflite`.
        card: must describe its tensors.

    Raises:
        MissingDependencyError: a package that writes metadata is not installed.
    """
    try:
        from edge_app.model.metadata_writer import write_metadata
    except ImportError as error:
        raise MissingDependencyError(
            f"writing TFLite metadata needs the package `{error.name}`; run: pip install {error.name}"
        ) from error
    # MediaPipe normalizes float inputs with these; for quantized inputs it hands over the bytes as they are.
    mean, std = (card.mean[0], card.std[0])
    low, high = ((0.0 - mean) / std, (255.0 - mean) / std)
    return write_metadata(
        model,
        name=card.name,
        description=description_of(card),
        mean=mean,
        std=std,
        files={LABELS_FILE: "\n".join(card.labels).encode(), CARD_FILE: card.to_json().encode()},
        input_range=(low, high),
    )


def description_of(card: ModelCard) -> str:
    """Return the sentences about a model that the standard metadata holds."""
    what = "Features of a network that told apart" if card.features else "Image classifier"
    return f"{what}: {', '.join(card.labels[:10])}.{_in_brackets(card.recipe)} Made by FieldLens."


def _in_brackets(recipe: str) -> str:
    return f" ({recipe}.)" if recipe else ""


def own_card(path: Path, content: bytes) -> ModelCard:
    """Read `model_card.json`.

    Raises:
        ModelFileError: it is damaged.
    """
    try:
        return ModelCard.from_json(content.decode())
    except (ValueError, OverflowError, RecursionError) as error:  # JSON and UTF-8 errors are ValueErrors too
        raise ModelFileError(f"the model card in `{path}` cannot be used: {error}; convert the model again") from error
