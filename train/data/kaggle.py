"""The competition's own files, through the user's Kaggle command line: her account, her token, Kaggle's rules.

A competition is one ZIP file that holds further ZIP files: `train.zip` with `cat.0.jpg`, `dog.0.jpg`, …, the unlabelled
`test1.zip` or `test.zip` with `1.jpg`, `2.jpg`, …, and a sample submission. They become one folder, laid out as Kaggle
lays it out, which `fieldlens train` reads as it is.
"""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from edge_app.common.atomic_files import atomic_folder
from edge_app.common.errors import DataError, MissingDependencyError, UsageError
from edge_app.common.outputs import held, refuse_existing
from edge_app.photographs.folders import PhotographFolder, find_photographs
from edge_app.photographs.zip_files import damage_told, extract, plan_extraction, refuse_full_disk, refuse_harm
from train.data.fetch import NOTICE, refuse_unusable

COMPETITIONS = {"dogs-vs-cats": "dogs-vs-cats", "dogs-vs-cats-redux": "dogs-vs-cats-redux-kernels-edition"}
"""Names on the command line, and what Kaggle calls the competitions."""

SAMPLES = ("sampleSubmission.csv", "sample_submission.csv")
"""What Kaggle calls its sample submission: 2013's edition, and Redux."""

_PARTS = ("train.zip", "test.zip", "test1.zip")
_LARGEST_SAMPLE_BYTES = 10_000_000
_NEEDED_BYTES = 1_700_000_000  # 0.8 GB, and as much again inside it: photographs are packed unshrunk


@dataclass(frozen=True)
class _Parts:
    """What a competition's ZIP file holds: names of its archives and of its samples, and of the files left in it."""

    archives: tuple[str, ...]
    samples: tuple[str, ...]
    left_out: tuple[str, ...]


def fetch_from_kaggle(name: str, out: Path, overwrite: bool = False, keep: bool = False) -> PhotographFolder:
    """Download a competition with the `kaggle` command, and unpack it.

    Args:
        name: one of `COMPETITIONS`.
        out: the folder to make; it appears when it is complete.
        overwrite: whether an older folder may be replaced.
        keep: whether Kaggle's ZIP file stays beside the folder afterwards.

    Returns:
        the labelled photographs, in `out/train`; the tests and the sample submission lie beside them.

    Raises:
        UsageError: the competition is not known.
        MissingDependencyError: the command is not installed.
        DataError: Kaggle refuses, or what it sends cannot be used.
        OutputError: `out` is taken, or the disk has no room.
    """
    competition = COMPETITIONS.get(name)
    if competition is None:
        raise UsageError(f"--from kaggle knows {' and '.join(COMPETITIONS)}, received `{name}`; choose one of them")
    refuse_existing(out, overwrite, NOTICE)
    program = _kaggle_command()
    downloads = out.with_name(f"{out.name}.kaggle")
    packed = downloads / f"{competition}.zip"
    if not packed.is_file():
        refuse_full_disk(out, _NEEDED_BYTES, "download and unpack")
        _download(program, competition, downloads)
    if not packed.is_file():
        raise DataError(f"`kaggle` brought no {packed.name} into `{downloads}`; see what it says above")
    with held(out), atomic_folder(out, overwrite, NOTICE) as temporary:
        left_out = _unpack(packed, temporary)
        refuse_unusable(temporary, out)
        (temporary / NOTICE).write_text(_notice(competition, left_out), encoding="utf-8")
    if not keep:
        shutil.rmtree(downloads)
    return find_photographs(out)


def _kaggle_command() -> str:
    program = shutil.which("kaggle")
    if program is None:
        raise MissingDependencyError(
            "--from kaggle needs Kaggle's own command line, which is not installed; install it with: "
            "pip install kaggle, and put your token where its page says; without --from, dogs-vs-cats is Microsoft's"
        )
    return program


def _download(program: str, competition: str, downloads: Path) -> None:
    """Let Kaggle's command download; its progress and its complaints go to the terminal as they are."""
    downloads.mkdir(parents=True, exist_ok=True)
    command = [program, "competitions", "download", "-c", competition, "-p", str(downloads)]
    code = subprocess.run(command, check=False).returncode
    if code != 0:
        raise DataError(
            f"`kaggle competitions download -c {competition}` failed with exit code {code}, and says why above; "
            f"Kaggle wants a token, and its rules accepted at https://www.kaggle.com/c/{competition}/rules"
        )


def _unpack(packed: Path, folder: Path) -> tuple[str, ...]:
    """Unpack a competition: every archive in it into a folder of its own name; return what was left in it."""
    parts = _parts_of(packed)
    if not parts.archives:  # newer downloads hold the pictures themselves
        plan = plan_extraction(packed)
        refuse_full_disk(folder, plan.unpacked_bytes, "unpack")
        extract(packed, plan, folder)
    for name in parts.archives:
        inner = folder / Path(name).name
        _take_out(packed, name, inner)
        plan = plan_extraction(inner)
        refuse_full_disk(folder, plan.unpacked_bytes, "unpack")
        place = folder / inner.stem
        place.mkdir()
        extract(inner, plan, place)
        inner.unlink()
    for name in parts.samples:
        _take_out(packed, name, folder / Path(name).name)
    return parts.left_out


def _parts_of(packed: Path) -> _Parts:
    with damage_told(packed), zipfile.ZipFile(packed) as archive:
        infos = [info for info in archive.infolist() if not info.is_dir()]
    for info in infos:
        refuse_harm(packed, info)
    samples = [info for info in infos if Path(info.filename).name in SAMPLES]
    large = next((info for info in samples if info.file_size > _LARGEST_SAMPLE_BYTES), None)
    if large is not None:
        raise DataError(
            f"`{packed}` holds {large.filename!r} of {large.file_size:,} bytes, as no sample has; delete it"
        )
    archives = [info.filename for info in infos if Path(info.filename).name in _PARTS]
    kept = [*archives, *(info.filename for info in samples)]
    if len({Path(name).name for name in kept}) < len(kept):
        raise DataError(f"`{packed}` holds a file of one name twice ({', '.join(kept)}); delete it and fetch it again")
    others = tuple(info.filename for info in infos if info.filename not in kept)
    return _Parts(tuple(archives), tuple(info.filename for info in samples), others if archives else ())


def _take_out(packed: Path, name: str, place: Path) -> None:
    """Copy one file out of an archive.

    Raises:
        DataError: it is damaged.
    """
    with (
        damage_told(packed),
        zipfile.ZipFile(packed) as archive,
        archive.open(name) as source,
        place.open("xb") as file,
    ):
        shutil.copyfileobj(source, file)


def _notice(competition: str, left_out: Sequence[str]) -> str:
    files = "\n".join(f"  {name}" for name in left_out) or "  none"
    return (
        f"Photographs of the competition https://www.kaggle.com/c/{competition}; its rules say what may be done with "
        f"them.\n\nFetched {datetime.now(UTC):%Y-%m-%d} with Kaggle's command line.\n\n"
        f"Files of the archive that were left in it:\n{files}\n"
    )
