"""`fieldlens review`: look through what was collected, the most doubtful first."""

from __future__ import annotations

import argparse
import getpass
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from edge_app.common.command_line import HelpfulParser, advanced
from edge_app.verbs.input_options import add_input_options, stated_input
from edge_app.verbs.live_options import port

if TYPE_CHECKING:
    from edge_app.model.classifier import Classifier
    from edge_app.teaching.review.desk import Desk
    from edge_app.web.link import ServerSettings

SUMMARY = "look through what was collected, the most doubtful first"
DESCRIPTION = """Look through the frames of `fieldlens teach` or `--collect` on a local page, the most doubtful first.

Every frame lies in the folder of its class; one key says whether that is right. Frames come in the order of doubt (by
how much the model prefers their label to any other one), each with those that look like it, and with what the model
says of it: the scores that `--collect` wrote down, or those of --model; of neither the starter, where it knows a class.

  Enter   right: it stays where it is
  1 to 9  it is of another class
  n       it is neither of them
  d       delete it
  Shift   with one of these: the whole group of those that look like it
  u       undo
  arrows  look at other frames without deciding
  e       why the model says so: an occlusion map, where there is a model
  a       apply

Nothing is moved until it is applied, after a question that says how many. Frames are renamed, never written anew, so
that they keep their session; none ever takes the name of another. Deleted ones go to DIR/.deleted, and --restore brings
them back; --undo takes back what was applied last, then what was applied before. Who said what, and when, is in
DIR/reviewed.jsonl, line by line: stop and go on when you like.

The page listens on this machine alone and opens with the token in its address only."""

EXAMPLES = """examples:
  fieldlens app review photos/field
  fieldlens app review photos/desk --model desk.tflite
  fieldlens app review photos/field --undo
  fieldlens app review photos/field --restore
  fieldlens bench compare old.tflite new.tflite --photos photos/field   # after training: is the new model better?"""

DEFAULT_PORT = 8090


def add_arguments(parser: HelpfulParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="frames, a folder per class")
    model = "the present model: a .tflite file (default: models/NAME OF DIR.tflite if taught; or see above)"
    parser.add_argument("--model", type=Path, metavar="MODEL", help=model)
    parser.add_argument("--all", action="store_true", dest="everything", help="also frames that were checked before")
    parser.add_argument("--restore", action="store_true", help="bring back what was deleted, and end")
    parser.add_argument("--undo", action="store_true", help="take back what was applied last, and end")
    parser.add_argument("--by", metavar="NAME", help="who is at the keyboard (default: your user name)")
    parser.add_argument("--port", type=port, default=DEFAULT_PORT, metavar="N", help="of the page; 0: any free one")
    address = "to listen on, such as 0.0.0.0 for all of this machine's"
    parser.add_argument("--address", default="127.0.0.1", metavar="IP", help=address)
    labels = "one label per line, instead of the model's own"
    advanced(parser.add_argument("--labels", type=Path, metavar="FILE", help=labels))
    add_input_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Show the page until Ctrl-C, or restore."""
    from edge_app.common.errors import UsageError
    from edge_app.common.opencv_wheel import check_one_cv2_wheel
    from edge_app.common.outputs import held
    from edge_app.teaching.review.desk import Desk
    from edge_app.teaching.review.frames import find_frames
    from edge_app.teaching.review.log import LOG_NAME
    from edge_app.web.address import require_aiohttp, token_for
    from edge_app.web.link import ServerSettings

    check_one_cv2_wheel()
    if arguments.restore and arguments.undo:
        raise UsageError("--restore and --undo bring back different frames; give one of them")
    ends_at_once = arguments.restore or arguments.undo
    if not ends_at_once:
        require_aiohttp("the page")
    settings = ServerSettings(arguments.address, arguments.port, token_for(arguments.address, always=True))
    find_frames(arguments.folder)  # says what is wrong before the model is tried
    by = arguments.by or _user()
    with held(arguments.folder / LOG_NAME):
        if ends_at_once:
            with closing(Desk(arguments.folder, by)) as desk:
                print("\n".join(_taken_back(desk) if arguments.undo else _restored(desk)))
            return 0
        with closing(Desk(arguments.folder, by, _model(arguments), arguments.everything)) as desk:
            _show(desk, settings)
    return 0


def _restored(desk: Desk) -> list[str]:
    return [f"{desk.restore():,} frames are back in the folders of their classes"]


def _taken_back(desk: Desk) -> list[str]:
    done = desk.take_back(desk.version)
    return [f"{done['back']:,} frames are back where they were before the last apply", *done["stay"]]


def _show(desk: Desk, settings: ServerSettings) -> None:
    from edge_app.common.notices import note
    from edge_app.teaching.better import Better, file_before
    from edge_app.teaching.review.log import LOG_NAME
    from edge_app.teaching.review.server import serve

    for sentence in desk.sentences():
        note(sentence)
    taught = taught_model(desk.root)
    if taught is not None and (before := file_before(taught)).exists():
        note(f"is {taught} better than {before}? {Better(None, before, taught).command}")
    try:
        serve(desk, settings)
    finally:
        waiting = desk.state()
        if waiting["decided"]:
            note(f"{waiting['decided']:,} decisions wait in {desk.root / LOG_NAME} to be applied")


def _model(arguments: argparse.Namespace) -> Classifier | None:
    from edge_app.common.notices import note
    from edge_app.live.watchdog import watch
    from edge_app.model.classifier import Classifier
    from edge_app.model.labels import read_labels_file
    from edge_app.model.starter import STARTER
    from edge_app.teaching.review.frames import find_frames, label_of_folder, read_collected

    labels = None if arguments.labels is None else read_labels_file(arguments.labels)
    stated = stated_input(vars(arguments))
    if arguments.model is not None:
        return watch(Classifier(arguments.model, labels=labels, stated=stated))
    taught = taught_model(arguments.folder)
    if taught is not None:
        note(f"the present model is {taught}, which learned from these frames, so it doubts them less than new ones")
        return watch(Classifier(taught))
    if read_collected(arguments.folder).scores:
        return None
    starter = Classifier(STARTER)
    if any(label_of_folder(folder, starter.card.labels) for folder in find_frames(arguments.folder).folders):
        return watch(starter)
    note("no model knows these classes, so there is no order of doubt; name one with --model FILE")
    return None


def taught_model(folder: Path) -> Path | None:
    """Return the model that `fieldlens teach` made of a folder; None: none is where it puts them."""
    from edge_app.common.errors import FieldLensError
    from edge_app.model.card import read_own_card
    from edge_app.teaching.learning import TAUGHT_ON

    path = Path("models") / f"{folder.resolve().name}.tflite"
    with suppress(FieldLensError):
        return path if read_own_card(path).trained_on.startswith(TAUGHT_ON) else None
    return None


def _user() -> str:
    with suppress(OSError, KeyError, ImportError):  # a container may run a user without a name
        return getpass.getuser()
    return "somebody"
