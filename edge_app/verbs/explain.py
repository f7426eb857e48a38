"""`fieldlens explain`: which parts of a picture a model's answer hangs on."""

from __future__ import annotations

import argparse
from pathlib import Path

from edge_app.common.command_line import INTERRUPTED, HelpfulParser, advanced
from edge_app.verbs.input_options import add_input_options, stated_input

SUMMARY = "show which parts of a picture a model's answer hangs on"
DESCRIPTION = """Show which parts of a picture a model's answer hangs on, as heat on the picture.

A square of 2/7 of each side, in the mean colour of the picture, covers one place after the other, 7×7 of them; the map
shows how much the log-odds of the best label fall. Log-odds, ln(score / scores of all other labels), because a score
near 100 % hardly moves. The largest drop is always told as a number, and a map without one is called what it is:
nothing matters. A map does not show what the network sees in a place, nor what places do together.

Works with any .tflite classifier and needs its scores only. Without a MODEL the starter is explained. Makes a folder
with NAME.explained.jpg for each picture, and explained.json with the maps as numbers."""

EXAMPLES = """examples:
  fieldlens app explain models/pets/pets-int8.tflite cat.jpg
  fieldlens app explain models/pets/pets-int8.tflite field/neither --out why
  fieldlens app explain cat.jpg dog.jpg"""


def add_arguments(parser: HelpfulParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument("model", nargs="?", metavar="MODEL", help="a .tflite file (default: the starter)")
    parser.add_argument(
        "pictures", nargs="+", metavar="PICTURE", help="picture files, folders of them or quoted glob patterns"
    )
    parser.add_argument("--out", type=Path, default=Path("explained"), metavar="DIR", help="folder to make")
    parser.add_argument("--overwrite", action="store_true", help="replace existing results")
    parser.add_argument("--labels", type=Path, metavar="FILE", help="one label per line, instead of the file's own")
    add_input_options(parser)
    advanced(
        parser.add_argument("--threads", type=int, metavar="N", help="CPU threads (default: measured once per model)")
    )


def run(arguments: argparse.Namespace) -> int:
    """Explain; print a line per picture."""
    from edge_app.common.opencv_wheel import check_one_cv2_wheel

    check_one_cv2_wheel()
    from edge_app.common.errors import UsageError
    from edge_app.common.notices import escape_control_lines, note
    from edge_app.explain import ExplainSettings, explain_pictures

    if arguments.threads is not None and arguments.threads < 1:
        raise UsageError(f"--threads must be at least 1, received {arguments.threads}")
    stated = stated_input(vars(arguments))
    model, pictures = _model_and_pictures(arguments.model, arguments.pictures)
    settings = ExplainSettings(
        model, pictures, arguments.out, arguments.labels, arguments.threads, stated, arguments.overwrite
    )
    try:
        for line in explain_pictures(settings):
            print(escape_control_lines(line), flush=True)
    except KeyboardInterrupt:
        note("interrupted: nothing was written")
        return INTERRUPTED
    return 0


def _model_and_pictures(first: str | None, pictures: list[str]) -> tuple[Path, list[str]]:
    """Tell a model from a picture by its name; whoever gives no model learns which one it is."""
    from edge_app.common.errors import UsageError
    from edge_app.model.starter import introduce

    if first is not None and not _is_picture(first):
        return Path(first), pictures
    if first is None and not _is_picture(pictures[0]) and Path(pictures[0]).is_file():
        raise UsageError(f"no picture to explain with `{pictures[0]}`; add a picture or a folder of them")
    return introduce(), [*([] if first is None else [first]), *pictures]


def _is_picture(text: str) -> bool:
    from edge_app.photographs.decoder import is_image_name

    return is_image_name(Path(text)) or Path(text).is_dir()
