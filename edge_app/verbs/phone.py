"""`fieldlens phone`: the browser page on a phone in the same network."""

from __future__ import annotations

import argparse
from pathlib import Path

from edge_app.common.command_line import HelpfulParser
from edge_app.verbs.live_options import number_within, port

SUMMARY = "serve the browser page to a phone in the same network, with a QR code"
DESCRIPTION = """Serve the page of `fieldlens convert web` by https, so that a phone's browser may use its camera.

Without --lan only this machine can open it. With --lan the phone does: scan the QR code that the terminal shows (with
the `phone` extra), or type the address. The page computes on the phone; no photograph leaves it.

The browser warns, because nobody but this machine has signed the certificate, which is made anew at each start and is
good for this address only. On Android (Chrome): Advanced, then Proceed. On an iPhone (Safari): Show Details, then visit
this website. The fingerprint that is printed is the certificate's; go on only if you trust the network, or compare it.

It ends by itself when nobody has asked for anything for some time, or with Ctrl-C. A page that is open works on."""

EXAMPLES = """examples:
  fieldlens convert web models/pets       # once: makes models/pets/web
  fieldlens app phone models/pets --lan
  fieldlens app phone models/pets --address 192.168.1.20 --port 9000"""

DEFAULT_PORT = 8443


def add_arguments(parser: HelpfulParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument("folder", type=Path, metavar="MODELS", help="folder made by `fieldlens convert`, or its `web`")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--lan", action="store_true", help="listen on this machine's address in the network")
    where.add_argument("--address", default="127.0.0.1", metavar="IP", help="another address of this machine")
    parser.add_argument("--port", type=port, default=DEFAULT_PORT, metavar="N", help="of the page; 0: any free one")
    minutes = number_within(0.001, 10_000.0, "a number of minutes")
    parser.add_argument(
        "--idle-minutes",
        type=minutes,
        default=10.0,
        metavar="M",
        help="end after so long without a request",
    )


def run(arguments: argparse.Namespace) -> int:
    """Serve until nobody asks any more."""
    import asyncio
    import tempfile

    from edge_app.common.notices import note
    from edge_app.web.address import lan_address, page_url, refuse_no_address, require_aiohttp, token_for
    from edge_app.web.certificate import self_signed
    from edge_app.web.link import ServerSettings

    folder = find_bundle(arguments.folder)
    require_aiohttp("the page")
    address = lan_address() if arguments.lan else refuse_no_address(arguments.address)
    # a phone that is far from its access point takes its time with 10 MB
    settings = ServerSettings(address, arguments.port, token_for(address), answer_s=300.0)
    with tempfile.TemporaryDirectory(prefix="fieldlens-phone-") as secret:
        certificate = self_signed(address, Path(secret))
        from edge_app.web.bundle_server import serve_bundle

        def ready(chosen_port: int) -> None:
            _introduce(page_url(address, chosen_port, settings.token, "https"), certificate.fingerprint)

        idle_s = 60.0 * arguments.idle_minutes
        asyncio.run(serve_bundle(folder, settings, certificate.context(), idle_s, ready))
    note(f"stopped: nobody has asked for anything for {arguments.idle_minutes:g} minutes; a page that is open works on")
    return 0


def find_bundle(folder: Path) -> Path:
    """Return the bundle in a folder of models, or the folder itself.

    Raises:
        DataError: there is none.
    """
    from edge_app.common.errors import DataError
    from edge_app.web.content import BUNDLE_FILE

    for place in (folder, folder / "web"):
        if (place / BUNDLE_FILE).is_file() and (place / "index.html").is_file():
            return place
    what = "holds no page for browsers" if folder.is_dir() else "is no folder"
    raise DataError(f"`{folder}` {what}; make one: fieldlens convert web MODELS, such as models/pets")


def _introduce(url: str, fingerprint: str) -> None:
    import sys
    from contextlib import suppress
    from importlib.util import find_spec

    from edge_app.common.installing import how_to_install
    from edge_app.common.notices import note

    note(f"open {url}")
    if find_spec("segno") is not None:
        import segno

        with suppress(UnicodeEncodeError):  # a terminal without block characters
            segno.make(url, error="l").terminal(compact=True)
            sys.stdout.flush()
    else:
        note(f"for a QR code of it: {how_to_install('phone')}")
    note(
        "the browser will warn: nobody but this machine has signed the certificate (SHA-256 "
        f"{fingerprint}); Android: Advanced, Proceed; iPhone: Show Details, visit this website"
    )
