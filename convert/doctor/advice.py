"""What to change, in a sentence per change: which field of the file, or which line of the code around it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal

from convert.doctor.feeding import Feeding, Scaling
from convert.doctor.label_order import LabelOrder
from edge_app.model.card import ModelCard

Says = Literal["card", "metadata", "nothing", "code"]
"""Where what is done now comes from: the file's card, its TFLite metadata, an assumption, or the user's words."""

_MOST_LABELS = 12

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
    now: Feeding,
    best: Feeding,
    order: LabelOrder,
    said: LabelOrder,
    card: ModelCard,
    says: Says,
    told: Collection[str] = (),
) -> list[str]:
    """Return a sentence for every change that makes the model right.

    Args:
        now: how it is fed.
        best: how it should be fed.
        order: of the labels, as it should be.
        said: order that the file says.
        card: as it was read or assumed.
        says: where the file's own way comes from.
        told: fields of `Feeding` that the user told of his code instead.
    """

    def source(field: str) -> Says:
        return "code" if field in told else says

    sentences = []
    if best.channels != now.channels:
        sentences.append(_channels(best, source("channels")))
    if best.scaling != now.scaling:
        sentences.append(_scaling(best.scaling, source("scaling")))
    if best.resize != now.resize:
        sentences.append(_resize(best, source("resize")))
    if best.reading != now.reading:
        sentences.append("scores: they are int8: read signed numbers, then scale × (score - zero point)")
    if order.places != said.places:
        sentences.append(_order(order, card, says))
    return sentences


def _channels(best: Feeding, says: Says) -> str:
    if best.channels == "RGB":
        return (
            "channels: the model wants RGB; OpenCV gives BGR: add cv2.cvtColor(frame, cv2.COLOR_BGR2RGB) to your code"
        )
    own = "leave the swap to RGB out of your own code; " if says == "code" else ""
    return (
        f"channels: the model was trained on BGR; {own}a file has no field for it, and edge_app, MediaPipe and "
        "browsers give RGB: train on RGB (cv2.imread gives BGR), or swap the input channels of its first layer"
    )


def _scaling(scaling: Scaling, says: Says) -> str:
    line = _SCALING_LINE.get(scaling.key, scaling.name)
    if scaling.pixels != "normalized":
        where = {"card": "`mean` and `std` of its card", "metadata": "the NormalizationOptions of its metadata"}
        return f"pixels: the tensor wants {line}; " + (
            f"{where[says]} must be those of its input quantization" if says in where else "do so in your code"
        )
    numbers = f"mean {_list(scaling.mean)}, std {_list(scaling.std)}"
    return (
        f"pixels: the model wants {scaling.name}; "
        + {
            "card": f"set `mean` and `std` of its card to {numbers}",
            "metadata": f"set the NormalizationOptions of its TFLite metadata to {numbers}",
            "nothing": f"the file states no normalization: write TFLite metadata with {numbers}; in code: {line}",
            "code": f"in your code: {line}",
        }[says]
    )


def _resize(best: Feeding, says: Says) -> str:
    rule = "cut the largest centred square first" if best.resize == "center_crop" else "squash the whole picture"
    place = f"set `resize` of its card to {best.resize}" if says == "card" else f"in your code, {rule}"
    note = "; MediaPipe always squashes, so give it a region of interest" if best.resize == "center_crop" else ""
    return f"geometry: the model was trained on pictures where one would {rule}; {place}{note}"


def _order(order: LabelOrder, card: ModelCard, says: Says) -> str:
    where = {"card": "`labels` of its card", "metadata": "labels.txt of its metadata"}.get(says, "the list of labels")
    shown = (
        f": {', '.join(labels)}" if (labels := reordered(order, card.labels)) and len(labels) <= _MOST_LABELS else ""
    )
    doubt = "; or the folders of the photographs have each other's names"
    return f"labels: {where} must be {order.name}{shown}{doubt}"


def reordered(order: LabelOrder, labels: Sequence[str]) -> list[str]:
    """Return the labels as they should stand; none where not every one was photographed.

    Args:
        order: where the score of each class is, the classes in alphabetical order.
        labels: as the file says them.
    """
    if len(order.places) != len(labels):
        return []
    right = [""] * len(labels)
    for label, place in zip(sorted(labels), order.places, strict=True):
        right[place] = label
    return right


def _list(values: Sequence[float]) -> str:
    return ", ".join(f"{value:g}" for value in (values[:1] if len(set(values)) == 1 else values))
