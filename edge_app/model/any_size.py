"""Networks that leave height and width open: the runtime allocates them for one pixel until they are given a size."""

from __future__ import annotations

from typing import Any


def takes_any_size(one: dict[str, Any]) -> bool:
    """Tell whether height or width of an input, of `get_input_details()`, are left open."""
    signature = [int(length) for length in one.get("shape_signature", ())]
    return len(signature) == 4 and -1 in signature[1:]


def resize_input(interpreter: Any, one: dict[str, Any], width: int, height: int) -> None:
    """Give a network that takes any size one, and allocate it.

    Args:
        interpreter: of the file.
        one: its only input, of `get_input_details()`.
        width: of the picture, pixels.
        height: of the picture, pixels.

    Raises:
        ValueError, RuntimeError: it does not take it.
    """
    signature = [int(length) for length in one["shape_signature"]]
    channels_first = signature[1] in (1, 3) and signature[3] == -1
    shape = [1, signature[1], height, width] if channels_first else [1, height, width, max(signature[3], 1)]
    interpreter.resize_tensor_input(int(one["index"]), shape)
    interpreter.allocate_tensors()
