"""What to change, in a sentence per change: which field of the file, or which line of the code around it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal

from convert.doctor.label_order import LabelOrder
from convert.doctor.preprocessing import Preprocessing, Scaling
from edge_app.model.card import ModelCard, ResizeRule

Origin = Literal["card", "metadata", "nothing", "code"]
"""Where the current preprocessing comes from: the file's card, its TFLite metadata, nothing, or the user's code."""

_MOST_LABELS = 12

_RULES: dict[ResizeRule, str] = {
    "squash": "the whole picture, squashed",
    "center_crop": "the largest centred square",
    "center_zoom": "the inner 80 % of width and height, squashed",
}

_SCALING_LINE = {
    "symmetric": "pixels / 127.5 - 1",
    "unit": "pixels / 255",
    "bytes": "pixels as they are, 0 to 255",
    "torch": "(pixels / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225], RGB",
    "caffe": "pixels - [123.68, 116.779, 103.939], in the order of red, green, blue",
    "twice": "pixels / 255 / 127.5 - 1",
    "raw": "bytes as they are (for an int8 tensor less 128), no arithmetic",
    "wrapped": "the bits of the bytes read as int8",
}


def advice(
    current: Preprocessing,
    best: Preprocessing,
    order: LabelOrder,
    stated_order: LabelOrder,
    card: ModelCard,
    origin: Origin,
    given: Collection[str] = (),
) -> list[str]:
    """Return a sentence for every change that makes the model right.

    Args:
        current: how it is preprocessed.
        best: how it should be.
        order: of the labels, as it should be.
        stated_order: that the file states.
        card: as it was read or assumed.
        origin: where the file's own preprocessing comes from.
        given: fields of `Preprocessing` that the user gave for the code instead.
    """

    def source(field: str) -> Origin:
        return "code" if field in given else origin

    sentences = []
    if best.channels != current.channels:
        sentences.append(_channels(best, source("channels")))
    if best.scaling != current.scaling:
        sentences.append(_scaling(best.scaling, source("scaling")))
    if best.resize != current.resize:
        sentences.append(_resize(best, source("resize")))
    if best.reading != current.reading:
        sentences.append("scores: they are int8: read them as signed numbers, then scale × (score - zero point)")
    if order.places != stated_order.places:
        sentences.append(_order(order, card, origin))
    return sentences


def _channels(best: Preprocessing, origin: Origin) -> str:
    if best.channels == "RGB":
        return (
            "channels: the model expects RGB, and OpenCV gives BGR: add "
            "cv2.cvtColor(frame, cv2.COLOR_BGR2RGB) to your code"
        )
    own = "do not convert to RGB in your own code; " if origin == "code" else ""
    return (
        f"channels: the model was trained on BGR; {own}a file has no field for it, and edge_app, MediaPipe and "
        "browsers feed RGB: train on RGB (cv2.imread gives BGR), or swap the input channels of its first layer"
    )


def _scaling(scaling: Scaling, origin: Origin) -> str:
    line = _SCALING_LINE.get(scaling.key, scaling.name)
    if scaling.pixels != "normalized":
        where = {"card": "`mean` and `std` of its card", "metadata": "the NormalizationOptions of its metadata"}
        return f"pixels: the tensor expects {line}; " + (
            f"{where[origin]} must match its input quantization" if origin in where else "do that in your code"
        )
    numbers = f"mean {_list(scaling.mean)}, std {_list(scaling.std)}"
    return (
        f"pixels: the model expects {scaling.name}; "
        + {
            "card": f"set `mean` and `std` of its card to {numbers}",
            "metadata": f"set the NormalizationOptions of its TFLite metadata to {numbers}",
            "nothing": f"the file states no normalization: write TFLite metadata with {numbers}; in code: {line}",
            "code": f"in your code: {line}",
        }[origin]
    )


def _resize(best: Preprocessing, origin: Origin) -> str:
    rule = _RULES[best.resize]
    place = f"set `resize` of its card to {best.resize}" if origin == "card" else f"resize {rule} in your code"
    note = "; MediaPipe always squashes, so give it a region of interest" if best.resize != "squash" else ""
    return f"resize: the model expects {rule}; {place}{note}"


def _order(order: LabelOrder, card: ModelCard, origin: Origin) -> str:
    where = {"card": "`labels` of its card", "metadata": "labels.txt of its metadata"}.get(origin, "the list of labels")
    shown = (
        f": {', '.join(labels)}" if (labels := reordered(order, card.labels)) and len(labels) <= _MOST_LABELS else ""
    )
    doubt = "; or the folders of photographs are named wrongly"
    return f"labels: {where} must be {order.name}{shown}{doubt}"


def reordered(order: LabelOrder, labels: Sequence[str]) -> list[str]:
    """Return the labels in the right order; none if there are not photographs of every label.

    Args:
        order: place of the score of each class, the classes in alphabetical order.
        labels: as the file states them.
    """
    if len(order.places) != len(labels):
        return []
    right = [""] * len(labels)
    for label, place in zip(sorted(labels), order.places, strict=True):
        right[place] = label
    return right


def _list(values: Sequence[float]) -> str:
    return ", ".join(f"{value:g}" for value in (values[:1] if len(set(values)) == 1 else values))
