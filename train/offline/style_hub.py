"""Style transfer by a network that was trained for any style: a TF Hub arbitrary-image-stylization module.

Called as magenta/arbitrary-image-stylization-v1-256 is (Ghiasi et al., BMVC 2017, arXiv:1705.06830):
`module(content, style)[0]`, all pictures (1, height, width, 3) float32 RGB within [0, 1], the style 256×256.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import tensorflow as tf

from edge_app.common.errors import DataError, ForeignCodeError, PhotographError, UsageError
from edge_app.model.card import Size
from edge_app.model.foreign_code.gate import refuse_foreign_code
from edge_app.model.preparation import resize_rgb
from edge_app.photographs.decoder import Image
from train.offline.style import StylePicture, shrink

_STYLE_SIDE = 256  # what such modules were trained with
_PROBE_HEIGHT, _PROBE_WIDTH = 64, 96
_SLACK = 16  # pixels by which a painting may be larger or smaller: strided layers round up
_SMALLEST_SIDE = 32  # pixels
_MAGENTA = "https://tfhub.dev/google/magenta/arbitrary-image-stylization-v1-256/2"


class HubStylist:
    """Paints with a module, in one pass; built once.

    Args:
        handle: of TF Hub, or a path of a SavedModel.
        side: longer side of the paintings, pixels; smaller photographs are not enlarged.

    Raises:
        DataError: the module is not to be had, or is none for styles.
        ForeignCodeError: it carries code, and the user has not said --trust.
        UsageError: an impossible size.
    """

    def __init__(self, handle: str, side: int = 384) -> None:
        if side < _SMALLEST_SIDE:
            raise UsageError(f"style transfer needs a size of at least {_SMALLEST_SIDE}, received {side}")
        self._handle, self._side = handle, side
        self._module = _load(handle)
        self._probe()

    @property
    def settings(self) -> Mapping[str, Any]:
        """What the manifest says."""
        return {"method": "hub", "side": self._side, "module": self._handle}

    def paint(self, content_bgr: Image, style: StylePicture, on_step: Callable[[str], None]) -> Image:
        """See `Stylist`."""
        on_step("painting")
        content_bgr = shrink(content_bgr, self._side)
        height, width = content_bgr.shape[:2]
        if min(height, width) < _SMALLEST_SIDE:
            raise PhotographError(f"{width}×{height} pixels are too few for a style, {_SMALLEST_SIDE} are needed")
        content_rgb = cv2.cvtColor(content_bgr, cv2.COLOR_BGR2RGB)
        style_rgb = resize_rgb(style.image_bgr, Size(_STYLE_SIDE, _STYLE_SIDE), "center_crop", "area")
        painted = self._call(_to_tensor(content_rgb), _to_tensor(style_rgb))
        painted_rgb = np.clip(np.rint(painted[0].numpy() * 255.0), 0, 255).astype(np.uint8)
        if painted_rgb.shape[:2] != (height, width):
            painted_rgb = cv2.resize(painted_rgb, (width, height), interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.cvtColor(painted_rgb, cv2.COLOR_RGB2BGR), np.uint8)

    def _call(self, content: Any, style: Any) -> Any:
        return self._module(content, style)[0]

    def _probe(self) -> None:
        """Call it once: what a module takes and gives is nowhere written in it."""
        try:
            painted = self._call(
                tf.zeros((1, _PROBE_HEIGHT, _PROBE_WIDTH, 3)), tf.zeros((1, _STYLE_SIDE, _STYLE_SIDE, 3))
            )
            batch, height, width, channels = painted.shape
        except Exception as error:  # whatever somebody else's graph does with arguments that it does not know
            raise DataError(_no_stylist(self._handle, _short(error))) from error
        off = max(abs(height - _PROBE_HEIGHT), abs(width - _PROBE_WIDTH))
        if (batch, channels) != (1, 3) or off > _SLACK or not painted.dtype.is_floating:
            received = (
                f"it returned {tuple(painted.shape)} {painted.dtype.name} for a {_PROBE_WIDTH}×{_PROBE_HEIGHT} one"
            )
            raise DataError(_no_stylist(self._handle, received))


def _load(handle: str) -> Any:
    if "://" not in handle and not (Path(handle) / "saved_model.pb").is_file():
        raise DataError(f"`{handle}` is no folder of a SavedModel; give a TF Hub handle like {_MAGENTA}, or its folder")
    import tensorflow_hub as hub

    try:
        refuse_foreign_code(Path(hub.resolve(handle)))
        return hub.load(handle)
    except ForeignCodeError:
        raise
    except Exception as error:  # downloads, archives and graphs fail in as many ways as there are of them
        raise DataError(f"`{handle}` cannot be loaded ({_short(error)}); check the handle, or go online") from error


def _no_stylist(handle: str, reason: str) -> str:
    return (
        f"`{handle}` paints no styles ({reason}): called with a content and a style picture it must return a list "
        f"with the painting; give a module like {_MAGENTA}"
    )


def _short(error: Exception) -> str:
    return (" ".join(str(error).split()) or type(error).__name__)[:160]


def _to_tensor(image_rgb: Image) -> Any:
    return tf.constant(image_rgb[np.newaxis] / 255.0, tf.float32)
