"""`fieldlens train fetch`: an archive of photographs to a folder of them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from edge_app.common.command_line import HelpfulParser, advanced
from edge_app.common.errors import UsageError
from train.data.archives import ARCHIVES, choose_archive

if TYPE_CHECKING:
    from edge_app.photographs.folders import PhotographFolder

_MICROSOFT, _KAGGLE = "microsoft", "kaggle"

SUMMARY = "download a data set"
DESCRIPTION = f"""Download an archive of photographs, check it and unpack it.

Known archives: {", ".join(ARCHIVES)} (Kaggle's 25,000 cats and dogs, 0.8 GB from Microsoft; 1.7 GB of disk while it is
unpacked). The download goes to DIR.download.zip and stays there if the connection breaks or you press Ctrl-C: the same
command continues where it stopped. An archive that you put there yourself is used as it is. DIR appears once everything
is downloaded, has the right size and SHA-256, and is unpacked: a folder per class, and NOTICE.txt with the terms of
use. Corrupt photographs are left in place; `fieldlens train screen DIR` lists them.

With --from kaggle, Kaggle's own command (`pip install kaggle`, with your token) downloads the competition dogs-vs-cats
or dogs-vs-cats-redux, whose rules you accept on its page. DIR then has Kaggle's layout: train/ with the labelled
photographs, test1/ or test/ for `fieldlens train submit`, and the sample submission that it checks against."""

EXAMPLES = """examples:
  fieldlens train fetch dogs-vs-cats photos/pets
  fieldlens train fetch dogs-vs-cats-redux photos/redux --from kaggle
  fieldlens train fetch leaves photos/leaves --url https://example.org/leaves.zip --sha256 9f86d0…"""


def add_arguments(parser: HelpfulParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument("name", metavar="NAME", help=f"{', '.join(ARCHIVES)}, or any name for an archive of your own")
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder to create")
    parser.add_argument(
        "--from",
        dest="origin",
        choices=(_MICROSOFT, _KAGGLE),
        default=_MICROSOFT,
        help="who sends dogs-vs-cats: Microsoft, without an account, or Kaggle, with yours",
    )
    parser.add_argument("--url", metavar="URL", help="a mirror of the same archive, or with --sha256 another ZIP file")
    parser.add_argument("--sha256", metavar="HASH", help="of another ZIP file, as `sha256sum` prints it")
    size = parser.add_argument(
        "--size-bytes", dest="size", type=int, metavar="N", help="of another ZIP file (default: as the server says)"
    )
    advanced(size)
    parser.say_moved(size="--size-bytes")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing DIR")
    parser.add_argument("--keep", action="store_true", help="keep what was downloaded, beside DIR, after unpacking")


def run(arguments: argparse.Namespace) -> int:
    """Fetch, and print what has come."""
    from train.data.fetch import NOTICE

    print(_fetched(arguments))
    print(f"terms   {arguments.folder / NOTICE}\nnext    fieldlens train screen {arguments.folder}")
    return 0


def _fetched(arguments: argparse.Namespace) -> PhotographFolder:
    described = [arguments.url, arguments.sha256, arguments.size]
    if arguments.origin == _KAGGLE:
        if any(one is not None for one in described):
            raise UsageError(
                "--url, --sha256 and --size-bytes describe a server, and --from kaggle needs none; drop them"
            )
        from train.data.kaggle import fetch_from_kaggle

        return fetch_from_kaggle(arguments.name, arguments.folder, arguments.overwrite, arguments.keep)
    archive = choose_archive(arguments.name, *described)
    from train.data.fetch import fetch

    return fetch(archive, arguments.folder, arguments.overwrite, arguments.keep)
