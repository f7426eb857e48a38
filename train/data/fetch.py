"""From the name of an archive to a folder of photographs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from edge_app.common.atomic_files import atomic_folder
from edge_app.common.errors import DataError
from edge_app.common.outputs import held, refuse_existing
from edge_app.photographs.folders import PhotographFolder, find_photographs
from edge_app.photographs.zip_files import extract, plan_extraction, refuse_full_disk
from train.data.archives import Archive
from train.data.download import PATIENT, Patience, bytes_missing, download, state_file

NOTICE = "NOTICE.txt"


def fetch(
    archive: Archive, out: Path, overwrite: bool = False, keep: bool = False, patience: Patience = PATIENT
) -> PhotographFolder:
    """Download, check and unpack an archive.

    Args:
        archive: which one.
        out: the folder to make; it appears when it is complete.
        overwrite: whether an older folder may be replaced.
        keep: whether the archive stays beside the folder afterwards.
        patience: with the server.

    Returns:
        the photographs, in `out`.

    Raises:
        DataError: the server, its file or what is in it cannot be used.
        OutputError: `out` is taken, or the disk has no room.
    """
    refuse_existing(out, overwrite, NOTICE)
    path = download_place(out)
    missing = bytes_missing(archive, path)
    refuse_full_disk(out, missing + archive.size_bytes, "download and unpack")  # photographs are packed unshrunk
    download(archive, path, patience)
    plan = plan_extraction(path)
    refuse_full_disk(out, plan.unpacked_bytes, "unpack")
    with held(out), atomic_folder(out, overwrite, NOTICE) as temporary:
        extract(path, plan, temporary)
        refuse_unusable(temporary, out)
        (temporary / NOTICE).write_text(_notice(archive, plan.left_out), encoding="utf-8")
    if not keep:
        path.unlink()
        state_file(path).unlink(missing_ok=True)
    return find_photographs(out)


def download_place(out: Path) -> Path:
    """Return where the archive of a folder arrives, and waits to be gone on with: beside it."""
    return out.with_name(f"{out.name}.download.zip") if out.name else Path("fetched.download.zip")


def refuse_unusable(unpacked: Path, out: Path) -> None:
    """What cannot be trained on shall not take the place of what can.

    Args:
        unpacked: a temporary folder.
        out: the place that it is meant for, which the sentence names.

    Raises:
        DataError: no classes of photographs are found.
    """
    try:
        find_photographs(unpacked)
    except DataError as error:
        raise DataError(str(error).replace(str(unpacked), str(out))) from error


def _notice(archive: Archive, left_out: Sequence[str]) -> str:
    files = "\n".join(f"  {name}" for name in left_out) or "  none"
    return (
        f"{archive.terms}\n\nFetched {datetime.now(UTC):%Y-%m-%d} from {archive.url}\nSHA-256 {archive.sha256}\n\n"
        f"Files of the archive that are no pictures, and were left in it:\n{files}\n"
    )
