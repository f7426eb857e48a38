"""Conversion from Python and in notebooks: a run in, files for devices out (`from convert import to_tflite`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from convert.quantize.recipes import without_onnx
from convert.settings import ConversionSettings
from convert.verbs.run import convert_checked
from edge_app.common.errors import UsageError
from edge_app.common.notebook import html_paragraphs, html_table
from edge_app.common.python_faces import as_path, python_words

if TYPE_CHECKING:
    from convert.bundle.records import Bundle

_COLUMNS = (0, 1, 3, 4, 7, 10)  # of the report's table, those that fit a notebook


@dataclass(frozen=True)
class Conversion:
    """The files of a run, and how they compare with it.

    Attributes:
        bundle: all that was measured.
        head: names of the columns of `rows`.
        rows: one of the Keras model, then one per file.
        sentences: which file to use, and which were left out.
        recommended: the file to use; None: none agrees with the Keras model.
    """

    bundle: Bundle
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    sentences: tuple[str, ...]
    recommended: Path | None

    @property
    def files(self) -> tuple[Path, ...]:
        """Those that agree with the Keras model."""
        return tuple(self.bundle.folder / file.file for file in self.bundle.usable)

    def _repr_html_(self) -> str:
        return html_table(self.head, self.rows) + html_paragraphs(self.sentences)


@python_words()
def to_tflite(
    run: object,
    recipes: str | Sequence[str] | None = None,
    out: str | Path | None = None,
    *,
    photographs: str | Path | None = None,
    overwrite: bool = False,
) -> Conversion:
    """Convert a run and prove that the files agree with it, as `fieldlens convert` does.

    Args:
        run: a run folder, or what `train.fit` returned.
        recipes: names of recipes, with commas or as a list; None: the usual ones.
        out: folder of the files; None: `models/` and the name of the run.
        photographs: where the run's photographs are now; None: where they were.
        overwrite: whether older files may be replaced.

    Raises:
        UsageError: a recipe is unknown.
        FieldLensError: the run, its photographs or the output folder cannot be used.
    """
    folder = as_path(getattr(run, "folder", run), "run")
    place = Path("models") / folder.resolve().name if out is None else as_path(out, "out")
    chosen, onnx = without_onnx(_names(recipes))
    moved = None if photographs is None else as_path(photographs, "photographs")
    bundle = convert_checked(folder, place, ConversionSettings(recipes=chosen, onnx=onnx), moved, overwrite)
    from convert.bundle.recommendation import recommendation, recommended
    from convert.bundle.report import HEAD, table_rows

    best = recommended(bundle)
    return Conversion(
        bundle=bundle,
        head=tuple(HEAD[column] for column in _COLUMNS),
        rows=tuple(tuple(row[column] for column in _COLUMNS) for row in table_rows(bundle)),
        sentences=tuple(recommendation(bundle)),
        recommended=None if best is None else place / best.file,
    )


def _names(recipes: object) -> str | None:
    if recipes is None or isinstance(recipes, str):
        return recipes
    if isinstance(recipes, Sequence) and all(isinstance(name, str) for name in recipes):
        return ",".join(recipes)
    raise UsageError(f"`recipes` is text with commas or a list of names; received {recipes!r}")
