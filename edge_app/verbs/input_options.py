"""Options that say what the input of a `.tflite` file of others is, where the file itself does not."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING, Any

from edge_app.common.command_line import advanced

if TYPE_CHECKING:
    from edge_app.model.card_reading import StatedInput


def add_input_options(parser: argparse.ArgumentParser) -> None:
    """Add them, in a group of their own."""
    group = advanced(
        parser.add_argument_group("a file that FieldLens did not make, where it says nothing or something wrong")
    )
    group.add_argument(
        "--input",
        choices=("bytes", "unit", "symmetric"),
        help="what a pixel is to the network: 0 to 255, 0 to 1 or -1 to 1 (default: found out, and said)",
    )
    group.add_argument(
        "--mean",
        type=_numbers,
        metavar="R,G,B",
        help="taken off every pixel of 0..255, with --std; one number or three",
    )
    group.add_argument("--std", type=_numbers, metavar="R,G,B", help="what remains is divided by it")
    group.add_argument(
        "--bgr",
        action="store_true",
        help="blue comes first, as in Keras' ResNet50 and VGG16: --bgr --mean 123.68,116.779,103.939 --std 1",
    )
    group.add_argument(
        "--input-size", type=_size, metavar="N", help="width and height of the picture, for a network that takes any"
    )


def stated_input(arguments: dict[str, Any]) -> StatedInput:
    """Take the options out of parsed arguments.

    Raises:
        UsageError: they do not fit together.
    """
    from edge_app.common.errors import UsageError
    from edge_app.model.card import Size
    from edge_app.model.card_reading import StatedInput

    values, mean, std = (arguments.pop(name) for name in ("input", "mean", "std"))
    side = arguments.pop("input_size")
    if bool(mean) != bool(std):
        raise UsageError("--mean and --std belong together; give both, or --input")
    if values and mean:
        raise UsageError("--input and --mean say the same thing; leave one of them out")
    size = None if side is None else Size(*side)
    return StatedInput(values, mean or (), std or (), size, blue_first=arguments.pop("bgr"))


def _numbers(text: str) -> tuple[float, ...]:
    try:
        numbers = tuple(float(number) for number in text.split(","))
    except ValueError:
        numbers = ()
    if len(numbers) not in (1, 3) or not all(abs(number) < 1e6 for number in numbers):
        raise argparse.ArgumentTypeError(f"one number or three with commas are needed, received `{text}`")
    return numbers


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,4})(?:[x×](\d{1,4}))?", text)
    if match is None or min(int(match[1]), int(match[2] or match[1])) < 1:
        raise argparse.ArgumentTypeError(f"a number of pixels like 224, or 320x240, is needed, received `{text}`")
    return int(match[1]), int(match[2] or match[1])
