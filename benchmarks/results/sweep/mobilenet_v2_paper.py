"""MobileNetV2 on ImageNet as its authors published it, for their figure of accuracy against MACs.

The figure is figure 5 of M. Sandler et al., MobileNetV2, CVPR 2018 (arXiv:1801.04381); the numbers behind it are the
table of `research/slim/nets/mobilenet/README.md` in github.com/tensorflow/models.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PublishedNetwork:
    """A row of the table.

    Attributes:
        width: multiplier of the channels (alpha).
        input_px: width and height of the picture.
        top1: accuracy on ImageNet's validation photographs, 0..1.
        macs: multiply-accumulates per picture.
        parameters: with the head of 1,001 classes.
    """

    width: float
    input_px: int
    top1: float
    macs: float
    parameters: float


SOURCE = "tensorflow/models, research/slim/nets/mobilenet/README.md"

_ROWS = (
    (1.4, 224, 75.0, 582, 6.06),
    (1.0, 224, 71.8, 300, 3.47),
    (1.0, 192, 70.7, 221, 3.47),
    (1.0, 160, 68.8, 154, 3.47),
    (1.0, 128, 65.3, 99, 3.47),
    (1.0, 96, 60.3, 56, 3.47),
    (0.75, 224, 69.8, 209, 2.61),
    (0.75, 160, 66.4, 107, 2.61),
    (0.5, 224, 65.4, 97, 1.95),
    (0.5, 160, 61.0, 50, 1.95),
    (0.35, 224, 60.3, 59, 1.66),
    (0.35, 128, 50.8, 20, 1.66),
    (0.35, 96, 45.5, 11, 1.66),
)  # width, px, top-1 in %, MACs and parameters in millions; of the longer table those that our notes hold

PUBLISHED = tuple(
    PublishedNetwork(w, px, top1 / 100, macs * 1e6, millions * 1e6) for w, px, top1, macs, millions in _ROWS
)
"""In the order of the widths, the largest first."""
