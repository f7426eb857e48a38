"""Whole files of every kind, to be damaged: made by this program, in the surroundings that their readers need."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks.experiments.fuzz.readers import NO_SERVER
from edge_app.common.errors import RunFolderError
from edge_app.demo.drawn_pets import CLASSES, drawn_frame, drawn_pet, write_drawings
from edge_app.model.metadata import CARD_FILE, read_metadata
from edge_app.model.starter import STARTER
from edge_app.photographs.augmented_manifest import AugmentedCopy, copy_name
from edge_app.photographs.augmented_manifest import format_manifest as format_copies
from edge_app.photographs.groups import GroupedFile, marked
from edge_app.photographs.groups import format_manifest as format_groups
from edge_app.photographs.splits import sha256_of

_SIDE = 96  # pixels of a drawing
_PROGRESSIVE = (cv2.IMWRITE_JPEG_PROGRESSIVE, 1, cv2.IMWRITE_JPEG_RST_INTERVAL, 4)
_FRAMES, _FILM_SIDE = 12, 160
_FILMS = (("motion-jpeg.avi", "MJPG"), ("mpeg4.mp4", "mp4v"), ("xvid.avi", "XVID"), ("mpeg4.mkv", "mp4v"))
_FFMPEG_FILMS = (("h264.mp4", "libx264"), ("vp9.webm", "libvpx-vp9"))
_OF_RUNS = ("run.json", "metrics.json", "conversion.json")  # no envelopes: known by their names
_DRAWINGS = 240
_LARGEST_RESULT, _LARGEST_LATENCY = 32 << 10, 128 << 10
_RESULTS = Path(__file__).parents[3] / "results"
"""Committed raw results; an installed package has none."""


@dataclass(frozen=True)
class Whole:
    """A whole file.

    Attributes:
        path: where it lies, among all that its reader needs.
        content: what is damaged.
        form: a key of `damage.FORMS`, or `model`.
        reader: a key of `readers.READERS`.
        packed: makes the file's bytes of the damaged content, where that is a part of it.
    """

    path: Path
    content: bytes
    form: str
    reader: str
    packed: Callable[[bytes], bytes] = bytes


def pictures(folder: Path) -> list[Whole]:
    """Return a drawn pet in every form that photographs come in; misnamed ones have the name of a JPEG."""
    image = drawn_pet(0, 0, _SIDE)[0]
    deep = image.astype(np.uint16) * 257
    clear = np.dstack([image, image[..., :1]])
    jpeg = _encoded(".jpg", image)
    forms: list[tuple[str, bytes]] = [
        ("plain.jpg", jpeg),
        ("turned.jpg", _with_exif(jpeg, 6)),
        ("grouped.jpeg", marked(jpeg, "session 1")),
        ("progressive.jfif", _encoded(".jpg", image, *_PROGRESSIVE)),
        ("grey.jpg", _encoded(".jpg", image[..., 0])),
        ("plain.png", _encoded(".png", image)),
        ("deep.png", _encoded(".png", deep)),
        ("clear.png", marked(_encoded(".png", clear), "session 2")),
        ("lossy.webp", _encoded(".webp", image, cv2.IMWRITE_WEBP_QUALITY, 80)),
        ("turned.webp", _webp_with_exif(_encoded(".webp", clear, cv2.IMWRITE_WEBP_QUALITY, 101), _SIDE, 8)),
        ("plain.bmp", _encoded(".bmp", image)),
        ("packed.tif", _encoded(".tiff", image)),
        ("deep.tiff", _encoded(".tiff", deep, cv2.IMWRITE_TIFF_COMPRESSION, 1)),
        ("plain.ppm", _encoded(".ppm", image)),
        ("grey.pgm", _encoded(".pgm", image[..., 0])),
        ("gif.jpg", _encoded(".gif", image)),
        ("jpeg2000.jpg", _encoded(".jp2", image)),
        ("avif.jpg", _encoded(".avif", image)),
    ]
    found = []
    for name, content in forms:
        if content:
            root = folder / name.replace(".", "-")
            _lay(root / "dog" / "whole.png", _encoded(".png", drawn_pet(0, 1, _SIDE)[0]))
            found.append(_laid(Whole(root / "cat" / name, content, "picture", "read_picture")))
    return found


def _encoded(suffix: str, image: Any, *options: int) -> bytes:
    """Encode a picture; empty where this OpenCV cannot."""
    try:
        done, content = cv2.imencode(suffix, image, list(options))
    except cv2.error:
        return b""
    return content.tobytes() if done else b""


def _exif(orientation: int) -> bytes:
    """Return a TIFF directory with one entry, the orientation: EXIF 2.32, table 4."""
    entry = (274).to_bytes(2, "little") + (3).to_bytes(2, "little") + (1).to_bytes(4, "little")
    return b"II*\0\x08\0\0\0\x01\0" + entry + orientation.to_bytes(4, "little") + bytes(4)


def _with_exif(jpeg: bytes, orientation: int) -> bytes:
    body = b"Exif\0\0" + _exif(orientation)
    return jpeg[:2] + b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body + jpeg[2:]


def _webp_with_exif(webp: bytes, side: int, orientation: int) -> bytes:
    """Put a lossless WebP into the extended form, which has room for EXIF: RFC 9649."""
    if not webp:
        return b""
    exif, size = _exif(orientation), (side - 1).to_bytes(3, "little")
    chunks = b"VP8X" + (10).to_bytes(4, "little") + b"\x18\0\0\0" + size + size
    chunks += webp[webp.index(b"VP8L") :] + b"EXIF" + len(exif).to_bytes(4, "little") + exif
    return b"RIFF" + (len(chunks) + 4).to_bytes(4, "little") + b"WEBP" + chunks


def films(folder: Path) -> list[Whole]:
    """Return a short film of the drawn camera in the containers that OpenCV writes, and H.264 where FFmpeg is."""
    folder.mkdir(parents=True)
    frames = [drawn_frame(0, 5 * number, _FILM_SIDE, _FILM_SIDE) for number in range(_FRAMES)]
    for name, codec in _FILMS:
        writer = cv2.VideoWriter(str(folder / name), cv2.VideoWriter.fourcc(*codec), 10.0, (_FILM_SIDE, _FILM_SIDE))
        for frame in frames:
            writer.write(frame)
        writer.release()
    (folder / "jpegs.mjpeg").write_bytes(b"".join(_encoded(".jpg", frame) for frame in frames))
    ffmpeg = shutil.which("ffmpeg")
    for name, codec in _FFMPEG_FILMS if ffmpeg else ():
        words = [str(ffmpeg), "-v", "quiet", "-i", str(folder / _FILMS[0][0]), "-c:v", codec, str(folder / name)]
        subprocess.run(words, stdin=subprocess.DEVNULL, check=False)
    paths = [path for path in sorted(folder.iterdir()) if path.stat().st_size > 1000]
    return [Whole(path, path.read_bytes(), "film", "read_film") for path in paths]


def archives(folder: Path) -> list[Whole]:
    """Return photographs of two classes in archives of every layout and way to pack."""
    photographs = {
        f"{label}/{label}.{number}.jpg": _encoded(".jpg", drawn_pet(0, 2 * number + place, 48)[0])
        for place, label in enumerate(CLASSES)
        for number in range(3)
    }
    flat = {f"PetImages/{name.split('/')[1]}": content for name, content in photographs.items()}
    split = {f"{part}/{name}": content for part in ("train", "test") for name, content in photographs.items()}
    texts = {"read me.txt": b"text", "inner.zip": _zipped(photographs)}
    forms = {
        "stored": _zipped(photographs),
        "deflated": _zipped(flat | texts, zipfile.ZIP_DEFLATED),
        "bzip2": _zipped(split, zipfile.ZIP_BZIP2),
        "lzma": _zipped(photographs | texts, zipfile.ZIP_LZMA),
        "zip64": _zipped(photographs, large=True),
        "windows": _zipped({name.replace("/", "\\"): content for name, content in photographs.items()}),
        "prefixed": b"#!/bin/sh\n" + _zipped(photographs),
        "encrypted": _encrypted(_zipped(photographs)),
    }
    paths = {folder / name / f"{name}.zip": content for name, content in forms.items()}
    return [_laid(Whole(path, content, "archive", "read_archive")) for path, content in paths.items()]


def _zipped(files: dict[str, bytes], method: int = zipfile.ZIP_STORED, large: bool = False) -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in files.items():
            with archive.open(zipfile.ZipInfo(name), "w", force_zip64=large) as member:
                member.write(content)
    return stream.getvalue()


def _encrypted(content: bytes) -> bytes:
    """Set the flag that says so in the first entry, and in the directory."""
    changed = bytearray(content)
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        changed[content.index(mark) + flags] |= 1
    return bytes(changed)


def models(folder: Path, given: Sequence[Path] = ()) -> list[Whole]:
    """Return the files that the user names, or the starter."""
    return [_laid(Whole(folder / path.name, path.read_bytes(), "model", "read_model")) for path in given or [STARTER]]


def cards(folder: Path) -> list[Whole]:
    """Return what describes other files: a model card, manifests, the notes of a download, a conversion, results."""
    small = [_card(folder / "card"), _groups(folder / "groups"), _copies(folder / "copies")]
    small += [_download(folder / "download"), _conversion(folder / "conversion")]
    return small * 3 + list(_results(folder / "results"))


def _card(folder: Path) -> Whole:
    metadata, model = read_metadata(STARTER).card or b"", STARTER.read_bytes()
    end = model.index(b"PK\x03\x04")

    def packed(card: bytes) -> bytes:
        with zipfile.ZipFile(BytesIO(model[end:])) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        return model[:end] + _zipped({**files, CARD_FILE: card})

    return _laid(Whole(folder / "card.tflite", metadata, "json", "read_card", packed))


def _groups(folder: Path) -> Whole:
    write_drawings(folder, 12, size=48)
    paths = sorted(folder.rglob("*.jpg"))
    digests = [sha256_of(path.read_bytes()) for path in paths]
    rows = [
        GroupedFile(path.relative_to(folder).as_posix(), digest, digests[place // 2 * 2])
        for place, (path, digest) in enumerate(zip(paths, digests, strict=True))
    ]
    return _laid(Whole(folder / "groups.csv", format_groups(rows), "table", "read_groups"))


def _copies(folder: Path) -> Whole:
    write_drawings(folder, 8, size=48)
    copies = []
    for number, path in enumerate(sorted(folder.rglob("*.jpg"))):
        origin, content = path.relative_to(folder).as_posix(), path.read_bytes()
        (folder / copy_name(origin, 1)).write_bytes(content)
        operations = ({"op": "flip"}, {"op": "rotate", "degrees": 7.5})
        copies.append(AugmentedCopy(copy_name(origin, 1), origin, sha256_of(content), number, 1, operations))
    return _laid(Whole(folder / "augmented.csv", format_copies(copies), "table", "read_copies"))


def _download(folder: Path) -> Whole:
    _lay(folder / "fetched.download.zip", b"PK\x03\x04 half of it")
    notes = {"url": NO_SERVER, "etag": '"1"', "last_modified": "Sat, 28 Nov 2026 00:00:00 GMT", "size_bytes": 1000}
    return _laid(Whole(folder / "fetched.download.zip.json", json.dumps(notes).encode(), "json", "read_download"))


def _conversion(folder: Path) -> Whole:
    """A conversion beside the run that it names, which has the weights of the card."""
    _lay(folder / STARTER.name, STARTER.read_bytes())
    card = json.loads(read_metadata(STARTER).card or b"{}")
    run = {"schema_version": 1, "weights_sha256": card["weights_sha256"], "neither_threshold": 0.5}
    _lay(folder / "run" / "run.json", json.dumps(run).encode())
    content = {"schema_version": 2, "run": str(folder / "run"), "files": [], "settings": {}}
    return _laid(Whole(folder / "conversion.json", json.dumps(content).encode(), "json", "read_conversion"))


def _results(folder: Path) -> Iterator[Whole]:
    """One committed result of every kind, with what lies beside it, and the small latency result."""
    seen: set[str] = set()
    for path in sorted(_RESULTS.rglob("*.json")):
        content = path.read_bytes()
        kind = path.name if path.name in _OF_RUNS else json.loads(content)["kind"]
        if kind in seen or len(content) > (_LARGEST_LATENCY if kind == "latency" else _LARGEST_RESULT):
            continue
        seen.add(kind)
        place = folder / kind / path.relative_to(_RESULTS).parent
        for beside in ("run.json", "metrics.json") if kind == "metrics.json" else ():
            _lay(place / beside, path.with_name(beside).read_bytes())
        place = place if place.parent != folder else place / "of"
        yield _laid(Whole(place / path.name, content, "json", "read_result"))


def run_folders(folder: Path, given: Path | None = None) -> list[Whole]:
    """Return the files of a tiny run that this program trains here, or of a finished one, and of an unfinished run.

    Raises:
        RunFolderError: the training failed.
    """
    run = folder / "run"
    if given is None:
        write_drawings(folder / "photographs", _DRAWINGS, size=64)
        words = ["--recipe", "tiny", "--epochs", "1", "--validation", "split", "--out", str(run)]
        words = [sys.executable, "-m", "train", str(folder / "photographs"), *words]
        ended = subprocess.run(words, capture_output=True, text=True, check=False)
        if ended.returncode:
            raise RunFolderError(f"no tiny run could be trained ({ended.stderr[-300:]!r}); give one with --run")
    else:
        shutil.copytree(given, run)
    names = {"run.json": "json", "splits.csv": "table", "metrics.json": "json", "model.h5": "array"}
    names |= {f"saved_model/{name}": "array" for name in ("saved_model.pb", "keras_metadata.pb", "fingerprint.pb")}
    names |= {f"saved_model/variables/variables.{name}": "array" for name in ("index", "data-00000-of-00001")}
    weighted = ["run.json"] * 3 + ["splits.csv", "saved_model/saved_model.pb"] + list(names)
    found = [Whole(run / name, (run / name).read_bytes(), names[name], "read_run") for name in weighted]
    return found + _unfinished(folder / "begun.unfinished")


def _unfinished(folder: Path) -> list[Whole]:
    from train.fitting.resume import TrainingState

    settings = json.dumps({"recipe": {"name": "tiny"}}).encode()
    arrays: list[npt.NDArray[Any]] = [np.arange(12, dtype=np.float32).reshape(3, 4), np.zeros(2)]
    state = TrainingState(history=[{"epoch": 1, "loss": 0.5}], weights=arrays, best_weights=arrays)
    return [
        _laid(Whole(folder / "settings.json", settings, "json", "read_unfinished")),
        _laid(Whole(folder / "state.npz", state.to_bytes(), "archive", "read_unfinished")),
    ]


def labels(folder: Path) -> list[Whole]:
    """Return labels in every form that label files have."""
    names = [f"label {chr(97 + number)}" for number in range(12)]
    forms = {
        "plain.txt": "\n".join(names),
        "numbered.txt": "\n".join(f"{place}: {name}" for place, name in enumerate(names)),
        "spaced.txt": "\r\n".join(f"{place + 1}  {name}" for place, name in enumerate(names)),
        "list.json": json.dumps(names),
    }
    found = [_laid(Whole(folder / name, text.encode(), "lines", "read_labels")) for name, text in forms.items()]
    return [*found, _laid(Whole(folder / "utf-16.txt", "\n".join(names).encode("utf-16"), "lines", "read_labels"))]


def _laid(whole: Whole) -> Whole:
    _lay(whole.path, whole.packed(whole.content))
    return whole


def _lay(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
