"""What kind of picture a file is by its first bytes, and by its name."""

from __future__ import annotations

from pathlib import PurePosixPath

_BY_EXTENSION = {
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".png": "PNG",
    ".bmp": "BMP",
    ".webp": "WebP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".ppm": "PNM",
    ".pgm": "PNM",
}

_STARTS = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"BM", "BMP"),
)

_HEIF_BRANDS = (b"heic", b"heix", b"mif1", b"msf1")


def kind_of(content: bytes) -> str:
    """Return the kind that the first bytes say: JPEG, PNG, GIF, WebP, TIFF, BMP, PNM, AVIF, HEIC, or an empty text.

    Signatures: the format's specifications (ITU-T T.81, ISO 15948, GIF89a, TIFF 6.0, RFC 9649, Netpbm, ISO 14496-12).
    """
    for start, kind in _STARTS:
        if content.startswith(start):
            return kind
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WebP"
    if content[:1] == b"P" and content[1:2] in b"123456" and content[2:3].isspace():
        return "PNM"
    if content[4:8] == b"ftyp":
        return "AVIF" if content[8:12] in (b"avif", b"avis") else "HEIC" if content[8:12] in _HEIF_BRANDS else ""
    return ""


def extension_says(path: str) -> str:
    """Return the kind that the name says; an empty text for a name that says none."""
    return _BY_EXTENSION.get(PurePosixPath(path).suffix.lower(), "")
