"""`augmented.html`: some photographs of each class beside what became of them."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from edge_app.common.report_page import ReportPage
from edge_app.photographs.augmented_manifest import AugmentedCopy
from edge_app.photographs.decoder import Image, read_photograph
from train.offline.operation import Operation

PAGE_NAME = "augmented.html"
"""Beside the photographs; no picture, so nobody takes it for one."""

_ROWS = 3  # photographs per class
_COLUMNS = 5  # copies per photograph
_CLASSES = 20  # on the page
_TILE = 160  # pixels
_GAP = 6  # pixels
_LISTED = 20  # skipped files named on the page
_WHITE = 255


def write_page(
    page: Path,
    root: Path,
    name: str,
    seed: int,
    labels: Mapping[str, str],
    copies: Sequence[AugmentedCopy],
    skipped: Sequence[str],
) -> None:
    """Write the page.

    Args:
        page: the file.
        root: the folder with originals and copies.
        name: to call the folder.
        seed: of the command.
        labels: by path of the original.
        copies: all of them, those of the same original one after the other.
        skipped: sentences about broken files.
    """
    report = ReportPage(f"{name}: {len(copies):,} augmented copies")
    report.paragraph(
        f"Made with seed {seed}. Left: the training photograph; right of it its copies. "
        "Look whether each still shows its class.",
        "note",
    )
    report.table(("operation", "copies"), _counts(copies))
    classes = sorted(set(labels.values()))
    for label in classes[:_CLASSES]:
        _add_class(report, root, label, [copy for copy in copies if labels[copy.origin] == label])
    if len(classes) > _CLASSES:
        report.paragraph(f"and {len(classes) - _CLASSES:,} more classes", "note")
    if skipped:
        report.heading(f"{len(skipped):,} broken files have no copies")
        for sentence in skipped[:_LISTED]:
            report.paragraph(sentence, "note")
        if len(skipped) > _LISTED:
            report.paragraph(f"and {len(skipped) - _LISTED:,} more", "note")
    page.write_text(report.html(), encoding="utf-8", errors="replace")


def contact_sheet(rows: Sequence[Sequence[Image]], tile: int = _TILE) -> Image:
    """Lay pictures out in a grid.

    Args:
        rows: (height, width, 3) uint8 BGR each.
        tile: longer side of the pictures in it, pixels.

    Returns:
        one picture; where there is none it is white.
    """
    small_rows = [[_fitted(image, tile) for image in row] for row in rows]
    heights = [max(small.shape[0] for small in row) + _GAP for row in small_rows]
    sheet = np.full((sum(heights), max(map(len, rows)) * (tile + _GAP), 3), _WHITE, np.uint8)
    for top, row in zip(np.cumsum([0, *heights]), small_rows, strict=False):
        for column, small in enumerate(row):
            left = column * (tile + _GAP)
            sheet[top : top + small.shape[0], left : left + small.shape[1]] = small
    return sheet


def _fitted(image: Image, side: int) -> Image:
    scale = side / max(image.shape[:2])
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    rule = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, size, interpolation=rule), np.uint8)


def _add_class(report: ReportPage, root: Path, label: str, copies: Sequence[AugmentedCopy]) -> None:
    groups = _of_one_origin(copies)
    if not groups:
        return
    report.heading(label)
    rows = [
        [read_photograph(root / path) for path in (group[0].origin, *(one.file for one in group))] for group in groups
    ]
    with tempfile.TemporaryDirectory() as folder:
        png = Path(folder) / "sheet.png"
        png.write_bytes(cv2.imencode(".png", contact_sheet(rows))[1].tobytes())
        report.picture(png, f"training photographs of {label} and their copies")
    for number, group in enumerate(groups, start=1):
        done = " · ".join(_caption(copy) for copy in group)
        report.paragraph(f"Row {number}, {group[0].origin}: {done}", "note")


def _of_one_origin(copies: Sequence[AugmentedCopy]) -> list[list[AugmentedCopy]]:
    groups: dict[str, list[AugmentedCopy]] = {}
    for copy in copies:
        if copy.origin in groups or len(groups) < _ROWS:
            groups.setdefault(copy.origin, []).append(copy)
    return [group[:_COLUMNS] for group in groups.values()]


def _caption(copy: AugmentedCopy) -> str:
    done = ", ".join(str(Operation.from_json(operation)) for operation in copy.operations)
    return f"({copy.copy}) {done or 'nothing'}"


def _counts(copies: Sequence[AugmentedCopy]) -> list[tuple[str, str]]:
    counts = Counter(operation["op"] for copy in copies for operation in copy.operations)
    return [(name, f"{count:,}") for name, count in counts.most_common()] or [("none", f"{len(copies):,}")]
