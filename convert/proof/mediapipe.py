"""Which of our files MediaPipe Tasks `ImageClassifier` runs: facts for the report, held true by `tests/peers`.

Found with mediapipe 1.2: it looks at the types of the two tensors, not at what is between them. Float input needs the
normalization that our metadata states. A quantized network with *float* input agrees exactly only if the card's mean is
the zero point of the input's quantization (127 or 128, not 127.5): with 127.5 every byte falls between two integers,
and the last bit of a float, which differs between runtimes, decides to which it is rounded.
"""

from __future__ import annotations

from edge_app.model.card import ResizeRule

INPUT_DTYPES = ("uint8", "float32")
"""Input types that MediaPipe takes."""

OUTPUT_DTYPES = ("uint8", "float32")
"""Output types that MediaPipe takes."""


def why_refused(input_dtype: str, output_dtype: str) -> str | None:
    """Return why MediaPipe refuses a file, or None: it runs it.

    Args:
        input_dtype: of the input tensor, as numpy names it.
        output_dtype: of the output tensor.
    """
    for what, found, taken in (("input", input_dtype, INPUT_DTYPES), ("output", output_dtype, OUTPUT_DTYPES)):
        if found not in taken:
            return f"it takes {' or '.join(taken)} {what}, and this file has {found}"
    return None


def mediapipe_sentence(input_dtype: str, output_dtype: str, resize: ResizeRule = "squash") -> str:
    """Say what MediaPipe makes of a file: `accepted`, or `refused:` and why.

    Args:
        input_dtype: see `why_refused`.
        output_dtype: see `why_refused`.
        resize: of the card; MediaPipe always squashes the whole frame, unless the app gives it a region of interest.
    """
    reason = why_refused(input_dtype, output_dtype)
    if reason is not None:
        return f"refused: {reason}"
    return "accepted" if resize == "squash" else f"accepted, but it squashes where the card says {resize}"
