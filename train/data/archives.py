"""The archives of photographs that can be fetched by name, and what may be done with them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from edge_app.common.errors import UsageError

_SHA256_DIGITS = 64


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:  # a port that is no number
        return False


@dataclass(frozen=True)
class Archive:
    """A ZIP file of photographs on a server.

    Attributes:
        name: on the command line.
        url: http or https.
        sha256: of the whole file, hexadecimal.
        size_bytes: of the whole file; 0: what the server says.
        terms: who made the photographs, and under which terms they may be used.
    """

    name: str
    url: str
    sha256: str
    size_bytes: int
    terms: str

    def __post_init__(self) -> None:
        if not _is_web_address(self.url):
            raise UsageError(f"an archive comes from an http or https address, received `{self.url}`; check it")
        if len(self.sha256) != _SHA256_DIGITS or set(self.sha256) - set("0123456789abcdef"):
            raise UsageError(
                f"a SHA-256 is 64 hexadecimal digits, received `{self.sha256}`; `sha256sum FILE` prints it"
            )


DOGS_VS_CATS = Archive(
    name="dogs-vs-cats",
    url="https://download.microsoft.com/download/3/E/1/3E1C3F21-ECDB-4869-8368-6DEBA77B919F/kagglecatsanddogs_5340.zip",
    sha256="b7974bd00a84a99921f36ee4403f089853777b5ae8d151c76a86e64900334af9",
    size_bytes=824_887_076,
    terms=(
        "Kaggle's Dogs-vs-Cats photographs: 25,000 of the Asirra set, which Petfinder.com gave to Microsoft Research "
        "(J. Elson, J. Douceur, J. Howell, J. Saul: Asirra: a CAPTCHA that exploits interest-aligned manual image "
        "categorization, CCS 2007). Published by Microsoft, https://www.microsoft.com/en-us/download/details.aspx?id="
        "54765; the terms are in the documents that the archive carries beside the photographs (named below). "
        "FieldLens gives no rights in them. Some files are known to be corrupt: `fieldlens train screen` lists them."
    ),
)
"""The official archive of the course's data set: 12,500 files in `Cat/`, 12,500 in `Dog/`.

Hash: gomlx/gomlx, examples/dogsvscats/dogsvscats.go, whose program checks its downloads against it. Size: logs of wget
in public notebooks of 2023 and 2024. Neither was checked against the server here: this machine cannot reach it.
"""

ARCHIVES = {archive.name: archive for archive in (DOGS_VS_CATS,)}
"""All archives by name."""


def choose_archive(name: str, url: str | None, sha256: str | None, size_bytes: int | None) -> Archive:
    """Return a known archive, a mirror of it, or one that the user describes.

    Args:
        name: of a known archive; any other word if `url` and `sha256` are given.
        url: instead of the known one. Without `sha256` it is a mirror and must give the same bytes.
        sha256: of another archive.
        size_bytes: of another archive; None: what the server says.

    Raises:
        UsageError: it is not known and not described, or the description cannot be meant.
    """
    if size_bytes is not None and size_bytes < 1:
        raise UsageError(f"--size-bytes is at least 1 byte, received {size_bytes}; leave it out if you do not know it")
    known = ARCHIVES.get(name)
    if sha256 is not None:
        if url is None and known is None:
            raise UsageError(f"`{name}` needs an address beside its hash; add --url")
        terms = "Archive chosen on the command line; its terms are those of its publisher."
        return Archive(name, url or (known.url if known else ""), sha256.lower(), size_bytes or 0, terms)
    if known is None:
        names = ", ".join(ARCHIVES)
        raise UsageError(f"unknown archive `{name}`; choose {names}, or describe yours with --url and --sha256")
    if size_bytes is not None:
        raise UsageError("--size-bytes describes another archive and that needs its hash; add --sha256")
    return replace(known, url=url) if url else known
