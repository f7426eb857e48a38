"""The arithmetic of colours that training and augmented folders share; imports neither TensorFlow nor OpenCV."""

from __future__ import annotations

import numpy as np

LUMINANCE = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in the luminance: ITU-R BT.601, as in JPEG and in OpenCV's YCrCb."""

TO_YIQ = np.array([LUMINANCE, (0.595716, -0.274453, -0.321263), (0.211456, -0.522591, 0.311135)])
"""(3, 3) float64 on (red, green, blue): luminance and two axes of colour at right angles to it (NTSC, FCC 1953).

Hue is the angle between the axes; turning it there keeps the luminance, which a turn in HSV would not.
"""

FROM_YIQ = np.linalg.inv(TO_YIQ)
"""(3, 3) float64, back to (red, green, blue)."""
