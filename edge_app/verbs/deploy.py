"""`fieldlens deploy`: models and a service on a board, over ssh."""

from __future__ import annotations

import argparse
from pathlib import Path

from edge_app.common.command_line import INTERRUPTED, HelpfulParser, advanced
from edge_app.verbs.board_options import WAIT_S, add_carry, add_ssh_config
from edge_app.verbs.default_model import default_model
from edge_app.verbs.live_options import number_within, port

SUMMARY = "bring models to a board over ssh, and run them there as a service"
DESCRIPTION = """Bring models to a board over ssh, and run them there as a service.

HOST is what `ssh` takes: pi@raspberrypi.local, or a name of your ~/.ssh/config. It must let you in without asking: log
in once by hand before. The board needs python3-venv and nothing else; its system, Python and cameras are looked at, and
the runtime that fits is installed into an environment of its own, from the board's package index or, with --carry,
from here.

The service is systemd's where the board has it, and starts with the board; else it runs until the board is switched
off. A second deploy sends and changes only what differs. If the new release gives no label, the one before runs again,
and the exit code is 1. All of it is in ~/.fieldlens and one unit, which --remove deletes.

Without a MODEL the starter is deployed, a small model for cats and dogs; with `--source demo` one for drawn pets."""

EXAMPLES = """examples:
  fieldlens app deploy pi@raspberrypi.local models/pets/pets-int8.tflite --web
  fieldlens app deploy pi@raspberrypi.local models/pets/pets-int8.tflite --source picamera --web 8000
  fieldlens app deploy pi@raspberrypi.local models/pets/pets-int8.tflite --carry     # a board without internet
  fieldlens app deploy pi@raspberrypi.local --list
  fieldlens app deploy pi@raspberrypi.local --remove"""


def add_arguments(parser: HelpfulParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument("host", metavar="HOST", help="the board, as `ssh` takes it")
    parser.add_argument("models", type=Path, nargs="*", metavar="MODEL", help=".tflite files (default: the starter)")
    source = "on the board: camera number or device, `picamera`, an address, or `demo`"
    parser.add_argument("--source", default="0", help=source)
    web = "serve a page with the live picture (port 8080, if none is given), for whoever has the printed address"
    parser.add_argument("--web", type=port, nargs="?", const=8080, metavar="PORT", help=web)
    add_carry(parser)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--list", action="store_true", help="say what is deployed there, and change nothing")
    what.add_argument("--remove", action="store_true", help="stop the service and delete all of it from the board")
    seconds = number_within(0.001, 3600.0, "a number of seconds")
    advanced(parser.add_argument("--wait", type=seconds, default=WAIT_S, metavar="S", help="for the first label"))
    add_ssh_config(parser)


def run(arguments: argparse.Namespace) -> int:
    """Deploy, list or remove."""
    try:
        return _run(arguments)
    except KeyboardInterrupt:  # the app's other verbs are meant to end that way
        from edge_app.common.notices import note

        note("interrupted: a step that the board has begun goes on there to its end; see --list")
        return INTERRUPTED


def _run(arguments: argparse.Namespace) -> int:
    from edge_app.common.notices import note
    from edge_app.model.metadata import read_metadata
    from edge_app.remote.connection import Connection
    from edge_app.remote.deploy import Service, deploy, listing, look

    with Connection(arguments.host, arguments.ssh_config) as connection:
        if arguments.list:
            board = look(connection)
            print("\n".join([str(board), *listing(board)]))
            return 0
        if arguments.remove:
            gone = connection.call("remove")
            print("\n".join(f"deleted {path}" for path in gone) or "nothing was deployed there")
            return 0
        models = tuple(arguments.models) or (default_model(arguments.source),)
        for model in models:
            read_metadata(model)  # a file that is no model is refused before anything is sent
        service = Service(models, ("--source", arguments.source), arguments.web)
        label, address = deploy(connection, service, arguments.carry, note, arguments.wait)
    print(f"label    {label}")
    print(f"watch    {address}" if address else f"look     fieldlens deploy {arguments.host} --list")
    return 0
